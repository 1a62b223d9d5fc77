"""Hypothesis strategies that several test rooms share."""

from collections.abc import Sequence

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


def hostile_texts(max_size: int = 40) -> SearchStrategy[str]:
    """Any text at all, lone surrogates included, and the known attacks."""
    return st.one_of(
        st.sampled_from(HOSTILE),
        st.text(st.characters(exclude_categories=()), max_size=max_size),
    )


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


@st.composite
def connections(
    draw: st.DrawFn,
    ids: SearchStrategy[str] = IDS,
    at: Instant = NOON,
) -> Connection:
    """A plausible record as of ``at``: its heartbeat up to 200 s old, its start before that."""
    heartbeat = draw(seconds_before(at, 200.0))
    start = draw(seconds_before(heartbeat, 7_200.0))
    return connection(
        draw(ids),
        host=draw(st.sampled_from(["ws-server-01", "ws-server-02"])),
        client=draw(st.sampled_from(["203.0.113.195", "2001:db8::1"])),
        protocol=draw(st.sampled_from(PROTOCOLS)),
        service=draw(st.sampled_from(SERVICES)),
        data_center=draw(st.sampled_from(["us-east-1/server-01", "HQ-5"])),
        last_heartbeat=heartbeat,
        start=start,
        updated=heartbeat,
        duration=(heartbeat - start) / TICKS,
        is_active=draw(st.booleans()),
    )


@st.composite
def hostile_connections(draw: st.DrawFn) -> Connection:
    """A record whose every text and number a stranger chose."""
    text = hostile_texts()
    return connection(
        draw(text.filter(bool)),
        organization_id=draw(text),
        api_key_id=draw(text),
        host=draw(text),
        client=draw(text),
        protocol=draw(text),
        service=draw(text),
        data_center=draw(text),
        last_heartbeat=draw(instants()),
        start=draw(instants()),
        updated=draw(instants()),
        duration=draw(st.floats(allow_nan=False, allow_infinity=False)),
        is_active=draw(st.booleans()),
    )


def answers(at: Instant = NOON, max_size: int = 8) -> SearchStrategy[tuple[Connection, ...]]:
    """The records of one answer: no id twice."""
    return st.lists(
        connections(at=at), max_size=max_size, unique_by=lambda one: one.connection_id
    ).map(tuple)


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


@st.composite
def tracked(draw: st.DrawFn, records: SearchStrategy[Connection] | None = None) -> Tracked:
    """A row in any state, its record drawn from ``records``."""
    record = draw(connections() if records is None else records)
    state = draw(st.sampled_from(State))
    return Tracked(
        record, NOON, NOON, state, gone_at=NOON if state is State.GONE else None, fresh=False
    )


@st.composite
def wire_records(draw: st.DrawFn) -> dict[str, object]:
    """A record as the endpoint may serve it: thirteen fields, ordinary shapes, any text."""
    text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    start = draw(instants())
    return {
        "connectionId": draw(text.filter(bool)),
        "organizationId": draw(text),
        "apikeyId": draw(text),
        "host": draw(text),
        "ipAddress": draw(text),
        "protocolName": draw(text),
        "serviceName": draw(text),
        "dataCenter": draw(text),
        "lastHeartbeat": as_served(draw(instants())),
        "connectionStartTime": as_served(start),
        "updatedAt": as_served(draw(instants())),
        "connectionDurationSeconds": draw(
            st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
        ),
        "isActive": draw(st.booleans()),
    }
