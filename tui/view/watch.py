"""Watch: what is being watched, and how fresh that knowledge is. No widget, no drawing."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from tui.core.arrangement import Arrangement, Order, arrange
from tui.core.connection import State
from tui.core.dimensions import DIMENSIONS
from tui.core.facets import FACETS, VALUES_KEPT
from tui.core.fleet import Fleet
from tui.core.grammar import NO_FILTER, Filter
from tui.core.instant import Instant, as_served
from tui.core.merge import merge
from tui.core.query import Query
from tui.core.rewind import Move
from tui.core.saved_view import SavedView
from tui.source.poller import Poller
from tui.view.demo import Demo
from tui.view.filter_pane import Choices
from tui.view.freeing import take_apart
from tui.view.lane import Feed, Lane, open_lane
from tui.view.present import Present
from tui.view.then import Then, go

if TYPE_CHECKING:
    from tui.alert.alarms import Alarms
    from tui.view.writing import Writing

_T = TypeVar("_T")

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
        self.wanted: Then | None = None
        """The moment of the past that is to be looked at once it is arranged; ``None`` for live."""
        self._clear()

    def _clear(self) -> None:
        """What is known is of the present lanes alone, and nothing has been seen yet."""
        self.fleet = merge({one.name: one.coming for one in self.lanes})
        """The one that is looked at: what is said of it and its rows belong together."""
        self.then: Then | None = None
        """The moment of the past that it is of; ``None`` for live."""
        self.present_counts: Mapping[State, int] = {}
        """Connections by state now, while the past is looked at."""
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
        self.wanted = None
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
        """The rows to show, merged, filtered and sorted off the loop, of the fleets wanted."""
        while True:
            lanes, wanted = self.lanes, self.wanted
            coming = {lane.name: lane.coming for lane in lanes}
            fleet, arranged, counts = await asyncio.to_thread(self._arranged, coming, wanted)
            if lanes == self.lanes and wanted is self.wanted:
                break
        for lane in lanes:
            newest = coming[lane.name]
            lane.seen(newest, newest if wanted else self.part(lane, fleet))
        if fleet is not self.fleet:
            self._past.append(self.fleet)
            self.fleet = fleet
        self.then, self.present_counts = wanted, counts
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

    def _arranged(
        self, coming: Mapping[str, Fleet], wanted: Then | None
    ) -> tuple[Fleet, Arrangement, Mapping[State, int]]:
        counts: Counter[State] = Counter()
        fleet = self.fleet
        if wanted is None:
            fleet = merge(coming, fleet)
        else:
            for one in coming.values():
                counts.update(one.counts())
            if wanted is not self.then:
                fleet = merge(wanted.fleets)
        return fleet, arrange(fleet, self.order, self.condition, self.held), counts

    def part(self, lane: Lane, fleet: Fleet) -> Fleet:
        """What of ``fleet`` is a lane's own."""
        return fleet.parts.get(lane.name, fleet)

    async def let_go(self) -> None:
        """Forget former fleets off the loop, once nothing on screen shows them any more."""
        async with self._looking:
            past, self._past = self._past, []
            if past:
                await asyncio.to_thread(take_apart, past)

    # The past

    @property
    def is_past(self) -> bool:
        """Whether the fleet that is looked at is one of the past."""
        return self.then is not None

    def live_fleet(self) -> Fleet:
        """The newest fleet of all, whatever is looked at. Of several contexts it takes long."""
        if self.then is None:
            return self.fleet
        return merge({lane.name: lane.coming for lane in self.lanes})

    async def go(self, moves: Sequence[Move]) -> str:
        """Want the moment that ``moves`` lead to; a sentence where they do not.

        Whoever wants the present meanwhile has it.
        """
        lanes, start = self.lanes, self.wanted
        wanted, sentence = await asyncio.to_thread(go, lanes, moves, start)
        if lanes == self.lanes and start is self.wanted:
            self.wanted = wanted
        elif wanted is not None:
            # Nobody looks at what was read.
            self._past += [each for each in wanted.fleets.values() if each is not self.fleet]
        return sentence

    @property
    def live_now(self) -> Instant | None:
        """The server's time now, as far as it is known, whatever is looked at."""
        told = [lane.clock for lane in self.lanes]
        return max((at for at in told if at is not None), default=None)

    # How fresh it is

    @property
    def present(self) -> Present:
        """The server's time and whether what is known is of it, for each context.

        In the past time stands still, and what was known is of it unless we were blind then.
        """
        each = {}
        for lane in self.lanes:
            part = self.part(lane, self.fleet)
            if self.then is not None:
                stale = part.last is None or part.is_blind
                each[lane.name] = Present(self.then.now(lane.name), stale)
            else:
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
        """What a handover note is made of, as of now, or of the moment that is looked at.

        Args:
            chosen: ids of the connections it is to be about; ``None`` for those that dropped.
        """
        from tui.core.handover import Where
        from tui.view.writing import Writing

        last, program = self.fleet.last, self.program
        now = None if last is None else last.clock.at(self.lanes[0].monotonic())
        if self.then is not None:
            now = self.then.at
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
            now,
            None if chosen is None else frozenset(chosen),
            self.poller.paused and self.then is None,
            self.then is not None and asks,
        )

    def choices(self, arranged: Arrangement) -> Choices:
        """All that the filter pane offers: values seen under any query, counts under this one."""
        facets: dict[str, dict[str, int | None]] = {}
        for field, known in self._known.items():
            counts = arranged.facets.get(field, {})
            facets[field] = {**counts, **{one: None for one in known if one not in counts}}
        query = self.query if self.then is None else self.fleet.query
        return Choices(query, facets, self.now, self.fleet.names)
