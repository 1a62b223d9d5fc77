"""Watch: what is being watched, and how fresh that knowledge is. No widget, no drawing."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from tui.core.arrangement import Arrangement, Order, arrange
from tui.core.dimensions import DIMENSIONS
from tui.core.facets import FACETS, VALUES_KEPT
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.grammar import NO_FILTER, Filter
from tui.core.instant import TICKS, Instant
from tui.core.lineage import DEFAULT_CLIENT, ClientField, Lineage
from tui.core.names import NO_NAMES, Names
from tui.core.snapshot import Snapshot
from tui.source.following import follow
from tui.source.foretaste import Foretaste
from tui.source.poller import Poller
from tui.source.steady import steady
from tui.view.demo import Demo
from tui.view.filter_pane import Choices
from tui.view.status import Situation

if TYPE_CHECKING:
    from tui.alert.alarms import Alarms
    from tui.view.writing import Writing

_T = TypeVar("_T")

_BITE = 500
"""Connections that are freed at once."""


class Watch:
    """One poller, the fleet folded from what it brings, and how the fleet is looked at."""

    def __init__(
        self,
        poller: Poller,
        *,
        context: str,
        host: str,
        condition: Filter = NO_FILTER,
        client: tuple[ClientField, ...] = DEFAULT_CLIENT,
        names: Names = NO_NAMES,
        demo: Demo | None = None,
        foretaste: Foretaste | None = None,
        alarms: "Alarms | None" = None,
        monotonic: Callable[[], float] = steady,
        program: tuple[str, ...] = ("conntop",),
        post: Callable[[str], None] | None = None,
    ) -> None:
        """
        Args:
            poller: asks the source.
            context: the name of what is watched.
            host: whom we ask, for the header.
            condition: the local filter at the start.
            client: what tells one client from another.
            names: what people call keys, networks and hosts.
            demo: the stand-in, when this is the demo.
            foretaste: where the first records of the first answer come.
            alarms: what is to be told of the fleet; ``None`` where there are no rules.
            monotonic: the clock by which the server's time goes on.
            program: the first words of the command that asks the same endpoint.
            post: posts a handover note to the webhook, where there is one, and blocks meanwhile;
                raises ``SourceError``.
        """  # noqa: D205, D212
        self.poller = poller
        self.context = context
        self.host = host
        self.demo = demo
        self.program = program
        self.post = post
        self.alarms = alarms
        self.foretaste = foretaste or Foretaste(told=True)
        self.fleet = Fleet(query=poller.query, lineage=Lineage(client), names=names)
        """The one that is looked at: what is said of it and its rows belong together."""
        self._coming = self.fleet
        self.condition = condition
        self.order = Order()
        self.dimension = DIMENSIONS[0].key
        """By what the connections are grouped, or were last."""
        self._past: list[Fleet] = []
        self._looking = asyncio.Lock()
        self.held: dict[str, int] | None = None
        """Places that rows keep while the order is held."""
        self._monotonic = monotonic
        self._outage_since: float | None = None
        self._known: dict[str, dict[str, None]] = {facet.field: {} for facet in FACETS}

    def fleets(self) -> AsyncIterator[Fleet]:
        """The fleet after each poll. The one place where it grows."""
        return follow(self.poller, self.fleet, monotonic=self._monotonic)

    def taste(self, first: Snapshot) -> Fleet | None:
        """A fleet of the first records alone, to be looked at until the first poll is done.

        ``None`` where they are too late, or answer another question than the present one.
        """
        query = replace(first.query, limit=self.poller.query.limit)
        if self._coming.last is not None or query != self.poller.query:
            return None
        return fold(self.fleet, replace(first, query=query))

    def bring(self, fleet: Fleet) -> None:
        """Look at another fleet once it is arranged."""
        self._coming = fleet

    def _see(self, fleet: Fleet) -> None:
        if fleet is self.fleet:
            return
        self._past.append(self.fleet)
        self.fleet = fleet
        if fleet.outage is None:
            self._outage_since = None
        elif self._outage_since is None:
            self._outage_since = self.poller.time()

    async def arrange(self) -> Arrangement:
        """The rows to show, filtered and sorted off the loop, of the newest fleet."""
        fleet = self._coming
        arranged = await asyncio.to_thread(arrange, fleet, self.order, self.condition, self.held)
        self._see(fleet)
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

    async def let_go(self) -> None:
        """Forget former fleets off the loop, once nothing on screen shows them any more."""
        async with self._looking:
            past, self._past = self._past, []
            if past:
                await asyncio.to_thread(_take_apart, past)

    @property
    def is_stale(self) -> bool:
        """Whether what is known must not be taken for the present."""
        last = self.fleet.last
        if last is None or self.fleet.is_blind or self.poller.paused:
            return True
        behind = last.clock.at(self._monotonic()) - last.at
        return behind > (2 * self.poller.every + 3) * TICKS

    @property
    def now(self) -> Instant | None:
        """The server's time by which ages go; it stands still while nothing new is known."""
        last = self.fleet.last
        if last is None:
            return None
        return last.at if self.is_stale else last.clock.at(self._monotonic())

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
        return Writing(
            self.fleet,
            Where(self.context, self.host, program),
            self.condition,
            None if last is None else last.clock.at(self._monotonic()),
            None if chosen is None else frozenset(chosen),
            self.poller.paused,
        )

    def situation(self, arranged: Arrangement, *, sparing: bool = False) -> Situation:
        """All that the header tells, ``sparing`` with bytes or not."""
        poller = self.poller
        time = poller.time()
        alarms = self.alarms
        since, due, outage = poller.asking_since, poller.due, self._outage_since
        return Situation(
            context=self.context,
            host=self.host,
            query=poller.query,
            every=poller.every,
            fleet=self.fleet,
            counts=arranged.counts,
            now=self.now,
            asking=None if since is None else time - since,
            due_in=None if due is None else due - time,
            outage_for=None if outage is None else time - outage,
            paused=poller.paused,
            stale=self.is_stale,
            scenario=None if self.demo is None else self.demo.scenario,
            sparing=sparing,
            firing=() if alarms is None else alarms.firing,
            undelivered=() if alarms is None else alarms.failures,
            rules_wait=alarms is not None and alarms.waits,
        )

    def choices(self, arranged: Arrangement) -> Choices:
        """All that the filter pane offers: values seen under any query, counts under this one."""
        facets: dict[str, dict[str, int | None]] = {}
        for field, known in self._known.items():
            counts = arranged.facets.get(field, {})
            facets[field] = {**counts, **{one: None for one in known if one not in counts}}
        return Choices(self.poller.query, facets, self.now, self.fleet.names)


def _take_apart(fleets: list[Fleet]) -> None:
    """Free what only ``fleets`` have, bite by bite.

    To free 100,000 connections in one go, as the end of their dict does, takes Python 50 ms in
    which nobody else runs.
    """
    while fleets:
        fleet = fleets.pop()
        last = () if fleet.last is None else fleet.last.records
        kept: list[object] = [*fleet.tracked.values(), *last]
        del fleet, last
        free(kept)


def free(kept: list[object]) -> None:
    """Let go of what is in a list that nobody else has, bite by bite."""
    while kept:
        del kept[-_BITE:]
