"""What is shown is true: stale is not fresh, cut is not whole, our outage is not the fleet's."""

import pytest

from tests.stage import stage
from tui.core.connection import State
from tui.core.events import EventKind
from tui.core.query import Query
from tui.source.asking import Asking
from tui.standin.clock_faults import NO_FAULTS, Faults
from tui.standin.settings import Assumptions
from tui.view.status import StatusBar


async def test_while_polls_fail_rows_stay_ages_freeze_and_the_header_says_why() -> None:
    async with stage(connections=30) as on:
        await on.polls(5)
        ids, beats = on.column("id"), on.column("beat")
        on.scenario("api-down")
        await on.polls(4)
        text = on.text()
        assert on.column("id") == ids
        assert on.column("beat") == beats
        assert set(on.column("state")) == {"● live"}
        assert "✕ no answer" in text
        assert "the endpoint fails (503)" in text
        assert "rows are as of 14:30:50Z" in text
        assert "for 15s" in text
        assert "next try in" in text
        assert not any(one.state is State.GONE for one in on.watch.fleet.tracked.values())


async def test_when_the_endpoint_is_back_nothing_has_dropped() -> None:
    async with stage(connections=30) as on:
        await on.polls(5)
        on.scenario("api-down")
        await on.polls(4)
        on.scenario("calm")
        await on.poll()
        assert on.watch.fleet.outage is None
        assert "no answer" not in on.text()
        assert [event.kind for event in on.watch.fleet.events] == [EventKind.LINK_BACK]
        # Only what really ended meanwhile may have left; the simulated fleet churns a little.
        assert on.watch.fleet.counts()[State.GONE] <= 3


async def test_it_starts_while_the_endpoint_is_down_and_recovers_by_itself() -> None:
    async with stage(connections=10) as on:
        on.scenario("api-down")
        await on.polls(3)
        assert "Nothing is known yet" in on.text()
        assert "the endpoint fails (503)" in on.text()
        on.scenario("calm")
        await on.poll()
        assert on.table.row_count > 0


async def test_429_says_how_long_it_was_told_to_wait() -> None:
    async with stage(connections=10) as on:
        await on.poll()
        on.scenario("api-429")
        await on.poll()
        assert "asked too often (429), told to wait" in on.text()
        failure = on.watch.fleet.outage
        assert failure is not None
        assert failure.failure.retry_after is not None
        due = on.screen.tell().due_in
        assert due is not None
        assert due >= failure.failure.retry_after - 0.1


async def test_r_tries_at_once() -> None:
    async with stage(connections=10) as on:
        await on.poll()
        on.scenario("api-down")
        await on.poll()
        on.scenario("calm")
        on.gate.release()
        await on.press("R")
        await on.until(lambda: on.watch.fleet.outage is None, "R asks")


async def test_a_cut_answer_says_so_and_drops_nobody() -> None:
    async with stage(connections=60, query=Query(limit=20)) as on:
        await on.polls(3)
        assert "cut: 20 shown, as many as the limit allows: there may be more" in on.text()
        assert not any(one.state is State.GONE for one in on.watch.fleet.tracked.values())


async def test_in_a_shuffled_cut_answer_what_it_does_not_have_is_dimmed_not_dropped() -> None:
    chance = Assumptions(order="shuffled")
    async with stage(connections=60, query=Query(limit=20), assumptions=chance) as on:
        await on.polls(8)
        states = {one.state for one in on.watch.fleet.tracked.values()}
        assert State.GONE not in states
        assert not any(one.fresh for one in on.watch.fleet.tracked.values())


async def test_paused_it_asks_nothing_and_says_so() -> None:
    async with stage(connections=10) as on:
        await on.polls(2)
        beats = on.column("beat")
        await on.press("p")
        on.clock.advance(30)
        on.screen._tick()
        await on.settle()
        assert "‖ paused" in on.text()
        assert on.column("beat") == beats
        assert len(on.gate.asked) == 2
        on.gate.release()
        await on.press("p")
        await on.until(lambda: len(on.gate.asked) == 3)


async def test_without_an_answer_for_long_the_rows_are_stale() -> None:
    async with stage(connections=10) as on:
        await on.poll()
        assert not on.screen.tell().stale
        on.watch.poller.refresh()
        await on.until(lambda: on.watch.poller.asking_since is not None)
        on.clock.advance(20)
        on.screen._tick()
        await on.settle()
        assert on.screen.tell().stale
        assert "no answer yet: asking for 20s" in on.text()


