"""The past on screen is what the screen showed then, says that it is the past, and hides no now."""

import re

import pytest
from textual.widgets import Static

from tests.screens.test_contexts import add_eu, two
from tests.stage import Stage, stage
from tui.core.query import Query
from tui.view.time_bar import TimeBar


def seen(on: Stage) -> list[object]:
    """What is on the main screen but for the times that go on."""
    names = ("#status-counts", "#table-title")
    lines = [str(on.screen.query_one(name, Static).content) for name in names]
    facets = on.screen.watch_.choices(on.screen.arranged).facets
    return [*lines, on.rows(), {name: dict(counts) for name, counts in facets.items()}]


def below(on: Stage, word: str) -> str:
    """What is on screen from the first line that starts with ``word``."""
    lines = [line.strip() for line in on.text().splitlines() if line.strip()]
    return "\n".join(lines[next(i for i, line in enumerate(lines) if line.startswith(word)) :])


async def over_it(on: Stage) -> list[str]:
    """What the screens over the main one say."""
    told = []
    for key, word in (("W", "Why"), ("t", "Groups")):
        await on.press(key)
        told.append(below(on, word))
        await on.press("escape")
    return told


async def test_the_past_is_what_was_shown_then_and_the_present_goes_on_behind_it() -> None:
    async with stage(connections=40) as on:
        shown = []
        for number in range(13):
            if number == 3:
                on.scenario("server-crash")
            await on.poll(20)
            shown.append(seen(on))
            if number == 9:
                others, log = await over_it(on), on.watch.fleet.log
                assert "gone" in str(shown[-1])
        await on.press("[")
        assert seen(on) == shown[11]
        # A key that is held does not pile up: the moments between are never read.
        read: list[int] = []
        history = on.watch.lanes[0].history
        fleet_at = history.fleet_at
        history.fleet_at = lambda place: (read.append(place), fleet_at(place))[1]  # type: ignore[method-assign,func-returns-value]
        for _ in range(2):
            on.screen.action_step_time(-1)
        await on.settle()
        assert read == [9]
        assert seen(on) == shown[9]
        assert on.watch.fleet.log == log
        assert await over_it(on) == others
        text = on.text()
        assert "PAST 14:33:45Z" in text
        assert "60s ago · 10 of 13 kept" in text
        assert "as of" not in text
        # No second passes, no row is dimmed, and the polls go on.
        assert not on.watch.is_stale
        on.scenario("api-down")
        await on.polls(2, 20)
        on.screen._tick()
        assert seen(on) == shown[9]
        assert len(history.moments()) == 15
        assert "100s ago" in on.text()
        assert "NOW: link down" in on.text()
        # What cannot be done in the past is said.
        await on.press("p")
        assert not on.watch.poller.paused
        assert "This is the past" in on.text()
        await on.press("enter")
        assert "single heartbeats of the past are not kept" in on.text()
        assert re.search(r"rhythm +\d+ s .*late after", on.text())
        await on.press("escape", "W", "]")
        assert "PAST 14:34:05Z" in on.text()
        await on.press("{")
        assert "PAST 14:33:25Z" in on.text()
        await on.press("escape", "L")
        assert "PAST" not in on.text()
        assert "✕ no answer" in on.text()


@pytest.mark.slow
async def test_changes_and_times_are_gone_to_at_80_by_24_too() -> None:
    async with stage(connections=40, size=(80, 24)) as on:
        await on.polls(4, 20)
        on.scenario("api-down")
        await on.polls(2, 20)
        on.scenario("calm")
        await on.polls(3, 20)
        live = seen(on)
        await on.press("{")
        assert "PAST 14:32:45Z" in on.text()
        await on.press("{")
        lines = on.text().splitlines()
        assert lines[0].rstrip().endswith("PAST 14:32:05Z  80s ago · 5 of 9 kept")
        assert lines[0].startswith(" conntop  prod")
        assert "api-down" not in lines[0]
        assert any("link down" in line for line in lines)
        assert "rows are as of 14:31:45Z" in on.text().replace("\n ", "")
        [strip] = [line for line in lines if line.startswith(" 14:30:45Z ")]
        assert strip.rstrip().endswith(" 14:33:25Z")
        assert "◆" in strip
        assert "├" in strip
        await on.press("@", *"25:00", "enter")
        assert "there is no such time of day: '25:00'" in on.text()
        assert "25:00" in on.text()
        await on.press(*["backspace"] * 5, *"14:00", "enter")
        await on.press("escape")
        assert not on.screen.query_one(TimeBar).display
        await on.press("@", *"-2m", "enter")
        assert "PAST 14:31:25Z" in on.text()
        await on.press(*"]]]]]")
        assert "PAST 14:33:25Z" not in on.text()
        await on.press("]")
        assert "PAST" not in on.text()
        assert seen(on) == live


@pytest.mark.slow
async def test_the_cursor_finds_its_connection_again_and_a_query_is_not_asked_of_the_past() -> None:
    async with stage(connections=40) as on:
        await on.polls(2, 20)
        on.scenario("server-crash")
        await on.polls(10, 20)
        newest = max(on.watch.fleet.tracked.values(), key=lambda one: one.first_seen)
        assert on.table.point_at(newest.connection_id)
        await on.press("I", "@", *"-199s", "enter")
        assert on.table.pointed != newest.connection_id
        asked = len(on.gate.asked)
        await on.press("x")
        on.screen._ask(Query(service="EMS"))
        assert on.watch.query == Query()
        assert len(on.gate.asked) == asked
        await on.press("q")
        assert on.app.is_running
        assert not on.watch.is_past
        assert on.table.pointed == newest.connection_id


@pytest.mark.slow
async def test_of_several_contexts_each_is_as_it_was_at_the_instant() -> None:
    async with two() as (on, eu):
        await on.polls(3)
        alone = on.rows()
        await add_eu(on, eu)
        on.clock.advance(5)
        await eu.poll()
        await on.poll()
        both = on.rows()
        on.scenario("api-down")
        await on.poll()
        await eu.poll()
        await on.press(*"[[")
        assert on.rows() == both
        assert sorted(set(on.column("context"))) == ["eu", "prod"]
        assert "NOW: prod link down" in on.text()
        await on.press(*"[[[[")
        assert "eu" in on.text()
        assert "not asked yet" in on.text()
        assert len(on.rows()) == len(alone)
        assert on.watch.live_fleet().tracked.keys() != on.watch.fleet.tracked.keys()
        await on.press("L")
        assert on.watch.live_fleet() is on.watch.fleet
