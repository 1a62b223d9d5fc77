"""Where the line of start times is cut, what a part asks, and how the answers are joined."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.source.paged import beat, fleet
from tests.strategies import FIRST, LAST, NOON, connection, instants, snapshot
from tui.core.connection import Connection
from tui.core.instant import TICKS, Instant
from tui.core.query import Query
from tui.source.windows import (
    Part,
    has_hidden,
    is_astray,
    merge,
    slide,
    split,
    unite,
    window_start,
)

ALL = Query()
ROOT = Part()


def edges(part: Part) -> tuple[Instant, Instant]:
    return (
        FIRST if part.low is None else part.low,
        LAST if part.high is None else part.high,
    )


def desc(starts: list[Instant]) -> list[Connection]:
    return fleet(sorted(starts, reverse=True))


def shuffled(starts: list[Instant]) -> list[Connection]:
    return fleet(Random(3).sample(starts, len(starts)))


# What a part asks


def test_the_open_ends_send_the_bounds_that_the_user_gave_and_no_others() -> None:
    assert ROOT.question(ALL) == ALL
    mine = Query(time_start=NOON, time_end=NOON + TICKS)
    assert ROOT.question(mine) == mine
    assert Part(None, NOON + 5).question(mine) == Query(time_start=NOON, time_end=NOON + 6)
    assert Part(NOON + 5, None).question(mine) == Query(time_start=NOON + 4, time_end=NOON + TICKS)


def test_an_inner_bound_is_asked_one_tick_further_out_for_servers_that_exclude_it() -> None:
    assert Part(5, 9).question(ALL) == Query(time_start=4, time_end=10)


def test_a_part_at_the_epoch_is_no_open_end() -> None:
    assert Part(0, 0).question(ALL) == Query(time_start=-1, time_end=1)
    at_epoch = Query(time_start=0, time_end=100)
    assert [edges(one) for one in split(ROOT, at_epoch, fleet([0] * 9))] == [(2, LAST), (FIRST, 1)]


# Where a part is cut

STARTS = st.lists(
    instants() | st.integers(NOON, NOON + 8) | st.integers(-20, 20) | instants(FIRST, FIRST + 3),
    min_size=1,
    max_size=30,
)


@given(STARTS, st.data())
@example([LAST], None)
@example([FIRST, FIRST + 1], None)
def test_the_pieces_of_a_part_lie_side_by_side_and_fill_it_and_each_is_smaller(
    starts: list[Instant], data: st.DataObject | None
) -> None:
    ends = st.none() | instants(FIRST + 1, LAST - 1) | st.sampled_from(starts)
    low, high = (None, None) if data is None else (data.draw(ends), data.draw(ends))
    part = Part(low, high)
    assume(FIRST not in (low, high) and LAST not in (low, high))
    assume(edges(part)[0] <= edges(part)[1])
    pieces = split(part, ALL, fleet(starts))[::-1]
    if not pieces:
        return
    assert len(pieces) in (2, 3)
    assert pieces[0].low == part.low
    assert pieces[-1].high == part.high
    for older, newer in pairwise(pieces):
        assert older.high is not None
        assert newer.low == older.high + 1
    for piece in pieces:
        first, last = edges(piece)
        assert first <= last
        assert last - first < edges(part)[1] - edges(part)[0]
        piece.question(ALL).to_params()


@given(STARTS, instants(), instants())
def test_no_piece_reaches_past_the_window_of_the_user(
    starts: list[Instant], one: Instant, other: Instant
) -> None:
    mine = Query(time_start=min(one, other), time_end=max(one, other))
    assert mine.time_start is not None
    assert mine.time_end is not None
    for piece in split(ROOT, mine, fleet(starts)):
        asked = piece.question(mine)
        assert asked.time_start is not None
        assert asked.time_end is not None
        assert mine.time_start <= asked.time_start <= asked.time_end <= mine.time_end


@given(STARTS, instants() | st.integers(NOON, NOON + 8), st.integers(0, 9))
def test_only_a_core_of_three_ticks_or_one_where_nothing_was_seen_is_not_cut(
    starts: list[Instant], low: Instant, width: int
) -> None:
    part = Part(low, min(low + width, LAST))
    seen = [one for one in starts if part.covers(one, 1)]
    wide = edges(part)[1] - edges(part)[0] >= 3
    assert bool(split(part, ALL, fleet(starts))) == (wide and bool(seen))


def test_the_newest_first_hide_what_is_older_so_the_newer_side_gets_four_fifths() -> None:
    starts = [NOON - second * TICKS for second in range(100)]
    newer, older = split(ROOT, ALL, desc(starts))
    assert sum(newer.covers(start) for start in starts) == 80
    assert newer.high is None
    assert older.low is None


def test_the_oldest_first_hide_what_is_newer_so_the_older_side_gets_four_fifths() -> None:
    starts = [NOON - second * TICKS for second in range(100)]
    _, older = split(ROOT, ALL, desc(starts)[::-1])
    assert sum(older.covers(start) for start in starts) == 80


def test_any_other_order_hides_anything_so_both_sides_get_half() -> None:
    starts = [NOON - second * TICKS for second in range(100)]
    newer, _ = split(ROOT, ALL, shuffled(starts))
    assert sum(newer.covers(start) for start in starts) == 50


def test_a_cut_lies_on_a_whole_second_where_one_is_near() -> None:
    rng = Random(4)
    starts = [NOON - rng.randrange(100 * TICKS) for _ in range(1_000)]
    newer, _ = split(ROOT, ALL, shuffled(starts))
    assert newer.low is not None
    assert newer.low % TICKS == 0
    assert 400 <= sum(newer.covers(start) for start in starts) <= 600


def test_a_whole_second_a_little_off_the_middle_is_better_than_the_middle_itself() -> None:
    starts = [NOON + n * 1_000 for n in range(10)] + [NOON + TICKS + n * 1_000 for n in range(1, 9)]
    newer, _ = split(ROOT, ALL, shuffled(starts))
    assert newer.low == NOON + TICKS


def test_a_cut_keeps_two_ticks_away_from_what_was_seen_where_there_is_room() -> None:
    starts = [NOON, NOON + 1, NOON + 2, NOON + 9, NOON + 10, NOON + 11]
    newer, older = split(ROOT, ALL, shuffled(starts))
    assert (newer.low, older.high) == (NOON + 4, NOON + 3)


def test_starts_that_are_neighbours_are_parted_all_the_same() -> None:
    newer, older = split(ROOT, ALL, desc([NOON, NOON + 1]))
    assert (newer.low, older.high) == (NOON + 1, NOON)


def test_a_pile_gets_a_part_of_its_own_whose_neighbours_never_see_it() -> None:
    pieces = split(ROOT, ALL, fleet([NOON] * 9))
    assert pieces == [Part(NOON + 2, None), Part(NOON - 1, NOON + 1), Part(None, NOON - 2)]
    assert [one.question(ALL).time_start for one in pieces] == [NOON + 1, NOON - 2, None]
    assert [one.question(ALL).time_end for one in pieces] == [None, NOON + 2, NOON - 1]


def test_a_pile_one_tick_outside_the_core_is_set_apart_too() -> None:
    assert split(Part(NOON, NOON + 99), ALL, fleet([NOON + 100] * 9)) == [
        Part(NOON + 99, NOON + 99),
        Part(NOON, NOON + 98),
    ]


# The parts from poll to poll


def test_small_neighbours_become_one_and_large_ones_stay() -> None:
    tree = {Part(30, None): 300, Part(20, 29): 300, Part(10, 19): 1, Part(None, 9): 600}
    assert merge(tree, 1_000) == {Part(20, None): 600, Part(10, 19): 1, Part(None, 9): 600}


def test_a_part_that_was_never_asked_is_not_merged() -> None:
    tree = {Part(20, None): 0, Part(10, 19): None, Part(None, 9): 0}
    assert merge(tree, 1_000) == tree


@given(st.lists(st.none() | st.integers(0, 99), min_size=1, max_size=20))
def test_merging_loses_no_tick_and_no_count_and_leaves_no_two_small_neighbours(
    counts: list[int | None],
) -> None:
    last = len(counts) - 1
    tree = {
        Part(None if n == last else -n * 10, None if n == 0 else -n * 10 + 9): count
        for n, count in enumerate(counts)
    }
    merged = merge(tree, 100)
    parts = list(merged)
    assert parts[0].high is None
    assert parts[-1].low is None
    for newer, older in pairwise(parts):
        assert newer.low is not None
        assert older.high == newer.low - 1
        one, other = merged[newer], merged[older]
        assert one is None or other is None or one + other > 60
    assert sum(n or 0 for n in merged.values()) == sum(n or 0 for n in counts)


def test_parts_before_the_window_are_forgotten_and_the_oldest_left_is_open() -> None:
    tree = {Part(20, None): 7, Part(10, 19): 8, Part(None, 9): 9}
    assert slide(tree, 9) == tree
    assert slide(tree, 10) == {Part(20, None): 7, Part(None, 19): 8}
    assert slide(tree, 99) == {Part(None, None): 7}


def test_a_window_of_four_thousand_years_begins_with_the_calendar() -> None:
    assert window_start(5, NOON) == NOON - 300 * TICKS
    assert window_start(2**31 - 1, NOON) == FIRST


# What the answers say together


def test_a_record_in_two_answers_counts_once_with_its_later_heartbeat() -> None:
    older, newer = beat(connection(), 9, NOON), beat(connection(), 3, NOON)
    for answers in ([older], [newer]), ([newer], [older]):
        records, disagree = unite([snapshot(one) for one in answers], [], ALL, NOON, asked_all=True)
        assert records == (newer,)
        assert not disagree


def test_the_records_stand_newest_first_and_then_by_id() -> None:
    three = [connection("b", start=7), connection("a", start=7), connection("c", start=8)]
    records, _ = unite([snapshot(three)], [], ALL, NOON, asked_all=True)
    assert [one.connection_id for one in records] == ["c", "a", "b"]


def test_a_record_that_only_the_wider_answer_has_is_kept_and_tells_of_a_disagreement() -> None:
    records, disagree = unite([snapshot()], [snapshot([connection()])], ALL, NOON, asked_all=True)
    assert len(records) == 1
    assert disagree


@pytest.mark.parametrize(
    ("age", "query", "kept"),
    [(117.9, ALL, True), (118.1, ALL, False), (118.1, Query(active_only=False), True)],
)
def test_what_fell_silent_between_the_answers_has_left_and_is_no_disagreement(
    age: float, query: Query, kept: bool
) -> None:
    silent = beat(connection(), age, NOON)
    records, disagree = unite([snapshot()], [snapshot([silent])], query, NOON, asked_all=True)
    assert bool(records) == disagree == kept


def test_where_a_part_was_not_asked_the_wider_answer_stands_for_it() -> None:
    silent = beat(connection(), 118.1, NOON)
    records, disagree = unite([], [snapshot([silent])], ALL, NOON, asked_all=False)
    assert (records, disagree) == ((silent,), False)


def test_what_slid_out_of_a_window_of_minutes_is_left_out_and_no_disagreement() -> None:
    old, young = connection("a", start=NOON - 300 * TICKS - 1), connection("b", start=NOON)
    query = Query(minutes=5)
    records, disagree = unite(
        [snapshot([young, old])], [snapshot([old])], query, NOON, asked_all=True
    )
    assert (records, disagree) == ((young,), False)


def test_records_more_than_a_second_outside_the_core_show_a_server_that_ignores_windows() -> None:
    part = Part(NOON, NOON + TICKS)
    assert not is_astray(part, fleet([NOON - TICKS, NOON + 2 * TICKS]))
    assert is_astray(part, fleet([NOON - TICKS - 1]))
    assert is_astray(part, fleet([NOON + 2 * TICKS + 1]))
    assert not is_astray(ROOT, fleet([FIRST, LAST]))


def test_a_record_that_a_wider_answer_had_to_hold_was_hidden_by_a_cap() -> None:
    answer, old = snapshot([connection("a")]), connection("b")
    assert has_hidden(ROOT, answer, [connection("a"), old])
    assert not has_hidden(ROOT, answer, [connection("a")])
    assert not has_hidden(ROOT, answer, [connection("b", start=NOON - TICKS)])
    assert not has_hidden(Part(None, old.start - 1), answer, [old])
