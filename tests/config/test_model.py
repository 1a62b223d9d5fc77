"""The file and the environment: what is taken, what is refused, and in which words."""

import traceback
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.canary import CANARY
from tests.config.conftest import Write
from tui.config import ConfigError, Context, Settings, config_path, load
from tui.config.alerting import Notify
from tui.config.docs import descriptions
from tui.config.model import ENVIRONMENT_ONLY
from tui.config.takes import Takes, hints
from tui.core.names import NO_NAMES
from tui.source.endpoint import DEFAULT_URL

DEFAULTS: dict[str, object] = {
    "context": None,
    "every": 5.0,
    "split": True,
    "parts": 4,
    "budget": 40,
    "page": None,
    "lookups": 20,
    "client": ("key", "client", "service", "protocol"),
    "low_bandwidth": "auto",
    "past_age": "2h",
    "past_size": "200MB",
    "record_age": "14d",
    "record_size": "2GB",
    "contexts": {},
    "keys": {},
    "names": NO_NAMES,
    "views": {},
    "alerts": (),
    "notify": asdict(Notify()),
    "url": None,
    "api_key": None,
}


def refusal() -> str:
    """The one sentence with which the present settings are refused."""
    with pytest.raises(ConfigError) as caught:
        load()
    told = "".join(traceback.format_exception(caught.value))
    assert CANARY not in told
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert "`" not in sentence
    return sentence


@pytest.mark.parametrize("model", [Settings, Context])
def test_every_field_is_explained(model: type) -> None:
    described = descriptions(model)
    for name, hint in hints(model).items():
        assert described.get(name), f"{name} needs a docstring"
        if name != "api_key":
            assert any(isinstance(one, Takes) for one in hint.__metadata__), (
                f"{name}: what it takes"
            )


def test_without_a_file_everything_has_a_default(home: Path) -> None:
    assert asdict(load()) == DEFAULTS
    assert Context().url == DEFAULT_URL
    assert config_path() == home / ".config/conntop/config.toml"


def test_a_whole_file(write: Write) -> None:
    write("""
        context = "prod"
        every = 2.5
        [contexts.prod]
        api_key_command = "pass show 'conntop prod'"
        [contexts.test]
        url = "http://localhost:8765"
        api_key_command = ["printf", "%s", "x"]
        [keys]
        quit = "q,ctrl+c"
    """)
    settings = load()
    assert (settings.context, settings.every) == ("prod", 2.5)
    assert settings.contexts["prod"].api_key_command == ("pass", "show", "conntop prod")
    assert settings.contexts["test"].api_key_command == ("printf", "%s", "x")
    assert settings.keys == {"quit": "q,ctrl+c"}


def test_the_environment_wins_over_the_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write('context = "prod"\nevery = 2')
    monkeypatch.setenv("CONNTOP_CONTEXT", "test")
    monkeypatch.setenv("CONNTOP_EVERY", " 30 ")
    monkeypatch.setenv("CONNTOP_URL", "https://example.com")
    monkeypatch.setenv("CONNTOP_API_KEY", CANARY)
    settings = load()
    assert (settings.context, settings.every) == ("test", 30.0)
    assert settings.url == "https://example.com"
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == CANARY
    assert CANARY not in repr(settings) + str(settings) + str(asdict(settings))


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONTEXT", "EVERY", "URL", "API_KEY", "CONFIG"):
        monkeypatch.setenv(f"CONNTOP_{name}", " ")
    assert asdict(load()) == DEFAULTS


def test_the_rest_of_the_settings_is_not_taken_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CONNTOP_CONTEXTS", "{no json")
    monkeypatch.setenv("CONNTOP_KEYS", '{"quit": "x"}')
    assert load().keys == {}


def test_a_file_of_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.toml").write_text("every = 7")
    monkeypatch.setenv("CONNTOP_CONFIG", "~/other.toml")
    assert config_path() == tmp_path / "other.toml"
    assert load().every == 7


def test_a_named_file_has_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNTOP_CONFIG", "/nowhere/conntop.toml")
    assert refusal() == "CONNTOP_CONFIG names /nowhere/conntop.toml, which is not there"


def test_a_home_folder_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNTOP_CONFIG", "~nobody-of-that-name/conntop.toml")
    assert "no such home folder" in refusal()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("evry = 5", "has no setting evry: did you mean every?"),
        (
            "zzz = 5",
            "has no setting zzz; there are context, every, split, parts, budget, "
            "page, lookups, client, low_bandwidth, past_age, past_size, record_age, "
            "record_size, contexts, keys, names, views, alerts, notify",
        ),
        (
            "a = 1\nb = 2",
            "has no setting a, b; there are context, every, split, parts, budget, "
            "page, lookups, client, low_bandwidth, past_age, past_size, record_age, "
            "record_size, contexts, keys, names, views, alerts, notify",
        ),
        (
            '[contexts.prod]\napi_key_fil = "~/k"',
            "has no setting contexts.prod.api_key_fil: did you mean api_key_file?",
        ),
        ("[contexts.prod]\nminutes = 5", "has no setting contexts.prod.minutes; there are url,"),
    ],
)
def test_a_misspelt_setting_is_refused(write: Write, text: str, sentence: str) -> None:
    path = write(text)
    assert refusal().startswith(f"{path} {sentence}")


