"""Sets: what a recording has, as rows of plain values, to be taken elsewhere."""

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any

from msgspec import Struct
from msgspec.structs import astuple
from sqlalchemy import Select, and_, case, func, not_, or_, select

from tui.archive import schema
from tui.archive.pages import GONE, column_text
from tui.archive.reading import Recording
from tui.core.absence import CHANGED, UNSEEN
from tui.core.connection import Connection
from tui.core.events import EventKind
from tui.core.fleet import Fleet
from tui.core.instant import Instant
from tui.core.snapshot import Outcome, Snapshot

Row = tuple[object, ...]
"""Values in the order of the set's fields; ``None`` where nothing is known."""

_AT_ONCE = 1_000
"""Rows of a table that are read at once."""
_UNSEEN_KEPT = 10_000


class Kind(Enum):
    """What a field holds. The value is its word in the documentation."""

    TIME = "time"
    """An ``Instant``."""
    TEXT = "text"
    WHOLE = "whole number"
    NUMBER = "number"
    FLAG = "true or false"


class Field(Struct, frozen=True):
    """A column."""

    name: str
    """The API's own name, where it has one."""
    kind: Kind
    meaning: str
    """For people."""


class What(Struct, frozen=True):
    """A set of rows."""

    name: str
    meaning: str
    """What a row is, for people."""
    fields: tuple[Field, ...]


_AT = Field("at", Kind.TIME, "the server's time of the poll")
_STATE = Field(
    "state",
    Kind.TEXT,
    "live, late, silent, gone; unseen: nobody knows, as an answer was cut or another was asked for",
)
_TEXTS = (
    Field("connectionId", Kind.TEXT, "as the API has it, like all that follow"),
    Field("organizationId", Kind.TEXT, "whose they are"),
    Field("apikeyId", Kind.TEXT, "the key that it uses"),
    Field("host", Kind.TEXT, "the vendor's server"),
    Field("ipAddress", Kind.TEXT, "the client's address"),
    Field("protocolName", Kind.TEXT, "WebSocket, REST, FIX"),
    Field("serviceName", Kind.TEXT, "what it is connected to"),
    Field("dataCenter", Kind.TEXT, "and perhaps the server in it"),
)
_BEAT = Field("lastHeartbeat", Kind.TIME, "when it last beat")
_START = Field("connectionStartTime", Kind.TIME, "when it began")

HEARTBEATS = What(
    "heartbeats",
    "A row for each connection and poll in which its record or its state was another than before; "
    "the first answer of the span has all that were in it",
    (
        _AT,
        _STATE,
        *_TEXTS,
        _BEAT,
        _START,
        Field("updatedAt", Kind.TIME, "when the endpoint last wrote the record"),
        Field("connectionDurationSeconds", Kind.NUMBER, "as served, up to the last heartbeat"),
        Field("isActive", Kind.FLAG, "as the endpoint judges it"),
    ),
)
CONNECTIONS = What(
    "connections",
    "A row for each connection that was known within the span",
    (
        Field("firstSeen", Kind.TIME, "the first poll that had it"),
        Field("goneAt", Kind.TIME, "the poll that found it gone, up to the end of the span"),
        Field("state", Kind.TEXT, "its last within the span; changed: it goes on as another row"),
        *_TEXTS,
        Field("lastHeartbeat", Kind.TIME, "that of its last change of state"),
        _START,
    ),
)
STATES = What(
    "states",
    "A row for each change of a connection's state",
    (_AT, _STATE, *_TEXTS, _BEAT, _START),
)
EVENTS = What(
    "events",
    "A row for each event that was told; the connection's fields are empty where it concerns many",
    (
        _AT,
        Field("kind", Kind.TEXT, "what happened"),
        Field("group", Kind.TEXT, "drops, late, returns or ours"),
        Field("evidence", Kind.TEXT, "what shows it, in words"),
        *_TEXTS,
        _START,
    ),
)
POLLS = What(
    "polls",
    "A row for each question that was asked",
    (
        _AT,
        Field("query", Kind.TEXT, "its parameters, as JSON in the endpoint's spelling"),
        Field("outcome", Kind.TEXT, "answer, or the kind of failure"),
        Field("sentence", Kind.TEXT, "the failure in words"),
        Field("cut", Kind.TEXT, "why records may be missing; empty for a complete answer"),
        Field("served", Kind.WHOLE, "records that were served"),
        Field("unreadable", Kind.WHOLE, "those among them that could not be read"),
        Field("seconds", Kind.NUMBER, "what it took"),
        Field("requests", Kind.WHOLE, "requests that it took"),
        Field("received", Kind.WHOLE, "bytes received, after decompression"),
        Field("lapse", Kind.NUMBER, "seconds for which nothing was asked although it was due"),
        Field("events", Kind.WHOLE, "events that it told"),
        Field("drops", Kind.WHOLE, "those among them that tell of connections that stopped"),
        Field("late", Kind.WHOLE, "those among them that tell of connections that were late"),
        Field("blind", Kind.FLAG, "the present was not known"),
    ),
)
GAPS = What(
    "gaps",
    "A row for each time in which the present was not known",
    (
        Field("since", Kind.TIME, "the last good answer before it"),
        Field("until", Kind.TIME, "the next good answer; empty where there is none yet"),
        Field("why", Kind.TEXT, "the kind of failure, frozen, not asked, or not recorded"),
    ),
)

