"""An endpoint that answers, and says no: one outage, told in its words, and asked when it wants."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.faults.certificates import certificate, trusted
from tests.faults.names import NAME, Names
from tests.faults.surviving import is_live, survives, watching
from tests.faults.wire import Wire
from tests.source.scripted_server import OK_DATE, ScriptedServer, answer, raw
from tests.stage import KEY
from tui.config.key import from_file
from tui.core.events import EventKind
from tui.source.endpoint import PATH
from tui.source.retry import LONGEST_WAIT

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator
    from pathlib import Path

    from tests.source.scripted_server import Step
    from tests.stage import Stage

HTML = b"<!doctype html><title>Sign in</title>"
FAILING = (
    answer(HTML, "502 Bad Gateway", {"Content-Type": "text/html"}),
    answer(b"", "503 Service Unavailable"),
    answer(b'{"error": "the database is away"}', "500 Internal Server Error"),
    answer(b'{"title": "Oops", "status": 500, "detail": "\\u001b[2J"}', "500 \x1b[2J"),
    answer(b"\xff\xfe no gzip", "504 Gateway Timeout", {"Content-Encoding": "gzip"}),
    answer(b"x" * 2**20, "599 Away"),
    raw(b"HTTP/1.1 520 Web Server Returned an Unknown Error\r\n\r\ncut"),
)


def burst() -> Step:
    """Another 5xx with another body each time, as balancers and servers give them in turn."""
    turn = 0

    async def step(writer: asyncio.StreamWriter) -> bool:
        nonlocal turn
        turn += 1
        return await FAILING[turn % len(FAILING)](writer)

    return step


@pytest.mark.fault(9)
async def test_a_burst_of_5xx_is_one_outage() -> None:
    wire = Wire()
    async with watching(wire) as on:
        await survives(on, wire.met_by(burst()), "the endpoint fails (5", polls=15)


@pytest.mark.fault(9)
async def test_while_it_lasts_no_more_is_asked_than_of_an_endpoint_that_is_well() -> None:
    wire, polls = Wire(), 40
    async with watching(wire) as on:
        requests, began = wire.requests, on.clock.now()
        with wire.met_by(burst()):
            for _ in range(polls):
                await on.poll(wait_of(on))
        asked, seconds = wire.requests - requests, (on.clock.now() - began) / 1e7
        assert asked == polls
        assert seconds / asked > 0.8 * on.watch.poller.every
        assert [one.kind for one in on.watch.fleet.log if one.one is None] == [EventKind.LINK_LOST]


def wait_of(on: Stage) -> float:
    """Seconds until it asks again by its own schedule."""
    assert on.watch.poller.due is not None
    return on.watch.poller.due - on.watch.poller.time()


@pytest.mark.fault(10)
@pytest.mark.parametrize(
    ("values", "wait"),
    [
        (["30"], 30.0),
        (["Mon, 15 Jan 2024 14:31:25 GMT"], 60.0),
        (["Mon, 15 Jan 2024 14:30:00 GMT"], 0.0),
        (["-5"], 0.0),
        (["1000000000"], LONGEST_WAIT),
        (["soon \x1b[2J"], 0.0),
        ([""], 0.0),
        (["1.5"], 0.0),
        (["30", "45"], 45.0),
    ],
    ids=[
        "seconds",
        "date",
        "date in the past",
        "negative",
        "30 years",
        "junk",
        "empty",
        "fraction",
        "twice",
    ],
)
async def test_429_with_any_retry_after(values: list[str], wait: float) -> None:
    # The date is one by the server's clock: by that of this machine all of this is long ago.
    lines = "".join(f"Retry-After: {value}\r\n" for value in values)
    head = f"HTTP/1.1 429 Slow\r\nDate: {OK_DATE}\r\nContent-Length: 0\r\n{lines}\r\n"
    wire = Wire()
    async with watching(wire) as on:
        await survives(
            on,
            wire.met_by(raw(head.encode("latin-1"), stays=True)),
            "asked too often (429)",
            polls=2,
            kind=EventKind.RATE_LIMITED,
            told_to_wait=wait,
        )


@pytest.mark.fault(11)
async def test_a_key_that_is_refused_and_then_a_rotated_one(tmp_path: Path) -> None:
    path, rotated = tmp_path / "api-key", f"{KEY}-rotated"
    path.write_text(KEY)
    path.chmod(0o600)
    wire = Wire()

    @contextmanager
    def rotates() -> Iterator[None]:
        wire.key = rotated
        yield
        path.write_text(rotated)

    async with watching(wire, read_key=from_file(str(path)).read) as on:
        await survives(on, rotates(), "the API key was refused (401): no such key")
        assert f"Authorization: {KEY}\r\n" in wire.heads[0]
        assert f"Authorization: {rotated}\r\n" in wire.heads[-1]


# Whoever sends us elsewhere


def moved(target: str, code: int = 302) -> Step:
    """A redirect."""
    return answer(HTML, f"{code} Moved", {"Location": target})


@pytest.mark.fault(12)
@pytest.mark.parametrize(
    ("way", "code"), [("http:", 302), ("", 308)], ids=["elsewhere", "protocol-relative"]
)
async def test_a_redirect_to_somebody_else(way: str, code: int) -> None:
    wire = Wire()
    async with ScriptedServer([answer(b"[]")]) as target, watching(wire) as on:
        location = f"{way}//127.0.0.1:{target.port}/login"
        step = moved(location, code)
        await survives(on, wire.met_by(step), f"the endpoint redirects to {location}", polls=1)
        assert (target.connections, target.requests) == (0, [])


@pytest.mark.fault(12)
@pytest.mark.parametrize(
    "target",
    ["", "?again", "//[", "data:,x", "\x1b", "h://x/" * 9_000],
    ids=["itself", "query", "no host", "no address", "ESC", "54 kB"],
)
async def test_a_redirect_to_itself_or_to_nowhere_is_no_loop(target: str) -> None:
    wire = Wire()
    async with watching(wire) as on:
        before = wire.requests
        await on.poll()
        usual = wire.requests - before
        with wire.met_by(moved(target or wire.url)):
            await on.polls(2)
            assert "the endpoint redirects to" in on.text()
        # Parts of a question are asked at once, so one more may be under way when one has failed.
        assert wire.requests - before <= 3 * usual
        assert {head.split()[1].partition("?")[0] for head in wire.heads[before:]} == {PATH}
        assert not any("?again" in head for head in wire.heads[before:])
        await on.poll()
        is_live(on)


@pytest.mark.fault(12)
async def test_a_redirect_from_https_to_http(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Names(monkeypatch, "127.0.0.1")
    path = tmp_path / "authority.pem"
    path.write_bytes(trusted())
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    wire = Wire(name=NAME, tls=certificate(NAME))
    async with ScriptedServer([answer(b"[]")]) as target, watching(wire) as on:
        location = f"http://{NAME}:{target.port}/api/connection-analytics/query"
        await survives(on, wire.met_by(moved(location)), f"redirects to http://{NAME}")
        assert (target.connections, target.requests) == (0, [])


@pytest.mark.fault(13)
@pytest.mark.parametrize(
    "body", [HTML, b"", b'{"data": []}', b"[]]"], ids=["HTML", "nothing", "an object", "a ]"]
)
async def test_a_portal_that_answers_200(body: bytes) -> None:
    wire = Wire()
    async with watching(wire) as on:
        await survives(on, wire.met_by(answer(body)), "a portal, a wrong URL, or cut short")
