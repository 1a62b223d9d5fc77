"""A command of the user's own, run for real."""

import json
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.alert.letters import letter
from tests.canary import CANARY
from tui.alert.channel import Letter, SendError
from tui.alert.command import Command

TELL = """
import json, os, sys
told = {name: text for name, text in os.environ.items() if "CONNTOP" in name or name == "MINE"}
open(sys.argv[1], "w").write(json.dumps([json.load(sys.stdin), told]))
"""


def python(text: str, *args: str, **options: float) -> Command:
    words = (sys.executable, "-c", text, *args)
    return Command(words, hidden=("CONNTOP_API_KEY", "PROD_KEY_CONNTOP"), **options)


def test_it_is_told_all_and_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNTOP_API_KEY", CANARY)
    monkeypatch.setenv("PROD_KEY_CONNTOP", CANARY)
    monkeypatch.setenv("MINE", "kept")
    path, one = tmp_path / "told", letter()
    python(TELL, str(path)).send(one)
    text = path.read_text()
    assert CANARY not in text
    document, told = json.loads(text)
    assert document["alerts"][0]["count"] == 6
    assert told == {
        "CONNTOP_ALERT_TITLE": "conntop prod: ALERT silent > 5 for 30s",
        "CONNTOP_ALERT_TEXT": one.text,
        "CONNTOP_ALERT_KIND": "alert",
        "CONNTOP_ALERT_SEVERITY": "warning",
        "CONNTOP_ALERT_CONTEXT": "prod",
        "CONNTOP_ALERT_ID": one.identity,
        "MINE": "kept",
    }


def test_what_is_appended_to_a_file_is_a_line_each(tmp_path: Path) -> None:
    path = tmp_path / "alerts.ndjson"
    append = Command(("sh", "-c", 'cat >> "$0"', str(path)))
    append.send(letter())
    append.send(letter())
    assert [json.loads(line)["kind"] for line in path.read_text().splitlines()] == ["alert"] * 2


def test_no_shell_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "$(touch x); told"
    python("import sys; open(sys.argv[1], 'w')", str(path)).send(letter())
    assert [one.name for one in tmp_path.iterdir()] == ["$(touch x); told"]


def test_one_that_does_not_read_its_stdin_is_none_the_worse_for_it() -> None:
    Command(("true",)).send(Letter("a", ("x" * 500_000,)))


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (Command(("false",)), "failed (exit code 1)"),
        (Command(("/no/such/program", CANARY)), "cannot be run: No such file or directory"),
        (Command(("a\0b",)), "cannot be run: it holds a NUL"),
        (
            python("import time; time.sleep(60)", seconds=0.2),
            "was not done within 0.2 s",
        ),
    ],
)
def test_what_goes_wrong_is_told(command: Command, sentence: str) -> None:
    with pytest.raises(SendError) as caught:
        command.send(letter())
    assert caught.value.sentence == sentence
    assert CANARY not in command.name


def lives(pid: str) -> bool:
    try:
        # The dead have no command line.
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_it_is_ended_with_its_children(tmp_path: Path) -> None:
    path = tmp_path / "child"
    script = f"sleep 60 & echo $! > {path}; wait"
    with pytest.raises(SendError):
        Command(("sh", "-c", script), seconds=0.5).send(letter())
    deadline = monotonic() + 10
    # Who is killed dies when it gets its turn.
    while lives(path.read_text().strip()):
        assert monotonic() < deadline, "its child outlives it"
        sleep(0.01)
