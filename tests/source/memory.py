"""A Source in memory and a reader of its poller, for tests in virtual time."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from functools import wraps
from random import Random
from typing import Any

from tests.virtual_time import now, run
from tui.core.query import Query
from tui.core.snapshot import Cost, Outcome, Snapshot, Trouble
from tui.source.base import Source, SourceError
from tui.source.poller import Poller

OTHER = Query(service="coinapi-ws")
THIRD = Query(service="EMS")
DOWN = SourceError(Trouble.UNREACHABLE, "connection refused")


class Memory:
    """A Source in memory: each question takes ``takes`` seconds, or until its gate opens."""

    def __init__(self, *results: SourceError | None, takes: float = 0.0) -> None:
        self.results = deque(results)
        self.takes = takes
        self.asked: list[tuple[float, Query]] = []
        self.gates: dict[int, asyncio.Event] = {}
        self.under_way = 0
        self.most_under_way = 0

    def gate(self, question: int) -> asyncio.Event:
        """What holds the answer to this question (from 0) back until it is set."""
        return self.gates.setdefault(question, asyncio.Event())

    async def fetch(self, query: Query) -> Snapshot:
        number = len(self.asked)
        self.asked.append((now(), query))
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            if number in self.gates:
                await self.gates[number].wait()
            await asyncio.sleep(self.takes)
            result = self.results.popleft() if self.results else None
            if result is not None:
                raise result
            return Snapshot(query, (), 0, cost=Cost(self.takes))
        finally:
            self.under_way -= 1

    async def aclose(self) -> None:
        """Nothing is held."""

    @property
    def times(self) -> list[float]:
        """When it was asked."""
        return [time for time, _ in self.asked]


class Reader:
    """Reads a poller's outcomes in a task of its own, as a screen does."""

    def __init__(self, poller: Poller) -> None:
        self.got: list[tuple[float, Outcome]] = []
        self._poller = poller

    async def __aenter__(self) -> "Reader":
        self._task = asyncio.create_task(self._read())
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _read(self) -> None:
        async for outcome in self._poller.outcomes():
            self.got.append((now(), outcome))


def poller(source: Source, every: float = 10.0, query: Query | None = None) -> Poller:
    return Poller(source, query or Query(), every, rng=Random(7))


async def until(moment: float) -> None:
    """Let virtual time pass; everything due before ``moment`` has happened then."""
    await asyncio.sleep(moment - now())


def virtually(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Run the test in virtual time."""

    @wraps(test)
    def in_virtual_time() -> None:
        run(test())

    # pytest-asyncio looks through a wrapper and would take it for a coroutine function.
    del in_virtual_time.__wrapped__
    return in_virtual_time
