"""Hypothesis strategies that several test rooms share."""

from collections.abc import Sequence
from functools import cache
from itertools import product
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec.structs import replace

from tui.core.connection import Connection, State
from tui.core.fleet import Tracked
from tui.core.instant import TICKS, Instant, as_served, parse_instant
from tui.core.query import Query
from tui.core.snapshot import Cut, Failure, Snapshot, Trouble

FIRST = parse_instant("0001-01-01T00:00:00Z")
LAST = parse_instant("9999-12-31T23:59:59.9999999Z")
NOON = parse_instant("2024-01-15T14:30:25Z")
"""The instant about which examples lie."""

HOSTILE = (
    "\x1b[2J\x1b[H",
    "\x1b]52;c;cm0gLXJmIH4=\x07",
    "\x9b31m",
    "\x90q\x9c",
    "\a\b\r\n\t\x00\x7f",
    "user\u202egnp.exe",
    "a\u2066b\u2069c",
    "zero\u200bwidth\u200d\ufeff\u2060",
    "line\u2028para\u2029end",
    "\ud800lone\udfff",
    "tag\U000e0041\U000e007f",
    "private\ue000\U000f0000",
    "unassigned\u0378\U0010ffff",
    "z" + "\u0301" * 500,
    "[/bold][red]markup[/",
    "=cmd|'/c calc'!A1",
    "x" * 5_000,
)
"""What a stranger may have put into any text of a record."""


@cache
def hostile_texts(max_size: int = 40) -> SearchStrategy[str]:
    """Any text at all, lone surrogates included, and the known attacks."""
    return st.one_of(
        st.sampled_from(HOSTILE),
        st.text(st.characters(exclude_categories=()), max_size=max_size),
    )


@cache
def instants(low: Instant = FIRST, high: Instant = LAST) -> SearchStrategy[Instant]:
    """Any instant within the calendar, to the tick."""
    return st.integers(low, high)


def seconds_before(at: Instant, most: float) -> SearchStrategy[Instant]:
    """An instant at most ``most`` seconds before ``at``, to the tick."""
    return st.integers(0, int(most * TICKS)).map(lambda ticks: at - ticks)


SERVICES = ("coinapi-ws", "coinapi-rest", "EMS")
PROTOCOLS = ("WebSocket", "REST", "FIX")


def connection(identity: str = "conn_1", at: Instant = NOON, **changes: object) -> Connection:
    """An ordinary live record whose heartbeat is one second old at ``at``."""
    plain = Connection(
        connection_id=identity,
        organization_id="a1b2c3d4-e5f6-7890-abcd-ef1234567890",
        api_key_id="f1e2d3c4-b5a6-9879-8765-4321dcba0987",
        host="ws-server-01.coinapi.io",
        client="203.0.113.195",
        protocol="WebSocket",
        service="coinapi-ws",
        data_center="us-east-1/server-01",
        last_heartbeat=at - TICKS,
        start=at - 900 * TICKS,
        updated=at - TICKS,
        duration=899.0,
        is_active=True,
    )
    return replace(plain, **changes)


IDS = st.integers(0, 9).map("conn_{}".format)
"""Few enough that two answers often share some."""


_WHO = st.sampled_from(
    [
        dict(zip(("host", "client", "protocol", "service", "data_center"), texts, strict=True))
        for texts in product(
            ["ws-server-01", "ws-server-02"],
            ["203.0.113.195", "2001:db8::1"],
            PROTOCOLS,
            SERVICES,
            ["us-east-1/server-01", "HQ-5"],
        )
    ]
)


def _plausible(
    identity: str, who: dict[str, Any], heartbeat: Instant, up: int, is_active: bool
) -> Connection:
    return connection(
        identity,
        **who,
        last_heartbeat=heartbeat,
        start=heartbeat - up,
        updated=heartbeat,
        duration=up / TICKS,
        is_active=is_active,
    )