SETS: Mapping[str, What] = {
    one.name: one for one in (HEARTBEATS, CONNECTIONS, STATES, EVENTS, POLLS, GAPS)
}
"""All of them, by their names."""


class Span(Struct, frozen=True):
    """Whose rows, and of which time; both ends are included."""

    organization: str
    since: Instant
    until: Instant


def rows_of(what: What, recording: Recording, span: Span) -> Iterator[Row]:
    """The rows of a set, oldest first, read bit by bit.

    Raises:
        RecordingError: the recording cannot be read.
    """
    if what is HEARTBEATS:
        yield from _heartbeats(recording, span)
        return
    for row in _read(recording, _QUERIES[what.name](span)):
        if what is EVENTS:
            at, kind, *rest = row
            yield (at, kind, EventKind(kind).group.name.lower(), *rest)
        else:
            yield tuple(row)


def _heartbeats(recording: Recording, span: Span) -> Iterator[Row]:
    """Poll by poll: what of it is new."""
    organization = span.organization
    moments = recording.moments(organization, span.since, span.until)
    if not moments:
        return
    first, last = moments[0], moments[-1]
    del moments
    fleet, _ = recording.reached(organization, first.place)
    followed = _Followed(fleet)
    if not first.blind:
        yield from followed.all_of(first.at, fleet)
    changes = _Changes(recording, span, first.at)
    for moment, outcome in recording.outcomes(organization, first.place):
        if moment.place > last.place:
            return
        yield from followed.go_on(moment.at, outcome, changes.until(moment.at))


class _Followed:
    """The connections as they were last told."""

    def __init__(self, fleet: Fleet) -> None:
        """``fleet`` is what is known at the beginning."""
        self._states: dict[str, str] = {}
        self._records: dict[str, Connection] = {}
        self._unseen: dict[str, Connection] = {}
        """The last records of those that nobody knows of, which may yet turn out to be gone."""
        self._odd: dict[str, str] = {}
        """The ids of those that the tables call otherwise, by what they call them."""
        self._whole = False
        """Whether all that were in an answer have been told."""
        for one in fleet.tracked.values():
            self._take(one.connection)
            self._states[one.connection_id] = one.state.value

    def all_of(self, at: Instant, fleet: Fleet) -> Iterator[Row]:
        """All that were in the answer that ``fleet`` goes by."""
        self._whole = True
        for name, one in fleet.tracked.items():
            if one.seen == fleet.at:
                yield _beat(at, self._states[name], one.connection)

    def go_on(self, at: Instant, outcome: Outcome, called: Mapping[str, str]) -> Iterator[Row]:
        """What is new with one more poll, after which those in ``called`` have other states."""
        records, told = self._records, dict[str, Connection]()
        if isinstance(outcome, Snapshot):
            for record in outcome.records:
                known = records.get(record.connection_id)
                if not self._whole or (known is not record and known != record):
                    told[record.connection_id] = self._take(record)
            for name, ended in outcome.ended.items():
                if ended is not None and records.get(name) != ended:
                    told[name] = self._take(ended) if name in records else ended
            self._whole = True
        changed = {self._odd.get(name, name): state for name, state in called.items()}
        self._states.update(changed)
        for name in changed:
            former = records.get(name) or self._unseen.pop(name, None)
            if former is not None:
                told.setdefault(name, former)
        for name, record in told.items():
            # Of one that is followed no more it was the last record.
            state = self._states.get(name, None if name in records else GONE)
            yield _beat(at, state, record)
        for name, state in changed.items():
            if state in (GONE, UNSEEN):
                self._leave(name, is_gone=state == GONE)

    def _take(self, record: Connection) -> Connection:
        name = record.connection_id
        if name not in self._records and (called := column_text(name)) != name:
            self._odd[called] = name
        self._records[name] = record
        return record

    def _leave(self, name: str, *, is_gone: bool) -> None:
        self._states.pop(name, None)
        record = self._records.pop(name, None)
        if is_gone:
            self._odd.pop(column_text(name), None)
        elif record is not None:
            self._unseen[name] = record
            if len(self._unseen) > _UNSEEN_KEPT:
                oldest = next(iter(self._unseen))
                del self._unseen[oldest]
                self._odd.pop(column_text(oldest), None)


