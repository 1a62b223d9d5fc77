"""The scenarios by name, and the script of which one is on when."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from tui.standin.acts import (
    Act,
    Blackout,
    Flapping,
    KeyRevoked,
    RegionLoss,
    RollingRestart,
    ServerCrash,
    SlowHeartbeats,
    Span,
)
from tui.standin.sites import Host, all_hosts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tui.standin.clients import Client, Population


class UnknownScenarioError(ValueError):
    """A scenario was named that does not exist, or that this stand-in cannot play."""


class Switch(NamedTuple):
    """From an instant in ticks on, a scenario is on."""

    at: int
    name: str


class Still(IntEnum):
    """What of the endpoint stands still from the switch on; each includes those before it."""

    NOTHING = 0
    DATA = 1
    """Heartbeats and new connections."""
    RULES = 2
    """What ``activeOnly``, ``isActive`` and ``minutes`` are judged by."""
    ALL = 3
    """The ``Date`` header too: no request reaches the server."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One thing that can happen."""

    name: str
    description: str
    """One sentence for help."""
    act: Callable[[Population, Span], Act] | None = None
    """What it does to the fleet; None if only the endpoint's answers change."""
    still: Still = Still.NOTHING
    """What stands still while it is on."""
    clock_ahead: float = 0
    """Seconds by which the server's whole clock is ahead while it is on."""
    beats_ahead: float = 0
    """Seconds by which heartbeats are stamped ahead of the server's clock while it is on."""
    limit_cap: int | None = None
    """The most records in one answer while it is on."""

    @property
    def needs_fleet(self) -> bool:
        """Whether it shows on a simulated fleet only: a file's records never change or move."""
        return self.act is not None or self.beats_ahead != 0 or self.still is Still.DATA


def busy_host(population: Population) -> Host:
    """The server most clients call home."""
    return _commonest(client.home for client in population.clients)


def busy_region(population: Population) -> str:
    """The site most clients call home."""
    counts = Counter(client.home.region for client in population.clients)
    return max(sorted(counts), key=lambda region: counts[region])


def doomed_key(population: Population) -> str:
    """The API key with the second most clients, or the only one in use."""
    counts = Counter(client.key for client in population.clients)
    ranked = sorted(counts, key=lambda key: (-counts[key], key))
    return ranked[min(1, len(ranked) - 1)]


def slow_service(population: Population) -> str:
    """The service most clients use over WebSocket, else over anything."""
    homes = [client.home for client in population.clients]
    streaming = [home for home in homes if home.protocol == "WebSocket"]
    counts = Counter(home.service for home in streaming or homes)
    return max(sorted(counts), key=lambda service: counts[service])


def restless_client(population: Population) -> Client:
    """The client that flaps: one with a long-lived connection, over WebSocket if there is one."""
    return max(
        population.clients,
        key=lambda client: (client.home.protocol == "WebSocket", client.period, client.index),
    )


