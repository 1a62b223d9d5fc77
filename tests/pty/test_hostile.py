"""Strangers choose the texts of the records, and none of them may reach the terminal's ear."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.pty.programs import monitor, write_records
from tests.pty.stream import hostile_characters, longest_pile, shapes
from tui.standin.process import spawn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.pty.terminal import Terminal

PAYLOADS = [
    # Sequences, with ESC and with the single characters of C1, and other controls.
    "clear\x1b[2J\x1b[3J title\x1b]0;pwned\x07 clipboard\x1b]52;c;cHduZWQ=\x1b\\ reset\x1bc "
    "link\x1b]8;;http://evil.invalid\x1b\\click\x1b]8;;\x1b\\ device\x1bP1$r0m\x1b\\"
    "c1\x9b2J\x9d52;c;cHduZWQ=\x9c\x90q\x9c\x85 bell\x07\x08\x0b\x0c\x0e over\rwritten\nlines",
    # Characters that nobody sees, and wide ones.
    "bidi\u202egnp.exe\u202c\u2066\u2067\u2069\u200f\u061c \u2028\u2029 "
    "zero\u200b\u200c\u200d\u2060\ufeff\u00ad\U000e0041width wide漢字👩‍👩‍👧‍👦🇩🇪",
    # Markup, and the grammar of filters.
    "[/][/bold][link='javascript:x'][@click=app.quit]x[/] [bold red]styled[/bold red] \\[/"
    " and 'these' /slashes/ !not state:gone beat>0 ",
    "pile" + "\u0301" * 500 + "\u20dd" * 3 + "long" + "x" * 5_000,
]
BENIGN = ["harmless"]
_SERVICE = 6
"""Line of the filter pane under which the services are listed."""


def look(terminal: Terminal, rows: int) -> None:
    """See every row on every screen."""
    terminal.until(f"Connections {rows} ·", "▸ ● live")
    terminal.send("\r")
    for place in range(rows):
        terminal.until(f"│ {place:02}", "rhythm ")
        # Copies, marks and goes on.
        terminal.send("yY ")
    terminal.until(f"{rows} marked")
    for place in range(rows):
        point_at(terminal, place)
        filter_by_sibling(terminal)
        terminal.send("\x1b")
        terminal.until(f"Connections {rows} ·", gone=["· /"])
    terminal.send("w")
    terminal.until_idle()
    terminal.send("\x1b[C" * 9 + "w")
    terminal.until_idle()
    for key, seen in (("s", "Sort by"), ("?", "Esc closes"), (":", "Search for commands")):
        terminal.send(key)
        terminal.until(seen)
        terminal.send("\x1b")
        terminal.until(gone=[seen])
    for place in range(min(rows, 2)):
        choose_a_service(terminal, place)
        terminal.send("x")
        terminal.until("query live only\n")
        terminal.send("\x1b")
        terminal.until("⏎ Detail")


def type_(terminal: Terminal, rows: int) -> None:
    """See every text where one can be typed."""
    terminal.until(f"Connections {rows} ·", "▸ ● live")
    for place in range(min(rows, 2)):
        point_at(terminal, place)
        filter_by_sibling(terminal)
        terminal.send("/")
        terminal.until_idle()
        # Begin, end, two back, and a letter in the middle.
        terminal.send("\x1b[H\x1b[F\x1b[D\x1b[Dz")
        terminal.until_idle()
        terminal.send("\x15\x0b\r")
        terminal.until(f"Connections {rows} ·", "⏎ Detail", within=5)
    for place in range(min(rows, 2)):
        choose_a_service(terminal, place)
        for keys in ("g" + "j" * _SERVICE + "\r", "\x1b[H\x1b[F\x1b[D", "\x1b", "x", "\x1b"):
            terminal.send(keys)
            terminal.until_idle()
    terminal.send("/")
    terminal.until_idle()
    # Terminals take ESC and its like out of what is pasted, and leave the rest.
    pasted = re.sub(r"[\x00-\x1f]", "", "".join(PAYLOADS))
    terminal.send(f"\x1b[200~{pasted}\x1b[201~")
    terminal.until_idle()
    terminal.send("\x15\x0b\r")
    terminal.until("⏎ Detail")


def point_at(terminal: Terminal, place: int) -> None:
    """Open the detail of a row."""
    terminal.send("g" + "j" * place)
    terminal.until_idle()
    if not terminal.find("rhythm "):
        terminal.send("\r")
    terminal.until(f"│ {place:02}", "rhythm ")


def filter_by_sibling(terminal: Terminal) -> None:
    """Filter by the client that others share with the connection."""
    terminal.send("\t")
    terminal.until_idle()
    terminal.send("\x1b[H\r")
    terminal.until("· / client=")
    terminal.send("q")
    terminal.until(gone=["rhythm "])


def choose_a_service(terminal: Terminal, place: int) -> None:
    """Make a service the query."""
    for keys in ("f", "g" + "j" * (_SERVICE + 1 + place) + "\r"):
        terminal.send(keys)
        terminal.until_idle()


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The sequences that are sent when all texts are harmless."""
    return shapes(seen(tmp_path_factory.mktemp("harmless"), BENIGN, look))


def seen(folder: Path, texts: list[str], act: Callable[[Terminal, int], None]) -> str:
    """What reaches the terminal while something is done there."""
    path = folder / "records.json"
    write_records(path, texts)
    with (
        spawn([f"--records={path}"]) as stand_in,
        monitor(stand_in.url, stand_in.key, "--every=300", size=(112, 36)) as terminal,
    ):
        act(terminal, len(texts))
        terminal.send("\x03")
        assert terminal.exit_code() == 0
        assert terminal.left() == set()
        assert terminal.afterwards == ""
        return terminal.text


@pytest.mark.parametrize("act", [look, type_])
def test_no_text_acts_on_the_terminal(
    act: Callable[[Terminal, int], None], harmless: set[str], tmp_path: Path
) -> None:
    stream = seen(tmp_path, PAYLOADS, act)
    copied = {shape for shape in shapes(stream) if shape.startswith("\x1b]52;c;")}
    assert shapes(stream) - copied - harmless == set()
    assert hostile_characters(stream) == set()
    assert longest_pile(stream) <= 2
    assert "pwned" not in "".join(copied)
