"""What Prometheus' own tool says of the scrapes and of the alert rules. It comes with Debian's
package ``prometheus``."""  # noqa: D205, D209

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, ProcessCollector

from tests.canary import CANARY, leaks
from tests.report.metrics.scraping import DOCS, Exporting, Scrape, hostile_fleet, serving
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS
from tui.core.query import Query
from tui.core.snapshot import Outcome
from tui.report.metrics.exporter import Exporter
from tui.source.asking import Asking
from tui.source.base import SourceError
from tui.source.console_api import ConsoleApi
from tui.source.endpoint import parse_endpoint
from tui.source.secret import Secret
from tui.standin import embedded
from tui.standin.app import create_app
from tui.standin.clock import ManualClock
from tui.standin.scenarios import Script
from tui.standin.simulator import Fleet as SimulatedFleet

pytestmark = pytest.mark.slow
START = datetime(2024, 1, 15, 14, 30, 25, tzinfo=UTC)


def promtool(*args: str, text: str = "") -> tuple[int, str]:
    """Its exit code and what it prints."""
    try:
        done = subprocess.run(
            ["promtool", *args], input=text.encode(), capture_output=True, timeout=60, check=False
        )
    except FileNotFoundError:
        pytest.fail("promtool is missing: apt-get install prometheus")
    return done.returncode, (done.stdout + done.stderr).decode()


def check(text: str) -> None:
    """It has nothing to say of a scrape."""
    assert promtool("check", "metrics", text=text) == (0, "")


class World:
    """The exporter before the real stand-in over a real socket, scraped over another one."""

    def __init__(self, api: ConsoleApi, clock: ManualClock, script: Script) -> None:
        self.clock = clock
        self.script = script
        self._source = Asking().over(api, self._time)
        self.fleet = Fleet()
        self.exporter = Exporter(5.0, monotonic=self._time, wall=self._time)
        self.registry = CollectorRegistry()
        self.registry.register(self.exporter)
        ProcessCollector(registry=self.registry)

    def _time(self) -> float:
        return self.clock.now() / TICKS

    async def polls(self, count: int) -> None:
        """Several polls, five seconds apart."""
        for _ in range(count):
            self.clock.advance(5)
            outcome: Outcome
            try:
                outcome = await self._source.fetch(Query())
            except SourceError as error:
                outcome = error.failure(Query(), 0.0)
            self.fleet = fold(self.fleet, outcome)
            self.exporter.take(outcome, self.fleet)

    async def scrape(self) -> Scrape:
        """What Prometheus would get."""
        async with serving(self.registry) as client:
            answer = await client.get("/metrics")
        assert not leaks(answer.content)
        return Scrape(answer.text)


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    clock, script = ManualClock(START), Script()
    app = create_app(
        SimulatedFleet(seed=7, connections=60),
        api_key=CANARY,
        clock=clock,
        script=script,
        log=StringIO(),
    )
    with embedded.serving(app) as url:
        api = ConsoleApi(
            parse_endpoint(url),
            lambda: Secret(CANARY),
            monotonic=lambda: clock.now() / TICKS,
            wall=lambda: clock.now() / TICKS,
        )
        try:
            yield World(api, clock, script)
        finally:
            await api.aclose()


async def test_real_scrapes_are_clean_through_a_crash_and_an_outage() -> None:
    async with world() as on:
        check((await on.scrape()).text)
        await on.polls(6)
        check((await on.scrape()).text)
        on.script.switch("server-crash", on.clock.now())
        await on.polls(30)
        crashed = await on.scrape()
        check(crashed.text)
        counts = on.fleet.counts()
        for state, count in counts.items():
            assert sum(crashed.of("conntop_connections", state=state.value)) == count
        assert sum(crashed.of("conntop_connections", state="gone")) > 0
        assert crashed.one("conntop_events_total", kind="mass_drop") == 1
        assert crashed.one("conntop_verdict", kind="mass_drop") == 1
        on.script.switch("api-down", on.clock.now())
        await on.polls(2)
        down = await on.scrape()
        check(down.text)
        assert down.of("conntop_connections") == []
        assert down.one("conntop_up") == 0


async def test_a_scrape_of_a_hostile_fleet_is_clean() -> None:
    on = Exporting()
    on.answer(hostile_fleet(on.at + 5 * TICKS))
    async with serving(on.registry) as client:
        told = await client.get("/metrics")
    assert sum(Scrape(told.text).of("conntop_connections")) == 500
    check(told.text)


def test_the_tool_finds_what_is_wrong() -> None:
    code, told = promtool("check", "metrics", text="# TYPE polls counter\npolls 1\n")
    assert code != 0
    assert '"_total"' in told


def test_the_alert_rules_are_rules() -> None:
    code, told = promtool("check", "rules", str(DOCS / "prometheus-alerts.yml"))
    assert (code, "10 rules found" in told) == (0, True), told


def test_the_alert_rules_fire_when_they_should_and_at_no_other_time() -> None:
    cases = Path(__file__).with_name("alert_rules.test.yml")
    code, told = promtool("test", "rules", str(cases))
    assert code == 0, told
