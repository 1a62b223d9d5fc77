"""Fleet: what is known over time, folded from one poll after the other.

``fold`` is pure: equal input gives equal state, the order of records does not matter, a failed or
a cut answer never makes a drop, and nothing is concluded across two different questions.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from statistics import median_low

from tui.core.connection import HEARTBEAT_LIMIT, Connection, State, state_of
from tui.core.instant import Instant, seconds_between
from tui.core.query import Query
from tui.core.snapshot import Failure, Outcome, Snapshot

GAPS_KEPT = 60
"""Gaps between heartbeats that are remembered of a connection."""
GAPS_NEEDED = 3
"""Gaps after which a connection's own rhythm counts."""
STATES_KEPT = 50
"""Changes of state that are remembered of a connection."""
PULSES_KEPT = 60
"""Polls of which the header shows what came and went."""
GONE_KEPT = 300.0
"""Seconds for which a row that left stays."""
LATE_FLOOR = 15.0
"""No heartbeat younger than this many seconds is late, however quick the rhythm."""


@dataclass(frozen=True, slots=True)
class Tracked:
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
    """Seconds between the heartbeats observed, oldest first. ``None``: at least one poll in
    between failed or did not have it, so the gap tells of us and not of the connection."""
    rhythm: float | None = None
    """Seconds between heartbeats, learned: the median of its gaps; ``None`` until there are
    enough. A rhythm quicker than the polls is seen as the polls' own."""
    states: tuple[tuple[Instant, State], ...] = ()
    """When it entered which state, oldest first."""
    fresh: bool = False
    """The answer before did not have it, and was whole: it is new on screen."""

    @property
    def connection_id(self) -> str:
        """The identity of the connection."""
        return self.connection.connection_id

    def is_stale(self, at: Instant | None) -> bool:
        """Whether the answer of ``at`` did not have it and proves nothing about it (a cut)."""
        return self.state is not State.GONE and self.seen != at

    def duration(self, at: Instant) -> float:
        """Its true duration in seconds: until ``at``, or for one that left its last heartbeat."""
        if self.state is State.GONE:
            return self.connection.lifetime
        return self.connection.up(at)


@dataclass(frozen=True, slots=True)
class Change:
    """One connection entered a state at an answer. ``before`` is ``None`` when it was new."""

    at: Instant
    connection_id: str
    before: State | None
    after: State


@dataclass(frozen=True, slots=True)
class Pulse:
    """What one poll brought, for the header's sparkline."""

    at: Instant
    opened: int
    lost: int


