"""The soak: a day of faults, churn, restarts and wild keys, in minutes.

    python -m tests.faults.soak [--hours 24] [--seed 1] [--keys 10000]

The real app before the real stand-in, with the wire between them on which things happen. Its time
is the stage's: five seconds cost no more than the poll that ends them. Each simulated hour all is
put to rest and measured. Exits with 1 unless nothing was raised or logged, memory, descriptors
and tasks are flat, and at the end the table equals the truth.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import itertools
import json
import os
import random
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from msgspec.structs import replace
from textual.css.scalar import Scalar
from textual.geometry import Region
from textual.widgets._toast import ToastHolder

from tests.canary import CANARY, leaks, leaky_files
from tests.faults.hearing import listening
from tests.faults.monkey import Monkey
from tests.faults.soak_verdict import AN_HOUR, EVERY, Sample, Verdict
from tests.faults.weather import SIZES, Director, Weather
from tests.faults.wire import Wire
from tests.stage import Stage, stage
from tui.core.connection import State
from tui.core.events import EVENTS_KEPT
from tui.core.grammar import NO_FILTER
from tui.source.console_api import Limits
from tui.standin.instant import _second_text
from tui.view.main_screen import MainScreen

if TYPE_CHECKING:
    from collections.abc import Callable

DAY_OF_KEYS = 10_000
"""Keys in 24 hours; shorter and longer ones have their share."""
CONNECTIONS = 30
LIMITS = Limits(connect=1.0, read=0.3, total=1.0)
"""Short, since silence and drip take real time."""
_CALM = 12
"""Polls that a rest may take: a clock that was an hour ahead needs some to be believed again."""
_AREAS = (
    *(Region.intersection, Region.union, Region.grow, Region.shrink, Region.__contains__),
    Scalar.resolve,
)
"""Textual's larger caches of what depends on the size of the terminal."""
_EVENTFUL = ("blackout", "region-loss", "server-crash", "rolling-restart", "flapping-client")
_SCENARIO_POLLS = 8
"""Polls after which each of them has dropped what it drops."""
_LONGEST_PAUSE = 6
"""Steps of five seconds for which the monkey's pause is respected."""


