"""A real fleet in a fast time, for tests: its processes, and somebody who asks its endpoint."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.standin.asking import KEY, Asker, asking
from tui.standin.gateway_plan import GatewayPlan
from tui.standin.gateways import GatewayProcess, Gateways
from tui.standin.instant import TICKS
from tui.standin.server import create_app
from tui.standin.settings import Assumptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SPEED = 40
"""Server seconds in a real one: two minutes pass in 3 s."""
PATIENT = 36_000.0
"""Patience of clients that wait through a pause, in server seconds."""
IMPATIENT = 80.0
"""Patience of clients that do not wait, in server seconds; long enough for a busy machine."""


def until(condition: Callable[[], bool], what: str, patience: float = 15.0) -> None:
    """Return when a condition holds; fail if it does not in some real seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"in vain: {what}"
        time.sleep(0.01)


class Real:
    """A real fleet and somebody who asks its endpoint."""

    def __init__(self, fleet: Gateways, asker: Asker) -> None:
        self.fleet = fleet
        self.asker = asker

    def records(self, **params: str) -> dict[str, dict[str, Any]]:
        return {each["connectionId"]: each for each in self.asker.records(**params)}

    def beats(self, **params: str) -> dict[str, str]:
        """Each connection's last heartbeat."""
        return {name: each["lastHeartbeat"] for name, each in self.records(**params).items()}

    def ids_on(self, gateway: GatewayProcess) -> frozenset[str]:
        return self.fleet.connections_on(gateway)

    def all_are_back(self, gateway: GatewayProcess) -> bool:
        """Whether every client is connected, and none to this gateway."""
        others = [self.ids_on(each) for each in self.fleet.gateways if each is not gateway]
        return sum(map(len, others)) == self.fleet.plan.clients

    def pass_seconds(self, seconds: float) -> None:
        """Wait until some server seconds are over."""
        end = self.fleet.clock.now() + seconds * TICKS
        until(lambda: self.fleet.clock.now() > end, f"{seconds} s pass")


@contextmanager
def real(gateways: int, clients: int, patience: float = PATIENT, **assumed: Any) -> Iterator[Real]:
    plan = GatewayPlan(gateways, clients, speed=SPEED, heartbeat=8.0, patience=patience)
    with Gateways(plan) as fleet:
        app = create_app(
            fleet.registry, api_key=KEY, assumptions=Assumptions(**assumed), clock=fleet.clock
        )
        with asking(app) as asker:
            yield Real(fleet, asker)
