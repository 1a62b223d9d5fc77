"""A real fleet in a fast time, watched as conntop watches one: over HTTP, poll by poll."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tests.standin.asking import KEY
from tests.standin.real_fleet import PATIENT, SPEED
from tui.core.events import Event, EventKind
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS
from tui.core.query import Query
from tui.core.verdict import VerdictKind
from tui.source.asking import Asking
from tui.source.console_api import ConsoleApi
from tui.source.endpoint import parse_endpoint
from tui.source.secret import Secret
from tui.standin.embedded import serving
from tui.standin.gateway_plan import GatewayPlan
from tui.standin.gateways import GatewayProcess, Gateways
from tui.standin.server import create_app
from tui.standin.settings import Assumptions

if TYPE_CHECKING:
    import signal
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping

    from tui.source.base import Source

EVERY = 5
"""Server seconds from poll to poll, as the monitor's own default has them."""
HEARTBEAT = 16.0
"""Server seconds between two pings. A connection is late after three, so the machine may be so
busy that a pong takes 0.8 s, and nobody is late who is not."""
_PATIENCE = 20.0

Told = Counter[tuple[EventKind, str]]
"""How often what was told of which connection."""


class Watched:
    """A real fleet, what really happens in it, and what conntop tells of it."""

    def __init__(self, real: Gateways, source: Source, query: Query) -> None:
        self.real = real
        self.known = Fleet(query=query)
        """What conntop knows after the last poll."""
        self.events: list[Event] = []
        """What it has told, oldest first."""
        self.verdicts: set[VerdictKind] = set()
        """What it has ever found to be the matter."""
        self._source = source
        self._due = 0

    # What conntop finds

    async def poll(self) -> None:
        """Ask once, when it is time to, and fold the answer."""
        await asyncio.sleep(max(0, self._due - self.now) / TICKS / SPEED)
        self._due = self.now + EVERY * TICKS
        self.known = fold(self.known, await self._source.fetch(self.known.query))
        self.events += self.known.events
        self.verdicts |= {one.kind for one in self.known.verdicts}

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Poll until a condition holds; fail if it does not in some real seconds."""
        deadline = time.monotonic() + _PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"in vain: {what}; told so far:\n{self.story}"
            await self.poll()

    async def learn(self) -> None:
        """Poll until every rhythm is known."""
        await self.until(
            lambda: (
                all(one.rhythm is not None for one in self.known.tracked.values())
                and self.known.last is not None
            ),
            "every rhythm is known",
        )

    def told(self, kind: EventKind) -> frozenset[str]:
        """Of which connections this was told."""
        return frozenset(
            one.connection_id for one in self.events if one.kind is kind and one.connection_id
        )

    @property
    def of_connections(self) -> Told:
        """All that was told of single connections."""
        return Counter((one.kind, one.connection_id) for one in self.events if one.connection_id)

    @property
    def of_many(self) -> list[Event]:
        """All that was told of many, or of the monitor itself."""
        return [one for one in self.events if one.one is None]

    @property
    def followed(self) -> dict[str, str | None]:
        """Each connection that is said to have moved, and whose place it took."""
        return {
            one.one.connection_id: one.one.session.follows
            for one in self.events
            if one.kind is EventKind.MOVED and one.one is not None and one.one.session is not None
        }

    @property
    def story(self) -> str:
        """All events, a line each, for whoever has to find out what went wrong."""
        return "\n".join(one.line for one in self.events)

    # What really happens

    @property
    def now(self) -> int:
        """The instant of the fleet."""
        return self.real.clock.now()

    def ids_on(self, gateway: GatewayProcess) -> frozenset[str]:
        """The connections on a gateway, as its clients say."""
        return self.real.connections_on(gateway)

    @property
    def successors(self) -> dict[str, str]:
        """Each connection that a client made in place of another, and that other, as they say."""
        last: dict[int, str] = {}
        found: dict[str, str] = {}
        for event in [*self.real.journal]:
            if event.event == "connected":
                if event.client in last:
                    found[event.connection_id] = last[event.client]
                last[event.client] = event.connection_id
        return found

    def send(self, number: signal.Signals, gateway: GatewayProcess) -> int:
        """Send a signal to a gateway; gives the instant just after."""
        os.kill(gateway.pid, number)
        return self.now


def told(groups: Mapping[EventKind, Iterable[str]]) -> Told:
    """What has to be told: each of these once."""
    return Counter((kind, name) for kind, names in groups.items() for name in names)


@asynccontextmanager
async def watching(
    clients: int, query: Query | None = None, **assumed: bool
) -> AsyncIterator[Watched]:
    """Three gateways with patient clients, and conntop's whole way to them but for the screen."""
    plan = GatewayPlan(3, clients, speed=SPEED, heartbeat=HEARTBEAT, patience=PATIENT)
    with Gateways(plan) as real:

        def seconds() -> float:
            return time.monotonic() * SPEED

        app = create_app(
            real.registry, api_key=KEY, assumptions=Assumptions(**assumed), clock=real.clock
        )
        with serving(app) as url:
            api = ConsoleApi(
                parse_endpoint(url),
                lambda: Secret(KEY),
                monotonic=seconds,
                wall=lambda: real.clock.now() / TICKS,
            )
            source = Asking().over(api, seconds)
            try:
                yield Watched(real, source, query or Query())
            finally:
                await source.aclose()
