"""A stage: the real app before the real stand-in over a real socket, in a time of the test's own.

Nothing moves by itself: ``poll`` lets the given seconds pass for the server and for the app alike,
lets one question through, and returns when its answer is drawn.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from time import monotonic

from msgspec.structs import replace
from textual import events
from textual.keys import _character_to_key
from textual.message_pump import MessagePump
from textual.pilot import Pilot

from tests.canary import CANARY, leaks
from tests.faults.wire import Wire
from tui.alert.alarms import Alarms
from tui.alert.channel import Channel
from tui.alert.notifier import Notifier
from tui.archive.scribe import Scribe
from tui.cli.scribing import recorded
from tui.core.alert_rules import parse_rule
from tui.core.fleet import Fleet
from tui.core.grammar import NO_FILTER, Filter
from tui.core.instant import TICKS
from tui.core.names import NO_NAMES, Names
from tui.core.query import Query
from tui.core.saved_view import SavedView
from tui.core.snapshot import Snapshot
from tui.source.asking import Asking
from tui.source.base import Source
from tui.source.console_api import DEFAULT_LIMITS, ConsoleApi, Limits
from tui.source.endpoint import parse_endpoint
from tui.source.foretaste import Foretaste
from tui.source.poller import Poller
from tui.source.secret import Secret
from tui.standin.app import Source as StandInSource
from tui.standin.app import create_app
from tui.standin.clock import ManualClock
from tui.standin.clock_faults import NO_FAULTS, Faults
from tui.standin.embedded import serving
from tui.standin.records import load_records
from tui.standin.scenarios import Script
from tui.standin.settings import Assumptions
from tui.standin.simulator import Fleet as SimulatedFleet
from tui.view.app import ConntopApp
from tui.view.connection_table import ConnectionTable
from tui.view.lane import Feed, Lane
from tui.view.main_screen import MainScreen
from tui.view.watch import NO_CONTEXTS, NO_VIEWS, Watch

KEY = CANARY
START = datetime(2024, 1, 15, 14, 30, 25, tzinfo=UTC)
PATIENCE = 10.0
"""Seconds after which a condition that does not come true fails the test."""
_GLANCE = 0.001
"""Seconds from one look at a condition to the next."""

_TURNS = 5
"""Turns of the loop in which a key gets from the driver to the app, and a screen to be drawn."""

_CHARACTERS = {"slash": "/", "exclamation_mark": "!", "colon": ":", "plus": "+", "minus": "-"}


def _is_at_work(pump: MessagePump) -> bool:
    """Whether it has a message, or is handling one: else it stands before its empty queue."""
    if pump._closing or pump._closed or not pump.is_running:
        return False
    return bool(pump.message_queue_size) or not pump._message_queue.ready_event._waiters


class Gate:
    """A Source that lets a question through only when told to; the stage's hold on time."""

    def __init__(self, source: Source, latency: float | None = None) -> None:
        self._source = source
        self._latency = latency
        self._open = asyncio.Semaphore(0)
        self.waiting = 0
        """Questions that stand before it."""
        self.asked: list[Query] = []

    def release(self) -> None:
        """Let one question through."""
        self._open.release()

    async def fetch(self, query: Query) -> Snapshot:
        """Wait at the gate, then ask."""
        self.waiting += 1
        try:
            await self._open.acquire()
        finally:
            self.waiting -= 1
        self.asked.append(query)
        snapshot = await self._source.fetch(query)
        if self._latency is None:
            return snapshot
        return replace(snapshot, cost=replace(snapshot.cost, seconds=self._latency))

    async def aclose(self) -> None:
        """Close what is behind the gate."""
        await self._source.aclose()


class HeldPoller(Poller):
    """A poller that is woken, but never wakes by itself: its time is the stage's."""

    nap = 0.0
    """Seconds by which its next question comes too late."""

    def _overslept(self) -> float:
        slept, self.nap = self.nap, 0.0
        return slept

    async def _sleep(self, took: float) -> None:
        while not self._ask_now:
            self._wake.clear()
            self.due = self._next(took)
            await self._wake.wait()


