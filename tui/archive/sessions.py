"""Sessions: a recording read as who was there when, and when that was not known."""

from collections.abc import Iterator

from msgspec import Struct
from sqlalchemy import Connection as Link
from sqlalchemy import func, or_, select

from tui.archive.reading import Recording
from tui.archive.rows import record_of
from tui.archive.schema import connections, events, gaps, polls, states
from tui.core.absence import Change, Session
from tui.core.events import EventKind
from tui.core.instant import TICKS, Instant
from tui.core.lineage import Lineage
from tui.core.names import Names
from tui.core.spans import Span

_BITE = 5_000
"""Rows that are fetched at once."""
_ANSWER = "answer"


class Observed(Struct, frozen=True):
    """What a recording has of a span."""

    sessions: tuple[Session, ...]
    """All connections that may have been there."""
    unknown: tuple[Span, ...]
    """When the present was not known, in no order: no answer, none that moved, nobody who asked."""
    mass_drops: tuple[tuple[Instant, str], ...]
    """When one was told, and what was said of it; by time."""
    end: Instant
    """Server time of the last good answer that was read."""
    polls: int
    """Questions asked in the span."""
    failures: dict[str, int]
    """How often each kind of failure came instead of an answer."""
    cut: int
    """Answers that may lack records."""


def observed(
    recording: Recording,
    organization: str,
    span: Span,
    follow: float,
    lineage: Lineage,
    names: Names,
) -> Observed:
    """What is recorded of a span.

    Args:
        recording: is read.
        organization: whose connections.
        span: from when until when.
        follow: seconds before and after it for which is read who stopped and who came back.
        lineage: tells whose a connection is.
        names: what people call keys, networks and hosts.

    Raises:
        RecordingError: it cannot be read.
    """
    around = span[0] - round(follow * TICKS), span[1] + round(follow * TICKS)
    with recording.link() as found:
        link = found.execution_options(yield_per=_BITE)
        sessions = _sessions(link, organization, around, lineage, names)
        first, end = _known(link, organization, around)
        unknown = (*_gaps(link, organization, around), (around[0], first), (end, around[1]))
        told = tuple(_mass_drops(link, organization, span))
        counts = _counts(link, organization, span)
    return Observed(
        sessions,
        unknown,
        told,
        end,
        sum(count for _, _, count in counts),
        {outcome: count for outcome, _, count in counts if outcome != _ANSWER},
        sum(cut for _, cut, _ in counts),
    )


def _sessions(
    link: Link, organization: str, around: Span, lineage: Lineage, names: Names
) -> tuple[Session, ...]:
    """The connections; where one has several rows they are one session, as the last has it."""
    asked = (
        select(connections)
        .where(connections.c.organization == organization)
        .where(connections.c.first_seen <= around[1])
        .where(or_(connections.c.gone_at.is_(None), connections.c.gone_at >= around[0]))
        .order_by(connections.c.first_seen, connections.c.number)
    )
    rows = link.execute(asked).all()
    changes = _changes(link, organization, around, {row.number for row in rows})
    found: dict[str, Session] = {}
    for row in rows:
        record = record_of(row, row.last_heartbeat, is_active=True)
        first, mine = row.first_seen, changes[row.number]
        former = found.get(record.connection_id)
        if former is not None:
            first, mine = former.first_seen, [*former.changes, *mine]
        found[record.connection_id] = Session(
            record, lineage.key_of(record), first, tuple(mine), names.of(record)
        )
    return tuple(found.values())


def _changes(
    link: Link, organization: str, around: Span, numbers: set[int]
) -> dict[int, list[Change]]:
    """The changes of state of the connections with these numbers."""
    # Read as a whole: a join may be planned as a look at all connections for each change.
    asked = (
        select(states.c.number, states.c.at, states.c.state, states.c.last_heartbeat)
        .where(states.c.organization == organization, states.c.at <= around[1])
        .order_by(states.c.at)
    )
    found: dict[int, list[Change]] = {number: [] for number in numbers}
    for number, at, state, beat in link.execute(asked):
        if number in numbers:
            found[number].append(Change(at, state, beat))
    return found


def _known(link: Link, organization: str, around: Span) -> tuple[Instant, Instant]:
    """The first good answer and the last; the end of ``around`` and its begin where none is."""
    asked = select(func.min(polls.c.at), func.max(polls.c.at)).where(
        polls.c.organization == organization,
        polls.c.at <= around[1],
        polls.c.blind.is_(False),
        polls.c.outcome == _ANSWER,
    )
    first, last = link.execute(asked).one()
    if first is None:
        return around[1], around[0]
    return first, last


def _gaps(link: Link, organization: str, around: Span) -> Iterator[Span]:
    asked = select(gaps.c.since, gaps.c.until).where(
        gaps.c.organization == organization,
        gaps.c.since <= around[1],
        or_(gaps.c.until.is_(None), gaps.c.until >= around[0]),
    )
    for since, until in link.execute(asked):
        yield since, around[1] if until is None else until


def _counts(link: Link, organization: str, span: Span) -> list[tuple[str, int, int]]:
    """How questions ended, how many of the answers were cut, and how many there are of each."""
    asked = (
        select(polls.c.outcome, func.count(polls.c.cut), func.count(polls.c.at))
        .where(polls.c.organization == organization)
        .where(polls.c.at >= span[0], polls.c.at < span[1])
        .group_by(polls.c.outcome)
    )
    return [(outcome, cut, count) for outcome, cut, count in link.execute(asked)]


def _mass_drops(link: Link, organization: str, span: Span) -> list[tuple[Instant, str]]:
    asked = (
        select(events.c.at, events.c.evidence)
        .where(events.c.organization == organization)
        .where(events.c.at >= span[0], events.c.at < span[1])
        .where(events.c.kind == EventKind.MASS_DROP.value)
        .order_by(events.c.at, events.c.place, events.c.rank)
    )
    return [(at, evidence) for at, evidence in link.execute(asked)]
