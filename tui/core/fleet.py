"""Fleet: what is known over time about the connections, and how that knowledge stands."""

from collections.abc import Mapping

from msgspec import Struct, field

from tui.core.connection import Connection, State
from tui.core.events import Event
from tui.core.instant import Instant
from tui.core.lineage import Lineage, Session
from tui.core.names import NO_LABELS, NO_NAMES, Labels, Names
from tui.core.query import Query
from tui.core.rhythm import Rhythms, rhythm_of
from tui.core.snapshot import Cut, Failure, Snapshot
from tui.core.verdict import Verdict

GONE_KEPT = 300.0
"""Seconds for which a row that left stays."""


class Tracked(Struct, frozen=True, gc=False):
    """One connection as followed since it was first seen."""

    connection: Connection
    """Its last known record."""
    first_seen: Instant
    """Server time of the first answer that had it."""
    seen: Instant
    """Server time of the last answer that had it."""
    state: State
    """Its state at ``seen``, or gone."""
    gone_at: Instant | None = None
    """Server time of the first complete answer without it."""
    gaps: tuple[float | None, ...] = ()
    """Seconds between the heartbeats observed, to a hundredth, oldest first. ``None``: a poll in
    between failed or did not have it, so the gap tells of us and not of the connection."""
    rhythm: float | None = None
    """Seconds between heartbeats, learned: the median of its gaps; ``None`` until there are
    enough. A rhythm quicker than the polls is seen as the polls' own."""
    states: tuple[tuple[Instant, State], ...] = ()
    """When it entered which state, oldest first."""
    fresh: bool = False
    """The answer before did not have it, and was whole: it is new on screen."""
    final: bool = False
    """It is gone, and its record is the last one that the endpoint has of it."""
    session: Session | None = None
    """Its place in the life of its client."""
    labels: Labels = NO_LABELS
    """What people call its key, client and host."""

    @property
    def connection_id(self) -> str:
        """The identity of the connection."""
        return self.connection.connection_id

    @property
    def nth(self) -> int:
        """Which session of its client it is; 1 where no other is known."""
        return 1 if self.session is None else self.session.number

    def is_stale(self, at: Instant | None) -> bool:
        """Whether the answer of ``at`` did not have it and proves nothing about it (a cut)."""
        return self.state is not State.GONE and self.seen != at

    def duration(self, at: Instant) -> float:
        """Its true duration in seconds: until ``at``, or for one that left its last heartbeat."""
        if self.state is State.GONE:
            return self.connection.lifetime
        return self.connection.up(at)


class Pulse(Struct, frozen=True):
    """What one poll brought, for the header's sparkline."""

    at: Instant
    opened: int
    lost: int


class Outage(Struct, frozen=True):
    """Our own link is down: since when, and what the last poll said."""

    failure: Failure
    """The last failure."""
    polls: int
    """Failed polls in a row."""
    since: Instant | None = None
    """Server time of the first of them, as far as it is known."""


class Standstill(Struct, frozen=True):
    """The endpoint answers, but nothing in its answers moves although it must."""

    since: Instant
    """Server time of the last answer in which anything had moved."""
    at: Instant
    """Server time of the last answer."""
    overdue: int
    """Connections whose rhythm says that they must have beaten twice since."""
    present: int
    """Connections that were there when it began."""
    hosts: int
    """Hosts that the overdue ones are on."""
    repeated: bool = False
    """Whether the ``Date`` header stands still, too: then the answers themselves are old ones."""


class Fleet(Struct, frozen=True):
    """Everything known at the last good answer, and how that knowledge stands."""

    query: Query = field(default_factory=Query)
    """The question that the tracked connections answer."""
    tracked: Mapping[str, Tracked] = field(default_factory=dict)
    """By connection id, those that left included."""
    last: Snapshot | None = None
    """The last good answer, without which nothing is known."""
    outage: Outage | None = None
    """Set while polls fail."""
    standstill: Standstill | None = None
    """Set while the endpoint's data stand still. Its answers are not believed meanwhile: like
    those of a failed poll they leave every row as it is."""
    moved_at: Instant = 0
    """Server time of the last answer in which anything had moved."""
    events: tuple[Event, ...] = ()
    """What the last fold found: our own first, then by connection id."""
    log: tuple[Event, ...] = ()
    """The events of all folds, oldest first."""
    verdicts: tuple[Verdict, ...] = ()
    """What is to be said of them and of us, the gravest first; empty when all is well."""
    pulses: tuple[Pulse, ...] = ()
    """The last polls, oldest first."""
    rhythms: Rhythms = field(default_factory=dict)
    """Rhythm in seconds of the slower ones by (service, protocol): judges a young connection."""
    lineage: Lineage = field(default_factory=Lineage)
    """The lives of the clients behind the connections."""
    names: Names = NO_NAMES
    """What people call keys, clients and hosts."""
    parts: Mapping[str, "Fleet"] = field(default_factory=dict)
    """By context, the fleets that this one is merged of; empty for the fleet of one context."""

    @property
    def at(self) -> Instant | None:
        """Server time of the last good answer: every state on screen is as of this instant."""
        return None if self.last is None else self.last.at

    @property
    def is_blind(self) -> bool:
        """Whether the present is not known: no answer, or one that stands still."""
        return self.outage is not None or self.standstill is not None

    @property
    def is_underway(self) -> bool:
        """Whether these are the first records of an answer whose rest is still coming in."""
        return self.last is not None and self.last.cut is Cut.UNDERWAY

    def counts(self) -> dict[State, int]:
        """Connections by state, every state present."""
        counts = dict.fromkeys(State, 0)
        for one in self.tracked.values():
            counts[one.state] += 1
        return counts

    def part_of(self, one: Tracked) -> "Fleet":
        """The fleet of its context; this one itself where only one context is watched."""
        return self.parts.get(one.labels.context, self)

    def rhythm_of(self, one: Tracked) -> float | None:
        """Seconds between heartbeats: its own where learned, else by others of its kind."""
        return rhythm_of(one, self.part_of(one).rhythms)
