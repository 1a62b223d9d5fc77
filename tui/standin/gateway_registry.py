"""What the gateways report, merged into one registry that answers like the endpoint."""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tui.standin.clients import mix
from tui.standin.endpoint_clock import Reading
from tui.standin.instant import TICKS, instant_text, seconds
from tui.standin.query import ACTIVE_WITHIN, Query
from tui.standin.records import Record, Records

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.standin.scenarios import Switch
    from tui.standin.settings import Assumptions, Order

SERVICE = "coinapi-ws"
"""Service of every real gateway (Console REST API, ``serviceName``)."""
PROTOCOL = "WebSocket"
"""Protocol of every real gateway (Console REST API, ``protocolName``)."""


@dataclass(frozen=True, slots=True)
class GatewayHost:
    """One gateway as records name it."""

    name: str
    """Console REST API, ``host``."""
    data_center: str
    """Site and server (Console REST API, ``dataCenter``)."""


@dataclass(slots=True, eq=False)
class Connection:
    """One real connection, as its gateway reports it."""

    connection_id: str
    """Console REST API, ``connectionId``."""
    host: GatewayHost
    key: str
    """Console REST API, ``apikeyId``."""
    address: str
    """Console REST API, ``ipAddress``."""
    start: int
    """Instant at which the handshake was done, in ticks. It is the first heartbeat, too."""
    beats: deque[int] = field(default_factory=lambda: deque(maxlen=8))
    """The latest pongs, in ticks: an answer is for an instant, and a pong may just be later."""
    closed: int | None = None
    """Instant at which the gateway saw its end, in ticks. A gateway that is killed sees none."""
    clean: bool = False
    """Whether the end was in good order, with a goodbye from both sides."""

    def last_beat(self, at: int) -> int:
        """The latest heartbeat at an instant, in ticks, as far back as is remembered."""
        return next((beat for beat in reversed(self.beats) if beat <= at), self.start)

    def has_ended_well(self, at: int) -> bool:
        """Whether it was closed in good order by an instant in ticks."""
        return self.clean and self.closed is not None and self.closed <= at


class Registry:
    """The connections of all gateways as a source of answers.

    The gateways' words come in on threads, the questions on another.
    """

    plays_fleet_scenarios = False

    def __init__(self, organization: str, connections: int, seed: int) -> None:
        self.connections = connections
        self.seed: int | None = seed
        self._organization = organization
        self._known: dict[str, Connection] = {}
        self._over: set[GatewayHost] = set()
        self._lock = threading.Lock()
        self._seen: tuple[int, Reading, Assumptions] | None = None
        self._shown: list[Record] = []

    def hear(self, host: GatewayHost, fact: Mapping[str, Any]) -> None:
        """Take one report of a gateway."""
        name, at = fact["id"], fact["at"]
        with self._lock:
            match fact["event"]:
                case "opened":
                    self._known[name] = Connection(name, host, fact["key"], fact["address"], at)
                case "beat":
                    self._known[name].beats.append(at)
                case "closed":
                    self._known[name].closed = at
                    self._known[name].clean = fact["clean"]

    def hear_no_more(self, host: GatewayHost) -> None:
        """Note that a gateway's process has ended. Its connections just stop beating."""
        with self._lock:
            self._over.add(host)

    def open_on(self, host: GatewayHost) -> frozenset[str]:
        """Ids of the connections whose end a gateway has not reported.

        Those of a killed gateway stay, for nobody is left to report their end.
        """
        with self._lock:
            return frozenset(
                each.connection_id
                for each in self._known.values()
                if each.host == host and each.closed is None
            )

    def answer(
        self,
        query: Query,
        at: int,
        switches: tuple[Switch, ...],
        assumptions: Assumptions,
        reading: Reading | None = None,
    ) -> bytes:
        """The body of the endpoint's answer at an instant: a bare JSON array."""
        reading = reading or Reading(at)
        # An instant that stands still is a frozen endpoint: it goes on showing what it showed.
        if (at, reading, assumptions) != self._seen:
            self._shown = self._records(at, reading, assumptions)
            self._seen = (at, reading, assumptions)
        # They are in order already; the rest is as it is for the records of a file.
        as_they_are = assumptions.model_copy(update={"order": None})
        return Records(self._shown).answer(query, at, switches, as_they_are, reading)

    def _records(self, at: int, reading: Reading, assumptions: Assumptions) -> list[Record]:
        floor = reading.now - seconds(assumptions.retention_seconds)
        kept = []
        with self._lock:
            for each in [*self._known.values()]:
                if each.last_beat(at) >= floor:
                    kept.append(each)
                elif each.closed is not None or each.host in self._over:
                    # One that may still beat, as of a paused gateway, is only left out.
                    del self._known[each.connection_id]
            started = [each for each in kept if each.start <= at]
            return [
                self._record(each, at, reading, assumptions)
                for each in _in_order(started, assumptions.order or "start-desc")
            ]

    def _record(
        self, connection: Connection, at: int, reading: Reading, assumptions: Assumptions
    ) -> Record:
        beat = reading.stamped(connection.last_beat(at))
        judged = reading.now + seconds(assumptions.active_clock_skew_seconds)
        ended = assumptions.close_marks_inactive and connection.has_ended_well(at)
        told_beat, told_start = beat + reading.ahead, reading.told_start(connection.start)
        values: dict[str, object] = {
            "connectionId": connection.connection_id,
            "organizationId": self._organization,
            "apikeyId": connection.key,
            "host": connection.host.name,
            "ipAddress": connection.address,
            "protocolName": PROTOCOL,
            "serviceName": SERVICE,
            "dataCenter": connection.host.data_center,
            "lastHeartbeat": instant_text(told_beat),
            "connectionStartTime": instant_text(told_start),
            "updatedAt": instant_text(told_beat),
            "connectionDurationSeconds": (told_beat - told_start) // TICKS,
            "isActive": not ended and beat >= judged - ACTIVE_WITHIN,
        }
        return Record(
            text=json.dumps(values, separators=(",", ":")),
            values=values,
            start=told_start,
            # ``activeOnly`` goes by the beat alone, so one that may not count must have none.
            beat=None if ended else told_beat,
        )


def _in_order(connections: list[Connection], order: Order) -> list[Connection]:
    match order:
        case "id":
            return sorted(connections, key=lambda each: each.connection_id)
        case "shuffled":
            return sorted(connections, key=lambda each: mix(0, int(each.connection_id[5:], 16)))
        case _:
            return sorted(connections, key=lambda each: each.start, reverse=order == "start-desc")
