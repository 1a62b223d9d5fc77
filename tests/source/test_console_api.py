"""The endpoint over real sockets: one connection, the documented request, exact answers."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl

import brotli  # type: ignore[import-untyped]
import pytest

from tests.canary import CANARY
from tests.source.scripted_server import OK_DATE, ScriptedServer, Step, answer, silence
from tests.source.test_wire import EXAMPLE, served
from tui import __version__
from tui.core.instant import TICKS, parse_instant
from tui.core.query import Query
from tui.core.snapshot import Snapshot, Trouble
from tui.source.base import SourceError
from tui.source.console_api import DEFAULT_LIMITS, ConsoleApi, Limits
from tui.source.secret import Secret

KEY = CANARY
DATE = parse_instant("2024-01-15T14:30:25Z")
BODY = EXAMPLE.read_bytes()


def one_key() -> Secret:
    return Secret(KEY)


@asynccontextmanager
async def asking(
    *steps: Step, limits: Limits = DEFAULT_LIMITS
) -> AsyncIterator[tuple[ConsoleApi, ScriptedServer]]:
    """A client and the scripted server that it asks; a test that hangs fails."""
    async with asyncio.timeout(20), ScriptedServer(list(steps)) as server:
        api = ConsoleApi(server.endpoint, one_key, limits=limits)
        try:
            yield api, server
        finally:
            await api.aclose()


# The request


async def test_the_request_is_the_documented_one() -> None:
    query = Query(service="coinapi ws&x=1", minutes=5, limit=7)
    async with asking(answer()) as (api, server):
        await api.fetch(query)
    (request,) = server.requests
    method, target, version = request.line.split(" ")
    path, _, params = target.partition("?")
    assert (method, path, version) == ("GET", "/api/connection-analytics/query", "HTTP/1.1")
    assert parse_qsl(params) == [
        ("serviceName", "coinapi ws&x=1"),
        ("activeOnly", "true"),
        ("minutes", "5"),
        ("limit", "7"),
    ]
    assert request.headers["authorization"] == KEY
    assert request.headers["user-agent"] == f"conntop/{__version__}"
    assert request.headers["accept"] == "application/json"
    offered = {one.strip() for one in request.headers["accept-encoding"].split(",")}
    assert offered == {"gzip", "br"}


async def test_one_connection_serves_many_questions() -> None:
    async with asking(answer(BODY)) as (api, server):
        for _ in range(20):
            await api.fetch(Query())
        assert len(server.requests) == 20
        assert server.connections == 1


async def test_no_proxy_of_the_environment_is_asked_for_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with ScriptedServer([answer(status="502 Bad Gateway")]) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.base)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        async with asking(answer(BODY)) as (api, server):
            await api.fetch(Query())
        assert (len(server.requests), len(proxy.requests)) == (1, 0)


@pytest.mark.parametrize("connections", [1, 3, 6])
async def test_so_many_questions_are_under_way_at_once_and_no_more(connections: int) -> None:
    full = asyncio.Event()

    async def step(writer: asyncio.StreamWriter) -> bool:
        if server.connections >= connections:
            full.set()
        await full.wait()
        return await answer(BODY)(writer)

    async with asyncio.timeout(20), ScriptedServer([step]) as server:
        api = ConsoleApi(server.endpoint, one_key, connections=connections)
        await asyncio.gather(*(api.fetch(Query()) for _ in range(12)))
        await api.aclose()
    assert (server.connections, len(server.requests)) == (connections, 12)


# The answer


async def test_the_documentations_example_becomes_a_snapshot() -> None:
    query = Query(active_only=False)
    async with asking(answer(BODY)) as (api, _):
        snapshot = await api.fetch(query)
    assert snapshot.query == query
    assert [one.record() for one in snapshot.records] == json.loads(BODY)
    assert snapshot.complete
    assert snapshot.unreadable_count == 0
    assert (snapshot.cost.requests, snapshot.cost.received) == (1, len(BODY))
    assert 0 < snapshot.cost.seconds < 10


@pytest.mark.parametrize(("limit", "complete"), [(1, False), (2, False), (3, True), (None, True)])
async def test_an_answer_is_complete_only_below_the_limit(
    limit: int | None, complete: bool
) -> None:
    async with asking(answer(BODY)) as (api, _):
        assert (await api.fetch(Query(limit=limit))).complete is complete


async def test_unreadable_and_doubled_records_count_towards_the_limit() -> None:
    body = json.dumps([served(), served(), served(connectionId="x", host=5)]).encode()
    async with asking(answer(body)) as (api, _):
        cut = await api.fetch(Query(limit=3))
        whole = await api.fetch(Query(limit=4))
    assert (len(cut.records), cut.unreadable, cut.complete) == (1, {"host": 1}, False)
    assert whole.complete


async def test_a_thousand_records_may_be_cut_when_no_limit_is_asked_for() -> None:
    many = [served(connectionId=f"c{n}") for n in range(1000)]
    steps = [answer(json.dumps(many).encode()), answer(json.dumps(many[1:]).encode())]
    async with asking(*steps) as (api, _):
        assert not (await api.fetch(Query())).complete
        assert (await api.fetch(Query())).complete


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(BODY)),
        ("GZIP", gzip.compress(BODY)),
        ("br", brotli.compress(BODY)),
        ("identity", BODY),
        ("", BODY),
    ],
)
async def test_a_packed_answer_is_unpacked(encoding: str, packed: bytes) -> None:
    async with asking(answer(packed, headers={"Content-Encoding": encoding})) as (api, _):
        snapshot = await api.fetch(Query())
    assert [one.record() for one in snapshot.records] == json.loads(BODY)
    assert snapshot.cost.received == len(BODY)


MANY = json.dumps([served(connectionId=f"conn_{n:032x}") for n in range(8_000)]).encode()


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [("gzip", gzip.compress(MANY)), ("br", brotli.compress(MANY, quality=4)), ("", MANY)],
    ids=["gzip", "brotli", "plain"],
)
async def test_a_large_answer_is_read_to_the_last_record(encoding: str, packed: bytes) -> None:
    async with asking(answer(packed, headers={"Content-Encoding": encoding})) as (api, _):
        snapshot = await api.fetch(Query(limit=10_000))
    assert len(snapshot.records) == 8_000
    assert snapshot.cost.received == len(MANY) > 3 * 2**20


# The server's time


class Monotonic:
    """A monotonic clock that the test turns."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def at_date(date: str, monotonic: Monotonic) -> Snapshot:
    async with ScriptedServer([answer(headers={"Date": date})]) as server:
        api = ConsoleApi(server.endpoint, one_key, monotonic=monotonic)
        try:
            return await api.fetch(Query())
        finally:
            await api.aclose()


