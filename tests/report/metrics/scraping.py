"""Scrapes, read by prometheus_client's own parser."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import httpx
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from tests.strategies import HOSTILE, NOON, connection, failure, snapshot
from tui.core.connection import Connection
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS, Instant
from tui.core.snapshot import Outcome
from tui.report.metrics.exporter import Exporter
from tui.report.metrics.server import Address, Server, listen, url_of

DOCS = Path(__file__).parents[3] / "docs"


class Scrape:
    """What one scrape brought."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.families = list(text_string_to_metric_families(text))
        self.samples = [sample for family in self.families for sample in family.samples]

    def of(self, name: str, **labels: str) -> list[float]:
        """The values of a metric, of those with these labels."""
        return [
            one.value
            for one in self.samples
            if one.name == name and labels.items() <= one.labels.items()
        ]

    def one(self, name: str, **labels: str) -> float:
        """The only value of a metric with these labels."""
        (value,) = self.of(name, **labels)
        return value

    def names(self, prefix: str = "conntop_") -> set[str]:
        """The names of all series."""
        return {one.name for one in self.samples if one.name.startswith(prefix)}


class Exporting:
    """An exporter in a time of the test's own, polled every five seconds."""

    def __init__(self) -> None:
        self.seconds = 1_000.0
        self.polls = 0
        self.fleet = Fleet()
        self.exporter = Exporter(
            5.0, monotonic=lambda: self.seconds, wall=lambda: 1.7e9 + self.seconds
        )
        self.registry = CollectorRegistry()
        self.registry.register(self.exporter)

    @property
    def at(self) -> Instant:
        """The server's time of the next answer."""
        return NOON + round((self.seconds - 1_000.0) * TICKS)

    def take(self, outcome: Outcome) -> None:
        """What a poll has brought."""
        self.fleet = fold(self.fleet, outcome)
        self.exporter.take(outcome, self.fleet)

    def answer(self, records: Sequence[Connection], *, complete: bool = True) -> None:
        """One answer more, five seconds later."""
        self.seconds += 5
        self.take(snapshot(records, self.at, complete=complete))

    def live(self, count: int = 20) -> None:
        """An answer in which that many beat as ever."""
        self.seconds += 5
        at = self.at
        self.take(snapshot([connection(f"conn_{n}", at) for n in range(count)], at))

    def fail(self) -> None:
        """A poll that brings nothing."""
        self.seconds += 5
        self.take(failure(at=self.at))

    def scrape(self) -> Scrape:
        """The text format of now."""
        return Scrape(generate_latest(self.registry).decode())


@asynccontextmanager
async def serving(registry: CollectorRegistry) -> AsyncIterator[httpx.AsyncClient]:
    """A client before the server of a registry."""
    server = Server(registry)
    with listen(Address("127.0.0.1", 0)) as bound:
        task = asyncio.create_task(server.serve(sockets=[bound]))
        base = url_of(bound).removesuffix("/metrics")
        async with httpx.AsyncClient(base_url=base, trust_env=False) as client:
            yield client
        server.should_exit = True
        await task


def hostile_fleet(at: Instant, count: int = 500) -> list[Connection]:
    """Connections whose every text is an attack."""
    rng = Random(1)

    def text() -> str:
        return f'{rng.choice(HOSTILE)}{rng.choice(HOSTILE)}\\"{rng.randrange(300)}\n'

    return [
        connection(
            f"{text()}{n}",
            at,
            service=text(),
            protocol=text(),
            data_center=text(),
            host=text(),
            client=text(),
            api_key_id=text(),
        )
        for n in range(count)
    ]


def names_in(expression: str) -> Mapping[str, list[str]]:
    """The series that an expression of Prometheus names, each with what its braces hold."""
    found: dict[str, list[str]] = {}
    for name, braces in re.findall(r"\b(conntop_\w+)(?:\{([^}]*)\})?", expression):
        found.setdefault(name, []).append(braces)
    return found
