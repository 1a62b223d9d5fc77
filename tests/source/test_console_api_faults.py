"""Nothing that a server or a network does ends in anything but one safe sentence, in time."""

import asyncio
import gzip
import time
import zlib

import brotli  # type: ignore[import-untyped]
import pytest

from tests.source.scripted_server import (
    ScriptedServer,
    Step,
    answer,
    drip,
    head,
    raw,
    refused_port,
    reset_after,
    silence,
)
from tests.source.test_console_api import BODY, KEY, asking, one_key
from tui.core.query import Query
from tui.core.safe import safe
from tui.core.snapshot import Trouble
from tui.source.base import SourceError
from tui.source.console_api import DEFAULT_LIMITS, ConsoleApi, Limits
from tui.source.endpoint import parse_endpoint
from tui.source.secret import Secret

SHORT = Limits(connect=0.2, read=0.2, total=0.3)
PATIENT_READ = Limits(read=30.0, total=0.2)
CHUNKED = "Transfer-Encoding: chunked"
HTML = b"<!doctype html><title>Sign in</title>"


async def fails(*steps: Step, limits: Limits = DEFAULT_LIMITS) -> tuple[SourceError, int]:
    """How a question ends, and how many requests it took; the client works after it."""
    async with asking(*steps, limits=limits) as (api, server):
        with pytest.raises(SourceError) as failed:
            await api.fetch(Query())
        asked = len(server.requests)
        server.steps[:] = [answer(BODY)]
        assert len((await api.fetch(Query())).records) == 2
    error = failed.value
    assert error.sentence == safe(error.sentence)
    assert KEY not in error.sentence
    return error, asked


@pytest.mark.fault(1)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_port_where_nobody_listens_is_unreachable(host: str) -> None:
    api = ConsoleApi(parse_endpoint(f"http://{host}:{await refused_port()}"), one_key)
    with pytest.raises(SourceError, match=r"connection refused$") as failed:
        await api.fetch(Query())
    assert failed.value.trouble is Trouble.UNREACHABLE
    assert failed.value.retryable
    await api.aclose()


@pytest.mark.fault(2)
async def test_a_server_that_never_answers_is_given_up() -> None:
    error, asked = await fails(silence(), limits=SHORT)
    assert error.trouble is Trouble.TIMEOUT
    assert asked == 1


@pytest.mark.fault(5, 6)
@pytest.mark.parametrize(
    "step",
    [
        reset_after(b""),
        reset_after(head("Content-Length: 500") + BODY[:300]),
        raw(head("Content-Length: 500") + BODY[:300]),
        raw(head(CHUNKED) + b"10\r\n0123456789abcdef\r\n"),
        raw(head(CHUNKED) + b"10\r\n01234"),
        raw(head(CHUNKED) + b"zz\r\n"),
        raw(b"HTTP/1.1 200"),
        raw(b"SSH-2.0-OpenSSH_9.6\r\n"),
        raw(b"\x00\xff\x1b[2J\r\n\r\n"),
        raw(b""),
    ],
    ids=[
        "reset",
        "reset in the body",
        "short body",
        "cut between chunks",
        "cut in a chunk",
        "bad chunk",
        "cut head",
        "ssh",
        "noise",
        "closed",
    ],
)
async def test_a_connection_that_breaks_is_tried_once_more_and_then_told(step: Step) -> None:
    error, asked = await fails(step)
    assert error.trouble is Trouble.UNREACHABLE
    assert error.retryable
    assert asked == 2


@pytest.mark.fault(16)
@pytest.mark.parametrize(
    "first",
    [
        answer(BODY, stays=False),
        answer(BODY, headers={"Connection": "close"}, stays=False),
    ],
    ids=["without a word", "announced"],
)
async def test_a_connection_closed_between_two_polls_is_never_seen(first: Step) -> None:
    async with asking(first, answer(BODY)) as (api, server):
        await api.fetch(Query())
        await server.closed.wait()
        assert len((await api.fetch(Query())).records) == 2
        assert server.connections == 2


@pytest.mark.fault(16)
async def test_the_one_retry_is_counted() -> None:
    async with asking(reset_after(b""), answer(BODY)) as (api, server):
        snapshot = await api.fetch(Query())
    assert snapshot.cost.requests == len(server.requests) == 2


# Bounds


@pytest.mark.fault(8)
@pytest.mark.parametrize(
    "step",
    [
        drip(head("Content-Length: 100000")),
        drip(head(CHUNKED), b"1\r\nx\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        drip(b"HTTP/1.1 200 OK\r\n", b"X-More: x\r\n"),
        drip(b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
        drip(head("Content-Encoding: gzip") + b"\x1f\x8b\x08\x08\0\0\0\0\0\xff"),
        drip(b"HTTP/1.1 500 No\r\nContent-Length: 100000\r\n\r\n"),
    ],
    ids=["body", "chunks", "header", "headers", "interim", "gzip file name", "error body"],
)
async def test_a_drip_ends_at_the_total_deadline_wherever_it_drips(step: Step) -> None:
    started = time.monotonic()
    error, asked = await fails(step, limits=PATIENT_READ)
    assert error.trouble is Trouble.TIMEOUT
    assert "no whole answer" in error.sentence
    assert asked == 1
    assert time.monotonic() - started < 5


@pytest.mark.fault(8)
async def test_a_retry_gets_no_time_of_its_own() -> None:
    async def holds_and_breaks(writer: asyncio.StreamWriter) -> bool:
        await asyncio.sleep(0.15)
        writer.transport.abort()
        return False

    error, _ = await fails(holds_and_breaks, silence(), limits=PATIENT_READ)
    assert error.trouble is Trouble.TIMEOUT


@pytest.mark.fault(2)
async def test_many_deadlines_in_a_row_use_up_no_connection() -> None:
    async with asking(silence(), limits=Limits(total=0.02)) as (api, server):
        for _ in range(10):
            with pytest.raises(SourceError):
                await api.fetch(Query())
        server.steps[:] = [answer(BODY)]
        assert len((await api.fetch(Query())).records) == 2


SMALL = Limits(body=2**20)
FLOOD = b"[" + b" " * 2**26


@pytest.mark.fault(14)
@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("", FLOOD[: 2**21]),
        ("gzip", gzip.compress(FLOOD)),
        ("br", brotli.compress(FLOOD, quality=5)),
    ],
    ids=["plain", "gzip", "brotli"],
)
async def test_a_body_past_its_bound_is_not_read_to_the_end(encoding: str, packed: bytes) -> None:
    error, asked = await fails(answer(packed, headers={"Content-Encoding": encoding}), limits=SMALL)
    assert error.trouble is Trouble.ANSWER
    assert "more than 1 MiB" in error.sentence
    assert asked == 1


