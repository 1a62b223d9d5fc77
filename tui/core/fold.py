"""fold: the fleet after one more poll.

It is pure: equal input gives equal state, the order of records does not matter. A failed, a cut or
a frozen answer never makes a drop, and no event is told across one, across a time without any
question, nor across two questions.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from tui.core.connection import HEARTBEAT_LIMIT, JUDGED_WITHIN, Connection, State, state_of
from tui.core.events import EVENTS_KEPT, Event
from tui.core.fleet import GONE_KEPT, Fleet, Outage, Pulse, Standstill, Tracked
from tui.core.instant import TICKS, Instant, seconds_between
from tui.core.judge import judge
from tui.core.lineage import trace
from tui.core.names import Labels
from tui.core.ordering import in_order
from tui.core.rhythm import (
    GAPS_KEPT,
    Rhythms,
    kept_gap,
    late_after,
    learned,
    rhythm_of,
    rhythms_of,
)
from tui.core.snapshot import Failure, Outcome, Snapshot
from tui.core.standstill import has_newer, moves, standstill_of
from tui.core.tell import event_of, tell_change, tell_link_back, tell_unwatched, tell_verdicts

PULSES_KEPT = 60
"""Polls of which the header shows what came and went."""
STATES_KEPT = 50
"""Changes of state that are remembered of a connection."""
LAPSE = 10.0
"""Seconds without a look, beyond the usual, after which nobody knows when what changed did."""


class Change(Struct, frozen=True):
    """One connection entered a state. ``before`` is ``None`` when it was new."""

    connection_id: str
    before: State | None
    after: State


def fold(fleet: Fleet, outcome: Outcome) -> Fleet:
    """The fleet after one more poll."""
    if isinstance(outcome, Failure):
        outage = fleet.outage
        since = outcome.at if outage is None else outage.since
        after = replace(
            fleet, outage=Outage(outcome, outage.polls + 1 if outage else 1, since), events=()
        )
        return _judged(fleet, after, outcome.at, ())
    if fleet.last is None or fleet.query != outcome.query:
        return _begin(fleet, outcome)
    standstill = standstill_of(fleet, outcome)
    if standstill is not None:
        after = replace(fleet, outage=None, standstill=standstill, events=())
        found = tell_link_back(fleet, after, outcome.at, None)
        return _judged(fleet, after, outcome.at, found)
    return _continue(fleet, outcome)


def _judged(
    before: Fleet,
    after: Fleet,
    at: Instant | None,
    found: Iterable[Event],
    changes: Sequence[Change] | None = None,
) -> Fleet:
    """``after`` with its verdicts, and with the events that they make on top of ``found``."""
    verdicts = judge(after)
    told = (*tell_verdicts(before, verdicts, at, changes), *found)
    events = tuple(_as_kept(event) for event in told)
    log = (*after.log, *events)[-EVENTS_KEPT:] if events else after.log
    return replace(after, verdicts=verdicts, events=events, log=log)


def _as_kept(event: Event) -> Event:
    """The event without the connection's past, which would be the larger part of a long log."""
    return event if event.one is None else replace(event, one=replace(event.one, gaps=()))


def _begin(fleet: Fleet, answer: Snapshot) -> Fleet:
    """A new question: a new baseline, in which nothing opened and nothing left.

    What was learned of a connection is kept; departed ones stay if they fit the new question.
    """
    standstill = fleet.standstill
    if standstill is not None and has_newer(answer, fleet):
        standstill = None
    if standstill is not None and fleet.at is not None:
        # The same old data to another question: they are as of when they were last believed.
        standstill = replace(standstill, at=answer.at)
        answer = replace(answer, at=fleet.at)
    tracked: dict[str, Tracked] = {}
    for record in answer.records:
        known = fleet.tracked.get(record.connection_id)
        tracked[record.connection_id] = (
            _arrive(record, answer.at, fleet, fresh=False)
            if known is None
            else _advance(known, record, answer.at, fleet, blind=True)
        )
    for one in fleet.tracked.values():
        fits = _is_kept(one, answer.at) and answer.query.matches(one.connection)
        if one.connection_id not in tracked and one.state is State.GONE and fits:
            tracked[one.connection_id] = one
    return _concluded(fleet, answer, tracked, quiet=True, moved=True, standstill=standstill)


