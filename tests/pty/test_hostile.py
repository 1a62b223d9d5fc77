"""Strangers choose the texts of the records, and none of them may reach the terminal's ear."""

from __future__ import annotations

import io
import json
import re
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.canary import CANARY
from tests.faults.inputs import TEXTS
from tests.pty.programs import monitor, write_records
from tests.pty.stream import copies, hostile_characters, longest_pile, shapes, unfinished, unseen
from tui.core.cells import cells_of
from tui.core.safe import safe
from tui.standin.app import create_app
from tui.standin.embedded import serving
from tui.standin.records import Records, load_records
from tui.view.clipboard import MOST

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.pty.terminal import Terminal

ROWS = 8
"""Rows of one session: as many values of a field as the filter pane lists."""
MORE = [
    # Several attacks in one text, and the grammar of filters.
    "clear\x1b[2J\x1b[3J title\x1b]0;pwned\x07 device\x1bP1$r0m\x1b\\c1\x9b2J\x9d0;x\x9c\x0b\x0c",
    "bidi\u202egnp.exe\u202c\u200f\u061c soft\u00ad wide漢字👩‍👩‍👧‍👦🇩🇪",
    " and 'these' /slashes/ !not state:gone beat>0 \\[/",
]
"""Texts besides those of the board."""
HARMLESS = [f"harmless {place}" for place in range(ROWS)]
_ALL = [*(one.text for one in TEXTS), *MORE]
BATCHES = [_ALL[first : first + ROWS] for first in range(0, len(_ALL), ROWS)]
_SERVICE = 6
"""Line of the filter pane under which the services are listed."""
_UP = re.compile(r" (1h00m|60m|59m)(?= |$)")
"""How long each is up, which stands right of five columns of texts."""


class Fleet(Records):
    """Records that are others from one moment on."""

    def become(self, records: Records) -> None:
        """From now on these are served."""
        self.records = records.records


@contextmanager
def served(folder: Path, texts: list[str]) -> Iterator[tuple[str, Fleet, Records]]:
    """The address of records with these texts; and the same connections moved to other hosts."""
    path = folder / "records.json"
    write_records(path, texts)
    fleet = Fleet(load_records(path).records)
    records = json.loads(path.read_bytes())
    for record in records:
        record |= {"connectionId": f"new{record['connectionId']}", "host": f"2{record['host']}"}
    path.write_text(json.dumps(records))
    with serving(create_app(fleet, api_key=CANARY, log=io.StringIO())) as url:
        yield url, fleet, load_records(path)


def look(terminal: Terminal, rows: int) -> set[int]:
    """See every row on the main screen; gives where the texts in the rows of the table end."""
    terminal.until(f"Connections {rows} ·", "▸ ● live")
    edges = {_edge(line) for line in terminal.lines if "● live " in line}
    terminal.send("w")
    terminal.until_idle()
    terminal.send("\x1b[C" * 9)
    terminal.until_idle()
    terminal.send("w\r")
    for place in range(rows):
        terminal.until(f"│ {place:02}", "rhythm ")
        # Copies, marks and goes on.
        terminal.send("yY ")
        terminal.until_idle()
    terminal.until(f"{rows} marked")
    for key, seen in (("s", "Sort by"), ("?", "Esc closes"), (":", "Search for commands")):
        terminal.send(key)
        terminal.until(seen)
        terminal.send("\x1b")
        terminal.until(gone=[seen])
    terminal.send("q")
    terminal.until(gone=["rhythm "])
    return edges


def _edge(line: str) -> int:
    found = _UP.search(line)
    assert found is not None, line
    return cells_of(line[: found.start()])


def type_(terminal: Terminal, rows: int) -> None:
    """See every text where one can be typed: in the bar of ``/``, and in the filter pane."""
    for place in range(rows):
        terminal.send("g" + "j" * place + "\r")
        terminal.until(f"│ {place:02}", "same client")
        # The client that others share with the connection becomes the filter.
        terminal.send("\t")
        terminal.until_idle()
        terminal.send("\x1b[H\r")
        terminal.until("· / client=")
        terminal.send("/")
        terminal.until_idle()
        # Begin, end, two back, and a letter in the middle.
        terminal.send("\x1b[H\x1b[F\x1b[D\x1b[Dz")
        terminal.until_idle()
        terminal.send("\x15\x0b\r")
        terminal.until(f"Connections {rows} ·", "⏎ Detail", gone=["· /"])
        terminal.send("q")
        terminal.until(gone=["rhythm "])
    for place in range(rows):
        for keys in ("f", "g" + "j" * (_SERVICE + 1 + place) + "\r"):
            terminal.send(keys)
            terminal.until_idle()
        if not place:
            # Its field is the same kind as that of the bar, which has shown them all.
            for keys in ("g" + "j" * _SERVICE + "\r", "\x1b[H\x1b[F\x1b[D\r"):
                terminal.send(keys)
                terminal.until_idle()
        terminal.send("x")
        terminal.until("query live only\n")
        terminal.send("\x1b")
        terminal.until("⏎ Detail")
    terminal.send("/")
    terminal.until_idle()
    # Terminals take ESC and its like out of what is pasted, and leave the rest.
    pasted = re.sub(r"[\x00-\x1f]", "", "".join(MORE))
    terminal.send(f"\x1b[200~{pasted}\x1b[201~")
    terminal.until_idle()
    terminal.send("\x15\x0b\r")
    terminal.until("⏎ Detail")


