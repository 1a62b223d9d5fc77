"""opening: what it takes to look at any instant of a week that was recorded.

1,000 connections of which every one beats between two polls, ten seconds apart, are folded and
recorded as by ``conntop record``, for two keyframes; what this wrote is copied, later and later,
until the file has the 60,480 polls of a week. Then a process of its own opens instants of it, among
them those that are farthest from their keyframe; of three tries for each the fastest one counts,
since this machine may have other things to do. ``--child FILE`` is that process.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from msgspec.structs import replace
from sqlalchemy import Column, Connection, func, insert, literal, select

from tests.benchmarks.fleets import START, PureFleet
from tests.benchmarks.rows import Row, Scale, alone, median
from tests.benchmarks.targets import OPENED
from tests.benchmarks.terminal_meter import ROOT
from tui.archive import schema
from tui.archive.reading import Recording
from tui.archive.recorder import Recorder
from tui.archive.store import make_store, open_store
from tui.archive.writer import Writer
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONNECTIONS, _EVERY = 1_000, 10
_STRETCH, _WEEK = 240, 60_480
_PATIENCE = 300.0
_COPIED = (schema.polls, schema.keyframes, schema.states, schema.events)


def measure(scale: Scale) -> Iterator[Row]:
    """A few rows about a week; a rough look has a day."""
    with TemporaryDirectory(prefix="conntop-") as folder:
        path = Path(folder) / "week.conntop"
        polls = scale.pick(_WEEK, _WEEK // 7)
        _record(path, polls)
        size = path.stat().st_size
        done = subprocess.run(
            [*(sys.executable, "-m", "tests.benchmarks.opening"), "--child", str(path)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            check=True,
            timeout=_PATIENCE,
        )
    found: dict[str, float] = json.loads(done.stdout)
    here = f"{_CONNECTIONS:,} connections, {polls:,} polls of {_EVERY} s"
    note = f"{size / 1e6:.0f} MB"
    yield Row("opening", f"{here}: an instant", "ms", found["median"], most=OPENED, note=note)
    yield Row("opening", f"{here}: the slowest of all tried", "ms", found["most"], most=OPENED)
    yield Row("opening", f"{here}: the first, with the file", "ms", found["first"])
    yield Row("opening", f"{here}: all moments, at first", "ms", found["moments"])
    yield Row("opening", f"{here}: all moments, again", "ms", found["again"])


def _record(path: Path, polls: int) -> None:
    writer, fleet, dice = Writer(str(path)), Fleet(), random.Random(1)
    recorder = Recorder(writer, "prod", "api-console.apibricks.io")
    source = PureFleet(_CONNECTIONS, replaced_each_hour=0.1)
    for number in range(_STRETCH):
        answer = source.snapshot(START + number * _EVERY * TICKS)
        records = []
        for one in answer.records:
            beat = max(one.start, one.last_heartbeat - dice.randrange(TICKS))
            duration = float((beat - one.start) // TICKS)
            records.append(replace(one, last_heartbeat=beat, updated=beat, duration=duration))
        answer = replace(answer, records=tuple(records))
        fleet = fold(fleet, answer)
        recorder.add(answer, fleet)
        assert recorder.trouble is None, recorder.trouble
    writer.close()
    store = make_store(str(path))
    with store.begin() as link:
        for copy in range(1, polls // _STRETCH):
            _copy(link, copy * _STRETCH)
        assert link.execute(select(func.count()).select_from(schema.polls)).scalar() == polls
    store.dispose()


def _copy(link: Connection, later: int) -> None:
    """All that was recorded once more, so many polls later."""
    end = START + _STRETCH * _EVERY * TICKS
    for table in _COPIED:
        shifts = {"at": later * _EVERY * TICKS, "place": later}

        def shifted(column: Column[object], shifts: dict[str, int] = shifts) -> object:
            by = shifts.get(column.name)
            return column if by is None else (column + literal(by)).label(column.name)

        columns = list(table.columns)
        rows = select(*(shifted(one) for one in columns)).where(table.c.at < end)  # type: ignore[call-overload]
        link.execute(insert(table).from_select(columns, rows))


def _opened(path: str) -> dict[str, float]:
    since = time.perf_counter()
    recording = Recording(open_store(path))
    whose = recording.feed()
    first, last = recording.span(whose)
    recording.fleet_at(whose, recording.moment_at(whose, last).place)
    result = {"first": 1_000 * (time.perf_counter() - since)}
    dice, took = random.Random(2), []
    instants = [first + dice.randrange(last - first) for _ in range(20)]
    # The last poll before a keyframe is the farthest from the one before.
    farthest = [first + (120 * place + 119) * _EVERY * TICKS for place in (1, 17, 60)]
    for at in (*instants, *farthest):
        tries = []
        for _ in range(3):
            since = time.perf_counter()
            recording.fleet_at(whose, recording.moment_at(whose, at).place)
            tries.append(1_000 * (time.perf_counter() - since))
        took.append(min(tries))
    result |= {"median": median(took), "most": max(took)}
    for name in ("moments", "again"):
        since = time.perf_counter()
        recording.moments(whose)
        result[name] = 1_000 * (time.perf_counter() - since)
    recording.close()
    return result


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(_opened(sys.argv[2])))
    else:
        alone(measure, __doc__)
