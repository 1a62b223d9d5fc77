"""``[[alerts]]`` and ``[notify]``: taken, or refused in one sentence that repeats no secret."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.canary import CANARY
from tests.config.conftest import Write
from tui.alert.channels import channels_of, secret_variables
from tui.config import ConfigError, load
from tui.config.alerting import AlertSetting
from tui.config.show import MASK, show_settings
from tui.core.alert_rules import RuleError, Severity, parse_rule
from tui.core.safe import safe
from tui.source.base import SourceError

RULES = """
    [[alerts]]
    rule = "service:coinapi-ws silent > 5 for 30s"
    name = "feeds"
    severity = "critical"
    cooldown = "1h"
    [[alerts]]
    rule = "mass drop"
"""


def test_rules_are_read_with_what_stands_beside_them(write: Write) -> None:
    write(RULES)
    first, second = load().alerts
    assert (first.text, first.name) == ("service:coinapi-ws silent > 5 for 30s", "feeds")
    assert (first.severity, first.cooldown, first.hold) == (Severity.CRITICAL, 3_600, 30)
    assert second == parse_rule("mass drop")


def test_a_rule_may_be_for_one_context_only(write: Write) -> None:
    write("[[alerts]]\nrule = 'live < 1'\ncontext = 'prod'\n[contexts.prod]")
    assert load().alerts[0].context == "prod"
    assert 'context = "prod"  # file\n' in "".join(show_settings(load()))


def test_config_show_tells_them_and_no_secret(write: Write) -> None:
    write(
        f"{RULES}\n[notify]\nwebhook = 'https://hooks.example.com/{CANARY}?{CANARY}'\n"
        f"command = 'page {CANARY}'\nwebhook_secret_env = 'SIGNED'"
    )
    text = "".join(show_settings(load()))
    assert CANARY not in text
    document = tomllib.loads(text)
    assert [one["rule"] for one in document["alerts"]] == [
        "service:coinapi-ws silent > 5 for 30s",
        "mass drop",
    ]
    assert document["notify"] == {
        "bell": True,
        "desktop": True,
        "webhook": f"https://hooks.example.com/{MASK}",
        "webhook_secret_env": "SIGNED",
        "command": ["page", "…"],
        "messages": 6,
    }
    write(text)
    assert [one.text for one in load().alerts] == [one["rule"] for one in document["alerts"]]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("alerts = 3", "alerts in {} takes tables with a rule in each, written [[alerts]]"),
        ("alerts = ['live < 1']", "alerts.1 in {} takes tables with a rule in each"),
        ("[[alerts]]", "alerts.1 in {}: a rule is empty: say mass drop, or live < 1"),
        (
            f"{RULES}[[alerts]]\nrule = 'mas drop'",
            "alerts.3 in {}: mas drop is no rule: did you mean mass drop?",
        ),
        (
            "[[alerts]]\nrule = 'live < 1'\nlimit = 3",
            "{} has no setting alerts.1.limit; there are rule, name, severity, context, cooldown",
        ),
        (
            "[[alerts]]\nrule = 'live < 1'\nseverity = 'bad'",
            'alerts.1.severity in {} takes "info", "warning" or "critical"',
        ),
        (
            "[[alerts]]\nrule = 'live < 1'\ncooldown = '3 weeks'",
            "alerts.1 in {}: 3 weeks is no span of time up to 7d: say 30s, 2m or 1h",
        ),
        (
            "[[alerts]]\nrule = 'live < 1'\nname = \"a\\u001b\"",
            "alerts.1 in {}: a name has at most 60 printable characters",
        ),
        (
            "[[alerts]]\nrule = 'live < 1'\ncontext = 'prot'\n[contexts.prod]",
            "alerts.1.context in {}: there is no context prot",
        ),
        ("notify = 3", "notify in {} takes a table, written [notify]"),
        ("[notify]\nwebhok = 'x'", "{} has no setting notify.webhok: did you mean webhook?"),
        ("[notify]\nbell = 'loud'", "notify.bell in {} takes true or false"),
        (
            f"[notify]\nwebhook_secret_env = '{CANARY}'",
            "notify.webhook_secret_env in {} takes the name of an environment variable, in "
            "capital letters, and not the secret itself",
        ),
        ("[notify]\napprise_file = 'x'", "notify.apprise_file in {} takes a full path that "),
        ("[notify]\ncommand = ''", "notify.command in {} takes a command as text, or as a list"),
        ("[notify]\nmessages = 0", "notify.messages in {} takes a whole number from 1 to 100"),
    ],
)
def test_a_mistake_is_told_with_its_place(write: Write, text: str, sentence: str) -> None:
    path = write(text)
    with pytest.raises(ConfigError) as caught:
        load()
    assert str(caught.value).startswith(sentence.format(path))
    assert CANARY not in str(caught.value)


@given(st.text(max_size=80))
def test_any_name_is_harmless_or_refused(name: str) -> None:
    try:
        shown = AlertSetting("live < 1", name).read().title
    except RuleError as error:
        shown = str(error)
    assert shown == safe(shown)


# Channels


def test_without_a_word_there_is_none_beside_the_terminal() -> None:
    assert channels_of(load()) == []


def test_each_that_is_named_is_there(write: Write, home: Path) -> None:
    write("""
        [notify]
        webhook_file = "~/hook"
        command = ["logger", "-t", "conntop"]
        apprise_urls_env = "APPRISE"
    """)
    assert [one.name for one in channels_of(load())] == ["webhook", "command logger", "apprise"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "webhook = 'https://a.b'\nwebhook_env = 'HOOK'",
            "[notify] has webhook and webhook_env: keep one",
        ),
        (
            "webhook_secret_env = 'HOOK'",
            "[notify] has a secret for a webhook, but no webhook: add webhook",
        ),
        (
            "apprise_urls_env = 'HOOK'\napprise_file = '/x'",
            "[notify] has apprise_urls_env and apprise_file: keep one",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(write: Write, text: str, sentence: str) -> None:
    write(f"[notify]\n{text}")
    with pytest.raises(ConfigError) as caught:
        channels_of(load())
    assert str(caught.value) == sentence


def test_the_variables_that_no_command_is_given(write: Write) -> None:
    write("""
        [contexts.prod]
        api_key_env = "PROD_KEY"
        [notify]
        webhook_env = "HOOK"
        webhook_secret_env = "SIGNED"
        apprise_urls_env = "APPRISE"
    """)
    wanted = {"CONNTOP_API_KEY", "PROD_KEY", "HOOK", "SIGNED", "APPRISE"}
    assert secret_variables(load()) == wanted


@pytest.mark.parametrize(
    ("prepare", "sentence"),
    [
        (lambda path: None, "is not there: write the webhook secret into it"),
        (
            lambda path: (path.write_text(CANARY), path.chmod(0o644)),
            "can be read by others, so its secret is not used: run chmod 600 ",
        ),
        (lambda path: path.touch(0o600), "is empty: the webhook secret belongs there"),
    ],
)
def test_a_secret_is_kept_like_a_key(
    home: Path, prepare: Callable[[Path], object], sentence: str
) -> None:
    from tui.config.key import from_file

    prepare(home / "secret-key")
    with pytest.raises(SourceError) as caught:
        from_file("~/secret-key", "webhook secret").read()
    assert sentence in caught.value.sentence
    assert CANARY not in caught.value.sentence
