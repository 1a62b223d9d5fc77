"""record: what a recording takes on disk in a day, and how long a poll takes to be written.

A quarter of a day of polls, ten seconds apart, of 1,000 connections whose heartbeats all change
each time, to seven digits, and of which a twentieth is replaced each hour. The file is what the
command would have written: the same recorder, one transaction a poll. A day is four times as much,
which is too much by what is written only once.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.fleets import START, PureFleet
from tests.benchmarks.rows import Row, Scale, alone, quantile
from tests.benchmarks.targets import ADD, DAY_OF_FILE
from tui.archive.recorder import Recorder
from tui.archive.writer import Writer
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIZE, _EVERY, _CHURN = 1_000, 10, 0.05
_DAY = 86_400 // _EVERY


def measure(scale: Scale) -> Iterator[Row]:
    """A quarter of a day, or an hour."""
    polls = scale.pick(_DAY // 4, _DAY // 24)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "day.conntop"
        took = _record(path, polls)
        size = path.stat().st_size / polls * _DAY
        note = f"{polls:,} polls {_EVERY} s apart, {_CHURN:.0%} replaced an hour, " + _by_table(
            path
        )
        yield Row(
            "record", f"{_SIZE:,} connections, a day", "MB", size / 1e6, most=DAY_OF_FILE, note=note
        )
        yield Row("record", "each connection and day", "kB", size / 1e3 / _SIZE)
        yield Row(
            "record", f"{_SIZE:,} connections, a poll written", "ms", quantile(took, 0.5), most=ADD
        )
        yield Row("record", "the same, one in a hundred", "ms", quantile(took, 0.99))


def _record(path: Path, polls: int) -> list[float]:
    """Milliseconds of each poll."""
    writer, fleet = Writer(str(path)), Fleet()
    source = PureFleet(_SIZE, replaced_each_hour=_CHURN, oldest_beat=_EVERY)
    recorder = Recorder(writer, "prod", "127.0.0.1")
    took: list[float] = []
    for number in range(polls):
        answer = source.snapshot(START + number * _EVERY * TICKS)
        fleet = fold(fleet, answer)
        since = time.perf_counter()
        recorder.add(answer, fleet)
        took.append((time.perf_counter() - since) * 1e3)
        if recorder.trouble is not None:
            raise RuntimeError(recorder.trouble)
    writer.close()
    return took


def _by_table(path: Path) -> str:
    """What the blobs take of it, and the rest."""
    with sqlite3.connect(path) as link:
        [deltas] = link.execute("SELECT sum(length(delta)) FROM polls").fetchone()
        [frames] = link.execute("SELECT sum(length(parts)) FROM keyframes").fetchone()
    link.close()
    rest = path.stat().st_size - deltas - frames
    return f"of it deltas {deltas / 1e6:.1f}, keyframes {frames / 1e6:.1f}, rest {rest / 1e6:.1f}"


if __name__ == "__main__":
    alone(measure, __doc__)
