"""The monitor before the stand-in, both in a time of the test's own: what each poll brought.

It is the real chain: ``create_app``, ``ConsoleApi`` over httpx, ``Asking().over``, ``fold``. Only
the socket is left out, and the clock is set by hand.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random

import httpx
from msgspec import structs

from tests.canary import CANARY
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.query import Query
from tui.core.snapshot import Outcome
from tui.source.asking import Asking
from tui.source.base import SourceError
from tui.source.console_api import ConsoleApi
from tui.source.endpoint import parse_endpoint
from tui.source.secret import Secret
from tui.standin import simulator
from tui.standin.app import create_app
from tui.standin.clients import mix
from tui.standin.clock import ManualClock
from tui.standin.instant import TICKS, from_datetime
from tui.standin.scenarios import Script, Still, Switch
from tui.standin.sessions import Session
from tui.standin.settings import Assumptions

KEY = CANARY
ASKING = Asking()
ORDINARY = Assumptions(retention_seconds=900)
"""As the stand-in is without settings; a shorter memory only makes it quick."""


def assume(**points: object) -> Assumptions:
    """Ordinary but for these points."""
    return Assumptions.model_validate({**ORDINARY.model_dump(exclude_unset=True), **points})


@dataclass(frozen=True)
class Scene:
    """Ten minutes of a fleet, and how it is watched. Seconds count from the first poll."""

    happens: tuple[tuple[float, str], ...] = ()
    """When which scenario begins: never at a poll, so that it is clear which polls have seen it."""
    every: float = 5.0
    """Seconds from one poll to the next."""
    assumptions: Assumptions = ORDINARY
    asking: Asking = ASKING
    seed: int = 7
    connections: int = 60
    seconds: float = 600.0
    late: float = 0.0
    """Seconds by which polls come too late, at the most: no poller is on time."""
    fraction: float = 0.25
    """Part of a second at which the polls fall; the ``Date`` header does not tell it."""

    def __str__(self) -> str:
        points: dict[str, object] = self.assumptions.model_dump(exclude_defaults=True)
        if self.assumptions.retention_seconds == ORDINARY.retention_seconds:
            del points["retention_seconds"]
        points["lookups"] = self.asking.lookups
        points |= {"seed": self.seed, "late": self.late, "fraction": self.fraction}
        usual = {"lookups": ASKING.lookups, "seed": 7, "late": 0.0, "fraction": 0.25}
        told = [f"{name} {each}" for name, each in points.items() if usual.get(name) != each]
        names = [name for _, name in self.happens] or ["calm"]
        return ", ".join(["+".join(names), f"every {self.every:.0f} s", *told])

    @property
    def start(self) -> int:
        """The instant of the first poll, in ticks."""
        moment = datetime(2024, 1, 15, 14, 30, 25, tzinfo=UTC) + timedelta(seconds=self.fraction)
        return from_datetime(moment)

    @property
    def script(self) -> Script:
        """What happens, and when."""
        return Script(Switch(self.instant(seconds), name) for seconds, name in self.happens)

    def instant(self, seconds: float) -> int:
        """So many seconds after the first poll, in ticks."""
        return self.start + round(seconds * TICKS)

    def is_down(self, at: int) -> bool:
        """Whether the endpoint fails at this instant."""
        return self.script.name(at) == "api-down"

    def stands_still(self, at: int) -> bool:
        """Whether the endpoint tells nothing of the fleet as it is at this instant."""
        return self.script.scenario(at).still > Still.NOTHING

    def fleet(self) -> simulator.Fleet:
        """A fleet of which every third client connects anew every 3 to 8 minutes."""
        fleet = simulator.Fleet(seed=self.seed, connections=self.connections)
        clients = []
        for client in fleet.population.clients:
            if client.index % 3 == 0:
                period = (180 + mix(client.seed, 1) % 300) * TICKS
                client = replace(client, period=period, phase=mix(client.seed, 2) % period)
            clients.append(client)
        fleet.population = replace(fleet.population, clients=tuple(clients))
        return fleet


@dataclass(frozen=True, repr=False)
class Poll:
    """One poll and what the monitor knew after it."""

    at: int
    """True instant, in ticks."""
    outcome: Outcome
    fleet: Fleet
    """With the events of this poll."""


@dataclass(frozen=True, repr=False)
class Run:
    """A scene that was watched to its end. It has no ``repr``: asyncio would write it out."""

    scene: Scene
    polls: tuple[Poll, ...]
    sessions: tuple[Session, ...]
    """Every connection that there was, by its start: worked out by another fleet of the same seed,
    which was never asked anything and forgets nothing."""


@cache
def watch(scene: Scene) -> Run:
    """Watch a scene; one that was watched before is not watched again."""
    return asyncio.run(_watch(scene))


async def _watch(scene: Scene) -> Run:
    clock, rng = ManualClock(scene.start), Random(scene.seed)

    def seconds() -> float:
        return (clock.now() - scene.start) / TICKS

    app = create_app(
        scene.fleet(),
        api_key=KEY,
        assumptions=scene.assumptions,
        clock=clock,
        script=scene.script,
    )
    api = ConsoleApi(
        parse_endpoint("http://localhost"),
        lambda: Secret(KEY),
        monotonic=seconds,
        wall=lambda: clock.now() / TICKS,
        transport=httpx.ASGITransport(app),
    )
    source = scene.asking.over(api, seconds)
    fleet, query, polls = Fleet(), Query(), list[Poll]()
    for number in range(int(scene.seconds / scene.every) + 1):
        clock.set(scene.instant(number * scene.every + rng.random() * scene.late))
        outcome: Outcome
        try:
            outcome = await source.fetch(query)
        except SourceError as error:
            outcome = error.failure(query, 0.0)
            if fleet.last is not None:
                # As ``Watch`` does it.
                outcome = structs.replace(outcome, at=fleet.last.clock.at(seconds()))
        fleet = fold(fleet, outcome)
        polls.append(Poll(clock.now(), outcome, fleet))
    await source.aclose()
    remembered = ORDINARY.model_copy(update={"retention_seconds": 3_600})
    timeline = scene.fleet().timeline(clock.now(), scene.script.switches, remembered)
    return Run(scene, tuple(polls), tuple(timeline.sessions))
