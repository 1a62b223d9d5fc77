"""Answers that would fill the memory: the process stays small, and keys are answered meanwhile."""

from __future__ import annotations

import asyncio
import gzip
import sys
import zlib
from functools import cache
from typing import TYPE_CHECKING

import brotli  # type: ignore[import-untyped]
import pytest

from tests.faults.surviving import KEY_SECONDS, recovers, seconds_of, survives, watching
from tests.faults.wire import Wire
from tests.source.scripted_server import ScriptedServer, answer, head
from tests.source.test_console_api import BODY
from tui.source.console_api import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.source.scripted_server import Step

pytestmark = pytest.mark.fault(14)

MOST = 150 * 10**6
"""Bytes by which the process may grow."""
HUGE = 256 * 2**20
"""Bytes that a bomb unpacks to."""
BLANKS = b" " * 2**20
CHUNKED = "Transfer-Encoding: chunked"


def flood(start: bytes, wave: bytes) -> Step:
    """``start``, then ``wave`` again and again as fast as it is taken, without end."""

    async def step(writer: asyncio.StreamWriter) -> bool:
        writer.write(start)
        while not writer.is_closing():
            writer.write(wave)
            await writer.drain()
        return False

    return step


@cache
def zipped(size: int = HUGE, start: bytes = b"[", wave: bytes = BLANKS, end: bytes = b"") -> bytes:
    """An open bracket and waves of blanks or others in so many bytes, as gzip."""
    packer = zlib.compressobj(1, wbits=31)
    waves = (packer.compress(wave) for _ in range(size // len(wave)))
    return b"".join([packer.compress(start), *waves, packer.compress(end), packer.flush()])


def filled(with_what: bytes, start: bytes = b"[", end: bytes = b"0]") -> Callable[[], Step]:
    """A whole array just below the bound, full of the same."""
    wave = with_what * (2**20 // len(with_what))
    return lambda: packed("gzip", zipped(63 * 2**20, start, wave, end))


def brotlied() -> bytes:
    """The same as brotli."""
    packer = brotli.Compressor(quality=1)
    parts = [packer.process(b"["), *(packer.process(BLANKS) for _ in range(HUGE // 2**20))]
    return b"".join([*parts, packer.finish()])


def packed(kind: str, body: bytes, status: str = "200 OK") -> Step:
    """A whole packed answer."""
    return answer(body, status, {"Content-Encoding": kind})


TOO_MUCH = "sends more than 64 MiB"
TOO_MANY = "holds more than 250,000 records"
LEFT_OUT = "1 left out"
BOMBS: dict[str, tuple[Callable[[], Step], str]] = {
    "gzip": (lambda: packed("gzip", zipped()), TOO_MUCH),
    "brotli": (lambda: packed("br", brotlied()), TOO_MUCH),
    "gzip just below the bound": (lambda: packed("gzip", zipped(63 * 2**20)), "not an array"),
    "objects": (filled(b"{},"), TOO_MANY),
    "objects with a field": (filled(b'{"":0},'), TOO_MANY),
    "numbers": (filled(b"1,"), TOO_MANY),
    "lists": (filled(b"["), "not an array"),
    "lists in lists": (filled(b"[],", b"[[", b"0]]"), "not an array"),
    "objects in a record": (
        filled(b"{},", b'[{"connectionId": "a", "x": [', b"0]}]"),
        "not an array",
    ),
    "a text": (filled(b"x", b'["', b'"]'), "not an array"),
    "a text in a record": (filled(b"x", b'[{"connectionId": "', b'"}]'), LEFT_OUT),
    "gzip in gzip": (lambda: packed("gzip, gzip", gzip.compress(zipped())), "packed twice"),
    "gzip in gzip, told once": (lambda: packed("gzip", gzip.compress(zipped())), "not an array"),
    "rubbish behind gzip": (
        lambda: flood(head("Content-Encoding: gzip") + gzip.compress(b"["), b"\0" * 2**16),
        "damaged",
    ),
    "rubbish behind brotli": (
        lambda: flood(head("Content-Encoding: br") + brotli.compress(b"["), b"\0" * 2**16),
        "damaged",
    ),
    "an error": (lambda: packed("gzip", zipped(), "500 Oops"), "the endpoint fails (500)"),
    "a plain body": (lambda: flood(head() + b"[", b'"", ' * 2**14), TOO_MUCH),
    "chunks": (lambda: flood(head(CHUNKED), b"10000\r\n%s\r\n" % (b" " * 2**16)), TOO_MUCH),
    "headers": (lambda: flood(head()[:-2], b"X-More: x\r\n" * 1_000), "headers have no end"),
    "one header": (lambda: flood(head()[:-2] + b"X: ", b"x" * 2**16), "headers have no end"),
}


async def growth(step: Step) -> tuple[int, str]:
    """By how many bytes a monitor grows that meets this, and what it says."""
    async with ScriptedServer([answer(BODY), step]) as server:
        meter = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.faults.bomb_meter",
            server.base,
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await asyncio.wait_for(meter.communicate(), 60)
        grown, _, said = output.decode().strip().partition(" ")
        return int(grown), said


@pytest.mark.parametrize("which", BOMBS)
async def test_memory_grows_by_less_than_150_mb(which: str) -> None:
    make, says = BOMBS[which]
    grown, said = await growth(make())
    assert grown < MOST
    assert says in said


def test_the_bound_leaves_room_for_100_000_connections() -> None:
    assert DEFAULT_LIMITS.body > 1.3 * 100_000 * 480


@pytest.mark.parametrize("which", ["gzip", "a plain body"])
async def test_it_goes_on_after_an_answer_that_is_too_large(which: str) -> None:
    make, says = BOMBS[which]
    wire = Wire()
    async with watching(wire, limits=DEFAULT_LIMITS) as on:
        await survives(on, wire.met_by(make()), says, polls=2)


async def test_keys_are_answered_under_a_flood_of_chunks_of_one_byte() -> None:
    wire = Wire()
    async with watching(wire, limits=Limits(total=3)) as on:
        requests = wire.requests
        with wire.met_by(flood(head(CHUNKED), b"1\r\n \r\n" * 9_999)):
            asking = asyncio.ensure_future(on.poll())
            await on.until(lambda: wire.requests > requests, "it asks")
            took = [await seconds_of(on, key) for key in "jkj"]
            assert on.watch.poller.asking_since is not None
            await asking
        assert min(took) < KEY_SECONDS, took
        await recovers(on)
