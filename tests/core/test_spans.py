"""Spans, held to sets of the ticks in them."""

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tui.core.instant import TICKS
from tui.core.spans import (
    Span,
    clipped,
    edges_of,
    levels,
    merged,
    parts_of,
    seconds_in_each,
    total,
    without,
)

instants = st.integers(0, 40)
spans = st.lists(st.tuples(instants, instants))
edges = st.lists(instants, min_size=2, unique=True).map(sorted)


def ticks(some: list[Span]) -> Counter[int]:
    """How many spans each tick is in."""
    return Counter(at for first, last in some for at in range(first, last))


@given(spans)
def test_merged_spans_are_the_same_time_and_lie_apart(some: list[Span]) -> None:
    found = merged(some)
    assert set(ticks(some)) == set(ticks(found))
    assert all(before[1] < after[0] for before, after in pairwise(found))
    assert all(first < last for first, last in found)


@given(spans, st.tuples(instants, instants))
def test_what_is_clipped_keeps_what_is_inside(some: list[Span], to: Span) -> None:
    inside = {at: count for at, count in ticks(some).items() if to[0] <= at < to[1]}
    assert ticks(clipped(some, to)) == inside


@given(spans, spans)
def test_what_is_cut_out_is_not_there_any_more_and_all_else_is(
    some: list[Span], holes: list[Span]
) -> None:
    cut = {at: count for at, count in ticks(some).items() if at not in ticks(holes)}
    assert ticks(without(some, merged(holes))) == cut


@given(spans, edges)
def test_seconds_and_levels_are_those_of_the_ticks(some: list[Span], cut: list[int]) -> None:
    some = [(first, last) for first, last in some if first < last]
    counts = ticks(some)
    between = [[counts[at] for at in range(first, last)] for first, last in pairwise(cut)]
    assert [round(each * TICKS) for each in seconds_in_each(some, cut)] == [*map(sum, between)]
    assert levels(some, cut) == [(min(each), max(each)) for each in between]
    assert round(total(some) * TICKS) == counts.total()


@given(instants.map(lambda at: at * TICKS), st.integers(1, 10**7), st.integers(2, 100))
def test_edges_lead_from_the_first_to_the_last(first: int, seconds: int, most: int) -> None:
    last = first + seconds * TICKS
    cut = edges_of((first, last), most)
    assert (cut[0], cut[-1]) == (first, last)
    assert cut == sorted(set(cut))
    # A span of many weeks has a part for each.
    assert len(cut) - 1 <= max(most, seconds // (7 * 86_400) + 2)
    assert all(edge % (60 * TICKS) == 0 for edge in cut[1:-1])
    drawn = parts_of((first, last), most)
    assert (drawn[0], drawn[-1], len(drawn)) == (first, last, most + 1)
    assert drawn == sorted(drawn)
