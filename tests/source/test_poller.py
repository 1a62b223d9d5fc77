"""The poller asks one question at a time, when it should, in virtual time."""

import asyncio
from collections.abc import AsyncGenerator
from typing import cast

import pytest

from tests.source.memory import DOWN, OTHER, THIRD, Memory, Reader, poller, until, virtually
from tests.virtual_time import now
from tui.core.query import Query
from tui.core.snapshot import Outcome, Snapshot
from tui.source.poller import FASTEST, INTERVALS, SLOWEST, Poller

# The schedule


@virtually
async def test_it_asks_at_once_and_then_at_the_interval() -> None:
    source = Memory()
    async with Reader(poller(source)) as reader:
        await until(35.5)
    assert source.times == [0.0, 10.0, 20.0, 30.0]
    assert [time for time, _ in reader.got] == source.times


@virtually
async def test_what_an_answer_takes_is_part_of_the_interval() -> None:
    source = Memory(takes=3.0)
    async with Reader(poller(source)):
        await until(35.5)
    assert source.times == [0.0, 10.0, 20.0, 30.0]


@virtually
async def test_a_slow_source_is_asked_once_at_a_time_and_gets_room_to_breathe() -> None:
    source = Memory(takes=25.0)
    async with Reader(poller(source)) as reader:
        await until(80.0)
    assert source.times == [0.0, 26.0, 52.0, 78.0]
    assert source.most_under_way == 1
    assert len(reader.got) == 3


@virtually
async def test_a_slow_reader_delays_the_next_question() -> None:
    source = Memory()
    outcomes = cast("AsyncGenerator[Outcome]", poller(source).outcomes())
    await anext(outcomes)
    await until(95.0)
    assert source.times == [0.0]
    await anext(outcomes)
    assert source.times == [0.0, 95.0]
    await outcomes.aclose()


@virtually
async def test_it_tells_when_the_next_question_is_due_and_since_when_it_asks() -> None:
    source = Memory(takes=3.0)
    asker = poller(source)
    async with Reader(asker):
        assert (asker.due, asker.asking_since) == (None, 0.0)
        await until(5.0)
        assert (asker.due, asker.asking_since) == (10.0, None)
        await until(11.0)
        assert (asker.due, asker.asking_since) == (None, 10.0)


@virtually
async def test_the_schedule_may_go_by_another_clock() -> None:
    source = Memory(takes=3.0)
    asker = Poller(source, Query(), 10.0, time=lambda: now() + 1_000.0)
    async with Reader(asker):
        assert asker.asking_since == 1_000.0
        await until(5.0)
        assert asker.due == 1_010.0
        await until(25.0)
    assert source.times == [0.0, 10.0, 20.0]


# Times in which nothing was asked


def lapses(reader: Reader) -> list[float]:
    return [round(one.lapse, 3) for _, one in reader.got if isinstance(one, Snapshot)]


@virtually
async def test_questions_that_come_in_time_have_no_lapse() -> None:
    asker = poller(Memory(None, DOWN, takes=3.0))
    async with Reader(asker) as reader:
        await until(12.0)
        asker.every = 60.0
        await until(50.0)
        asker.every = 5.0
        asker.refresh()
        await until(80.0)
        asker.query = OTHER
        await until(100.0)
    assert len(reader.got) > 8
    assert set(lapses(reader)) == {0.0}


@virtually
async def test_a_pause_is_a_lapse_from_the_moment_at_which_the_question_was_due() -> None:
    asker = poller(Memory())
    async with Reader(asker) as reader:
        await until(13.0)
        asker.paused = True
        await until(95.0)
        asker.paused = False
        await until(106.0)
    assert lapses(reader) == [0.0, 0.0, 75.0, 0.0]


@virtually
async def test_a_machine_that_slept_asks_once_and_knows_for_how_long() -> None:
    slept = 0.0
    source = Memory()
    asker = Poller(source, Query(), 10.0, time=lambda: now() + slept)
    async with Reader(asker) as reader:
        await until(13.0)
        slept = 3_600.0
        await until(25.0)
    assert source.times == [0.0, 10.0, 20.0]
    assert lapses(reader) == [0.0, 0.0, 3_600.0]


@virtually
async def test_a_lapse_before_a_failure_is_told_by_the_next_answer() -> None:
    source = Memory(None, DOWN)
    asker = poller(source)
    async with Reader(asker) as reader:
        await until(5.0)
        asker.paused = True
        await until(50.0)
        asker.paused = False
        await until(55.0)
    assert lapses(reader) == [0.0, 40.0]


# The query


@virtually
async def test_a_changed_query_is_asked_at_once() -> None:
    source = Memory()
    asker = poller(source)
    async with Reader(asker) as reader:
        await until(4.0)
        asker.query = OTHER
        await until(20.0)
    assert source.asked == [(0.0, Query()), (4.0, OTHER), (14.0, OTHER)]
    assert [outcome.query for _, outcome in reader.got] == [Query(), OTHER, OTHER]


