"""The detail view lives while it is open, and leads to the siblings."""

import json
import random

import pytest

from tests.faults.monkey import Monkey
from tests.stage import Stage, stage
from tui.core.connection import State
from tui.core.fleet import Fleet
from tui.view.detail import Detail, SiblingList


def shown(on: Stage) -> str:
    """The text of the pane."""
    region = on.screen.query_one(Detail).region
    lines = on.text().splitlines()[region.y : region.bottom]
    return "\n".join(line[region.x : region.right] for line in lines)


async def test_enter_shows_heartbeat_duration_and_times_of_the_connection() -> None:
    async with stage(connections=20) as on:
        await on.polls(3)
        await on.press("j", "enter")
        one = on.watch.fleet.tracked[on.table.pointed or ""]
        text = shown(on)
        assert one.connection_id in text
        assert "the limit is 120 s" in text
        assert "▱" in text
        assert "now − start" in text
        assert f"{one.connection.duration:,.0f} s" in text
        assert text.count("local") == 3
        assert "not known yet: it takes three heartbeats" in text or "by others of its kind" in text
        assert '"connectionId"' in text


@pytest.mark.slow
async def test_it_lives_while_it_is_open() -> None:
    async with stage(connections=20) as on:
        await on.polls(10)
        await on.press("j", "enter")
        assert "late after" in shown(on)
        on.scenario("region-loss")
        seen = set()
        for _ in range(30):
            await on.poll()
            one = on.watch.fleet.tracked.get(on.table.pointed or "")
            if one is not None:
                assert f"{one.state.glyph} {one.state.value}" in shown(on)
                seen.add(one.state)
        assert State.LIVE in seen


@pytest.mark.slow
async def test_one_that_drops_is_told_in_words_with_its_history() -> None:
    async with stage(connections=40) as on:
        await on.polls(10)
        on.scenario("server-crash")
        await on.polls(8)
        await on.press("n", "enter")
        assert "◐ late" in shown(on)
        held = on.table.pointed
        await on.polls(20)
        assert on.table.pointed == held
        text = shown(on)
        assert "✕ gone" in text
        assert "s past the 120 s limit" in text
        assert "not in the answer of" in text
        assert "live →" in text
        assert "late →" in text


async def test_the_detail_follows_the_cursor_and_q_closes_it_first() -> None:
    async with stage(connections=20) as on:
        await on.polls(2)
        await on.press("enter", "j")
        assert on.table.pointed is not None
        assert on.table.pointed in shown(on)
        await on.press("q")
        assert not on.screen.query_one(Detail).display
        assert on.app.is_running


async def test_enter_on_a_sibling_filters_by_what_they_share() -> None:
    async with stage(connections=60) as on:
        await on.polls(2)
        await on.press("j", "enter", "enter")
        listing = on.screen.query_one(SiblingList)
        assert listing.has_focus
        one = on.watch.fleet.tracked[on.table.pointed or ""]
        same = [
            other
            for other in on.watch.fleet.tracked.values()
            if other.connection.host == one.connection.host
        ]
        await on.press("home", "down", "enter")
        assert on.table.row_count == len(same)
        assert f"/ host={one.connection.host}" in on.text()
        assert on.table.has_focus


async def test_the_raw_record_is_the_one_served() -> None:
    async with stage(connections=5, size=(200, 60)) as on:
        await on.poll()
        await on.press("enter")
        record = on.watch.fleet.tracked[on.table.pointed or ""].connection.record()
        text = shown(on)
        for name, value in record.items():
            assert f"{json.dumps(name)}: {json.dumps(value)}" in text


async def test_it_opens_at_80_by_24_and_at_40_by_10() -> None:
    for size in ((80, 24), (40, 10)):
        async with stage(connections=10, size=size) as on:
            await on.poll()
            await on.press("j", "enter")
            await on.poll()
            assert on.screen.query_one(Detail).display
            assert (on.table.pointed or "?")[:12] in shown(on)
            await on.press("escape")
            assert on.table.has_focus


async def test_without_a_row_there_is_nothing_to_open() -> None:
    async with stage(connections=5) as on:
        await on.press("enter")
        assert not on.screen.query_one(Detail).display
        await on.poll()
        await on.press("enter")
        assert on.screen.query_one(Detail).display


@pytest.mark.slow
async def test_neither_it_nor_any_other_place_writes_a_whole_fleet_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Textual describes a worker by its arguments: of a large fleet that is a second on the loop.
    written = 0

    def write(_: Fleet) -> str:
        nonlocal written
        written += 1
        return "a whole fleet"

    monkeypatch.setattr(Fleet, "__repr__", write)
    async with stage(connections=20) as on:
        monkey = Monkey(on, random.Random(1))
        for _ in range(2):
            await on.poll()
            await monkey.tour()
        await on.press("enter")
        await on.poll()
        assert on.screen.query_one(Detail).display
    assert written == 0
