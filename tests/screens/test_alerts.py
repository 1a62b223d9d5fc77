"""Alerts on the screen: what fires is in the header, and what cannot be delivered."""

import pytest

from tests.stage import Stage, stage
from tui.alert.channel import Letter, SendError
from tui.core.query import Query


class Broken:
    """A channel that never works."""

    name = "webhook"

    def send(self, _: Letter) -> None:
        raise SendError("https://hooks.example.com: 500, tried 3 times")

    def close(self) -> None:
        """There is nothing to end."""


def header(on: Stage) -> str:
    return "\n".join(on.text().splitlines()[:9])


async def firing(on: Stage, count: int) -> None:
    """Until so many fire, and the header says so."""
    alarms = on.watch.alarms
    assert alarms is not None
    await on.until(lambda: len(alarms.firing) == count, f"{count} alerts fire")
    await on.settle()
    on.screen._tick()
    await on.settle()


async def test_what_fires_is_in_the_header_until_it_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rules = ("connections > 10", "link down for 10s")
    written: list[str] = []
    async with stage(connections=30, rules=rules, channels=[Broken()]) as on:
        driver = on.app._driver
        assert driver is not None
        monkeypatch.setattr(driver, "write", written.append)
        alarms = on.watch.alarms
        assert alarms is not None
        await on.polls(2)
        await firing(on, 1)
        assert "⚑ alert: connections > 10 (since 14:30:30Z): 30 connections" in header(on)
        assert "all well" not in header(on)
        assert "\x07" in "".join(written)
        await on.until(lambda: bool(alarms.failures), "the failure is known")
        on.screen._tick()
        await on.settle()
        assert (
            "⚠ alert not delivered: webhook: https://hooks.example.com: 500, tried 3 times"
        ) in header(on)

        on.scenario("api-down")
        await on.polls(2)
        await on.until(lambda: on.watch.fleet.outage is not None, "the link is lost")
        for _ in range(3):
            on.clock.advance(5)
            on.screen._pass_time()
        await firing(on, 2)
        lines = header(on).splitlines()
        [blind] = [place for place, line in enumerate(lines) if "⚠ link down: " in line]
        assert "⚑ 2 alerts: " in lines[blind + 1], "that we are blind comes first"
        assert "link down for 10s" in lines[blind + 1]

        on.scenario("calm")
        await on.polls(9)
        await firing(on, 1)
        assert "link down" not in header(on)


async def test_rules_about_the_fleet_wait_while_another_question_is_asked() -> None:
    wait = "⚠ alert rules wait: they are about the question that was asked at the start"
    async with stage(connections=30, rules=["live < 3"]) as on:
        await on.polls(2)
        assert wait not in header(on)
        on.watch.poller.query = Query(service="EMS")
        await on.poll()
        alarms = on.watch.alarms
        assert alarms is not None
        await on.until(lambda: alarms.waits, "the rules wait")
        on.screen._tick()
        await on.settle()
        assert wait in header(on)
        assert alarms.firing == ()
