"""A network that breaks under the monitor: on its screen no row is lost, and all is said."""

from __future__ import annotations

import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.faults.surviving import is_live, pool_of, survives, watching
from tests.faults.wire import Wire
from tests.source.scripted_server import Step, drip, head, raw, reset_after, silence

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator

CHUNKED = "Transfer-Encoding: chunked"
LONG = "Content-Length: 5000"
START = b'[{"connectionId":"conn_1","organizationId":"a1b2'
BROKEN = "it closed the connection in the middle"


@pytest.mark.fault(1)
async def test_a_refused_connection() -> None:
    wire = Wire()
    async with watching(wire) as on:
        await survives(on, wire.unplugged(), "connection refused")


@pytest.mark.fault(2)
async def test_an_endpoint_that_accepts_and_never_answers() -> None:
    wire = Wire()
    async with watching(wire) as on:
        await survives(on, wire.met_by(silence()), "gave no whole answer within 0.4 s")


@asynccontextmanager
async def deaf(wire: Wire) -> AsyncIterator[None]:
    """For a while the queue of whoever listens is full; Linux then drops each SYN that comes."""
    where = ("127.0.0.1", wire.port)
    async with wire.unplugged():
        with socket.create_server(where, backlog=0), socket.create_connection(where):
            with pytest.raises(TimeoutError):
                socket.create_connection(where, timeout=0.1)
            yield


@pytest.mark.fault(3)
async def test_a_syn_that_nobody_answers() -> None:
    wire = Wire()
    async with watching(wire) as on:
        await survives(on, deaf(wire), "no answer to connecting")


@pytest.mark.fault(5)
@pytest.mark.parametrize(
    "sent", [b"", head(LONG), head(LONG) + START], ids=["at once", "after the head", "in the body"]
)
async def test_a_reset(sent: bytes) -> None:
    wire = Wire()
    async with watching(wire) as on:
        await survives(on, wire.met_by(reset_after(sent)), BROKEN)


@pytest.mark.fault(6)
@pytest.mark.parametrize(
    "step",
    [
        raw(head(LONG) + START),
        raw(head(CHUNKED) + b"30\r\n" + START),
        raw(head(CHUNKED) + b"ff\r\n" + START),
        raw(head(CHUNKED) + b"2\r\n[]\r\n"),
        raw(head(CHUNKED) + b"2\r\n[]\r\n0\r\n"),
    ],
    ids=["short", "at the end of a chunk", "in a chunk", "between chunks", "in the last chunk"],
)
async def test_a_body_that_is_shorter_than_announced(step: Step) -> None:
    wire = Wire()
    async with watching(wire) as on:
        await survives(on, wire.met_by(step), BROKEN, polls=2)


@pytest.mark.fault(8)
@pytest.mark.parametrize(
    "step",
    [drip(head(LONG) + START), drip(head(CHUNKED), b"1\r\n \r\n"), drip(b"HTTP/1.1 200 OK\r\nX: ")],
    ids=["body", "chunks", "header"],
)
async def test_a_drip_ends_at_the_deadline(step: Step) -> None:
    wire = Wire()
    async with watching(wire) as on:
        await survives(on, wire.met_by(step), "gave no whole answer within 0.4 s", polls=2)


# What nobody is to see at all


@pytest.mark.fault(16)
async def test_connections_that_are_closed_between_two_polls() -> None:
    wire = Wire()
    async with watching(wire) as on:
        told = len(on.watch.fleet.log)
        for _ in range(5):
            connections = wire.connections
            wire.hang_up()
            await on.poll()
            is_live(on)
            assert wire.connections > connections
        assert not any(event.one is None for event in on.watch.fleet.log[told:])


@pytest.mark.fault(16)
@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
async def test_a_connection_that_is_closed_just_as_it_is_asked(reset: bool) -> None:
    wire = Wire()

    async def once(writer: asyncio.StreamWriter) -> bool:
        wire.fault = None
        return await reset_after(b"")(writer) if reset else False

    async with watching(wire) as on:
        for _ in range(5):
            requests = wire.requests
            wire.fault = once
            await on.poll()
            is_live(on)
            assert wire.requests >= requests + 2
        assert on.watch.fleet.outage is None


@pytest.mark.fault(16)
async def test_a_connection_that_is_kept_serves_poll_after_poll() -> None:
    wire = Wire()
    async with watching(wire) as on:
        await on.polls(5)
        assert wire.requests >= 8
        assert wire.connections == len(pool_of(on).connections)
