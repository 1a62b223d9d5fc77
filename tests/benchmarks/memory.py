"""memory: what the fleet takes over hours, and whether it stops to grow.

Connections are made by arithmetic in the process, folded, seen by a Watch and arranged, as in the
program but with no screen and no network. Every heartbeat changes at each poll. First 100,000
connections for an hour; then a smaller fleet for a day in which a tenth of it is replaced each
hour. Each is a process of its own. To save time the polls are farther apart than five seconds
(what is kept depends on their number and on the hours that pass): the note says how far.
``--child KIND SIZE HOURS EVERY`` is one of these processes.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from tests.benchmarks.fleets import START, PureFleet
from tests.benchmarks.process_meter import rss_mib, take_app_core
from tests.benchmarks.rows import Row, Scale, alone
from tests.benchmarks.targets import GROWTH, MEMORY
from tests.benchmarks.terminal_meter import ROOT
from tui.core.arrangement import Arrangement
from tui.core.fold import fold
from tui.core.instant import TICKS
from tui.core.query import Query
from tui.source.poller import Poller
from tui.view.lane import Feed, Lane
from tui.view.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.core.snapshot import Snapshot

_LARGE, _SMALL = 100_000, 1_000
_CHURN = 0.1
_PATIENCE = 900.0


def measure(scale: Scale) -> Iterator[Row]:
    """An hour of the large fleet, a day of the small one."""
    hours, every = 1.0, 60.0
    if scale.quick:
        hours, every = 0.1, 60.0
    found = _child("steady", _LARGE, hours, every)
    empty, full = found["empty"][0], found["rss"][-1]
    polls = round(hours * 3_600 / every)
    note = f"{polls} polls, {every:.0f} s apart, all heartbeats new each time"
    yield Row(
        "memory", f"{_LARGE:,} connections, resident", "MiB", full, empty, most=MEMORY, note=note
    )
    per_one = (full - empty) * 1024 / _LARGE
    yield Row("memory", f"{_LARGE:,} connections, each", "KiB", per_one)
    yield Row("memory", f"{_LARGE:,} connections, most ever", "MiB", found["peak"][0], empty)
    # Near enough to the five seconds of the program for all that is kept by number of polls, as the
    # beats of a connection are, to be full after the first hour.
    hours, every = (3.0, 15.0) if scale.quick else (24.0, 15.0)
    found = _child("churn", _SMALL, hours, every)
    by_hour = found["rss"]
    yield Row(
        "memory",
        f"{_SMALL:,} connections, resident after hour {len(by_hour)}; floor: after hour 1",
        "MiB",
        by_hour[-1],
        by_hour[0],
        most=GROWTH,
        of_floor=True,
        note=f"polls {every:.0f} s apart, {_CHURN:.0%} replaced an hour; by hour: "
        + " ".join(f"{one:.1f}" for one in by_hour),
    )
    yield Row(
        "memory",
        "ids in the state at the end, by those served",
        "times",
        found["tracked"][0] / _SMALL,
        note=f"{found['seen'][0]:.0f} different ones were served",
    )


def _child(kind: str, size: int, hours: float, every: float) -> dict[str, list[float]]:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.benchmarks.memory"),
            *("--child", kind, str(size), str(hours), str(every)),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        timeout=_PATIENCE,
    )
    found: dict[str, list[float]] = {
        name: value if isinstance(value, list) else [value]
        for name, value in json.loads(done.stdout).items()
    }
    return found


class _Unasked:
    """A source for a poller that is never run."""

    async def fetch(self, query: Query) -> Snapshot:
        raise AssertionError(query)

    async def aclose(self) -> None:
        """Nothing to close."""


async def _live(kind: str, size: int, hours: float, every: float) -> dict[str, object]:
    pid = os.getpid()
    source = PureFleet(size, replaced_each_hour=_CHURN if kind == "churn" else 0.0)
    at = START
    asked = _Unasked()
    feed, poller = Feed("benchmark", "127.0.0.1", asked), Poller(asked, Query(), every)
    lane = Lane(feed, poller, monotonic=lambda: 0.0)
    watch = Watch([lane])
    empty, rss, peak, seen = rss_mib(pid), [], 0.0, 0
    known: frozenset[str] = frozenset()
    shown = Arrangement()
    async for number in _polls(round(hours * 3_600 / every)):
        at += int(every * TICKS)
        snapshot = source.snapshot(at)
        if kind == "churn":
            now = frozenset(one.connection_id for one in snapshot.records)
            seen += len(now - known)
            known = now
        lane.bring(await asyncio.to_thread(fold, watch.fleet, snapshot))
        # As the screen does: what it shows is replaced, and then what it showed is let go.
        shown = await watch.arrange()
        await watch.let_go()
        if (number + 1) * every % 3_600 < every:
            rss.append(rss_mib(pid))
    peak = rss_mib(pid, peak=True)
    rss = rss or [rss_mib(pid)]
    return {
        "empty": empty,
        "rss": rss,
        "peak": peak,
        "tracked": len(watch.fleet.tracked),
        "shown": len(shown.rows),
        "seen": seen,
    }


async def _polls(count: int) -> AsyncIterator[int]:
    deadline = time.monotonic() + _PATIENCE
    for number in range(count):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{number} of {count} polls in {_PATIENCE:.0f} s")
        yield number


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        take_app_core()
        print(
            json.dumps(
                asyncio.run(
                    _live(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5]))
                )
            )
        )
    else:
        alone(measure, __doc__)
