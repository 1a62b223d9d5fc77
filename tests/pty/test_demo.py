"""A person at the keyboard: the demo, from the first row to the last key."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

import pytest

from tests.pty.programs import ROW, demo
from tests.pty.terminal import children, runs

if TYPE_CHECKING:
    from tests.pty.terminal import Terminal


def pointed(terminal: Terminal) -> str:
    """The id of the row under the cursor."""
    found = terminal.find(r"▸ . \w+ +\S+ (conn_\w+)")
    return found[1] if found else ""


@pytest.mark.slow
def test_from_the_first_row_to_the_last_key() -> None:
    with demo() as terminal:
        terminal.until(r"Connections \d\d ·", "as of .*Z", "scenario calm")
        assert terminal.left() >= {"1049", "1000", "2004", "25", "line"}

        terminal.send("/")
        terminal.until("/ words")
        terminal.send("service:coinapi-ws")
        terminal.until(r"Connections (\d|1\d) of \d\d · .* · / service:coinapi-ws")
        terminal.send("\x1b")
        terminal.until(r"1\d of \d\d", r"⏎ Detail")
        terminal.send("\x1b")
        terminal.until(r"Connections \d\d ·", gone=[r"\d of \d"])

        connection = pointed(terminal)
        terminal.send("\r")
        terminal.until(
            rf"│ {connection}\n",
            r"heartbeat \d+s ago",
            r"up +\d+ ",
            r"started +\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ",
        )

        terminal.send("?")
        terminal.until("Esc closes", "choose the column to sort by")
        terminal.send(" ")
        terminal.until("next row")
        terminal.send("q")
        terminal.until("heartbeat .* ago", gone=["Esc closes"])
        terminal.send("q")
        terminal.until(ROW, gone=["heartbeat .* ago"])

        (stand_in,) = children(terminal.process.pid)
        terminal.send("q")
        assert terminal.exit_code() == 0
        assert terminal.left() == set()
        assert terminal.afterwards == ""
        assert not runs(stand_in)


@pytest.mark.slow
def test_interval_pause_and_refresh_are_told_by_the_header() -> None:
    with demo() as terminal:
        terminal.until("● every 5 s ·")
        terminal.send("+")
        terminal.until("every 10 s")
        terminal.send("--")
        terminal.until("every 3 s")
        terminal.send("p")
        terminal.until("‖ paused", "paused: nothing is asked since", gone=["every"])

        before = terminal.until(r"as of \S+Z")

        def newer() -> bool:
            # Again and again: the first answer may come within the same second.
            terminal.send("R")
            return as_of(terminal.display) > as_of(before)

        terminal.until_true(newer)
        terminal.until("‖ paused")
        terminal.send("p")
        terminal.until("● every 3 s", gone=["paused"])


def as_of(display: str) -> str:
    """The time of what is known."""
    found = re.search(r"as of (\d\d:\d\d:\d\d)Z", display)
    assert found is not None, display
    return found[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("term", "environment", "begin", "end"),
    [
        ("xterm-256color", {}, rb"\x1b\]52;c;", rb"\x07"),
        (
            "tmux-256color",
            {"TMUX": "/tmp/tmux-0/default,1,0"},
            rb"\x1bPtmux;\x1b\x1b\]52;c;",
            rb"\x07\x1b\\",
        ),
    ],
)
def test_a_copied_id_reaches_the_clipboard(
    term: str, environment: dict[str, str], begin: bytes, end: bytes
) -> None:
    with demo(term=term, environment=environment) as terminal:
        first = pointed(terminal)
        terminal.send("j")
        terminal.until_true(lambda: pointed(terminal) not in ("", first))
        terminal.send("y")
        sent = terminal.until_sent(begin + rb"([A-Za-z0-9+/=]+)" + end)
        terminal.until("Copied the id")
        assert base64.b64decode(sent[1]).decode() == pointed(terminal)
        terminal.send("q")
        assert terminal.exit_code() == 0
        assert terminal.left() == set()


@pytest.mark.slow
def test_keys_answer_while_the_endpoint_is_slow() -> None:
    with demo("--scenario=api-slow", "--scenario-after=1", "--every=1") as terminal:
        terminal.until(r"no answer yet: asking for \ds")
        first = pointed(terminal)
        terminal.send("\x1b[B")
        terminal.until_true(lambda: pointed(terminal) not in ("", first), within=1)
        terminal.send("\x1b[A")
        terminal.until_true(lambda: pointed(terminal) == first, within=1)
        terminal.send("s")
        terminal.until("Sort by", within=1)
        terminal.send("\x1b")
        terminal.until(gone=["Sort by"])
        terminal.send("q")
        # Nor does the end wait for the answer.
        assert terminal.exit_code(within=2) == 0
        assert terminal.left() == set()


@pytest.mark.slow
def test_what_is_typed_ahead_goes_into_the_field_that_opens() -> None:
    """On a slow link several keys arrive at once."""
    with demo() as terminal:
        terminal.send("/ws")
        terminal.until(r"\d of \d\d .*· / ws", within=2)
