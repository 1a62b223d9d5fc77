"""Sessions: a recording read as who was there when, and when that was not known."""

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct
from sqlalchemy import Connection as Link
from sqlalchemy import Engine, Select, and_, func, or_, select

from tui.archive.pages import CHANGED
from tui.archive.schema import connections, events, gaps, polls, states
from tui.core.absence import Change, Session
from tui.core.connection import Connection, State
from tui.core.events import EventKind
from tui.core.fold import LAPSE
from tui.core.instant import TICKS, Instant, seconds_between
from tui.core.lineage import Lineage
from tui.core.names import Names
from tui.core.spans import Span

_BITE = 5_000
"""Rows that are fetched at once."""
_LONGEST = 330.0
"""Seconds between two good answers after which nobody can have asked in between: the longest
interval is 300 s."""


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
    outcomes: dict[str, int]
    """How often each kind of failure came instead of an answer."""
    cut: int
    """Answers that may lack records."""


def span_of(store: Engine, organization: str) -> Span | None:
    """From the first poll to the last; ``None`` where there is none."""
    asked = select(func.min(polls.c.at), func.max(polls.c.at))
    with store.connect() as link:
        first, last = link.execute(asked.where(polls.c.organization == organization)).one()
    return None if first is None else (first, last)


def observed(
    store: Engine, organization: str, span: Span, follow: float, lineage: Lineage, names: Names
) -> Observed:
    """What is recorded of a span.

    Args:
        store: as ``open_store`` gives it.
        organization: whose connections.
        span: from when until when.
        follow: seconds before and after it for which is read who stopped and who came back.
        lineage: tells whose a connection is.
        names: what people call keys, networks and hosts.
    """
    around = span[0] - round(follow * TICKS), span[1] + round(follow * TICKS)
    with store.connect() as link:
        link = link.execution_options(yield_per=_BITE)
        changes = _changes(link, organization, around)
        found = _sessions(link, organization, around, changes, lineage, names)
        unknown = [*_gaps(link, organization), *_before(link, organization, span)]
        outcomes: Counter[str] = Counter()
        count = cut = 0
        good = None
        blind = False
        for poll in link.execute(_polls(organization, around)):
            if poll.outcome != "answer" or poll.blind:
                blind = True
            else:
                alone = good is not None and seconds_between(good, poll.at) > _LONGEST
                if good is not None and (blind or alone or poll.lapse >= LAPSE):
                    unknown.append((good, poll.at))
                good, blind = poll.at, False
            if span[0] <= poll.at < span[1]:
                count += 1
                cut += poll.cut is not None
                outcomes[poll.outcome] += poll.outcome != "answer"
        end = span[0] if good is None else good
        unknown.append((end, span[1]))
        told = tuple(_mass_drops(link, organization, span))
    return Observed(tuple(found), tuple(unknown), told, end, count, dict(+outcomes), cut)


def _changes(link: Link, organization: str, around: Span) -> dict[int, list[Change]]:
    """The changes of state of all that may have been there, by number."""
    both = and_(
        states.c.organization == connections.c.organization,
        states.c.number == connections.c.number,
    )
    asked = (
        select(states.c.number, states.c.at, states.c.state, states.c.last_heartbeat)
        .join(connections, both)
        .where(states.c.organization == organization, states.c.at <= around[1])
        # What goes on under another number has not changed: its rows are one session.
        .where(states.c.state != CHANGED)
        .where(or_(connections.c.gone_at.is_(None), connections.c.gone_at >= around[0]))
        .order_by(states.c.at)
    )
    found: dict[int, list[Change]] = {}
    for number, at, state, beat in link.execute(asked):
        found.setdefault(number, []).append(Change(at, state, beat))
    return found


def _sessions(
    link: Link,
    organization: str,
    around: Span,
    changes: dict[int, list[Change]],
    lineage: Lineage,
    names: Names,
) -> Iterator[Session]:
    """The connections; the rows of one that has several are one session."""
    asked = (
        select(connections)
        .where(connections.c.organization == organization)
        .where(connections.c.first_seen <= around[1])
        .where(or_(connections.c.gone_at.is_(None), connections.c.gone_at >= around[0]))
        .order_by(connections.c.first_seen, connections.c.number)
    )
    found: dict[str, Session] = {}
    for row in link.execute(asked):
        record = Connection(
            row.connection_id,
            row.organization_id,
            row.api_key_id,
            row.host,
            row.client,
            row.protocol,
            row.service,
            row.data_center,
            row.last_heartbeat,
            row.start,
            row.last_heartbeat,
            0.0,
            True,
        )
        known = changes.get(row.number, [])
        first = row.first_seen
        former = found.get(record.connection_id)
        if former is not None:
            if not known or known[0].at > first:
                known = [Change(first, State.LIVE.value, row.last_heartbeat), *known]
            first, known = former.first_seen, [*former.changes, *known]
        found[record.connection_id] = Session(
            record, lineage.key_of(record), first, tuple(known), names.of(record)
        )
    return iter(found.values())


def _gaps(link: Link, organization: str) -> Iterator[Span]:
    """Those that have ended: of the others the polls tell."""
    asked = select(gaps.c.since, gaps.c.until).where(gaps.c.organization == organization)
    for since, until in link.execute(asked):
        if until is not None:
            yield since, until


def _before(link: Link, organization: str, span: Span) -> Iterator[Span]:
    """The time before anything was recorded."""
    first = link.execute(
        select(func.min(polls.c.at)).where(
            polls.c.organization == organization, polls.c.outcome == "answer"
        )
    ).scalar()
    yield span[0], span[1] if first is None else first


def _polls(organization: str, around: Span) -> Select[tuple[int, str, str | None, float, bool]]:
    return (
        select(polls.c.at, polls.c.outcome, polls.c.cut, polls.c.lapse, polls.c.blind)
        .where(polls.c.organization == organization)
        .where(polls.c.at.between(*around))
        .order_by(polls.c.at, polls.c.place)
    )


def _mass_drops(link: Link, organization: str, span: Span) -> Sequence[tuple[Instant, str]]:
    asked = (
        select(events.c.at, events.c.evidence)
        .where(events.c.organization == organization)
        .where(events.c.at >= span[0], events.c.at < span[1])
        .where(events.c.kind == EventKind.MASS_DROP.value)
        .order_by(events.c.at, events.c.place, events.c.rank)
    )
    return [(at, evidence) for at, evidence in link.execute(asked)]
