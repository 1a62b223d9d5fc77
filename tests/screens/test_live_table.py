"""The live table: what is in an answer is on screen, and the place is kept by connection id."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.widgets import DataTable

from tests.stage import stage
from tui.core.connection import State

DATA = Path(__file__).parents[1] / "data"


async def test_the_first_screen_shows_active_connections_only() -> None:
    async with stage(connections=30) as on:
        await on.poll()
        assert on.table.row_count == len(on.watch.fleet.tracked) >= 25
        assert set(on.column("state")) == {"● live"}
        assert "activeOnly=true" in on.log.getvalue()
        assert f"{on.table.row_count} connections" in on.text()


async def test_the_documentations_example_is_shown_with_its_ages() -> None:
    start = datetime(2024, 1, 15, 14, 30, 30, tzinfo=UTC)
    async with stage(records=DATA / "example.json", start=start) as on:
        await on.poll(0)
        assert on.column("id") == ["conn_7f9a8b2c1d3e4f5a"]
        assert on.column("beat") == ["5s"]
        assert on.column("up") == ["15m"]


async def test_to_others_it_is_a_data_table() -> None:
    async with stage(connections=10) as on:
        await on.poll()
        table = on.app.screen.query_one(DataTable)
        assert table.row_count == len(on.watch.fleet.tracked)
        first = table.coordinate_to_cell_key(table.cursor_coordinate).row_key
        assert table.get_row(first) == table.get_row_at(0)
        assert table.get_row_index(first) == 0


async def test_ages_tick_between_polls_and_repaint_only_lines_that_changed() -> None:
    async with stage(connections=30) as on:
        await on.poll()
        before = on.column("beat")
        on.clock.advance(3)
        on.screen._tick()
        after = on.column("beat")
        assert [int(text[:-1]) for text in after] == [int(text[:-1]) + 3 for text in before]


@pytest.mark.slow
async def test_cursor_and_scroll_stay_with_their_connection_while_rows_come_and_go() -> None:
    async with stage(connections=120, size=(120, 30)) as on:
        await on.polls(2)
        await on.press(*["j"] * 44, *["k"] * 4)
        held = on.table.pointed
        offset = on.table.cursor_row - int(on.table.scroll_y)
        on.scenario("rolling-restart")
        for _ in range(30):
            await on.poll(10)
            assert on.table.pointed == held or held not in on.watch.fleet.tracked
            if held in on.watch.fleet.tracked:
                assert on.rows()[on.table.cursor_row] == on.table.get_row(held or "")
                assert on.table.cursor_row - int(on.table.scroll_y) == offset
        assert any(one.state is State.GONE for one in on.watch.fleet.tracked.values())


async def test_cursor_stays_with_its_connection_through_sort_and_filter() -> None:
    async with stage(connections=60) as on:
        await on.polls(2)
        await on.press(*["j"] * 7)
        held = on.table.pointed
        await on.press("greater_than_sign")
        assert on.table.pointed == held
        await on.press("I")
        assert on.table.pointed == held
        assert held is not None
        await on.press("slash", *held[5:9], "enter")
        assert on.table.pointed == held
        await on.press("escape")
        assert on.table.pointed == held


async def test_untouched_the_cursor_stays_at_the_top_where_the_news_is() -> None:
    async with stage(connections=60) as on:
        await on.polls(10)
        on.scenario("server-crash")
        await on.polls(8)
        assert on.table.cursor_row == 0
        assert on.column("state")[0] == "◐ late"


@pytest.mark.slow
async def test_when_its_row_is_forgotten_the_cursor_goes_to_a_neighbour() -> None:
    async with stage(connections=40) as on:
        await on.polls(2)
        await on.press("end")
        on.scenario("region-loss")
        for _ in range(20):
            await on.poll(25)
        rows = on.table.row_count
        assert rows > 0
        assert 0 <= on.table.cursor_row < rows
        assert on.table.pointed == on.column("id")[on.table.cursor_row]


@pytest.mark.slow
async def test_rows_that_left_stay_as_gone_with_their_last_heartbeat() -> None:
    async with stage(connections=60) as on:
        await on.polls(10)
        before = dict(on.watch.fleet.tracked)
        on.scenario("server-crash")
        await on.polls(28)
        gone = [one for one in on.watch.fleet.tracked.values() if one.state is State.GONE]
        assert gone
        for one in gone:
            known = before.get(one.connection_id)
            if known is not None:
                assert one.connection.last_heartbeat >= known.connection.last_heartbeat
            assert on.table.get_row(one.connection_id)[0] == "✕ gone"
        assert f"✕ {len(gone)} gone in 5 min" in on.text()
        await on.polls(16, 25)
        assert not any(one in gone for one in on.watch.fleet.tracked.values())


@pytest.mark.slow
async def test_a_new_row_is_marked_for_one_refresh() -> None:
    async with stage(connections=60, size=(160, 120)) as on:
        await on.polls(10)
        on.scenario("server-crash")
        fresh: set[str] = set()
        for _ in range(6):
            await on.poll()
            now = {one.connection_id for one in on.watch.fleet.tracked.values() if one.fresh}
            assert not now & fresh
            marked = [line for line in on.text().splitlines() if " +● " in line or "▸+● " in line]
            assert len(marked) == len(now)
            fresh |= now
        assert fresh


async def test_marks_are_held_by_id() -> None:
    async with stage(connections=30) as on:
        await on.polls(2)
        await on.press("space", "j", "space")
        ids = on.column("id")
        assert on.table.marks == {ids[0], ids[2]}
        await on.press("j", "j", "v")
        assert on.table.marks == {ids[0], *ids[2:6]}
        await on.press("s", "end", "enter")
        assert on.table.marks == {ids[0], *ids[2:6]}
        assert "5 marked" in on.text()
        await on.press("U")
        assert not on.table.marks


@pytest.mark.slow
async def test_n_goes_from_problem_to_problem_and_round() -> None:
    async with stage(connections=60) as on:
        await on.polls(10)
        await on.press("n")
        assert "No connection shown is in trouble." in on.text()
        on.scenario("server-crash")
        await on.polls(8)
        await on.press("s", "end", "enter")
        troubled = {
            one.connection_id
            for one in on.watch.fleet.tracked.values()
            if one.state is not State.LIVE
        }
        seen: set[str | None] = set()
        for _ in range(len(troubled)):
            await on.press("n")
            seen.add(on.table.pointed)
        assert seen == troubled


@pytest.mark.slow
async def test_the_order_can_be_held_while_the_fleet_changes() -> None:
    async with stage(connections=60) as on:
        await on.polls(10)
        before = on.column("id")
        await on.press("O")
        on.scenario("server-crash")
        await on.polls(8)
        assert "order held" in on.text()
        assert on.column("id")[: len(before)] == before
        await on.press("O")
        assert on.column("id")[: len(before)] != before


async def test_all_columns_fit_by_scrolling_when_wide() -> None:
    async with stage(connections=10, size=(80, 24)) as on:
        await on.poll()
        narrow = [column.key for column in on.table.shown_columns]
        assert "host" not in narrow
        await on.press("w")
        assert [column.key for column in on.table.shown_columns][-1] == "last"
        await on.press(*["right"] * 20)
        assert "last beat" in on.text()


async def test_a_table_whose_lines_are_not_drawn_yet_takes_focus_and_news() -> None:
    async with stage(connections=5) as on:
        await on.poll()
        await on.press("w", "f", "tab")
        on.table.columns_wanted = replace(on.table.columns_wanted, wide=False)
        on.table.tick(on.watch.present)
        on.table.on_focus()
        await on.settle()
        assert on.column("id")[0] in on.text()


async def test_a_click_puts_the_cursor_there_and_a_second_one_opens_the_connection() -> None:
    async with stage(connections=200) as on:
        await on.poll()
        await on.press("end", "pageup")
        top = int(on.table.scroll_y)
        assert top > 0
        assert await on.pilot.click(DataTable, offset=(30, 4))
        await on.settle()
        # The first line is the heads'.
        assert on.table.cursor_row == top + 3
        assert "same client" not in on.text()
        assert await on.pilot.click(DataTable, offset=(90, 4))
        await on.settle()
        assert "same client" in on.text()
        assert on.table.pointed == on.column("id")[top + 3]


async def test_a_click_on_a_head_sorts_and_one_below_the_rows_does_nothing() -> None:
    async with stage(connections=5) as on:
        await on.poll()
        head = on.text().splitlines()[on.table.region.y].index("connection")
        assert await on.pilot.click(offset=(head, on.table.region.y))
        await on.settle()
        assert on.watch.order.key == "id"
        before = on.table.pointed
        assert await on.pilot.click(DataTable, offset=(30, 20))
        await on.settle()
        assert on.table.pointed == before