def read_log(terminal: Terminal, rows: int) -> None:
    """See in the event log that every one has dropped and come back elsewhere."""
    terminal.send("R")
    terminal.until(f"{rows} gone in 5 min")
    terminal.send("e")
    terminal.until("Go to it")
    for _ in range(rows):
        terminal.send("jj")
        terminal.until_idle()
    terminal.send("y")
    terminal.until_sent(b"\x1b\\]52;c;")
    terminal.until_idle()
    terminal.send("\x1b")
    terminal.until("⏎ Detail")


@dataclass(frozen=True)
class Seen:
    """A session on a terminal."""

    stream: str
    """All that reached the terminal."""
    edges: set[int]
    """Where the texts of the table end, in its rows."""
    records: list[dict[str, object]]
    """What was served."""


def see(folder: Path, texts: list[str]) -> Seen:
    """Do everything there is to do before records with these texts."""
    with (
        served(folder, texts) as (url, fleet, moved),
        monitor(url, CANARY, "--every=300", size=(128, 36)) as terminal,
    ):
        records = [record.values for record in fleet.records]
        edges = look(terminal, len(texts))
        type_(terminal, len(texts))
        fleet.become(moved)
        read_log(terminal, len(texts))
        terminal.send("\x03")
        assert terminal.exit_code() == 0
        assert terminal.left() == set()
        assert terminal.afterwards == ""
        return Seen(terminal.text, edges, records)


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Future[Seen]]]:
    """One session of harmless texts and one for each batch, some at a time: mostly they wait."""
    with ThreadPoolExecutor(3) as pool:
        yield [
            pool.submit(see, tmp_path_factory.mktemp("session"), texts)
            for texts in (HARMLESS, *BATCHES)
        ]


@pytest.mark.surface("screens")
@pytest.mark.inputs(*TEXTS)
@pytest.mark.parametrize("texts", BATCHES, ids=lambda texts: f"from {texts[0][:3]!a}")
def test_no_text_acts_on_the_terminal(sessions: list[Future[Seen]], texts: list[str]) -> None:
    """Nothing is sent that is not sent for harmless texts, too, but what the copy keys copy."""
    harmless, hostile = (sessions[place].result() for place in (0, 1 + BATCHES.index(texts)))
    assert unfinished(hostile.stream) == unfinished(harmless.stream) == ""
    assert _sequences(hostile.stream) - _sequences(harmless.stream) == set()
    assert hostile_characters(hostile.stream) == set()
    assert longest_pile(hostile.stream) <= 2
    *copied, event = copies(hostile.stream)
    assert list(map(_read, copied)) == list(_to_be_copied(hostile.records))
    assert unseen(event) == set()
    assert hostile.edges == harmless.edges


def _sequences(stream: str) -> set[str]:
    return {shape for shape in shapes(stream) if not shape.startswith("\x1b]52;c;")}


def _read(copied: str) -> object:
    return json.loads(copied) if copied.startswith("{") and copied.isascii() else copied


def _to_be_copied(records: list[dict[str, object]]) -> Iterator[object]:
    """Id and record of each, but for a record that is too long."""
    for record in records:
        yield safe(str(record["connectionId"]))
        if len(json.dumps(record, indent=2)) * 4 / 3 < MOST:
            yield record


@pytest.mark.parametrize(
    "text",
    [one.text for one in TEXTS if safe(one.text, 2**21) != one.text and "\r" not in one.text],
    ids=lambda text: f"{text[:12]!a}",
)
def test_a_text_that_gets_through_is_noticed(text: str) -> None:
    """Whatever follows it. A carriage return is not: its row stands elsewhere then."""
    stream = f"\x1b[1;1H● live{text}\x1b[2;1H● live"
    assert (
        unfinished(stream)
        or _sequences(stream) - {"\x1b[0;0H"}
        or hostile_characters(stream)
        or longest_pile(stream) > 2
        or copies(stream)
    )