@pytest.mark.fault(14)
async def test_a_body_of_exactly_the_bound_is_read() -> None:
    body = BODY.ljust(2**20)
    async with asking(answer(body), answer(body + b" "), limits=SMALL) as (api, _):
        assert (await api.fetch(Query())).cost.received == 2**20
        with pytest.raises(SourceError, match="more than 1 MiB"):
            await api.fetch(Query())


# Answers that are none


@pytest.mark.fault(7)
@pytest.mark.parametrize(
    ("encoding", "packed", "says"),
    [
        ("gzip, gzip", gzip.compress(gzip.compress(BODY)), "packed twice"),
        ("gzip,br", b"", "packed twice"),
        ("deflate", zlib.compress(BODY), "packed in an unknown way"),
        ("rot13", BODY, "packed in an unknown way"),
        ("gzip", BODY, "damaged"),
        ("br", b"\xff" * 50, "damaged"),
        ("gzip", gzip.compress(BODY)[:100], "not JSON"),
        ("br", brotli.compress(BODY)[:100], "not JSON"),
    ],
)
async def test_an_answer_that_cannot_be_unpacked_is_none(
    encoding: str, packed: bytes, says: str
) -> None:
    error, _ = await fails(answer(packed, headers={"Content-Encoding": encoding}))
    assert error.trouble is Trouble.ANSWER
    assert says in error.sentence


@pytest.mark.fault(13)
@pytest.mark.parametrize("body", [b"", HTML, b'{"data": []}', b"null"], ids=ascii)
async def test_a_200_without_an_array_is_no_answer(body: bytes) -> None:
    error, _ = await fails(answer(body, headers={"Content-Type": "text/html"}))
    assert error.trouble is Trouble.ANSWER
    assert "127.0.0.1" in error.sentence
    assert "a portal" in error.sentence


@pytest.mark.fault(13)
async def test_a_204_is_no_answer() -> None:
    error, _ = await fails(answer(b"", "204 No Content", {"Content-Length": ""}))
    assert error.trouble is Trouble.ANSWER
    assert "204" in error.sentence


@pytest.mark.fault(12)
@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed_so_its_target_never_sees_the_key(code: int) -> None:
    async with ScriptedServer([answer(BODY)]) as target:
        error, _ = await fails(answer(HTML, f"{code} Moved", {"Location": target.base + "/x"}))
        assert error.trouble is Trouble.ANSWER
        assert target.base in error.sentence
        assert target.connections == 0


@pytest.mark.fault(9, 10, 11)
@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        ("400 Bad Request", Trouble.QUERY),
        ("401 Unauthorized", Trouble.KEY),
        ("403 Forbidden", Trouble.KEY),
        ("404 Not Found", Trouble.ANSWER),
        ("429 Too Many Requests", Trouble.RATE),
        ("500 Internal Server Error", Trouble.SERVER),
        ("550 No Data", Trouble.SERVER),
    ],
)
async def test_a_refusal_is_told_with_what_the_server_says(status: str, trouble: Trouble) -> None:
    step = answer(b'{"error": "because \\u001b[2J"}', status, {"Retry-After": "30"})
    error, asked = await fails(step)
    assert error.trouble is trouble
    assert error.sentence.endswith(": because ␛[2J")
    assert error.retry_after == (30.0 if trouble in (Trouble.RATE, Trouble.SERVER) else None)
    assert asked == 1


@pytest.mark.fault(10)
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("Content-Encoding: gzip", b"no gzip at all"),
        ("Content-Encoding: deflate", b"x"),
        ("Content-Length: 500", b'{"error": "cut'),
        (CHUNKED, b"zz\r\n"),
        ("Content-Length: 100000", b'{"error": "' + b"x" * 99_000),
    ],
)
async def test_a_refusal_counts_even_where_its_body_cannot_be_read(
    headers: str, body: bytes
) -> None:
    start = f"HTTP/1.1 429 Slow\r\nRetry-After: 30\r\n{headers}\r\n\r\n"
    error, _ = await fails(raw(start.encode() + body))
    assert (error.trouble, error.retry_after) == (Trouble.RATE, 30.0)
    assert error.sentence == "asked too often (429), told to wait 30 s"


@pytest.mark.fault(11)
async def test_the_key_of_a_failing_reader_is_asked_for_again() -> None:
    async with ScriptedServer([answer(BODY)]) as server:
        left = [SourceError(Trouble.KEY, "the file is not there", retryable=False)]

        def read_key() -> Secret:
            if left:
                raise left.pop()
            return Secret(KEY)

        api = ConsoleApi(server.endpoint, read_key)
        with pytest.raises(SourceError, match="not there"):
            await api.fetch(Query())
        assert len((await api.fetch(Query())).records) == 2
        await api.aclose()