def _later(one: Connection, ticks: int) -> Connection:
    return replace(
        one,
        last_heartbeat=one.last_heartbeat + ticks,
        start=one.start + ticks,
        updated=one.updated + ticks,
    )


# Made once: to make a strategy anew for each draw takes longer than the draw.
@cache
def connections(ids: SearchStrategy[str] = IDS) -> SearchStrategy[Connection]:
    """A plausible record as of noon: its heartbeat up to 200 s old, its start before that."""
    up = st.integers(0, 7_200 * TICKS)
    return st.builds(_plausible, ids, _WHO, seconds_before(NOON, 200.0), up, st.booleans())


_ANY_DURATION = st.floats(allow_nan=False, allow_infinity=False)
_HOSTILE_ID = hostile_texts().filter(bool)


@st.composite
def hostile_connections(draw: st.DrawFn) -> Connection:
    """A record whose every text and number a stranger chose."""
    text, time = hostile_texts(), instants()
    return connection(
        draw(_HOSTILE_ID),
        organization_id=draw(text),
        api_key_id=draw(text),
        host=draw(text),
        client=draw(text),
        protocol=draw(text),
        service=draw(text),
        data_center=draw(text),
        last_heartbeat=draw(time),
        start=draw(time),
        updated=draw(time),
        duration=draw(_ANY_DURATION),
        is_active=draw(st.booleans()),
    )


@cache
def _answers(max_size: int) -> SearchStrategy[list[Connection]]:
    return st.lists(connections(), max_size=max_size, unique_by=lambda one: one.connection_id)


def answers(at: Instant = NOON, max_size: int = 8) -> SearchStrategy[tuple[Connection, ...]]:
    """The records of one answer, as of ``at``: no id twice."""
    return _answers(max_size).map(lambda found: tuple(_later(one, at - NOON) for one in found))


def snapshot(
    records: Sequence[Connection] = (),
    at: Instant = NOON,
    query: Query | None = None,
    *,
    complete: bool = True,
) -> Snapshot:
    """One answer; to the default query unless another is given."""
    cut = None if complete else Cut.SINGLE
    return Snapshot(query or Query(), tuple(records), at, cut, len(records))


def failure(query: Query | None = None, **changes: object) -> Failure:
    """A poll that brought nothing."""
    plain = Failure(query or Query(), Trouble.UNREACHABLE, "connection refused")
    return replace(plain, **changes)


def _tracked(record: Connection, state: State) -> Tracked:
    gone_at = NOON if state is State.GONE else None
    return Tracked(record, NOON, NOON, state, gone_at=gone_at, fresh=False)


@cache
def tracked(records: SearchStrategy[Connection] | None = None) -> SearchStrategy[Tracked]:
    """A row in any state, its record drawn from ``records``."""
    records = connections() if records is None else records
    return st.builds(_tracked, records, st.sampled_from(State))


_WIRE_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_WIRE_ID = _WIRE_TEXT.filter(bool)
_WIRE_TIME = instants().map(as_served)
_WIRE_DURATION = st.integers(-(2**70), 2**70) | _ANY_DURATION


@st.composite
def wire_records(draw: st.DrawFn) -> dict[str, object]:
    """A record as the endpoint may serve it: thirteen fields, ordinary shapes, any text."""
    return {
        "connectionId": draw(_WIRE_ID),
        "organizationId": draw(_WIRE_TEXT),
        "apikeyId": draw(_WIRE_TEXT),
        "host": draw(_WIRE_TEXT),
        "ipAddress": draw(_WIRE_TEXT),
        "protocolName": draw(_WIRE_TEXT),
        "serviceName": draw(_WIRE_TEXT),
        "dataCenter": draw(_WIRE_TEXT),
        "lastHeartbeat": draw(_WIRE_TIME),
        "connectionStartTime": draw(_WIRE_TIME),
        "updatedAt": draw(_WIRE_TIME),
        "connectionDurationSeconds": draw(_WIRE_DURATION),
        "isActive": draw(st.booleans()),
    }