def _was_watched(fleet: Fleet, answer: Snapshot) -> bool:
    """Whether what ``answer`` shows changed within one interval, and not while nobody looked."""
    return not fleet.is_blind and answer.lapse < LAPSE


def _continue(fleet: Fleet, answer: Snapshot) -> Fleet:
    previous = fleet.last
    assert previous is not None
    # Something absent from a cut answer may have been there all along.
    both_whole = answer.complete and previous.complete
    tracked: dict[str, Tracked] = {}
    for record in answer.records:
        known = fleet.tracked.get(record.connection_id)
        tracked[record.connection_id] = (
            _arrive(record, answer.at, fleet, fresh=both_whole)
            if known is None
            else _advance(known, record, answer.at, fleet, not _was_watched(fleet, answer))
        )
    for identity, one in fleet.tracked.items():
        if identity in tracked:
            continue
        rest = _depart(one, answer, fleet)
        if rest is not None:
            tracked[identity] = rest
    quiet = not _was_watched(fleet, answer) or not both_whole
    return _concluded(fleet, answer, tracked, quiet=quiet, moved=moves(fleet, answer))


def _concluded(
    fleet: Fleet,
    answer: Snapshot,
    tracked: dict[str, Tracked],
    *,
    quiet: bool,
    moved: bool,
    standstill: Standstill | None = None,
) -> Fleet:
    """States, lives, pulses, events and verdicts, once it is known who is there."""
    at = answer.at if standstill is None else standstill.at
    rhythms = rhythms_of(tracked.values()) or fleet.rhythms
    _set_states(tracked, answer, rhythms, fleet.tracked)
    changes = _changes(fleet.tracked, tracked)
    # A revived one is in the same state as at its last sight only if it never was gone.
    traced = trace(
        fleet.lineage,
        tracked,
        [change.connection_id for change in changes],
        answer.at,
        quiet=quiet,
    )
    for identity, session in traced.sessions.items():
        tracked[identity] = replace(tracked[identity], session=session)
    same = fleet.last is not None and fleet.query == answer.query
    after = replace(
        fleet,
        query=answer.query,
        tracked=tracked,
        last=answer,
        outage=None,
        standstill=standstill,
        moved_at=answer.at if moved and standstill is None else fleet.moved_at,
        rhythms=rhythms,
        lineage=traced.lineage,
        pulses=_pulses(fleet, tracked, changes, answer) if same else fleet.pulses,
    )
    found: list[Event] = []
    if not quiet:
        found += [
            tell_change(after, fleet, change.before, tracked[change.connection_id])
            for change in changes
        ]
        found += [
            event_of(tracked[step.connection_id], answer.at, step.kind, step.evidence)
            for step in traced.steps
        ]
    elif fleet.is_blind:
        found += tell_link_back(fleet, after, at, changes if same else None)
    elif not _was_watched(fleet, answer):
        found += tell_unwatched(fleet, at, changes if same else None)
    return _judged(fleet, after, at, found, changes if quiet and same else None)


def _pulses(
    fleet: Fleet, tracked: Mapping[str, Tracked], changes: Iterable[Change], answer: Snapshot
) -> tuple[Pulse, ...]:
    opened = sum(one.fresh for one in tracked.values())
    lost = sum(change.after is State.GONE for change in changes)
    return (*fleet.pulses[1 - PULSES_KEPT :], Pulse(answer.at, opened, lost))


def _arrive(record: Connection, at: Instant, fleet: Fleet, *, fresh: bool) -> Tracked:
    """A connection not known so far; ``_set_states`` gives it its state."""
    return Tracked(record, at, at, State.LIVE, fresh=fresh, labels=fleet.names.of(record))


def _advance(one: Tracked, record: Connection, at: Instant, fleet: Fleet, blind: bool) -> Tracked:
    """The same connection in a further answer; one that had left lives again.

    Its state is still the former one: ``_set_states`` gives it the new one.
    """
    gaps, rhythm = one.gaps, one.rhythm
    beat = seconds_between(one.connection.last_heartbeat, record.last_heartbeat)
    if beat > 0:
        # A beat from the future is a clock that was set, and no gap.
        unknown = blind or one.seen != fleet.at or record.last_heartbeat > at + 60 * TICKS
        gaps = (*gaps[1 - GAPS_KEPT :], None if unknown else kept_gap(beat))
        rhythm = learned(gaps) or rhythm
    return Tracked(
        # An equal record is kept as the same object, so that memory and comparisons stay small.
        one.connection if record == one.connection else record,
        one.first_seen,
        at,
        one.state,
        gaps=gaps,
        rhythm=rhythm,
        states=one.states,
        session=one.session,
        labels=_labels(one, record, fleet),
    )