@dataclass(frozen=True, slots=True)
class Outage:
    """Our own link is down: since when, and what the last poll said."""

    failure: Failure
    """The last failure."""
    polls: int
    """Failed polls in a row."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """Everything known at the last good answer, and how that knowledge stands."""

    query: Query = field(default_factory=Query)
    """The question that the tracked connections answer."""
    tracked: Mapping[str, Tracked] = field(default_factory=dict)
    """By connection id, those that left included."""
    last: Snapshot | None = None
    """The last good answer, without which nothing is known."""
    outage: Outage | None = None
    """Set while polls fail."""
    changes: tuple[Change, ...] = ()
    """The changes of state that the last fold found, ordered by connection id."""
    pulses: tuple[Pulse, ...] = ()
    """The last polls, oldest first."""
    rhythms: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """Rhythm in seconds of the slower ones by (service, protocol): judges a young connection."""

    @property
    def at(self) -> Instant | None:
        """Server time of the last good answer: every state on screen is as of this instant."""
        return None if self.last is None else self.last.at

    def counts(self) -> dict[State, int]:
        """Connections by state, every state present."""
        counts = dict.fromkeys(State, 0)
        for one in self.tracked.values():
            counts[one.state] += 1
        return counts

    def rhythm_of(self, one: Tracked) -> float | None:
        """Seconds between heartbeats: its own where learned, else by others of its kind."""
        return _rhythm(one, self.rhythms)


def late_after(rhythm: float | None) -> float:
    """Seconds without a heartbeat that a rhythm allows: three beats, within a floor and the limit.

    >>> [late_after(r) for r in (None, 1.0, 10.0, 60.0)]
    [120.0, 15.0, 30.0, 120.0]
    """
    if rhythm is None:
        return HEARTBEAT_LIMIT
    return min(max(3 * rhythm, LATE_FLOOR), HEARTBEAT_LIMIT)


def fold(fleet: Fleet, outcome: Outcome) -> Fleet:
    """The fleet after one more poll."""
    if isinstance(outcome, Failure):
        polls = fleet.outage.polls + 1 if fleet.outage else 1
        return replace(fleet, outage=Outage(outcome, polls), changes=())
    if fleet.last is None or fleet.query != outcome.query:
        return _begin(fleet, outcome)
    return _continue(fleet, outcome)


def _begin(fleet: Fleet, answer: Snapshot) -> Fleet:
    """A new question: a new baseline, in which nothing opened and nothing left.

    What was learned of a connection is kept; departed ones stay if they fit the new question.
    """
    tracked: dict[str, Tracked] = {}
    for record in answer.records:
        known = fleet.tracked.get(record.connection_id)
        tracked[record.connection_id] = (
            _arrive(record, answer.at, fresh=False)
            if known is None
            else _advance(known, record, answer.at, fleet, blind=True)
        )
    for one in fleet.tracked.values():
        fits = _is_kept(one, answer.at) and answer.query.matches(one.connection)
        if one.connection_id not in tracked and one.state is State.GONE and fits:
            tracked[one.connection_id] = one
    rhythms = _rhythms(tracked.values()) or fleet.rhythms
    _judge(tracked, answer, rhythms)
    return replace(
        fleet,
        query=answer.query,
        tracked=tracked,
        last=answer,
        outage=None,
        changes=(),
        rhythms=rhythms,
    )


def _continue(fleet: Fleet, answer: Snapshot) -> Fleet:
    previous = fleet.last
    assert previous is not None
    blind = fleet.outage is not None
    # Something absent from a cut answer may have been there all along.
    both_whole = answer.complete and previous.complete
    tracked: dict[str, Tracked] = {}
    for record in answer.records:
        known = fleet.tracked.get(record.connection_id)
        tracked[record.connection_id] = (
            _arrive(record, answer.at, fresh=both_whole)
            if known is None
            else _advance(known, record, answer.at, fleet, blind)
        )
    for identity, one in fleet.tracked.items():
        if identity in tracked:
            continue
        rest = _depart(one, answer)
        if rest is not None:
            tracked[identity] = rest
    rhythms = _rhythms(tracked.values()) or fleet.rhythms
    _judge(tracked, answer, rhythms)
    changes = _changes(fleet.tracked, tracked, answer.at)
    opened = sum(one.fresh for one in tracked.values())
    lost = sum(change.after is State.GONE for change in changes)
    return replace(
        fleet,
        tracked=tracked,
        last=answer,
        outage=None,
        changes=changes,
        pulses=(*fleet.pulses[1 - PULSES_KEPT :], Pulse(answer.at, opened, lost)),
        rhythms=rhythms,
    )


def _arrive(record: Connection, at: Instant, *, fresh: bool) -> Tracked:
    """A connection not known so far; ``_judge`` gives it its state."""
    return Tracked(record, at, at, State.LIVE, fresh=fresh)


def _advance(one: Tracked, record: Connection, at: Instant, fleet: Fleet, blind: bool) -> Tracked:
    """The same connection in a further answer; one that had left lives again.

    Its state is still the former one: ``_judge`` gives it the new one.
    """
    gaps, rhythm = one.gaps, one.rhythm
    beat = seconds_between(one.connection.last_heartbeat, record.last_heartbeat)
    if beat > 0:
        unknown = blind or one.seen != fleet.at
        gaps = (*gaps[1 - GAPS_KEPT :], None if unknown else beat)
        known = [gap for gap in gaps if gap is not None]
        rhythm = median_low(known) if len(known) >= GAPS_NEEDED else rhythm
    return Tracked(
        # An equal record is kept as the same object, so that memory and comparisons stay small.
        one.connection if record == one.connection else record,
        one.first_seen,
        at,
        one.state,
        gaps=gaps,
        rhythm=rhythm,
        states=one.states,
    )


def _judge(
    tracked: dict[str, Tracked], answer: Snapshot, rhythms: Mapping[tuple[str, str], float]
) -> None:
    """Give every connection of ``answer`` its state, by what is known with this answer.

    That comes last, since a young connection goes by the rhythm of its kind: judged by an older
    one, the same answer folded twice would tell a change that nobody made.
    """
    for record in answer.records:
        one = tracked[record.connection_id]
        state = state_of(record, answer.at, late_after(_rhythm(one, rhythms)))
        if state is not one.state or not one.states:
            states = (*one.states[1 - STATES_KEPT :], (answer.at, state))
            tracked[record.connection_id] = replace(one, state=state, states=states)


def _rhythm(one: Tracked, rhythms: Mapping[tuple[str, str], float]) -> float | None:
    if one.rhythm is not None:
        return one.rhythm
    kind = rhythms.get((one.connection.service, one.connection.protocol))
    if kind is None:
        return None
    # What little is known of its own may already tell that it is a slow one.
    return max([kind, *(gap for gap in one.gaps if gap is not None)])


def _depart(one: Tracked, answer: Snapshot) -> Tracked | None:
    """What becomes of one that the answer does not have; ``None`` when it is forgotten."""
    if one.state is State.GONE:
        return one if _is_kept(one, answer.at) else None
    if not answer.complete:
        # A cut answer proves nothing, but what was not seen for long is not worth a row.
        unseen = seconds_between(one.seen, answer.at)
        return replace(one, fresh=False) if unseen <= GONE_KEPT else None
    if answer.query.has_left_window(one.connection, answer.at):
        return None
    return replace(
        one,
        state=State.GONE,
        gone_at=answer.at,
        states=(*one.states[1 - STATES_KEPT :], (answer.at, State.GONE)),
        fresh=False,
    )


def _is_kept(one: Tracked, at: Instant) -> bool:
    """Whether one that left is still shown. Its query is not asked: how the endpoint compares
    texts is unknown, and what it once served under a query belongs there."""  # noqa: D205, D209
    left = one.gone_at if one.gone_at is not None else one.seen
    return seconds_between(left, at) <= GONE_KEPT


def _changes(
    before: Mapping[str, Tracked], after: Mapping[str, Tracked], at: Instant
) -> tuple[Change, ...]:
    changes = []
    for identity, one in after.items():
        known = before.get(identity)
        if known is None:
            if one.fresh:
                changes.append(Change(at, identity, None, one.state))
        elif known.state is not one.state:
            changes.append(Change(at, identity, known.state, one.state))
    return tuple(sorted(changes, key=lambda change: change.connection_id))


def _rhythms(tracked: Iterable[Tracked]) -> dict[tuple[str, str], float]:
    """The rhythm of each kind: that of its slower connections, once half of them are learned.

    A young connection is judged by it. The quick ones are learned first, so a median would call
    every slow one late in the first minute; silence is worth a minute's patience, a false alarm
    at night is worth none.
    """
    learned: dict[tuple[str, str], list[float]] = {}
    members: Counter[tuple[str, str]] = Counter()
    for one in tracked:
        kind = (one.connection.service, one.connection.protocol)
        members[kind] += 1
        if one.rhythm is not None:
            learned.setdefault(kind, []).append(one.rhythm)
    return {
        kind: sorted(values)[(9 * len(values)) // 10]
        for kind, values in sorted(learned.items())
        if 2 * len(values) >= members[kind]
    }
