"""A mistake of ours, in each layer: the terminal is given back, and nothing secret is told."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.canary import CANARY, leaks
from tests.faults.sabotage import PLACES
from tests.pty.programs import ROW, endpoint_at
from tests.pty.stream import hostile_characters, shapes, text_of
from tests.pty.terminal import CONNTOP, ROOT, Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.fault(25)

SABOTAGE = (sys.executable, "-m", "tests.faults.sabotage")
TOLD = "RuntimeError: it is broken ␛]0;pwned␇␛[2J�␊conntop: all is well •••• 16"
"""How the mistake is told: the hostile text made safe, and a mask for the key."""
REPORT = r"conntop: this is a mistake in conntop itself\. Please report it .* conntop \d"
LINES = 16
"""How many lines a mistake may take, at the most."""

ENDS = re.compile(r"(\r\n|\x1b\[0m|\x1b\[\?25h|\x1b\[\?[0-9]+l|\x1b\]22;default\x07)+")
"""What may come besides text once the terminal is given back: things are switched off."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """An endpoint that takes the canary."""
    with endpoint_at(0, CANARY) as stand_in:
        yield stand_in.url


def is_well_told(text: str) -> None:
    """Where it was, in a few lines, and what to do; no value of a variable, no key."""
    lines = text.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert TOLD in lines
    assert re.match(REPORT, lines[-1])
    assert len(lines) <= LINES
    assert "a local variable" not in text
    assert not leaks(text)


SCREENS = [place for place in PLACES if place not in ("the settings", "the list", "the commands")]
BEHIND_A_KEY = {"a key handler": "p", "on_unmount": "q", "the welcome's keys": "d"}


@pytest.mark.parametrize("place", SCREENS)
def test_a_mistake_in_the_screen_gives_the_terminal_back(
    place: str, url: str, tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_text("[[alerts]]\nrule = 'mass drop'\n")
    command = [*SABOTAGE, place, "monitor", f"--url={url}"]
    environment = {"CONNTOP_CONFIG": str(tmp_path / "config.toml")}
    if "welcome" not in place:
        environment["CONNTOP_API_KEY"] = CANARY
    with Terminal(command, environment=environment) as terminal:
        if place in BEHIND_A_KEY:
            terminal.until("for the demo" if "welcome" in place else ROW)
            terminal.send(BEHIND_A_KEY[place])
        elif place == "the reader of keys":
            terminal.send("j")
        assert terminal.exit_code() == 1
        assert terminal.left() == set()
        is_well_told(terminal.afterwards)
        stream = terminal.text
        assert "pwned\x07" not in stream
        assert hostile_characters(stream) == set()
        assert ENDS.fullmatch("".join(shapes(stream.rpartition("\x1b[?1049l")[2])))


@pytest.mark.parametrize("place", [one for one in PLACES if one not in SCREENS])
def test_a_mistake_without_a_screen(place: str, url: str) -> None:
    ended = subprocess.run(
        [*SABOTAGE, place, "list", f"--url={url}"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"CONNTOP_API_KEY": CANARY},
        timeout=20,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    is_well_told(ended.stderr)


def test_a_key_that_was_read_from_a_file_is_masked_too(url: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(CANARY)
    (tmp_path / "key").chmod(0o600)
    (tmp_path / "config.toml").write_text(f"""
        [contexts.default]
        url = "{url}"
        api_key_file = "{tmp_path / "key"}"
    """)
    environment = {"CONNTOP_CONFIG": str(tmp_path / "config.toml"), "CANARY": CANARY}
    with Terminal([*SABOTAGE, "the fold"], environment=environment) as terminal:
        assert terminal.exit_code() == 1
        is_well_told(terminal.afterwards)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('nonsense = "x"', r"conntop: \[keys\] names nonsense, which is no action; use .*"),
        ('"a\\u001b[2J" = "x"', r"conntop: \[keys\] names a␛\[2J, which is no action; use .*"),
    ],
    ids=["unknown", "hostile"],
)
def test_a_keymap_that_cannot_be_used_is_one_sentence(
    line: str, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_text(f"[keys]\n{line}\n")
    environment = {"CONNTOP_CONFIG": str(tmp_path / "config.toml"), "CONNTOP_API_KEY": CANARY}
    with Terminal(CONNTOP, environment=environment) as terminal:
        assert terminal.exit_code() == 2
        assert terminal.left() == set()
        assert re.fullmatch(sentence, text_of(terminal.text).strip())


def test_what_others_complain_of_is_not_on_the_screen_but_told_afterwards(url: str) -> None:
    command = [*SABOTAGE, "noise", "monitor", f"--url={url}", "--every=300"]
    with Terminal(command, environment={"CONNTOP_API_KEY": CANARY}) as terminal:
        terminal.until(ROW)
        terminal.send("p")
        terminal.until_idle()
        assert "noise" not in terminal.text
        terminal.send("?")
        terminal.until("Esc closes")
        terminal.send("\x03")
        assert terminal.exit_code() == 0
        assert terminal.left() == set()
        assert "system noise ␛]0;pwned␇␛[2J" in terminal.afterwards
        assert "Stack (most recent call first):" in terminal.afterwards
        assert hostile_characters(terminal.text) == set()