def _labels(one: Tracked, record: Connection, fleet: Fleet) -> Labels:
    """What people call its key, client and host, which hardly ever change."""
    known = one.connection
    same = (
        known.api_key_id == record.api_key_id
        and known.client == record.client
        and known.host == record.host
    )
    return one.labels if same else fleet.names.of(record)


def _set_states(
    tracked: dict[str, Tracked],
    answer: Snapshot,
    rhythms: Rhythms,
    before: Mapping[str, Tracked],
) -> None:
    """Give every connection that is there its state, by what is known with this answer.

    That comes last, since a young connection goes by the rhythm of its kind: judged by an older
    one, the same answer folded twice would tell a change that nobody made.
    """
    # An active-only answer is itself the word that what is in it is active.
    hair = JUDGED_WITHIN if answer.query.active_only else 0.0
    silent_after = HEARTBEAT_LIMIT + hair
    for identity in [record.connection_id for record in answer.records] + list(answer.ended):
        one = tracked.get(identity)
        if one is None or one.seen != answer.at or one.gone_at is not None:
            # Two answers may be of the same instant, and only the latter lack it.
            continue
        allowed = late_after(rhythm_of(one, rhythms))
        state = state_of(one.connection, answer.at, allowed, silent_after)
        if state is State.LIVE and one.state is State.LATE:
            # Only a heartbeat ends it. That others of its kind turn out to be slow does not.
            known = before[identity].connection
            state = one.state if known.last_heartbeat == one.connection.last_heartbeat else state
        if state is not one.state or not one.states:
            states = (*one.states[1 - STATES_KEPT :], (answer.at, state))
            tracked[identity] = replace(one, state=state, states=states)


def _depart(one: Tracked, answer: Snapshot, fleet: Fleet) -> Tracked | None:
    """What becomes of one that the answer does not have; ``None`` when it is forgotten."""
    ended = answer.ended.get(one.connection_id)
    if ended is not None and ended.is_there(answer.at):
        # The answer lacked it by a hair only.
        return _advance(one, ended, answer.at, fleet, not _was_watched(fleet, answer))
    if one.connection_id in answer.garbled:
        # It is there, but what the answer says of it cannot be read.
        return replace(one, fresh=False)
    if one.state is State.GONE:
        return _finished(one, ended) if _is_kept(one, answer.at) else None
    if not answer.proves_absent(one.connection_id):
        # It may be there, but what was not seen for long is not worth a row.
        unseen = seconds_between(one.seen, answer.at)
        return replace(one, fresh=False) if unseen <= GONE_KEPT else None
    if not answer.query.active_only:
        # Such an answer is history: what is no longer in it was taken out by the endpoint.
        return None
    if answer.query.has_left_window(one.connection, answer.at):
        return None
    gone = replace(
        one,
        state=State.GONE,
        gone_at=answer.at,
        states=(*one.states[1 - STATES_KEPT :], (answer.at, State.GONE)),
        fresh=False,
    )
    return _finished(gone, ended)


def _finished(one: Tracked, ended: Connection | None) -> Tracked:
    """The same with its last record, where that is known now."""
    return one if ended is None else replace(one, connection=ended, final=True)


def _is_kept(one: Tracked, at: Instant) -> bool:
    """Whether one that left is still shown. Its query is not asked: how the endpoint compares
    texts is unknown, and what it once served under a query belongs there."""  # noqa: D205, D209
    left = one.gone_at if one.gone_at is not None else one.seen
    return abs(seconds_between(left, at)) <= GONE_KEPT


def _changes(before: Mapping[str, Tracked], after: Mapping[str, Tracked]) -> tuple[Change, ...]:
    """Who is new or in another state, by connection id."""
    changes = []
    for identity, one in after.items():
        known = before.get(identity)
        if known is None:
            changes.append(Change(identity, None, one.state))
        elif known.state is not one.state:
            changes.append(Change(identity, known.state, one.state))
    return tuple(in_order(changes, lambda change: change.connection_id))