async def test_the_interval_goes_in_steps_from_a_second_to_five_minutes() -> None:
    async with stage(connections=5) as on:
        await on.poll()
        await on.press("plus")
        assert "every 10 s" in on.text()
        await on.press(*["plus"] * 9)
        assert "every 5 min" in on.text()
        await on.press(*["minus"] * 20)
        assert "every 1 s" in on.text()
        assert len(on.gate.asked) == 1


async def test_no_row_and_no_query_is_told_apart_from_no_answer() -> None:
    async with stage(connections=5, query=Query(service="nobody")) as on:
        await on.poll()
        assert "No connection answers this query. x clears it." in on.text()


async def test_the_header_names_whom_it_asks_and_when_it_answered() -> None:
    async with stage(connections=5) as on:
        await on.poll()
        line = on.text().splitlines()[0]
        assert "prod" in line
        assert "api-console.apibricks.io" in line
        assert "38 ms" in line
        assert "as of 14:30:30Z" in line
        assert on.screen.query_one(StatusBar).situation.stale is False


@pytest.mark.parametrize("faults", [NO_FAULTS, Faults(start_grain=60)], ids=["", "piles"])
async def test_a_cap_that_falls_silently_hides_nobody(faults: Faults) -> None:
    async with stage(connections=250, faults=faults) as on:
        await on.polls(3)
        there = set(on.watch.fleet.tracked)
        on.scenario("limit-cap")
        await on.polls(3)
        known = on.watch.fleet
        # The simulated fleet churns a little by itself.
        assert len(there - set(known.tracked)) == 0
        assert known.counts()[State.GONE] <= 2
        assert known.last is not None
        assert known.last.complete
        assert known.last.cost.requests > 1
        assert "✓ all well" in on.text()


@pytest.mark.parametrize(
    "scenario",
    ["stalled", *(pytest.param(one, marks=pytest.mark.slow) for one in ("frozen", "cached"))],
)
async def test_while_the_endpoints_data_stand_still_no_row_changes(scenario: str) -> None:
    async with stage(connections=60) as on:
        await on.polls(8)
        on.scenario(scenario)
        await on.polls(1)
        before = {name: one.state for name, one in on.watch.fleet.tracked.items()}
        await on.polls(30)
        assert "endpoint frozen: it answers, but no heartbeat has moved since" in on.text()
        assert "✕ frozen" in on.text()
        assert ("repeats old answers" in on.text()) is (scenario == "cached")
        assert on.watch.is_stale
        after = {name: one.state for name, one in on.watch.fleet.tracked.items()}
        assert after == before
        on.scenario("calm")
        await on.polls(2)
        assert "frozen" not in on.text()
        assert [event.kind for event in on.watch.fleet.log if event.one is None] == [
            EventKind.FROZEN,
            EventKind.THAWED,
        ]


async def test_clocks_that_differ_are_said_and_move_no_age() -> None:
    async with stage(connections=30) as on:
        await on.polls(3)
        on.scenario("clock-ahead")
        await on.polls(3)
        assert "this machine's clock is 1h00m behind the server's" in on.text()
        assert on.watch.fleet.counts()[State.LIVE] == len(on.watch.fleet.tracked)
        on.scenario("future-beats")
        await on.polls(8)
        assert "in the future of the server's own clock" in on.text()
        assert "skew" in on.column("beat")
        assert not any(beat.startswith("-") for beat in on.column("beat"))


async def test_what_the_budget_cannot_bring_is_said_with_a_plus() -> None:
    async with stage(connections=300, asking=Asking(page=50, budget=3)) as on:
        await on.polls(2)
        assert "+ connections" in on.text()
        assert "of more" in on.text()
        assert "all well" not in on.text()
        assert on.watch.fleet.counts()[State.GONE] == 0


async def test_a_fleet_beyond_the_limit_is_whole() -> None:
    async with stage(connections=2_400) as on:
        await on.polls(3)
        assert len(on.watch.fleet.tracked) >= 2_400
        assert "requests" in on.text()
        assert "✓ all well" in on.text()