@virtually
async def test_a_late_answer_to_an_old_query_is_dropped_and_the_new_one_asked_at_once() -> None:
    source = Memory(takes=6.0)
    asker = poller(source)
    async with Reader(asker) as reader:
        await until(2.0)
        asker.query = OTHER
        asker.query = THIRD
        await until(5.9)
        assert source.asked == [(0.0, Query())]
        await until(12.5)
    assert source.asked == [(0.0, Query()), (6.0, THIRD)]
    assert [(time, outcome.query) for time, outcome in reader.got] == [(12.0, THIRD)]
    assert source.most_under_way == 1


@virtually
async def test_a_late_failure_of_an_old_query_is_dropped_too() -> None:
    source = Memory(DOWN, takes=6.0)
    asker = poller(source)
    async with Reader(asker) as reader:
        await until(2.0)
        asker.query = OTHER
        await until(15.0)
    assert [type(outcome) for _, outcome in reader.got] == [Snapshot]
    assert source.times == [0.0, 6.0]


@virtually
async def test_the_same_query_again_is_no_change() -> None:
    source = Memory()
    asker = poller(source)
    async with Reader(asker):
        await until(4.0)
        asker.query = Query()
        await until(9.0)
    assert source.times == [0.0]
    assert asker.query == Query()


# Refresh, pause, interval


@virtually
async def test_a_refresh_asks_now_and_starts_the_interval_anew() -> None:
    source = Memory()
    asker = poller(source)
    async with Reader(asker):
        await until(4.0)
        asker.refresh()
        await until(20.0)
    assert source.times == [0.0, 4.0, 14.0]


@virtually
async def test_a_refresh_during_a_question_asks_once_more_right_after_it() -> None:
    source = Memory()
    gate = source.gate(0)
    asker = poller(source)
    async with Reader(asker) as reader:
        await until(2.0)
        asker.refresh()
        asker.refresh()
        assert len(source.asked) == 1
        gate.set()
        await until(9.0)
    assert source.times == [0.0, 2.0]
    assert len(reader.got) == 2
    assert source.most_under_way == 1


@virtually
async def test_paused_it_asks_only_when_told_to() -> None:
    source = Memory()
    asker = poller(source)
    async with Reader(asker):
        await until(4.0)
        asker.paused = True
        await until(1_000.0)
        assert source.times == [0.0]
        assert (asker.due, asker.paused) == (None, True)
        asker.refresh()
        await until(2_000.0)
        assert source.times == [0.0, 1_000.0]
        asker.query = OTHER
        await until(3_000.0)
        assert source.times == [0.0, 1_000.0, 2_000.0]


@virtually
async def test_unpaused_it_asks_when_it_is_due_and_at_once_when_it_was() -> None:
    source = Memory()
    asker = poller(source)
    async with Reader(asker):
        await until(2.0)
        asker.paused = True
        await until(4.0)
        asker.paused = False
        await until(9.0)
        assert (source.times, asker.due) == ([0.0], 10.0)
        asker.paused = True
        await until(500.0)
        asker.paused = False
        await until(501.0)
    assert source.times == [0.0, 500.0]


@virtually
async def test_another_interval_does_not_itself_ask() -> None:
    source = Memory()
    asker = poller(source)
    async with Reader(asker):
        await until(4.0)
        asker.every = 30.0
        await until(5.0)
        assert (source.times, asker.due) == ([0.0], 30.0)
        asker.every = 8.0
        await until(7.9)
        assert source.times == [0.0]
        await until(17.0)
    assert source.times == [0.0, 8.0, 16.0]


@virtually
async def test_an_interval_that_is_over_already_asks_now() -> None:
    source = Memory()
    asker = poller(source, every=60.0)
    async with Reader(asker):
        await until(30.0)
        asker.every = 5.0
        await until(31.0)
    assert source.times == [0.0, 30.0]


@pytest.mark.parametrize(
    ("seconds", "kept"), [(0.0, FASTEST), (-5.0, FASTEST), (1e9, SLOWEST), (7.5, 7.5)]
)
def test_the_interval_stays_within_its_bounds(seconds: float, kept: float) -> None:
    asker = poller(Memory(), every=seconds)
    assert asker.every == kept
    asker.every = 20.0
    asker.every = seconds
    assert asker.every == kept


def test_the_steps_of_the_interval_go_from_the_fastest_to_the_slowest() -> None:
    assert list(INTERVALS) == sorted(set(INTERVALS))
    assert (INTERVALS[0], INTERVALS[-1]) == (FASTEST, SLOWEST)


# The end


@virtually
async def test_cancelled_while_it_waits_or_asks_it_leaves_nothing_behind() -> None:
    source = Memory(takes=5.0)
    for moment in (2.0, 7.0):
        async with Reader(poller(source)):
            await until(now() + moment)
        assert source.under_way == 0
        assert asyncio.all_tasks() == {asyncio.current_task()}


@virtually
async def test_a_defect_of_a_source_is_not_taken_for_a_failed_poll() -> None:
    class Defective(Memory):
        async def fetch(self, query: Query) -> Snapshot:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await anext(aiter(poller(Defective()).outcomes()))
