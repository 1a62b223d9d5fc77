"""Lane: one context that is watched, with its own poller, fleet and time. None holds up another."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from msgspec.structs import replace

from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.history import History, Room
from tui.core.instant import TICKS, Instant, clock_text
from tui.core.lineage import DEFAULT_CLIENT, ClientField, Lineage
from tui.core.merge import with_context
from tui.core.names import NO_NAMES, Names
from tui.core.past import Past
from tui.core.query import Query
from tui.core.snapshot import Outcome, Snapshot
from tui.source.base import Source
from tui.source.following import follow
from tui.source.foretaste import Foretaste
from tui.source.poller import Poller
from tui.source.steady import steady
from tui.view.playing import Playing


@dataclass(frozen=True, slots=True)
class Feed:
    """Where the records of one context come from."""

    context: str
    """Its name."""
    host: str
    """Whom we ask, for the header."""
    source: Source
    """Is asked, and closed with the lane."""
    foretaste: Foretaste = field(default_factory=lambda: Foretaste(told=True))
    """Where the first records of the first answer come."""
    past: Past | None = None
    """What can be looked at again, where that is more than what its polls have brought here."""
    keep: Callable[[Outcome, Fleet], None] | None = None
    """Is shown what each poll brings, in a thread and in order, to keep it elsewhere as well."""
    unrecorded: Callable[[], tuple[str, ...]] = tuple
    """Why that is not possible at present, a sentence each."""
    playing: Callable[[], Playing] | None = None
    """How the recording goes that the records come from; ``None`` where an endpoint is asked."""


class Lane:
    """One poller, and the fleet folded from what it brings."""

    def __init__(
        self,
        feed: Feed,
        poller: Poller,
        *,
        client: tuple[ClientField, ...] = DEFAULT_CLIENT,
        names: Names = NO_NAMES,
        monotonic: Callable[[], float] = steady,
        start: Fleet | None = None,
        room: Room | None = None,
    ) -> None:
        """
        Args:
            feed: where the records come from.
            poller: asks the feed's source.
            client: what tells one client from another.
            names: what people call keys, networks and hosts.
            monotonic: the clock by which the server's time goes on.
            start: what is known before the first poll; nothing by default.
            room: how much of the past is kept; several lanes can share one.
        """  # noqa: D205, D212
        self.feed = feed
        self.poller = poller
        self.unknown = start or Fleet(query=poller.query, lineage=Lineage(client), names=names)
        """What is known before the first answer."""
        self.coming = self.unknown
        """What is to be looked at: what is known, or the first records of the first answer."""
        self.is_beside = False
        """Whether others are watched as well, so that each row tells its context."""
        self.monotonic = monotonic
        self.history = History(self.unknown, room)
        """What its polls brought, to be looked at again."""
        self.unkept = ""
        """Why the last poll that is missing in it could not be kept, in one sentence."""
        self._outage_since: float | None = None

    @property
    def name(self) -> str:
        """The name of the context."""
        return self.feed.context

    @property
    def past(self) -> Past:
        """What can be looked at again. It blocks: it is called in a thread."""
        return self.feed.past or self.history

    def fleets(self) -> AsyncIterator[Fleet]:
        """The fleet after each poll. The one place where it grows."""
        return follow(
            self.poller,
            self.unknown,
            monotonic=self.monotonic,
            revise=self._revised,
            keep=self._keep,
            recalled=False,
        )

    def _keep(self, outcome: Outcome, fleet: Fleet) -> None:
        """Keep one more poll; if that fails it is said, and the present goes on to be watched."""
        if self.feed.keep is not None:
            self.feed.keep(outcome, fleet)
        if self.feed.past is not None:
            return
        try:
            self.history.add(outcome, fleet)
        except Exception as error:  # noqa: BLE001  # a mistake of ours is no end of watching
            at = outcome.at or fleet.at
            when = "a poll" if at is None else f"the poll of {clock_text(at)}"
            self.unkept = f"{when} could not be kept and is missing in the past, by a mistake of "
            self.unkept += f"conntop ({type(error).__name__}): please report it"

    def _revised(self, fleet: Fleet) -> Fleet:
        return with_context(fleet, self.name) if self.is_beside else fleet

    def taste(self, first: Snapshot) -> Fleet | None:
        """A fleet of the first records alone, to be looked at until the first poll is done.

        ``None`` where they are too late, or answer another question than the present one.
        """
        query = replace(first.query, limit=self.poller.query.limit)
        if self.coming.last is not None or query != self.poller.query:
            return None
        return fold(self.unknown, replace(first, query=query))

    def bring(self, fleet: Fleet) -> None:
        """Have another fleet looked at once it is arranged."""
        self.coming = fleet

    def seen(self, coming: Fleet, fleet: Fleet) -> None:
        """What was coming is looked at, as ``fleet``: the same, with its context on each row."""
        if self.coming is coming:
            self.coming = fleet
        if fleet.outage is None:
            self._outage_since = None
        elif self._outage_since is None:
            self._outage_since = self.poller.time()

    def is_stale(self, fleet: Fleet) -> bool:
        """Whether ``fleet``, as it is looked at, must not be taken for the present."""
        last = fleet.last
        if last is None or fleet.is_blind or self.poller.paused:
            return True
        behind = last.clock.at(self.monotonic()) - last.at
        return behind > (2 * self.poller.every + 3) * TICKS

    def now(self, fleet: Fleet) -> Instant | None:
        """The server's time by which ages go; it stands still while nothing new is known."""
        last = fleet.last
        if last is None:
            return None
        return last.at if self.is_stale(fleet) else last.clock.at(self.monotonic())

    @property
    def clock(self) -> Instant | None:
        """The server's time now by its last answer, which goes on through an outage; a recording's
        goes as far as it was played."""  # noqa: D205, D209
        last = self.coming.last
        if last is None or self.feed.playing is not None:
            return self.now(self.coming)
        return last.clock.at(self.monotonic())

    @property
    def outage_for(self) -> float | None:
        """Seconds for which its polls have been failing."""
        since = self._outage_since
        return None if since is None else self.poller.time() - since

    @property
    def asking_for(self) -> float | None:
        """Seconds for which the present question has been under way."""
        since = self.poller.asking_since
        return None if since is None else self.poller.time() - since

    @property
    def due_in(self) -> float | None:
        """Seconds until the next question."""
        due = self.poller.due
        return None if due is None else due - self.poller.time()

    async def aclose(self) -> None:
        """Close its source; nothing is asked after that."""
        await self.feed.source.aclose()


def open_lane(
    feed: Feed,
    query: Query,
    every: float,
    *,
    client: tuple[ClientField, ...] = DEFAULT_CLIENT,
    names: Names = NO_NAMES,
    room: Room | None = None,
) -> Lane:
    """A lane that asks by the steady clock, so that a sleep of this machine is noticed."""
    poller = Poller(feed.source, query, every, time=steady)
    return Lane(feed, poller, client=client, names=names, room=room)
