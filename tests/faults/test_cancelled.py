"""Questions that are given up at any moment leave a client that works, and nothing open behind."""

from __future__ import annotations

import asyncio
from itertools import cycle
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.faults.surviving import eventually, is_live, watching
from tests.faults.wire import Wire
from tests.source.scripted_server import ScriptedServer, answer, head
from tests.source.test_console_api import BODY, one_key
from tui.core.query import Query
from tui.source.base import SourceError
from tui.source.console_api import ConsoleApi, Limits

if TYPE_CHECKING:
    from tests.source.scripted_server import Step

pytestmark = pytest.mark.fault(17)


def open_files() -> int:
    """How many file descriptors this process has."""
    return len(list(Path("/proc/self/fd").iterdir()))


class Holding:
    """A server's step that keeps the client waiting, behind so much of an answer, until told."""

    def __init__(self) -> None:
        self.over = asyncio.Event()

    def behind(self, start: bytes) -> Step:
        """Sends this much."""

        async def step(writer: asyncio.StreamWriter) -> bool:
            writer.write(start)
            await self.over.wait()
            return False

        return step


STARTS = (b"", b"HTTP/1.1 200 OK\r\nX: ", head("Content-Length: 9999"), head() + BODY[:300])


async def test_a_thousand_questions_that_are_given_up() -> None:
    moments, starts = Random(1), cycle(STARTS)
    async with ScriptedServer([answer(BODY)]) as server:
        api = ConsoleApi(server.endpoint, one_key)
        await api.fetch(Query())
        before = open_files()
        for number in range(1_000):
            holding = Holding()
            # Some find a connection that is kept, others need a fresh one.
            server.steps[:] = [answer(BODY) if number % 7 == 0 else holding.behind(next(starts))]
            task = asyncio.ensure_future(api.fetch(Query()))
            for _ in range(moments.randrange(60)):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            holding.over.set()
        server.steps[:] = [answer(BODY)]
        async with asyncio.timeout(1):
            assert len((await api.fetch(Query())).records) == 2
        # One for each side.
        await eventually(lambda: open_files() <= before + 2)
        await api.aclose()
        await eventually(lambda: open_files() <= before - 2)


@pytest.mark.parametrize("steps", range(0, 40, 2))
async def test_all_places_are_free_after_four_that_were_given_up_at_one_moment(steps: int) -> None:
    async with ScriptedServer([answer(BODY)]) as server:
        api = ConsoleApi(server.endpoint, one_key, connections=4)
        tasks = [asyncio.ensure_future(api.fetch(Query())) for _ in range(4)]
        for _ in range(steps):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with asyncio.timeout(1):
            await asyncio.gather(*(api.fetch(Query()) for _ in range(4)))
        await api.aclose()


async def test_who_is_given_up_does_not_disturb_who_asks_beside_it() -> None:
    holding = Holding()
    async with ScriptedServer([holding.behind(b""), answer(BODY)]) as server:
        api = ConsoleApi(server.endpoint, one_key)
        waits, gives_up = (asyncio.ensure_future(api.fetch(Query())) for _ in range(2))
        await server.asked.wait()
        gives_up.cancel()
        await asyncio.gather(gives_up, return_exceptions=True)
        holding.over.set()
        assert len((await waits).records) == 2
        await api.aclose()


async def test_a_hundred_deadlines_in_a_row() -> None:
    holding = Holding()
    async with ScriptedServer([holding.behind(b"")]) as server:
        api = ConsoleApi(server.endpoint, one_key, limits=Limits(total=0.005))
        for _ in range(100):
            with pytest.raises(SourceError):
                await api.fetch(Query())
        holding.over.set()
        await api.aclose()


async def test_a_hundred_changed_queries_in_a_row() -> None:
    wire = Wire()
    async with watching(wire) as on:
        poller, asked = on.watch.poller, len(on.gate.asked)
        for minutes in range(1, 101):
            poller.query = Query(minutes=minutes)
            on.gate.release()
            await asyncio.sleep(0)
        await on.until(lambda: on.watch.fleet.query.minutes == 100, "the last one is answered")
        assert len(on.gate.asked) <= asked + 100
        poller.query = Query()
        on.gate.release()
        await on.until(lambda: on.watch.fleet.query == Query(), "the first one is answered again")
        await on.settle()
        is_live(on)
