"""past: what the past in memory takes, and what it costs to keep it and to look at it again.

Connections are made by arithmetic in the process and folded, as in the program but with no screen
and no network. Every heartbeat changes at each poll, and a tenth of the fleet is replaced each
hour. The same is done without a past, in another process: the difference of the resident memory is
what the past takes, and is compared with what it claims. Beside it runs a loop that wants to wake
up every few milliseconds: how late it is the most tells for how long it was held.
``--child KIND SIZE POLLS`` is one of these processes.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import os
import random
import subprocess
import sys
import time
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from msgspec.structs import replace

from tests.benchmarks.fleets import START, PureFleet
from tests.benchmarks.process_meter import rss_mib, take_app_core
from tests.benchmarks.rows import Row, Scale, alone, median
from tests.benchmarks.targets import CLAIM, LOOK_BACK
from tests.benchmarks.terminal_meter import ROOT
from tui.__main__ import _OLD, _YOUNG
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.history import History, Room
from tui.core.instant import TICKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tui.core.connection import Connection

P = ParamSpec("P")
T = TypeVar("T")

_EVERY = 5
_NAP = 0.002
_PATIENCE = 400.0
_ROOM = Room(1e9, 10**12)


def measure(scale: Scale) -> Iterator[Row]:
    """A few rows for each size."""
    for size, polls in ((1_000, scale.pick(720, 240)), (100_000, scale.pick(44, 44))):
        with_past, without = _child("past", size, polls), _child("none", size, polls)
        here = f"{size:,} connections"
        took = (with_past["rss"] - without["rss"]) * 2**20
        spare = with_past["heap"] - with_past["rss"]
        claimed = with_past["claimed"]
        yield Row(
            "past",
            f"{here}, taken by what it claims",
            "times",
            took / claimed,
            most=CLAIM,
            note=f"{claimed / 2**20:.1f} of {took / 2**20:.1f} MiB, {polls} polls; beside that "
            f"{spare:.1f} MiB are free for the next keyframe",
        )
        delta, frame = with_past["delta"], with_past["keyframe"]
        yield Row(
            "past", f"{here}, a poll", "bytes", delta, 3.0 * size, note="floor: 3 a heartbeat"
        )
        yield Row("past", f"{here}, a poll, by connection", "bytes", delta / size)
        yield Row("past", f"{here}, a keyframe, by connection", "bytes", frame / size)
        yield Row("past", f"{here}, an hour", "MB", claimed / 1e6 * 720 / polls)
        yield Row("past", f"{here}, to keep a poll", "ms", with_past["keep"], with_past["fold"])
        yield Row("past", f"{here}, to keep one, most", "ms", with_past["keep_most"])
        held, floor = with_past["held"], without["held"]
        yield Row("past", f"{here}, longest hold meanwhile", "ms", held, floor, note="floor: fold")
        look = with_past["look"]
        yield Row("past", f"{here}, to look back the most", "s", look, most=LOOK_BACK)
        yield Row("past", f"{here}, longest hold meanwhile", "ms", with_past["look_held"], floor)


def _child(kind: str, size: int, polls: int) -> dict[str, float]:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.benchmarks.past"),
            *("--child", kind, str(size), str(polls)),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        timeout=_PATIENCE,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


class _Probe:
    """A loop that wants to wake up often, and how late it was the most, in milliseconds."""

    def __init__(self) -> None:
        self.held = 0.0
        self._task = asyncio.ensure_future(self._wake())

    async def _wake(self) -> None:
        while True:
            due = time.perf_counter() + _NAP
            await asyncio.sleep(_NAP)
            self.held = max(self.held, 1_000 * (time.perf_counter() - due))

    def cancel(self) -> None:
        self._task.cancel()


def _trim() -> None:
    """Give back what was freed: the C library keeps it for the next keyframe."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


async def _timed(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> tuple[T, float]:
    """What it gives, and the seconds of processor time that it takes, in a thread."""

    def run() -> tuple[T, float]:
        since = time.thread_time()
        found = call(*args, **kwargs)
        return found, time.thread_time() - since

    return await asyncio.to_thread(run)


def _beating(record: Connection, dice: random.Random) -> Connection:
    """With a heartbeat to the tick, as an endpoint serves it."""
    beat = max(record.start, record.last_heartbeat - dice.randrange(TICKS))
    duration = float((beat - record.start) // TICKS)
    return replace(record, last_heartbeat=beat, updated=beat, duration=duration)


async def _live(kind: str, size: int, polls: int) -> dict[str, float]:
    source, dice, fleet = PureFleet(size, replaced_each_hour=0.1), random.Random(1), Fleet()
    history = History(fleet, _ROOM if kind == "past" else Room(0.0, 0))
    folds, keeps, held = [], [], 0.0
    for number in range(polls):
        answer = source.snapshot(START + number * _EVERY * TICKS)
        records = tuple([_beating(one, dice) for one in answer.records])
        answer = replace(answer, records=records)
        probe = _Probe()
        fleet, took = await _timed(fold, fleet, answer)
        folds.append(took)
        if kind == "past":
            probe.cancel()
            probe = _Probe()
        _, took = await _timed(history.add, answer, fleet)
        keeps.append(took)
        held = max(held, probe.held if number > 1 else 0.0)
        probe.cancel()
        del answer, records
    gc.collect()
    heap = rss_mib(os.getpid())
    _trim()
    result = {
        "heap": heap,
        "rss": rss_mib(os.getpid()),
        "fold": 1_000 * median(folds),
        "keep": 1_000 * median(keeps),
        "keep_most": 1_000 * max(keeps[2:]),
        "held": held,
    }
    if kind != "past":
        return result
    stretches = history._stretches
    result["claimed"] = history.size
    result["delta"] = median([len(one) for one in stretches[-2].first(10)])
    result["keyframe"] = median([sum(map(len, one.parts)) for one in stretches])
    # The last moment of a stretch is the farthest from its keyframe.
    place = stretches[-2].moments[-1].place
    probe = _Probe()
    _, result["look"] = await _timed(history.fleet_at, place)
    result["look_held"] = probe.held
    probe.cancel()
    return result


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        take_app_core()
        gc.set_threshold(_YOUNG, 10, _OLD)
        print(json.dumps(asyncio.run(_live(sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))))
    else:
        alone(measure, __doc__)
