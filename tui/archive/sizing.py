"""Sizing: what a fleet asks of the endpoint, of a recorder and of a database, computed.

``python -m tui.archive.sizing`` prints the table of docs/scaling.md. What it computes with was
measured by the parts ``recorder``, ``work`` and ``wire`` of tests/benchmarks; a test holds the
numbers here to the results there.
"""

import sys
from collections.abc import Iterator
from math import ceil

from msgspec import Struct

from tui.archive.pages import POLLS
from tui.source.complete import BUDGET

HEARTBEAT = 3.6
"""Bytes on disk of a heartbeat, as part of its poll."""
POLL = 1_220
"""Bytes of a poll, but for its heartbeats."""
IN_KEYFRAME = 90
"""Bytes of a connection in a keyframe, of which there is one in 120 polls."""
SESSION = 2_400
"""Bytes of a connection that takes the place of another: its rows, the events, the end of the
other."""
SESSION_ROWS = 6
"""Rows of that."""
RECEIVED = 72
"""Bytes of a record in an answer, packed."""
CPU = 30e-6
"""Seconds for which a connection keeps the recorder busy at each poll: to read, fold and write."""
FULL = 800
"""Records of an answer when more than one are needed: with 1,000 it might be cut."""
BUSY = 0.5
"""Share of a core that a recorder may need, so that it has time when much happens at once."""
LIFE = 86_400
"""Seconds for which a connection lives, on the average, before its client makes another."""

_DAY = 86_400


class Load(Struct, frozen=True):
    """What is recorded, and how often it is asked for."""

    connections: int
    rhythm: float
    """Seconds from heartbeat to heartbeat."""
    every: float
    """Seconds from poll to poll."""

    @property
    def heartbeats(self) -> float:
        """Heartbeats that are written a second: of each connection one a poll at the most."""
        return self.connections / max(self.rhythm, self.every)

    @property
    def rows(self) -> float:
        """Rows a second. Heartbeats make none: they are within the row of their poll."""
        sessions = self.connections / LIFE * SESSION_ROWS
        return (1 + 1 / POLLS) / self.every + sessions

    @property
    def bytes_a_day(self) -> float:
        """What the database grows by."""
        polls = _DAY / self.every
        steady = polls * (POLL + self.connections * IN_KEYFRAME / POLLS)
        sessions = self.connections * _DAY / LIFE * SESSION
        return steady + self.heartbeats * _DAY * HEARTBEAT + sessions

    @property
    def requests(self) -> int:
        """Requests of a poll, when the parts are known that make each answer whole."""
        return max(2, ceil(self.connections / FULL))

    @property
    def received(self) -> float:
        """Bytes a second from the endpoint."""
        return self.connections * RECEIVED / self.every

    @property
    def busy(self) -> float:
        """Cores that recording it all keeps busy."""
        return self.connections * CPU / self.every

    @property
    def recorders(self) -> int:
        """Processes among which the organizations have to be divided."""
        return max(1, ceil(self.busy / BUSY))


LOADS = tuple(
    Load(connections, rhythm, every)
    for connections in (1_000, 10_000, 100_000, 1_000_000)
    for rhythm, every in ((5, 5), (10, 10), (30, 10), (30, 60))
)


def table() -> str:
    """The loads, in Markdown."""
    head = (
        "connections | heartbeat every | asked every | heartbeats/s kept | rows/s | GB/day "
        "| requests/min | received/s | cores | recorders"
    )
    lines = [head, " | ".join(["--:"] * head.count("|") + ["--:"]), *map(_line, LOADS)]
    return "".join(f"| {line} |\n" for line in lines)


def _line(load: Load) -> str:
    return " | ".join(_cells(load))


def _cells(load: Load) -> Iterator[str]:
    yield f"{load.connections:,}"
    yield f"{load.rhythm:g} s"
    yield f"{load.every:g} s"
    yield f"{load.heartbeats:,.0f}"
    yield f"{load.rows:,.2f}"
    yield f"{load.bytes_a_day / 1e9:,.2f}"
    yield f"{load.requests * 60 / load.every:,.0f}{'*' if load.requests > BUDGET else ''}"
    yield f"{load.received / 1e3:,.0f} kB"
    yield f"{load.busy:,.2f}"
    yield f"{load.recorders:,}"


if __name__ == "__main__":
    sys.stdout.write(table())
