"""``conntop alert test``, and the alerts of ``conntop watch``."""

import json
from pathlib import Path

import pytest

from tests.alert.receiver import receiving
from tests.cli.conftest import Served
from tests.cli.program import Run, whole


def write(home: Path, text: str) -> None:
    path = home / ".config/conntop/config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_every_channel_is_tried_and_told_of(run: Run, home: Path) -> None:
    with receiving() as receiver:
        write(
            home,
            f"[[alerts]]\nrule = 'mass drop'\n[notify]\nwebhook = '{receiver.url}/x'\n"
            f"command = ['sh', '-c', 'cat > {home}/told']",
        )
        ran = run("alert", "test")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "bell and desktop: there is no terminal on stderr\n"
        "webhook: sent\n"
        "command sh: sent\n"
        "rules: 1 would be told\n"
    )
    posted, told = json.loads(receiver.got[0].body), json.loads((home / "told").read_text())
    assert posted["kind"] == told["kind"] == "test"
    assert posted["id"] == told["id"]


def test_one_that_fails_is_told_and_the_others_are_tried(run: Run, home: Path) -> None:
    with receiving(404) as receiver:
        write(
            home,
            f"[notify]\nbell = false\ndesktop = false\nwebhook = '{receiver.url}/x'\n"
            "command = 'true'\napprise_file = '~/none'",
        )
        ran = run("alert", "test")
    assert ran.code == 1
    assert ran.out == (
        "webhook: not sent: http://127.0.0.1: 404\n"
        "command true: sent\n"
        "apprise: not sent: the file ~/none is not there: write the Apprise address into it\n"
        "rules: none yet; add [[alerts]]\n"
    )


def test_nothing_to_try_is_no_success(run: Run, home: Path) -> None:
    write(home, "[notify]\nbell = false\ndesktop = false")
    assert run("alert", "test").code == 1


@pytest.mark.parametrize("command", [["alert", "test"], ["watch"], ["monitor"]])
def test_what_contradicts_itself_is_refused(
    run: Run, home: Path, example: Served, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setattr("tui.cli.terminal.is_terminal", lambda stream: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    write(
        home,
        "[[alerts]]\nrule = 'mass drop'\n"
        "[notify]\nwebhook = 'https://example.com'\nwebhook_env = 'HOOK'",
    )
    ran = run(*command)
    assert ran.code == 2
    assert ran.sentence == "[notify] has webhook and webhook_env: keep one"


@pytest.mark.slow
def test_watch_tells_alerts_on_stderr_and_through_the_channels(example: Served, home: Path) -> None:
    with receiving() as receiver:
        write(
            home,
            "[[alerts]]\nrule = 'connections < 5'\nname = 'few'\n"
            f"[notify]\nwebhook = '{receiver.url}'\ncommand = 'false'",
        )
        ran = whole("watch", "--every", "1", "--for", "2s")
    assert ran.code == 0
    lines = ran.err.splitlines()
    assert any(line.startswith("conntop: ⚑ few [connections < 5]: ") for line in lines)
    assert "conntop: alert not delivered: command false: failed (exit code 1)" in lines
    assert "\x1b" not in ran.err
    [got] = receiver.got
    assert json.loads(got.body)["alerts"][0]["name"] == "few"
