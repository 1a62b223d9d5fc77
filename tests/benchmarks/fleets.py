"""Fleets made in process, for what is measured without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.benchmarks.endpoint import young_beat
from tui.core.arrangement import Order, arrange
from tui.core.clock import ServerClock
from tui.core.columns import BY_KEY, DEFAULT_KEYS
from tui.core.connection import Connection
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS, Instant, parse_instant
from tui.core.query import Query
from tui.core.snapshot import Snapshot
from tui.standin import simulator
from tui.standin.query import Query as StandInQuery
from tui.standin.settings import Assumptions

if TYPE_CHECKING:
    from collections.abc import Iterator

START: Instant = parse_instant("2026-01-15T14:30:30Z")
COLUMNS = [BY_KEY[key] for key in DEFAULT_KEYS]
"""The columns of conntop's table."""
Texts = list[list[str]]
_SERVICES = (("coinapi-ws", "WebSocket"), ("coinapi-rest", "REST"), ("coinapi-fix", "FIX"))
_SITES = ("us-east-1", "eu-west-1", "eu-central-1", "ap-northeast-1")


def bodies(connections: int) -> Iterator[bytes]:
    """What the stand-in serves of a fleet, five seconds apart, all heartbeats anew each time."""
    fleet = simulator.Fleet(seed=1, connections=connections)
    simulator.last_beat = young_beat  # type: ignore[attr-defined]
    at = START
    while True:
        yield fleet.answer(
            StandInQuery(active_only=True, limit=2 * connections), at, (), Assumptions()
        )
        at += 5 * TICKS


def snapshot_of(records: tuple[Connection, ...], at: Instant) -> Snapshot:
    """A whole answer with these records."""
    ahead = at / TICKS
    return Snapshot(
        query=Query(), records=records, at=at, served=len(records), clock=ServerClock(ahead, ahead)
    )


class PureFleet:
    """Connections by arithmetic alone: cheap enough for a day of polls, and of the real shape."""

    def __init__(
        self, connections: int, *, replaced_each_hour: float = 0.0, oldest_beat: int = 4
    ) -> None:
        """
        Args:
            connections: how many there are at a time.
            replaced_each_hour: the share whose client opens a new connection in an hour.
            oldest_beat: seconds within which each has beaten last.
        """  # noqa: D205, D212
        self._connections = connections
        self._oldest = oldest_beat * TICKS
        self._life = round(3_600 / replaced_each_hour) * TICKS if replaced_each_hour else 0

    def at(self, at: Instant) -> tuple[Connection, ...]:
        """All that are there; every heartbeat is one of the last seconds."""
        return tuple(self._connection(number, at) for number in range(self._connections))

    def _connection(self, number: int, at: Instant) -> Connection:
        mixed = number * 2_654_435_761 % 2**32
        start, life = START - mixed % 864_000 * TICKS, 0
        if self._life:
            # Each client at a time of its own, so that as many leave in each hour.
            life, passed = divmod(at - START + mixed * self._life // 2**32, self._life)
            start = at - passed if life else start
        service, protocol = _SERVICES[mixed % len(_SERVICES)]
        site = f"{_SITES[mixed // 4 % len(_SITES)]}/server-{mixed // 16 % 20:02d}"
        # Another age at each poll, and never an old one.
        beat = max(start, at - (mixed + at // TICKS * 1_664_525) % self._oldest)
        return Connection(
            connection_id=f"conn_{mixed:08x}{life:08x}",
            organization_id="5f1c7e2a-9b3d-4c86-8a1e-0d2f4b6c8e90",
            api_key_id=f"{mixed % 40:08x}-b5a6-4879-8765-4321dcba0987",
            host=f"{site}.example",
            client=f"198.{18 + number // 65_536}.{number // 256 % 256}.{number % 256}",
            protocol=protocol,
            service=service,
            data_center=site,
            last_heartbeat=beat,
            start=start,
            updated=beat,
            duration=float((beat - start) // TICKS),
            is_active=True,
        )

    def snapshot(self, at: Instant) -> Snapshot:
        """A whole answer of that instant."""
        return snapshot_of(self.at(at), at)


class Poll(NamedTuple):
    """What is known after one more poll."""

    fleet: Fleet
    at: Instant

    def texts(self) -> Texts:
        """All cells in order, as conntop shows them."""
        rows = arrange(self.fleet, Order()).rows
        return [[column.cell(one, self.at) for column in COLUMNS] for one in rows]


def polls_of(connections: int, count: int) -> list[Poll]:
    """The same connections at polls five seconds apart, all heartbeats anew each time."""
    source, fleet, found = PureFleet(connections), Fleet(), []
    for number in range(count):
        at = START + number * 5 * TICKS
        fleet = fold(fleet, source.snapshot(at))
        found.append(Poll(fleet, at))
    return found
