"""Told: the events of a recording, each with its connection as far as the tables know it."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection as Link
from sqlalchemy import select

from tui.archive import schema
from tui.archive.rows import record_of
from tui.core.connection import State
from tui.core.events import Event, EventKind
from tui.core.fleet import Tracked
from tui.core.instant import Instant
from tui.core.names import Names

KEPT = 1_000
"""Events that are read, the last ones."""
_SHOWN_BY = {
    EventKind.DROPPED: State.GONE,
    EventKind.GONE: State.GONE,
    EventKind.SILENT: State.SILENT,
    EventKind.LATE: State.LATE,
}
"""The state that an event tells; after all others the connection lives."""
_STATES = frozenset(state.value for state in State)
"""What the tables have besides is no state that a connection can be in."""
_Change = tuple[Instant, str, Instant]
"""When a connection entered which state, and its last heartbeat then."""


def told_until(
    link: Link,
    organization: str,
    place: int,
    at: Instant,
    tracked: Mapping[str, Tracked],
    names: Names,
) -> tuple[tuple[Event, ...], tuple[Event, ...]]:
    """The events of one poll, and the last ones up to it, these included; oldest first.

    A connection's record is as of its last change of state before: when it last beat since then
    is in no table.

    Args:
        link: to the database.
        organization: whose they are.
        place: which poll.
        at: its time.
        tracked: who was known after it: their place in their client's life is theirs in the
            events, too.
        names: what people call keys, clients and hosts.
    """
    events = schema.events
    found = link.execute(
        select(events.c.at, events.c.place, events.c.kind, events.c.number, events.c.evidence)
        .where(events.c.organization == organization, events.c.at <= at, events.c.place <= place)
        .order_by(events.c.at.desc(), events.c.place.desc(), events.c.rank.desc())
        .limit(KEPT)
    ).all()
    rows: list[Any] = list(found[::-1])
    numbers = {row.number for row in rows if row.number is not None}
    known = _rows(link, organization, numbers)
    changes = _changes(link, organization, numbers, rows[0].at, at) if numbers else {}
    log = tuple(_event(row, known, changes, tracked, names) for row in rows)
    own = sum(row.place == place for row in rows)
    return log[len(log) - own :], log


def _rows(link: Link, organization: str, numbers: Iterable[int]) -> dict[int, Any]:
    table = schema.connections
    rows = link.execute(
        select(table).where(table.c.organization == organization, table.c.number.in_(numbers))
    )
    return {row.number: row for row in rows}


def _changes(
    link: Link, organization: str, numbers: Iterable[int], since: Instant, until: Instant
) -> dict[int, list[_Change]]:
    table = schema.states
    rows = link.execute(
        select(table.c.number, table.c.at, table.c.state, table.c.last_heartbeat)
        .where(
            table.c.organization == organization,
            table.c.at.between(since, until),
            table.c.number.in_(numbers),
        )
        .order_by(table.c.number, table.c.at)
    )
    return {
        number: [(row.at, row.state, row.last_heartbeat) for row in changes]
        for number, changes in groupby(rows, lambda row: int(row.number))
    }


def _event(
    row: Any,
    rows: Mapping[int, Any],
    changes: Mapping[int, Sequence[_Change]],
    tracked: Mapping[str, Tracked],
    names: Names,
) -> Event:
    kind = EventKind(row.kind)
    entry = rows.get(row.number)
    if entry is None:
        return Event(row.at, kind, row.evidence)
    former = changes.get(row.number, ())
    former = former[: bisect_right(former, row.at, key=lambda change: change[0])]
    state = _SHOWN_BY.get(kind, State.LIVE)
    beat = former[-1][2] if former else entry.last_heartbeat
    record = record_of(entry, beat, is_active=state is not State.SILENT)
    known = tracked.get(record.connection_id)
    one = Tracked(
        record,
        known.first_seen if known is not None else former[0][0] if former else row.at,
        row.at,
        state,
        gone_at=row.at if state is State.GONE else None,
        states=tuple((at, State(name)) for at, name, _ in former if name in _STATES),
        session=None if known is None else known.session,
        labels=names.of(record),
    )
    return Event(row.at, kind, row.evidence, one)