async def test_the_time_is_the_servers() -> None:
    monotonic = Monotonic()
    snapshot = await at_date(OK_DATE, monotonic)
    assert snapshot.clock.known
    assert snapshot.at == DATE + TICKS // 2
    assert snapshot.clock.at(monotonic.now + 60) == snapshot.at + 60 * TICKS


async def test_the_round_trip_of_a_question_asked_again_is_that_of_the_second_one() -> None:
    monotonic = Monotonic()

    async def close(writer: asyncio.StreamWriter) -> bool:
        monotonic.now += 9.0
        return False

    async with ScriptedServer([close, answer()]) as server:
        api = ConsoleApi(server.endpoint, one_key, monotonic=monotonic)
        snapshot = await api.fetch(Query())
        await api.aclose()
    assert snapshot.cost.requests == 2
    assert snapshot.cost.seconds == 9.0
    assert snapshot.at == DATE + TICKS // 2


@pytest.mark.fault(20)
@pytest.mark.parametrize(
    "limits", [Limits(total=0.1), Limits(read=0.1)], ids=["total deadline", "read timeout"]
)
async def test_to_be_stopped_while_it_asks_is_no_failure_of_the_link(limits: Limits) -> None:
    monotonic = Monotonic()

    async def stopped(writer: asyncio.StreamWriter) -> bool:
        monotonic.now += 60.0
        return await silence()(writer)

    async with ScriptedServer([stopped, answer(BODY)]) as server:
        api = ConsoleApi(server.endpoint, one_key, monotonic=monotonic, limits=limits)
        snapshot = await api.fetch(Query())
        server.steps[:] = [silence()]
        with pytest.raises(SourceError, match="no whole answer"):
            await api.fetch(Query())
        await api.aclose()
    assert snapshot.lapse == pytest.approx(60.0 - limits.total)
    assert snapshot.cost.seconds == pytest.approx(limits.total)
    assert len(server.requests) == 3


