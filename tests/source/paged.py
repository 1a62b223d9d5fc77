"""An endpoint in memory that cuts its answers, in every way that nobody outside can know."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from msgspec.structs import replace

from tests.strategies import NOON, connection
from tests.virtual_time import run
from tui.core.clock import ServerClock
from tui.core.connection import Connection
from tui.core.instant import TICKS, Instant
from tui.core.query import DEFAULT_LIMIT, Query
from tui.core.snapshot import Cost, Cut, Snapshot
from tui.source.base import SourceError
from tui.source.complete import Complete

Order = Literal["start-desc", "start-asc", "id", "shuffled"]
ORDERS: tuple[Order, ...] = ("start-desc", "start-asc", "id", "shuffled")
ALL = Query()
WIDEST = Query(active_only=False)


def fleet(starts: Sequence[Instant], **changes: Any) -> list[Connection]:
    """Live connections with these starts; their ids tell nothing of their age."""
    rng = Random(len(starts))
    numbers = rng.sample(range(len(starts)), len(starts))
    return [
        connection(f"conn_{number:06}", start=start, **changes)
        for number, start in zip(numbers, starts, strict=True)
    ]


def spread(count: int, seconds: float = 86_400.0, seed: int = 1) -> list[Connection]:
    """Live connections that started at random, to the tick, in the last ``seconds``."""
    rng = Random(seed)
    return fleet([NOON - TICKS - rng.randrange(int(seconds * TICKS)) for _ in range(count)])


@dataclass
class Endpoint:
    """A Source over a fleet."""

    fleet: list[Connection]
    order: Order = "start-desc"
    cap: int | None = None
    """The most records of one answer, whatever was asked for."""
    start_inclusive: bool = True
    end_inclusive: bool = True
    default: int = DEFAULT_LIMIT
    """The ``limit`` of a question without one."""
    takes: float = 0.0
    """Seconds to an answer."""
    clock: Callable[[], float] = lambda: 0.0
    """Seconds since ``NOON``; they stand still unless told otherwise."""
    deaf: bool = False
    """Whether it does not heed time_start and time_end."""
    blind: bool = False
    """Whether the records are unreadable."""
    failures: dict[int, SourceError] = field(default_factory=dict)
    """What the question of this number, from 0, meets instead of an answer."""
    before_answer: Callable[[], None] = lambda: None
    """Is called before each answer."""
    asked: list[Query] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0
    cancelled: int = 0
    closed: bool = False
    rng: Random = field(default_factory=lambda: Random(5))

    @property
    def at(self) -> Instant:
        """The server's time."""
        return NOON + round(self.clock() * TICKS)

    def holds(self, query: Query) -> list[Connection]:
        """All that a question is about, uncut, in the order of the fleet."""
        low, high, at = query.time_start, query.time_end, self.at
        if query.minutes is not None:
            low = at - query.minutes * 60 * TICKS
        if self.deaf:
            low = high = None
        slack_low, slack_high = 1 - self.start_inclusive, 1 - self.end_inclusive
        return [
            one
            for one in self.fleet
            if (low is None or one.start >= low + slack_low)
            and (high is None or one.start <= high - slack_high)
            and (not query.active_only or one.last_heartbeat >= at - 120 * TICKS)
            and query.matches(one)
        ]

    def _in_order(self, records: list[Connection]) -> list[Connection]:
        if self.order == "id":
            return sorted(records, key=lambda one: one.connection_id)
        if self.order == "shuffled":
            return self.rng.sample(records, len(records))
        return sorted(records, key=lambda one: one.start, reverse=self.order == "start-desc")

    async def fetch(self, query: Query) -> Snapshot:
        """Answer at once, or after a while."""
        number = len(self.asked)
        self.asked.append(query)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await asyncio.sleep(self.takes)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.under_way -= 1
        if number in self.failures:
            raise self.failures[number]
        self.before_answer()
        most = min(query.limit or self.default, self.cap or 2**31)
        records = tuple(self._in_order(self.holds(query))[:most])
        served = len(records)
        cut = None
        if served >= query.effective_limit:
            cut = Cut.SINGLE if query.limit is None else Cut.LIMIT
        return Snapshot(
            query,
            () if self.blind else records,
            self.at,
            cut=cut,
            served=served,
            clock=ServerClock(NOON / TICKS, NOON / TICKS, self.clock()),
            cost=Cost(self.takes, 1, 100 * served),
            unreadable={"connectionStartTime": served} if self.blind and served else {},
        )

    async def aclose(self) -> None:
        """Note it."""
        self.closed = True


def complete(endpoint: Endpoint, page: int | None = None, **changes: Any) -> Complete:
    """One that may ask as often as it takes."""
    return Complete(endpoint, page=page, **{"budget": None, "monotonic": endpoint.clock} | changes)


def fetch(source: Complete, query: Query = ALL) -> Snapshot:
    """One poll, in virtual time."""
    return run(source.fetch(query))


def ids(records: Iterable[Connection]) -> set[str]:
    """Who is there."""
    return {one.connection_id for one in records}


def crowd(records: Sequence[Connection]) -> int:
    """The most connections within five ticks: what the narrowest part may show."""
    count = Counter(one.start for one in records)
    return max((sum(count[at + more] for more in range(5)) for at in count), default=0)


def beat(record: Connection, age: float, at: Instant) -> Connection:
    """The record with a heartbeat ``age`` seconds old at ``at``."""
    moment = at - round(age * TICKS)
    return replace(record, last_heartbeat=moment, updated=moment)
