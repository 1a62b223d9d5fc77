"""database: what one recorder does a poll, and what that takes in a PostgreSQL on this machine.

Each connection beats every ten seconds, half a second early or late at the most, and is asked for
as often. The database is on a temporary folder and as careful as it comes (``fsync``). A fleet is
recorded for one keyframe and the polls up to the next one, then again with a part of it replaced
at each poll; what the tables take is asked of the database, with indexes and all.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tests.archive.postgres import PostgresServer, running_server
from tests.benchmarks.fleets import START, PureFleet, snapshot_of
from tests.benchmarks.rows import Row, Scale, alone, median
from tui.archive.pages import POLLS
from tui.archive.recorder import Recorder
from tui.archive.writer import Writer
from tui.core.connection import Connection
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS, Instant

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY = 10
"""Seconds from poll to poll, and from heartbeat to heartbeat."""
_JITTER = TICKS // 2
_SETTLED = 20
"""Polls after which each connection's rhythm is known; what comes before is not counted."""
_REPLACED = 0.005
"""Share of the connections that are others at each poll, where some are."""
_TABLES = ("polls", "keyframes", "connections", "states", "events")


@dataclass(frozen=True, slots=True)
class _Recorded:
    """One fleet, recorded."""

    folds: list[float]
    """CPU seconds of each poll."""
    writes: list[float]
    walls: list[float]
    """Seconds of each write, in which the database works, too."""
    sizes: Counter[str]
    """Bytes of each table that the polls have added."""
    rows: Counter[str]
    keyframe: int
    """Bytes of the last keyframe; a first one, of connections that are new, is half as large."""


def measure(scale: Scale) -> Iterator[Row]:
    """Each size steady, one with replacements."""
    with running_server(durable=True) as server:
        yield from _measure(server, scale)


def _measure(server: PostgresServer, scale: Scale) -> Iterator[Row]:
    small, large = 1_000, 10_000
    long, short = POLLS + 1, _SETTLED + scale.pick(30, 10)
    known = {small: _record(server, small, long), large: _record(server, large, short)}
    for size, one in known.items():
        yield from _times(size, one)
    if not scale.quick:
        yield from _times(100_000, _record(server, 100_000, 8, settled=3))
    first = known[small].sizes["polls"] / (long - _SETTLED)
    second = known[large].sizes["polls"] / (short - _SETTLED)
    beat = (second - first) / (large - small)
    yield _bytes("a heartbeat", beat)
    yield _bytes("a poll, but for its heartbeats", first - small * beat)
    yield _bytes("a connection in a keyframe", known[small].keyframe / small)
    moving = _record(server, small, long, replaced=_REPLACED)
    replaced = (long - _SETTLED) * small * _REPLACED
    more = sum(moving.sizes[name] - known[small].sizes[name] for name in _TABLES) / replaced
    rows = sum(moving.rows[name] - known[small].rows[name] for name in _TABLES) / replaced
    yield _bytes("a connection that takes the place of another", more)
    yield Row("database", "a connection that takes the place of another: rows", "rows", rows)


def _times(size: int, one: _Recorded) -> Iterator[Row]:
    for what, took in (("fold", one.folds), ("write", one.writes)):
        yield Row(
            "database",
            f"{size:,} connections: {what}, CPU a poll",
            "ms",
            median(took) * 1e3,
            note=f"longest {max(took) * 1e3:.0f}",
        )
    yield Row(
        "database",
        f"{size:,} connections: write, a poll",
        "ms",
        median(one.walls) * 1e3,
        note=f"longest {max(one.walls) * 1e3:.0f}, with the database on the same machine",
    )


def _bytes(what: str, number: float) -> Row:
    return Row("database", f"{what}: on disk", "B", number)


def _record(
    server: PostgresServer,
    size: int,
    polls: int,
    *,
    replaced: float = 0.0,
    settled: int = _SETTLED,
) -> _Recorded:
    url = server.make_database()
    writer, fleet = Writer(url), Fleet()
    recorder = Recorder(writer, "benchmark", "127.0.0.1")
    folds, writes, walls = [], [], []
    database, chance = url.rpartition("/")[2], random.Random(1)

    def asked(sql: str) -> int:
        return int(server.ask(database, f"SELECT {sql}"))

    def taken() -> tuple[Counter[str], Counter[str]]:
        return (
            Counter({one: asked(f"pg_total_relation_size('{one}')") for one in _TABLES}),
            Counter({one: asked(f"count(*) FROM {one}") for one in _TABLES}),
        )

    records = PureFleet(size).at(START)
    for number in range(polls):
        at = START + number * EVERY * TICKS
        records = tuple(_later(records, number, at, round(size * replaced), chance))
        snapshot = snapshot_of(records, at)
        before = time.process_time()
        fleet = fold(fleet, snapshot)
        folded, begun = time.process_time(), time.monotonic()
        recorder.add(snapshot, fleet)
        written, ended = time.process_time(), time.monotonic()
        assert recorder.trouble is None, recorder.trouble
        if number >= settled:
            folds.append(folded - before)
            writes.append(written - folded)
            walls.append(ended - begun)
        elif number == settled - 1:
            sizes, rows = taken()
    writer.close()
    sizes_at_end, rows_at_end = taken()
    return _Recorded(
        folds,
        writes,
        walls,
        sizes_at_end - sizes,
        rows_at_end - rows,
        asked("octet_length(parts) FROM keyframes ORDER BY at DESC LIMIT 1"),
    )


def _later(
    records: tuple[Connection, ...], number: int, at: Instant, replaced: int, chance: random.Random
) -> Iterator[Connection]:
    """The same with heartbeats since the poll before, but for some whose clients came anew."""
    first = number * replaced
    anew = {place % len(records) for place in range(first, first + replaced)} if number else ()
    for place, one in enumerate(records):
        age = place * EVERY * TICKS // len(records) + chance.randint(-_JITTER, _JITTER)
        beat = max(one.start, at - max(age, 0))
        start, name = one.start, one.connection_id
        if place in anew:
            start, name = beat, f"{name[:13]}{number:08x}"
        yield replace(
            one,
            connection_id=name,
            start=start,
            last_heartbeat=beat,
            updated=beat,
            duration=float((beat - start) // TICKS),
        )


if __name__ == "__main__":
    alone(measure, __doc__)