def held_lane(feed: Feed, query: Query, time: Callable[[], float]) -> Lane:
    """A further context on the stage, whose time is the stage's as well."""
    poller = HeldPoller(feed.source, query, 5.0, rng=random.Random(1), time=time)
    return Lane(feed, poller, monotonic=time)


class Stage:
    """The app, its server, and the time of both."""

    def __init__(
        self,
        app: ConntopApp,
        watch: Watch,
        gate: Gate,
        api: ConsoleApi,
        clock: ManualClock,
        script: Script,
    ) -> None:
        self.app = app
        self.watch = watch
        self.gate = gate
        self.api = api
        self.clock = clock
        self.script = script
        self.log = StringIO()
        self.patience = PATIENCE
        self.pilot: Pilot[int]

    @property
    def screen(self) -> MainScreen:
        """The main screen, whatever lies over it."""
        return next(one for one in self.app.screen_stack if isinstance(one, MainScreen))

    @property
    def table(self) -> ConnectionTable:
        """The live table."""
        return self.screen.table

    async def until(self, condition: Callable[[], bool], what: str = "") -> None:
        """Return when ``condition`` holds; fail the test when it does not come true."""
        deadline = monotonic() + self.patience
        while not condition():
            assert monotonic() < deadline, f"in vain: {what or condition}"
            # Longer than no time: the server is a thread of this process, and has to get its turn.
            await asyncio.sleep(_GLANCE)
            self.app.screen._on_timer_update()

    async def sleep(self, seconds: float) -> None:
        """The monitor is stopped for so long: the question that was due comes late, and is one."""
        poller = self.watch.poller
        assert isinstance(poller, HeldPoller)
        poller.nap = seconds
        await self.poll(seconds + poller.every)

    async def poll(self, seconds: float = 5.0) -> None:
        """Let time pass, let one question through, and wait until its outcome is drawn."""
        self.clock.advance(seconds)
        watch, poller = self.watch, self.watch.poller
        before, count = watch.fleet, len(self.gate.asked)
        lane = watch.lanes[0]
        newest = lane.coming
        if poller.asking_since is None:
            poller.refresh()
        self.gate.release()
        await self.until(
            lambda: watch.fleet is not before or (watch.is_past and lane.coming is not newest),
            "the outcome is folded",
        )
        assert len(self.gate.asked) == count + 1
        await self.settle()

    async def answered(self) -> None:
        """Let the question that waits through, and where it was changed meanwhile, the next one."""
        watch, gate = self.watch, self.gate
        before, asked = watch.fleet, len(gate.asked)
        while watch.fleet is before:
            await self.until(lambda: gate.waiting > 0, "something is asked")
            gate.release()
            asked += 1
            await self._let_through(before, asked)
        await self.settle()

    async def _let_through(self, before: Fleet, asked: int) -> None:
        """Until so many were asked, and either something is known or yet another one waits."""
        watch, gate = self.watch, self.gate
        await self.until(lambda: len(gate.asked) >= asked, "the question is let through")
        await self.until(lambda: watch.fleet is not before or gate.waiting > 0, "it is answered")

    async def polls(self, count: int, seconds: float = 5.0) -> None:
        """Several polls, one after the other."""
        for _ in range(count):
            await self.poll(seconds)

    def busy(self) -> list[str]:
        """Who has a message to handle, or rows to arrange."""
        groups = ("arrange", "read", "scenario", "siblings")
        found = [repr(one) for one in self.app.workers if one.group in groups]
        pumps: list[MessagePump] = [self.app, *self.app.screen_stack]
        for screen in self.app.screen_stack:
            pumps += screen.walk_children()
        return found + [repr(one) for one in pumps if _is_at_work(one)]

    def _is_quiet(self) -> bool:
        """Whether every message is handled and every row arranged, or the app has failed."""
        return self.app._exception is not None or not self.busy()

    async def settle(self) -> None:
        """Wait until what is known is arranged and drawn: quiet three times in a row."""
        # The pilot's pause would have each widget handle a message of its own, which is most of
        # what a test takes.
        for _ in range(3):
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            await self.until(self._is_quiet, "all messages are handled")
            self.app.screen._on_timer_update()

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other is done, as a terminal would send them."""
        driver = self.app._driver
        assert driver is not None
        for key in keys:
            name = _character_to_key(key) if len(key) == 1 else key
            char = key if len(key) == 1 else " " if key == "space" else None
            event = events.Key(name, char or _CHARACTERS.get(name))
            event.set_sender(self.app)
            driver.send_message(event)
            await self.settle()

    async def resize(self, width: int, height: int) -> None:
        """Give the terminal another size."""
        await self.pilot.resize_terminal(width, height)
        await self.settle()

    def scenario(self, name: str) -> None:
        """Change the fate of the fleet from now on."""
        self.script.switch(name, self.clock.now())

    @property
    def animations(self) -> str:
        """How much moves by itself."""
        return self.app.animation_level

    def rows(self) -> list[list[str]]:
        """The texts of all rows, by the columns on screen."""
        return [self.table.get_row_at(index) for index in range(self.table.row_count)]

    def column(self, key: str) -> list[str]:
        """The texts of one column."""
        place = [column.key for column in self.table.shown_columns].index(key)
        return [row[place] for row in self.rows()]

    def text(self) -> str:
        """All that is on screen, as text."""
        lines = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in lines)


@asynccontextmanager
async def stage(
    *,
    connections: int = 30,
    seed: int = 7,
    records: Path | None = None,
    size: tuple[int, int] = (160, 45),
    query: Query | None = None,
    condition: Filter = NO_FILTER,
    assumptions: Assumptions | None = None,
    start: datetime = START,
    latency: float | None = 0.038,
    keymap: dict[str, str] | None = None,
    asking: Asking | None = None,
    faults: Faults = NO_FAULTS,
    wire: Wire | None = None,
    served: StandInSource | None = None,
    limits: Limits = DEFAULT_LIMITS,
    rules: Sequence[str] = (),
    channels: Sequence[Channel] = (),
    views: Mapping[int, SavedView] = NO_VIEWS,
    keep: Callable[[int, SavedView], None] = lambda number, view: None,
    contexts: Mapping[str, Callable[[], Feed]] = NO_CONTEXTS,
    read_key: Callable[[], Secret] = lambda: Secret(KEY),
    names: Names = NO_NAMES,
    scribe: Scribe | None = None,
) -> AsyncIterator[Stage]:
    """The app in front of a stand-in, with a ``wire`` between them; it has asked nothing yet."""
    clock, script = ManualClock(start), Script()
    log = StringIO()
    if served is None:
        fleet = SimulatedFleet(seed=seed, connections=connections)
        served = fleet if records is None else load_records(records)
    server = create_app(
        served,
        api_key=KEY,
        assumptions=assumptions,
        clock=clock,
        script=script,
        log=log,
        faults=faults,
    )

    def time() -> float:
        return clock.now() / TICKS - start.timestamp()

    async with AsyncExitStack() as stack:
        url = stack.enter_context(serving(server))
        if wire is not None:
            url = await stack.enter_async_context(wire.before(url))
        api = ConsoleApi(
            parse_endpoint(url),
            read_key,
            limits=limits,
            monotonic=time,
            wall=lambda: clock.now() / TICKS,
        )
        gate = Gate((asking or Asking()).over(api, time), latency)
        poller = HeldPoller(gate, query or Query(), 5.0, rng=random.Random(1), time=time)
        alarms = Alarms(
            [parse_rule(rule) for rule in rules],
            Notifier(channels),
            query=poller.query,
            time=time,
        )
        feed = recorded(Feed("prod", "api-console.apibricks.io", gate, Foretaste()), scribe)
        watch = Watch(
            [Lane(feed, poller, names=names, monotonic=time)],
            condition=condition,
            alarms=alarms if rules else None,
            contexts=contexts,
            views=views,
            keep=keep,
            opened=lambda feed, query, every: held_lane(feed, query, time),
        )
        app = ConntopApp(watch, keymap or {})
        one = Stage(app, watch, gate, api, clock, script)
        one.log = log
        async with app.run_test(size=size, notifications=True) as pilot:
            one.pilot = pilot
            await one.settle()
            yield one
            assert not leaks(one.text() + repr(vars(api)) + log.getvalue()), "the key is shown"
