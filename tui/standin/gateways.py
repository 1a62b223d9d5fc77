"""A real fleet: gateways and clients as processes of their own, and what they report."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tui.standin.clients import populate
from tui.standin.gateway_clock import ServerClock, real_ticks
from tui.standin.gateway_plan import GatewayPlan
from tui.standin.gateway_registry import GatewayHost, Registry
from tui.standin.process import StartError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

_REGIONS = ("us-east-1", "eu-central-1", "eu-west-1", "ap-northeast-1")
_PATIENCE = 20.0
_LOOK_EVERY = 0.005


@dataclass(frozen=True, slots=True)
class ClientEvent:
    """What a client says of its own connection: the truth, from the side the endpoint misses."""

    at: int
    """Instant in ticks, by the server's clock."""
    event: str
    """``connected`` or ``lost``."""
    client: int
    """The client's place in the fleet."""
    connection_id: str
    """Id of the connection, which the gateway told it."""
    host: str
    """Name of the gateway."""
    why: str = ""
    """Of a loss: ``closed CODE``, ``gave up`` (it was silent for too long) or ``ended`` (it was
    told to end)."""


class ChildProcess:
    """A child that reports in JSON lines on its stdout.

    It ends when this process dies, however that happens, for then its stdin closes. It has a
    process group of its own, so that a ctrl-c in the terminal is not for it, but no session of its
    own: if it is paused when this process dies, the system wakes it, and it ends.
    """

    def __init__(
        self,
        module: str,
        *args: object,
        hear: Callable[[Mapping[str, Any]], None],
        at_end: Callable[[], None] = lambda: None,
    ) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            [sys.executable, "-m", f"tui.standin.{module}", *map(str, args)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,
        )
        self._hear = hear
        self._at_end = at_end
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process is there, be it paused or not."""
        return self.process.poll() is None

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._hear(json.loads(line))
        self.process.wait()
        self._at_end()

    def kill(self) -> None:
        """End it at once, paused or not, and leave no zombie."""
        self.process.kill()
        self.process.wait()
        self._reader.join(_PATIENCE)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


class GatewayProcess(ChildProcess):
    """A running gateway."""

    def __init__(
        self, host: GatewayHost, clock: ServerClock, plan: GatewayPlan, to: Registry
    ) -> None:
        self.host = host
        """Its name and data center, as records have them."""
        self.port: int | None = None
        """The loopback port it listens on, once it does."""
        self._to = to
        super().__init__(
            "gateway",
            *(host.name, clock.start, clock.speed, plan.heartbeat),
            hear=self._take,
            at_end=lambda: to.hear_no_more(host),
        )

    def _take(self, fact: Mapping[str, Any]) -> None:
        if fact["event"] == "listening":
            self.port = fact["port"]
        else:
            self._to.hear(self.host, fact)


class Gateways:
    """A real fleet for the time of a ``with`` block, which is entered once all are connected."""

    def __init__(self, plan: GatewayPlan | None = None) -> None:
        self.plan = plan or GatewayPlan()
        self.clock = ServerClock(real_ticks(), self.plan.speed)
        """The clock of the fleet, which the endpoint must have, too."""
        organization = populate(self.plan.seed, self.plan.clients).organization
        self.registry = Registry(organization, self.plan.clients, self.plan.seed)
        """The source of the endpoint's answers."""
        self.gateways: list[GatewayProcess] = []
        """The gateways. Each has its ``host``, its ``pid`` and its ``process``."""
        self.clients: ChildProcess | None = None
        """The process of all clients."""
        self.journal: list[ClientEvent] = []
        """What the clients say of themselves, in the order in which it happened."""

    def connections_on(self, gateway: GatewayProcess) -> frozenset[str]:
        """Ids of the connections on a gateway, as its clients have them now."""
        held: dict[int, ClientEvent] = {}
        for event in [*self.journal]:
            held[event.client] = event
        return frozenset(
            event.connection_id
            for event in held.values()
            if event.event == "connected" and event.host == gateway.host.name
        )

    def __enter__(self) -> Gateways:
        try:
            self._start()
        except BaseException:
            # A ctrl-c included: no process may stay behind.
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _start(self) -> None:
        plan, clock = self.plan, self.clock
        for host in _hosts(plan.gateways):
            self.gateways.append(GatewayProcess(host, clock, plan, self.registry))
        self._wait(lambda: all(each.port for each in self.gateways), "the gateways do not listen")
        self.clients = ChildProcess(
            "gateway_clients",
            *(clock.start, clock.speed, plan.patience, plan.seed, plan.clients),
            *(each.port for each in self.gateways),
            hear=self._note,
        )
        self._wait(
            lambda: (
                sum(len(self.connections_on(each)) for each in self.gateways) == plan.clients
                and sum(len(self.registry.open_on(each.host)) for each in self.gateways)
                >= plan.clients
            ),
            "not all clients are connected",
        )

    def _note(self, fact: Mapping[str, Any]) -> None:
        self.journal.append(ClientEvent(**fact))

    def _wait(self, ready: Callable[[], bool], otherwise: str) -> None:
        children = [*self.gateways, *([self.clients] if self.clients else [])]
        deadline = time.monotonic() + _PATIENCE
        while not ready():
            if time.monotonic() > deadline or not all(each.is_running for each in children):
                raise StartError(f"The real fleet did not come up: {otherwise}.")
            time.sleep(_LOOK_EVERY)

    def who_is_who(self) -> str:
        """A line for each process, for whoever wants to pause or to kill one."""
        lines = [
            f"gateway {each.host.name} ({each.host.data_center}): process {each.pid}\n"
            for each in self.gateways
        ]
        if self.clients is not None:
            lines.append(f"all {self.plan.clients} clients: process {self.clients.pid}\n")
        return "".join(lines)

    def stop(self) -> None:
        """End every process at once. A second call does nothing."""
        # The clients first, so that they do not run about while one gateway ends after another.
        for child in [*([self.clients] if self.clients else []), *self.gateways]:
            child.kill()


def _hosts(count: int) -> list[GatewayHost]:
    """The gateways of a fleet, in turn at each site."""
    return [
        GatewayHost(
            name=f"gw-{place + 1:02d}.coinapi.io",
            data_center=(
                f"{_REGIONS[place % len(_REGIONS)]}/gateway-{place // len(_REGIONS) + 1:02d}"
            ),
        )
        for place in range(count)
    ]