@pytest.mark.parametrize("name", ["api_key", "apikey", '"api-key"', "API_KEY", "key", "token"])
@pytest.mark.parametrize("table", ["", "[contexts.prod]\n"])
def test_a_key_in_the_file_is_refused(write: Write, name: str, table: str) -> None:
    path = write(f'{table}{name} = "{CANARY}"')
    assert refusal() == (
        f"{path} holds an API key, which does not belong there: "
        "put it into a file of its own and name that with api_key_file"
    )


def test_an_address_belongs_to_a_context(write: Write) -> None:
    write('url = "https://example.com"')
    assert "it belongs to a context, under [contexts.NAME]" in refusal()
    assert "url" in ENVIRONMENT_ONLY


@pytest.mark.parametrize(
    ("text", "name", "takes"),
    [
        ("every = 0", "every", "a number of seconds from 1 to 300"),
        ("every = 301", "every", "a number of seconds"),
        ("every = nan", "every", "a number of seconds"),
        ("every = inf", "every", "a number of seconds"),
        (f'every = "{CANARY}"', "every", "a number of seconds"),
        ("every = true", "every", "a number of seconds"),
        ("split = 2", "split", "true or false"),
        ("parts = 1.5", "parts", "a whole number from 1 to 32"),
        ("page = 9", "page", "a whole number from 10 to 1000000"),
        ('client = ["key", "nobody"]', "client", "a list of names out of key, client"),
        ("client = []", "client", "a list of names out of key, client"),
        ("low_bandwidth = true", "low_bandwidth", '"auto", "on" or "off"'),
        ('low_bandwidth = "yes"', "low_bandwidth", '"auto", "on" or "off"'),
        ("context = 3", "context", "the name of a context"),
        ("contexts = 3", "contexts", "tables, each written [contexts.NAME]"),
        ("keys = 3", "keys", "a table of texts"),
        ("[keys]\nquit = 3", "keys.quit", "a table of texts"),
        ("[contexts.prod]\nurl = 3", "contexts.prod.url", "a base address"),
        (
            f'[contexts.prod]\napi_key_env = "{CANARY}"',
            "contexts.prod.api_key_env",
            "the name of an environment variable, in capital letters, and not the key itself",
        ),
        (
            f'[contexts.prod]\napi_key_file = "{CANARY}"',
            "contexts.prod.api_key_file",
            "a full path that begins with / or ~, and not the key itself",
        ),
        (
            '[contexts.prod]\napi_key_file = "~/key\\n"',
            "contexts.prod.api_key_file",
            "a full path",
        ),
        (
            f'[contexts.prod]\napi_key_keyring = "{CANARY}"',
            "contexts.prod.api_key_keyring",
            "a service and a user name",
        ),
        (
            f'[contexts.prod]\napi_key_command = "echo \'{CANARY}"',
            "contexts.prod.api_key_command",
            "a command as text, or as a list of words",
        ),
        ('[contexts.prod]\napi_key_command = ""', "contexts.prod.api_key_command", "a command"),
        ("[contexts.prod]\napi_key_command = []", "contexts.prod.api_key_command", "a command"),
        ("[contexts.prod]\napi_key_command = [3]", "contexts.prod.api_key_command", "a command"),
    ],
)
def test_a_wrong_value_is_refused_by_name(write: Write, text: str, name: str, takes: str) -> None:
    path = write(text)
    assert refusal().startswith(f"{name} in {path} takes {takes}")


def test_a_context_is_a_table(write: Write) -> None:
    path = write(f'[contexts]\nprod = "{CANARY}"')
    assert refusal() == f"contexts.prod in {path} is a table, written [contexts.prod]"


@pytest.mark.parametrize("value", ["0", "nan", "five", CANARY])
def test_a_wrong_variable_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CONNTOP_EVERY", value)
    assert refusal() == "CONNTOP_EVERY takes a number of seconds from 1 to 300"


def test_what_is_no_toml_is_refused(write: Write) -> None:
    path = write(f'every = "{CANARY}')
    assert refusal().startswith(f"{path} is not TOML: ")
    path.write_text("a = " + "[" * 10_000)
    assert refusal().startswith(f"{path} is not TOML: ")
    path.write_bytes(b"every = '\xff'")
    assert refusal() == f"{path} is not TOML: it is not UTF-8 text"


def test_a_folder_is_no_file(write: Write) -> None:
    path = write("")
    path.unlink()
    path.mkdir()
    assert refusal() == f"{path} is a folder, and has to be a file"


def test_the_null_device_is_an_empty_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNTOP_CONFIG", "/dev/null")
    assert asdict(load()) == DEFAULTS


def test_no_value_of_a_context_is_shown_that_may_hold_a_secret() -> None:
    context = Context(api_key_command=("sh", "-c", f"echo {CANARY}"))
    assert CANARY not in repr(context)