def _commonest(hosts: Iterable[Host]) -> Host:
    counts = Counter(hosts)
    return max((host for host in all_hosts() if host in counts), key=lambda host: counts[host])


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario(
            "calm",
            "Nothing happens beyond sessions that come and go.",
        ),
        Scenario(
            "server-crash",
            "All connections of one busy server stop beating at once and come back elsewhere"
            " in a storm.",
            lambda people, span: ServerCrash(span, busy_host(people)),
        ),
        Scenario(
            "region-loss",
            "All servers of one site are gone; some clients come back at another site,"
            " some do not.",
            lambda people, span: RegionLoss(span, busy_region(people)),
        ),
        Scenario(
            "slow-heartbeats",
            "One service beats slower and slower, up to 3 to 12 times its rhythm, yet never stops.",
            lambda people, span: SlowHeartbeats(span, slow_service(people)),
        ),
        Scenario(
            "flapping-client",
            "One client loses its connection and reconnects every few seconds.",
            lambda people, span: Flapping(span, restless_client(people)),
        ),
        Scenario(
            "key-revoked",
            "All sessions of one API key end within seconds and do not come back.",
            lambda people, span: KeyRevoked(span, doomed_key(people)),
        ),
        Scenario(
            "rolling-restart",
            "One server after the other restarts; clients open a second connection before the"
            " first closes.",
            lambda _people, span: RollingRestart.of(span, all_hosts()),
        ),
        Scenario(
            "blackout",
            "All connections of the fleet stop beating at once and come back only when it is over,"
            " within 5 to 30 s.",
            lambda _people, span: Blackout(span),
        ),
        Scenario("api-down", "The endpoint answers 503, with a different kind of body each time."),
        Scenario("api-slow", "The endpoint answers only after several seconds."),
        Scenario("api-429", "The endpoint answers 429 and says when to try again."),
        Scenario(
            "api-flaky",
            "About every second request fails: with a 503, with an empty 502, or with a connection"
            " closed before or within the body.",
        ),
        Scenario(
            "frozen",
            "The endpoint answers as it did at the switch; only the Date header moves on.",
            still=Still.RULES,
        ),
        Scenario(
            "stalled",
            "The endpoint takes in nothing new; activeOnly and the Date header go on, so that"
            " within two minutes nothing is active.",
            still=Still.DATA,
        ),
        Scenario(
            "cached",
            "A cache on the way repeats the answers of the switch byte by byte, the Date header"
            " included.",
            still=Still.ALL,
        ),
        Scenario(
            "limit-cap",
            "The endpoint serves at most 100 records in an answer, whatever the limit, and does"
            " not say so.",
            limit_cap=100,
        ),
        Scenario(
            "clock-ahead",
            "The server's whole clock is an hour ahead: the same connections, all times shifted.",
            clock_ahead=3600,
        ),
        Scenario(
            "future-beats",
            "Heartbeats are stamped by a clock that runs 8 s ahead of the one behind the Date"
            " header.",
            beats_ahead=8,
        ),
    )
}
"""Every scenario by its name."""


def playable(*, fleet: bool) -> list[Scenario]:
    """The scenarios there are with a simulated fleet, or without one."""
    return [each for each in SCENARIOS.values() if fleet or not each.needs_fleet]


def scenario_named(name: str, *, fleet: bool = True) -> Scenario:
    """The scenario of this name, or UnknownScenarioError.

    Without a fleet there are only those that do not need one.
    """
    known = [each.name for each in playable(fleet=fleet)]
    if name not in known:
        raise UnknownScenarioError(
            f"There is no scenario {name!r} here; there are: {', '.join(known)}."
        )
    return SCENARIOS[name]


class Script:
    """Which scenario is on when. Before the first switch, and without one, all is calm."""

    def __init__(self, switches: Iterable[Switch] = ()) -> None:
        self._switches = tuple(sorted(switches))

    @property
    def switches(self) -> tuple[Switch, ...]:
        """All switches, the earliest first."""
        return self._switches

    def switch(self, name: str, at: int) -> None:
        """From this instant on, this scenario is on; a later switch that was planned is dropped."""
        self._switches = (*(each for each in self._switches if each.at < at), Switch(at, name))

    def current(self, at: int) -> Switch | None:
        """The latest switch at an instant, or None before the first."""
        return next((each for each in reversed(self._switches) if each.at <= at), None)

    def name(self, at: int) -> str:
        """The name of the scenario that is on at an instant."""
        switch = self.current(at)
        return "calm" if switch is None else switch.name

    def scenario(self, at: int) -> Scenario:
        """The scenario that is on at an instant."""
        return SCENARIOS[self.name(at)]


def acts(switches: tuple[Switch, ...], population: Population) -> tuple[Act, ...]:
    """What a script does to the fleet, in its order. The next switch ends each one."""
    made: list[Act] = []
    for place, switch in enumerate(switches):
        until = switches[place + 1].at if place + 1 < len(switches) else None
        act = SCENARIOS[switch.name].act
        if act is not None:
            made.append(act(population, Span(switch.at, until)))
    return tuple(made)
