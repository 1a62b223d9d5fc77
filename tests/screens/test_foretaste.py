"""While the first answer is still coming in, its first rows are shown, and said to be a part."""

from threading import Event
from typing import Any

import pytest
from msgspec.structs import replace

from tests.stage import Stage, stage
from tui.core.arrangement import arrange
from tui.core.query import Query
from tui.core.snapshot import Cut, Snapshot
from tui.view import watch as watching


async def first_records(on: Stage, count: int) -> Snapshot:
    """The first of what the endpoint has, as the source tells them."""
    answer = await on.api.fetch(Query())
    return replace(answer, records=answer.records[:count], cut=Cut.UNDERWAY)


async def test_the_first_rows_are_there_before_the_answer_and_look_like_a_part() -> None:
    async with stage(connections=30) as on:
        on.watch.lanes[0].feed.foretaste.tell(await first_records(on, 7))
        await on.settle()
        assert on.table.row_count == 7
        assert "7+ connections" in on.text()
        assert "reading on…" in on.text()
        assert "all well" not in on.text()
        await on.poll()
        assert on.table.row_count == 30
        assert "30 connections" in on.text()
        assert "reading on…" not in on.text()
        # Nothing of it was believed: the others have not opened, they were there.
        assert on.watch.fleet.log == ()


async def test_they_go_when_the_answer_turns_out_to_be_none() -> None:
    async with stage(connections=30) as on:
        on.watch.lanes[0].feed.foretaste.tell(await first_records(on, 7))
        await on.settle()
        on.scenario("api-down")
        await on.poll()
        assert on.table.row_count == 0
        assert "Nothing is known yet" in on.text()


async def test_they_are_not_shown_for_another_question() -> None:
    async with stage(connections=30) as on:
        first = await first_records(on, 7)
        on.watch.poller.query = Query(service="MarketData")
        on.watch.lanes[0].feed.foretaste.tell(first)
        await on.settle()
        assert on.table.row_count == 0


async def test_they_are_not_shown_in_place_of_an_answer() -> None:
    async with stage(connections=30) as on:
        first = await first_records(on, 7)
        await on.poll()
        on.watch.lanes[0].feed.foretaste.tell(first)
        await on.settle()
        assert on.table.row_count == 30


async def test_they_look_like_a_part_until_the_whole_is_arranged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with stage(connections=30) as on:
        on.watch.lanes[0].feed.foretaste.tell(await first_records(on, 7))
        await on.settle()
        begun, may_end = Event(), Event()

        def late(*args: Any) -> Any:
            begun.set()
            assert may_end.wait(10)
            return arrange(*args)

        monkeypatch.setattr(watching, "arrange", late)
        on.gate.release()
        try:
            await on.until(begun.is_set)
            on.screen._tick()
            await on.pilot.pause()
            assert "7+ connections" in on.text()
            assert "reading on…" in on.text()
            assert "all well" not in on.text()
        finally:
            may_end.set()
        await on.until(lambda: "30 connections" in on.text())
        assert "reading on…" not in on.text()