async def test_the_skew_is_that_of_the_moment_when_the_answer_came() -> None:
    wall = DATE / TICKS + 100

    async def slow(writer: asyncio.StreamWriter) -> bool:
        nonlocal wall
        head = f"HTTP/1.1 200 OK\r\nDate: {OK_DATE}\r\nContent-Length: {len(BODY)}\r\n\r\n"
        writer.write(head.encode())
        await seen.wait()
        wall += 50
        writer.write(BODY)
        return True

    def read_wall() -> float:
        seen.set()
        return wall

    seen = asyncio.Event()
    async with asyncio.timeout(20), ScriptedServer([slow]) as server:
        api = ConsoleApi(server.endpoint, one_key, monotonic=Monotonic(), wall=read_wall)
        snapshot = await api.fetch(Query())
        await api.aclose()
    assert snapshot.local_skew == pytest.approx(99.5)


@pytest.mark.parametrize(
    "date",
    [
        "",
        "now",
        "Mon, 99 Jan 2024 14:30:25 GMT",
        "Fri, 31 Dec 9999 23:00:00 -1400",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "\x80\xff",
    ],
    ids=ascii,
)
async def test_without_a_usable_date_the_time_is_ours_and_is_called_unknown(date: str) -> None:
    before = await at_date("", Monotonic())
    snapshot = await at_date(date, Monotonic())
    assert not snapshot.clock.known
    assert 0 <= snapshot.at - before.at < 60 * TICKS


async def test_a_date_that_is_missing_once_leaves_the_estimate_as_it_was() -> None:
    async with asking(answer(), answer(headers={"Date": ""})) as (api, _):
        known = await api.fetch(Query())
        later = await api.fetch(Query())
    assert later.clock == known.clock
    assert 0 <= later.at - known.at < 60 * TICKS


# The key


def keys(*values: str) -> Iterator[Secret]:
    yield from (Secret(value) for value in values)


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
async def test_a_refused_key_is_read_again_and_a_good_one_is_not(status: str) -> None:
    rotated = keys("old", "new")
    async with ScriptedServer([answer(status=status), answer(BODY)]) as server:
        api = ConsoleApi(server.endpoint, lambda: next(rotated))
        with pytest.raises(SourceError) as refused:
            await api.fetch(Query())
        assert refused.value.trouble is Trouble.KEY
        await api.fetch(Query())
        await api.fetch(Query())
        await api.aclose()
    sent = [request.headers["authorization"] for request in server.requests]
    assert sent == ["old", "new", "new"]


@pytest.mark.parametrize("key", ["line\nbreak", "schl\u00fcssel", "nul\0", "\ud800", "\u202e"])
async def test_a_key_that_no_header_can_carry_is_refused_without_being_shown(key: str) -> None:
    async with ScriptedServer([answer()]) as server:
        api = ConsoleApi(server.endpoint, lambda: Secret(key))
        with pytest.raises(SourceError) as refused:
            await api.fetch(Query())
        await api.aclose()
        assert server.requests == []
    assert refused.value.trouble is Trouble.KEY
    assert not refused.value.retryable
    assert key not in refused.value.sentence
    assert refused.value.__cause__ is None


async def test_a_server_that_says_the_key_aloud_does_not_get_it_into_the_sentence() -> None:
    escaped = "".join(f"\\u{ord(char):04x}" for char in KEY)
    for said in (KEY, escaped):
        body = f'{{"error": "no such key {said}"}}'.encode()
        async with asking(answer(body, "401 Unauthorized")) as (api, _):
            with pytest.raises(SourceError) as refused:
                await api.fetch(Query())
        assert "no such key •••" in refused.value.sentence


async def test_the_key_is_not_read_on_the_loop() -> None:
    loop = asyncio.get_running_loop()
    on_loop: list[bool] = []

    def read_key() -> Secret:
        try:
            on_loop.append(asyncio.get_running_loop() is loop)
        except RuntimeError:
            on_loop.append(False)
        return Secret(KEY)

    async with ScriptedServer([answer()]) as server:
        api = ConsoleApi(server.endpoint, read_key)
        await api.fetch(Query())
        await api.fetch(Query())
        await api.aclose()
    assert on_loop == [False]


async def test_the_representation_of_a_client_does_not_show_the_key() -> None:
    async with asking(answer()) as (api, _):
        await api.fetch(Query())
        assert KEY not in repr(vars(api))


async def test_a_cancelled_question_leaves_the_client_usable() -> None:
    async with asking(*[silence()] * 6, answer(BODY)) as (api, server):
        for n in range(6):
            task = asyncio.create_task(api.fetch(Query()))
            while len(server.requests) <= n:  # noqa: ASYNC110  # a condition of the other side
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert len((await api.fetch(Query())).records) == 2
