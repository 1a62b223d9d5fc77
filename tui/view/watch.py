"""Watch: what is being watched, and how fresh that knowledge is. No widget, no drawing."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from tui.core.arrangement import Arrangement, Order, arrange
from tui.core.dimensions import DIMENSIONS
from tui.core.facets import FACETS, VALUES_KEPT
from tui.core.fleet import Fleet
from tui.core.grammar import NO_FILTER, Filter
from tui.core.instant import Instant, as_served
from tui.core.merge import merge
from tui.core.query import Query
from tui.core.saved_view import SavedView
from tui.source.poller import Poller
from tui.view.demo import Demo
from tui.view.filter_pane import Choices
from tui.view.lane import Feed, Lane, open_lane
from tui.view.present import Present
from tui.view.status import Situation

if TYPE_CHECKING:
    from tui.alert.alarms import Alarms
    from tui.view.writing import Writing

_T = TypeVar("_T")

_BITE = 500
"""Connections that are freed at once."""
NO_VIEWS: Mapping[int, SavedView] = {}
"""None is saved."""
NO_CONTEXTS: Mapping[str, Callable[[], Feed]] = {}
"""There is none to change to."""


def keep_in_file(number: int, view: SavedView) -> None:
    """Write a view into the file of settings."""
    from tui.config.save import save_view

    save_view(number, view)


@dataclass(frozen=True, slots=True)
class Taken:
    """A saved view in use."""

    number: int
    view: SavedView
    query: Query
    """What it has asked: a span back was counted from then."""


class Watch:
    """One context or several, the fleet of all of them, and how the fleet is looked at."""

    def __init__(
        self,
        lanes: Sequence[Lane],
        *,
        condition: Filter = NO_FILTER,
        demo: Demo | None = None,
        alarms: "Alarms | None" = None,
        program: tuple[str, ...] = ("conntop",),
        post: Callable[[str, str], None] | None = None,
        contexts: Mapping[str, Callable[[], Feed]] = NO_CONTEXTS,
        opened: Callable[[Feed, Query, float], Lane] = open_lane,
        views: Mapping[int, SavedView] = NO_VIEWS,
        keep: Callable[[int, SavedView], None] = keep_in_file,
    ) -> None:
        """
        Args:
            lanes: what is watched at the start, one at the least.
            condition: the local filter at the start.
            demo: the stand-in, when this is the demo.
            alarms: what is to be told of the fleet; ``None`` where there are no rules.
            program: the first words of the command that asks the same endpoint, but for the
                contexts.
            post: posts a handover note of a context to the webhook, where there is one; blocks, and
                raises ``SendError``.
            contexts: by name, what can be changed to. Its feed takes its time, since the key is
                read, and raises ``ConfigError`` or ``SourceError`` where there is none.
            opened: makes a lane of a feed, a query and an interval.
            views: the saved views by their numbers.
            keep: saves a view under a number, and blocks meanwhile; raises ``ConfigError``.
        """  # noqa: D205, D212
        self.lanes = tuple(lanes)
        """What is watched, in the order in which it was chosen."""
        self.demo = demo
        self.program = program
        self.post = post
        self.alarms = alarms
        self.contexts = contexts
        self.condition = condition
        self.order = Order()
        self.dimension = DIMENSIONS[0].key
        """By what the connections are grouped, or were last."""
        self._looking = asyncio.Lock()
        self.held: dict[str, int] | None = None
        """Places that rows keep while the order is held."""
        self.views = dict(views)
        self.keep = keep
        self.taken: Taken | None = None
        """The view that is in use, as it was when it was taken."""
        self._opened = opened
        for lane in self.lanes:
            lane.is_beside = len(self.lanes) > 1
        self._left: list[Lane] = []
        self._past: list[Fleet] = []
        self._clear()

    def _clear(self) -> None:
        """What is known is of the present lanes alone, and nothing has been seen yet."""
        self.fleet = merge({one.name: one.coming for one in self.lanes})
        """The one that is looked at: what is said of it and its rows belong together."""
        self.held = None
        self._known: dict[str, dict[str, None]] = {facet.field: {} for facet in FACETS}

    # What is asked

    @property
    def poller(self) -> Poller:
        """The first context's; the others are asked the same question as often."""
        return self.lanes[0].poller

    @property
    def query(self) -> Query:
        """The present question."""
        return self.poller.query

    def ask(self, query: Query) -> None:
        """Ask another question of all, at once."""
        for lane in self.lanes:
            lane.poller.query = query

    def pause(self, paused: bool) -> None:
        """Ask only when told to, or go on."""
        for lane in self.lanes:
            lane.poller.paused = paused
            if not paused:
                lane.poller.resume()

    def refresh(self) -> None:
        """Ask all now."""
        for lane in self.lanes:
            lane.poller.refresh()

    def step(self, step: int) -> None:
        """Ask less often (``step`` 1) or more often (-1)."""
        for lane in self.lanes:
            lane.poller.step(step)

    # Whom is asked

    @property
    def context(self) -> str:
        """The names of all that is watched."""
        return " + ".join(lane.name for lane in self.lanes)

    @property
    def host(self) -> str:
        """Whom we ask, each once."""
        return ", ".join(dict.fromkeys(lane.feed.host for lane in self.lanes))

    def change(self, names: Sequence[str], feeds: Mapping[str, Feed]) -> tuple[Lane, ...]:
        """Watch the contexts of ``names`` from now on; those that are no longer watched.

        Whoever goes on is not disturbed. Where nobody does, all that was known is forgotten.

        Args:
            names: one at the least.
            feeds: of those among them that are not watched yet.
        """
        kept = {lane.name: lane for lane in self.lanes if lane.name in names}
        first = self.poller
        before = self.lanes
        self.lanes = tuple(
            kept.get(name) or self._opened(feeds[name], first.query, first.every) for name in names
        )
        for lane in self.lanes:
            lane.poller.paused = first.paused
            lane.is_beside = len(self.lanes) > 1
        if not kept:
            self._past.append(self.fleet)
            self._clear()
        gone = tuple(lane for lane in before if lane not in self.lanes)
        if self.alarms is not None:
            self.alarms.keep(lane.name for lane in self.lanes)
        self._left += gone
        return gone

    async def close(self, lane: Lane) -> None:
        """Close one that is no longer watched."""
        await lane.aclose()
        self._left.remove(lane)

    async def aclose(self) -> None:
        """Close everything."""
        for lane in (*self.lanes, *self._left):
            await lane.aclose()

    # What is known

    async def arrange(self) -> Arrangement:
        """The rows to show, merged, filtered and sorted off the loop, of the newest fleets."""
        while True:
            lanes = self.lanes
            coming = {lane.name: lane.coming for lane in lanes}
            fleet, arranged = await asyncio.to_thread(self._arranged, coming)
            if lanes == self.lanes:
                break
        for lane in lanes:
            lane.seen(coming[lane.name], self._part(lane, fleet))
        if fleet is not self.fleet:
            self._past.append(self.fleet)
            self.fleet = fleet
        for field, values in arranged.facets.items():
            known = self._known[field]
            for value in values:
                if len(known) < VALUES_KEPT:
                    known.setdefault(value)
        return arranged

    async def look(self, read: Callable[[Fleet], _T]) -> _T:
        """What ``read`` finds in the fleet, off the loop.

        No former fleet is let go meanwhile: it may be the one that is read, and its end would come
        all at once.
        """
        async with self._looking:
            return await asyncio.to_thread(read, self.fleet)

    def _arranged(self, coming: Mapping[str, Fleet]) -> tuple[Fleet, Arrangement]:
        fleet = merge(coming, self.fleet)
        return fleet, arrange(fleet, self.order, self.condition, self.held)

    def _part(self, lane: Lane, fleet: Fleet) -> Fleet:
        return fleet.parts.get(lane.name, fleet)

    async def let_go(self) -> None:
        """Forget former fleets off the loop, once nothing on screen shows them any more."""
        async with self._looking:
            past, self._past = self._past, []
            if past:
                await asyncio.to_thread(_take_apart, past)

    @property
    def present(self) -> Present:
        """The server's time and whether what is known is of it, for each context."""
        each = {}
        for lane in self.lanes:
            part = self._part(lane, self.fleet)
            each[lane.name] = Present(lane.now(part) or 0, lane.is_stale(part))
        if len(each) == 1:
            return each[self.lanes[0].name]
        stale = all(one.stale for one in each.values())
        return Present(max(one.now for one in each.values() if stale or not one.stale), stale, each)

    @property
    def is_stale(self) -> bool:
        """Whether nothing that is known may be taken for the present."""
        return self.present.stale

    @property
    def now(self) -> Instant | None:
        """The server's time by which ages go; it stands still while nothing new is known."""
        return None if self.fleet.last is None else self.present.now

    def writing(self, chosen: Collection[str] | None) -> "Writing":
        """What a handover note is made of, as of now.

        Args:
            chosen: ids of the connections it is to be about; ``None`` for those that dropped.
        """
        from tui.core.handover import Where
        from tui.view.writing import Writing

        last, program = self.fleet.last, self.program
        if self.demo is not None:
            program = (*program, "--scenario", self.demo.scenario)
        for lane in self.lanes:
            if lane.name in self.contexts:
                program = (*program, "--context", lane.name)
        asks = all(lane.feed.playing is None for lane in self.lanes)
        if not asks and last is not None:
            program = (*program, "--at", as_served(last.at))
        return Writing(
            self.fleet,
            Where(self.context, self.host, program, asks=asks),
            self.condition,
            None if last is None else last.clock.at(self.lanes[0].monotonic()),
            None if chosen is None else frozenset(chosen),
            self.poller.paused,
        )

    def situation(self, arranged: Arrangement, *, sparing: bool = False) -> Situation:
        """All that the header tells, ``sparing`` with bytes or not."""
        each = tuple(self._of_lane(lane, arranged, sparing=sparing) for lane in self.lanes)
        alarms, first = self.alarms, each[0]
        if alarms is not None:
            first = replace(
                first,
                firing=alarms.firing,
                undelivered=alarms.failures,
                rules_wait=alarms.waits,
            )
        if len(each) == 1:
            return first
        return replace(
            first,
            context=self.context,
            host=self.host,
            fleet=self.fleet,
            now=self.now,
            stale=self.is_stale,
            lanes=each,
        )

    def _of_lane(self, lane: Lane, arranged: Arrangement, *, sparing: bool) -> Situation:
        part = self._part(lane, self.fleet)
        return Situation(
            context=lane.name,
            host=lane.feed.host,
            query=lane.poller.query,
            every=lane.poller.every,
            fleet=part,
            counts=arranged.counts,
            now=lane.now(part),
            asking=lane.asking_for,
            due_in=lane.due_in,
            outage_for=lane.outage_for,
            paused=lane.poller.paused,
            stale=lane.is_stale(part),
            scenario=None if self.demo is None else self.demo.scenario,
            sparing=sparing,
            playing=None if lane.feed.playing is None else lane.feed.playing(),
        )

    def choices(self, arranged: Arrangement) -> Choices:
        """All that the filter pane offers: values seen under any query, counts under this one."""
        facets: dict[str, dict[str, int | None]] = {}
        for field, known in self._known.items():
            counts = arranged.facets.get(field, {})
            facets[field] = {**counts, **{one: None for one in known if one not in counts}}
        return Choices(self.query, facets, self.now, self.fleet.names)


def _take_apart(fleets: list[Fleet]) -> None:
    """Free what only ``fleets`` have, bite by bite.

    To free 100,000 connections in one go, as the end of their dict does, takes Python 50 ms in
    which nobody else runs.
    """
    while fleets:
        fleet = fleets.pop()
        fleets += fleet.parts.values()
        last = () if fleet.last is None else fleet.last.records
        kept: list[object] = [*fleet.tracked.values(), *last]
        del fleet, last
        free(kept)


def free(kept: list[object]) -> None:
    """Let go of what is in a list that nobody else has, bite by bite."""
    while kept:
        del kept[-_BITE:]