class Soak:
    """One run."""

    def __init__(self, on: Stage, wire: Wire, hours: float, seed: int, keys: int) -> None:
        self._on, self._wire = on, wire
        self._weather = Weather(on, wire, random.Random(f"weather {seed}"))
        self._monkey = Monkey(on, random.Random(f"monkey {seed}"))
        self._keys = keys
        self._polls = max(1, round(hours * AN_HOUR))
        self._asked = 0
        self._paused = 0
        self.verdict = Verdict(hours)
        on.watch.demo = Director(on, self._weather)

    async def run(self, report: Callable[[str], None]) -> None:
        """All hours, and a look at the truth."""
        await self._rest()
        await self._fill()
        await self._rest()
        self._asked = 0
        self._sample()
        next_rest = min(AN_HOUR, -(-self._polls // 3))
        stride = next_rest
        while self._done < self._polls:
            await self._step()
            if self._done >= min(next_rest, self._polls):
                next_rest += stride
                await self._rest()
                self._sample()
                report(self._progress())
        self.verdict.differences += await self._differences()

    async def _fill(self) -> None:
        """Let all that fills up once, and no further, be full: what grows after that is a leak.

        These are what is made at the first visit of a place, and for a long run also the drawing's
        caches of areas and the event log.
        """
        is_long = self.verdict.hours > 1
        for size in SIZES if is_long else ((20, 6), (160, 45)):
            await self._on.resize(*size)
            await self._monkey.tour()
        if not is_long:
            return
        sizes = ((width, 6 + width * 7 % 90) for width in range(300, 20, -1))
        while not all(_is_full(one) for one in _AREAS):
            await self._on.resize(*next(sizes))
            await self._monkey.tour()
        scenarios = itertools.cycle(_EVENTFUL)
        while len(self._on.watch.fleet.log) < EVENTS_KEPT:
            self._on.scenario(next(scenarios))
            for _ in range(_SCENARIO_POLLS):
                await self._poll()
        for size in SIZES:
            await self._on.resize(*size)
            await self._monkey.tour()

    @property
    def _done(self) -> int:
        """Polls so far."""
        return self._asked + len(self._on.gate.asked)

    async def _step(self) -> None:
        """Five seconds and a poll, unless the monkey has paused; then its share of keys."""
        await self._weather.change()
        poller = self._on.watch.poller
        self._paused = self._paused + 1 if poller.paused else 0
        if self._paused > _LONGEST_PAUSE:
            self._on.screen.action_pause()
        if poller.paused and self._on.gate.waiting == 0:
            self._on.clock.advance(EVERY)
        else:
            await self._poll()
        share = self._keys * min(self._done, self._polls) / self._polls
        while self._monkey.keys < share:
            await self._monkey.type()
        self._note_end()

    async def _poll(self) -> None:
        self._on.clock.advance(EVERY)
        if self._on.watch.poller.asking_since is None:
            self._on.watch.poller.refresh()
        await self._on.answered()
        self._tidy()

    def _tidy(self) -> None:
        """What the app does two seconds after a screen was closed, it has done in these five."""
        app = self._on.app
        if app._tidying is not None:
            app._tidying.stop()
            app._tidy()

    def _note_end(self) -> None:
        """An app that has ended says nothing any more, and waiting for it would tell less."""
        app = self._on.app
        if app._exit or app._exception is not None:
            raise RuntimeError(f"the app has ended after {', '.join(self._monkey.last)}")

    async def _rest(self) -> None:
        """No fault, no scenario, the main screen with nothing open, and polls until all is well."""
        on, watch = self._on, self._on.watch
        await self._weather.clear()
        await on.resize(160, 45)
        on.scenario("calm")
        while not isinstance(on.app.screen, MainScreen):
            await on.press("escape")
        screen = on.screen
        screen._close_detail()
        if screen.query_one("#find").display:
            await on.press("escape")
        screen.table.focus()
        screen.action_clear_query()
        wanted = screen.table.columns_wanted
        screen.table.columns_wanted = replace(wanted, chosen=(), wide=False)
        watch.condition, watch.held, watch.poller.paused = NO_FILTER, None, False
        on.app.clear_notifications()
        await on.until(lambda: not on.app.screen.query(ToastHolder), "the notices are gone")
        for _ in range(_CALM):
            # So that nothing is open but what the last poll has opened.
            self._wire.hang_up()
            await self._poll()
            last = watch.fleet.last
            if not watch.is_stale and last is not None and last.cost.requests == 1:
                break
        else:
            self.verdict.problems.append(f"no calm in {_CALM} polls: {on.text()}")
        self._look_for_the_key()

    def _look_for_the_key(self) -> None:
        """The canary must be nowhere; and what grows with the test alone is thrown away."""
        on, wire = self._on, self._wire
        if leaks(on.text() + on.log.getvalue()) or leaky_files(Path.cwd()):
            self.verdict.problems.append("the API key is shown")
        on.log.seek(0)
        on.log.truncate()
        wire.heads.clear()
        _second_text.cache_clear()
        self._asked += len(on.gate.asked)
        on.gate.asked.clear()
        for path in Path.cwd().glob("conntop-*.json"):
            json.loads(path.read_text(encoding="utf-8"))
            path.unlink()

    def _sample(self) -> None:
        gc.collect()
        verdict, weather, monkey = self.verdict, self._weather, self._monkey
        verdict.samples.append(
            Sample(
                self._done / AN_HOUR,
                _rss(),
                len(list(Path("/proc/self/fd").iterdir())),
                sum("ScrollBar" not in task.get_name() for task in asyncio.all_tasks()),
                threading.active_count(),
            )
        )
        verdict.polls, verdict.keys = self._done, monkey.keys
        verdict.met, verdict.played = dict(weather.met), dict(weather.played)
        verdict.sizes, verdict.visits = weather.sizes, dict(monkey.visits)

    def _progress(self) -> str:
        verdict, now = self.verdict, self.verdict.samples[-1]
        return (
            f"hour {now.hours:5.2f}: {now.rss:.1f} MB, {now.descriptors} descriptors, "
            f"{now.tasks} tasks, {now.threads} threads, {verdict.polls:,} polls, "
            f"{verdict.keys:,} keys, {sum(verdict.met.values()):,} faults, "
            f"{len(verdict.problems)} problems"
        )

    async def _differences(self) -> list[str]:
        """What the stand-in serves now, asked without conntop, against what is on screen."""
        async with httpx.AsyncClient() as client:
            answer = await client.get(
                f"{self._wire.url}/api/connection-analytics/query",
                params={"activeOnly": "true"},
                headers={"Authorization": CANARY},
            )
        served = {str(one["connectionId"]) for one in answer.raise_for_status().json()}
        rows = zip(self._on.column("id"), self._on.column("state"), strict=True)
        gone = f"{State.GONE.glyph} {State.GONE.value}"
        shown = {identity: state != gone for identity, state in rows}
        there = {identity for identity, is_there in shown.items() if is_there}
        found = [f"{one} is served, and not shown" for one in sorted(served - shown.keys())]
        found += [f"{one} is served, and shown as gone" for one in sorted(served - there)]
        found += [f"{one} is shown, and not served" for one in sorted(there - served)]
        if not served:
            found.append("nothing is served, which proves nothing")
        return found


def _is_full(cached: object) -> bool:
    """Whether a function with a cache of a fixed size has filled it."""
    info = getattr(cached, "cache_info")()  # noqa: B009
    return bool(info.currsize >= info.maxsize)


def _rss() -> float:
    """Resident memory in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def soak(
    hours: float, seed: int, keys: int, report: Callable[[str], None] = lambda _: None
) -> Verdict:
    """Run it.

    Args:
        hours: simulated.
        seed: of all that happens.
        keys: of the monkey.
        report: is given a line of progress each simulated hour.
    """
    wire = Wire()
    problems: list[str] = []
    verdict = Verdict(hours)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), listening(problems):
        one: Soak | None = None
        try:
            async with stage(connections=CONNECTIONS, seed=seed, wire=wire, limits=LIMITS) as on:
                # Hours go by beside whatever else the machine does.
                on.patience = 120.0
                one = Soak(on, wire, hours, seed, keys)
                verdict = one.verdict
                try:
                    await one.run(report)
                except AssertionError:
                    problems.append(f"not done: {', '.join(on.busy())}")
                    raise
        except Exception as error:  # whatever it is, it is what the soak looks for
            trail = [] if one is None else one._monkey.last
            traceback.print_exception(error)
            verdict.problems.append(f"raised: {error!r} after {', '.join(trail)}")
    verdict.problems += problems
    return verdict


def main(arguments: list[str]) -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(description="A day of faults, churn, restarts and wild keys.")
    parser.add_argument("--hours", type=float, default=24.0, help="simulated hours")
    parser.add_argument("--seed", type=int, default=1, help="of all that happens")
    parser.add_argument("--keys", type=int, help="of the monkey; by default 10,000 in 24 hours")
    given = parser.parse_args(arguments)
    keys = round(DAY_OF_KEYS * given.hours / 24) if given.keys is None else given.keys
    started = time.monotonic()

    def report(line: str) -> None:
        print(f"{line}, {(time.monotonic() - started) / 60:.1f} min", flush=True)

    verdict = asyncio.run(soak(given.hours, given.seed, keys, report))
    complaints = list(verdict.complaints())
    for name, counts in (("faults", verdict.met), ("scenarios", verdict.played)):
        print(f"{name}: " + ", ".join(f"{one} {count}" for one, count in sorted(counts.items())))
    print("keys: " + ", ".join(f"{one} {count}" for one, count in sorted(verdict.visits.items())))
    for complaint in complaints:
        print(f"✗ {complaint}")
    print(verdict.line() + ("" if complaints else ": passed"))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