def _beat(at: Instant, state: str | None, one: Connection) -> Row:
    # The fields of a record are those of the set, in their order; what is unusual comes last.
    return (at, state, *astuple(one)[:-1])


class _Changes:
    """The changes of states, as time goes on."""

    def __init__(self, recording: Recording, span: Span, after: Instant) -> None:
        rows = _read(
            recording,
            select(_states.at, _connections.connection_id, _states.state)
            .join_from(schema.states, schema.connections, _SAME)
            .where(
                _states.organization == span.organization,
                _states.at > after,
                _states.at <= span.until,
            )
            .order_by(_states.at, _states.number),
        )
        self._rows = rows
        self._next = next(rows, None)

    def until(self, at: Instant) -> dict[str, str]:
        """Those up to ``at`` that were not given yet, by connection."""
        changed: dict[str, str] = {}
        while self._next is not None and self._next[0] <= at:
            _, name, state = self._next
            changed[name] = state
            self._next = next(self._rows, None)
        return changed


_connections, _states = schema.connections.c, schema.states.c
_events, _polls, _gaps = schema.events.c, schema.polls.c, schema.gaps.c
_SAME = and_(
    _states.organization == _connections.organization, _states.number == _connections.number
)
_COMMON = (
    _connections.connection_id,
    _connections.organization_id,
    _connections.api_key_id,
    _connections.host,
    _connections.client,
    _connections.protocol,
    _connections.service,
    _connections.data_center,
)


def _read(recording: Recording, wanted: Select[Any]) -> Iterator[Any]:
    with recording.link() as link:
        yield from link.execution_options(yield_per=_AT_ONCE).execute(wanted)


def _read_connections(span: Span) -> Select[Any]:
    latest = (
        select(_states.number, func.max(_states.at).label("at"))
        .where(_states.organization == span.organization, _states.at <= span.until)
        .group_by(_states.number)
        .subquery()
    )
    then = (
        select(_states.number, _states.at, _states.state, _states.last_heartbeat)
        .join_from(
            schema.states,
            latest,
            and_(_states.number == latest.c.number, _states.at == latest.c.at),
        )
        .where(_states.organization == span.organization)
        .subquery()
    )
    ended = then.c.state.in_((GONE, UNSEEN, CHANGED))
    return (
        select(
            _connections.first_seen,
            case((then.c.state == GONE, then.c.at)),
            then.c.state,
            *_COMMON,
            then.c.last_heartbeat,
            _connections.start,
        )
        .join_from(schema.connections, then, _connections.number == then.c.number)
        .where(
            _connections.organization == span.organization,
            _connections.first_seen <= span.until,
            or_(not_(ended), then.c.at >= span.since),
        )
        .order_by(_connections.first_seen, _connections.number)
    )


def _read_states(span: Span) -> Select[Any]:
    return (
        select(_states.at, _states.state, *_COMMON, _states.last_heartbeat, _connections.start)
        .join_from(schema.states, schema.connections, _SAME)
        .where(
            _states.organization == span.organization, _states.at.between(span.since, span.until)
        )
        .order_by(_states.at, _states.number)
    )


def _read_events(span: Span) -> Select[Any]:
    same = and_(
        _events.organization == _connections.organization, _events.number == _connections.number
    )
    return (
        select(_events.at, _events.kind, _events.evidence, *_COMMON, _connections.start)
        .join_from(schema.events, schema.connections, same, isouter=True)
        .where(
            _events.organization == span.organization, _events.at.between(span.since, span.until)
        )
        .order_by(_events.at, _events.place, _events.rank)
    )


def _read_polls(span: Span) -> Select[Any]:
    return (
        select(
            _polls.at,
            _polls.query,
            _polls.outcome,
            _polls.sentence,
            _polls.cut,
            _polls.served,
            _polls.unreadable,
            _polls.seconds,
            _polls.requests,
            _polls.received,
            _polls.lapse,
            _polls.told,
            _polls.drops,
            _polls.late,
            _polls.blind,
        )
        .where(_polls.organization == span.organization, _polls.at.between(span.since, span.until))
        .order_by(_polls.at, _polls.place)
    )


def _read_gaps(span: Span) -> Select[Any]:
    return (
        select(_gaps.since, _gaps.until, _gaps.why)
        .where(
            _gaps.organization == span.organization,
            _gaps.since <= span.until,
            or_(_gaps.until.is_(None), _gaps.until >= span.since),
        )
        .order_by(_gaps.since)
    )


_QUERIES: Mapping[str, Callable[[Span], Select[Any]]] = {
    CONNECTIONS.name: _read_connections,
    STATES.name: _read_states,
    EVENTS.name: _read_events,
    POLLS.name: _read_polls,
    GAPS.name: _read_gaps,
}
