"""Among the moments that are kept one finds one's way, and the strip shows where one is."""

from bisect import bisect_right
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import NOON
from tui.core.instant import TICKS
from tui.core.past import Moment, PastError
from tui.core.rewind import (
    CHANGES,
    Mark,
    Move,
    Stop,
    change,
    index_of,
    known_at,
    marks_of,
    step,
    stops_of,
    strip,
    to,
)


@st.composite
def pasts(draw: st.DrawFn, smallest: int = 0) -> list[Moment]:
    """What is kept of one context: its first polls are let go already, as may be."""
    at = NOON
    moments: list[Moment] = []
    for place in range(draw(st.integers(0, 50)), 1_000):
        if len(moments) >= smallest and draw(st.integers(0, 12)) == 0:
            break
        at += draw(st.sampled_from([0, 5, 5, 5, 5, 7, 900])) * TICKS
        drops, late = draw(st.sampled_from([0, 0, 0, 1, 9])), draw(st.sampled_from([0, 0, 0, 2]))
        told = drops + late + draw(st.integers(0, 1))
        moments.append(Moment(place, at, told, drops, late, draw(st.integers(0, 5)) == 0))
    return moments


def moments(marks: str) -> list[Stop]:
    """A stop each five seconds: ``x`` one drop, ``X`` ten, ``l`` late, ``b`` blind, ``o`` other."""
    count = {"x": 1, "X": 10}
    made = [
        Moment(
            place,
            NOON + 5 * TICKS * place,
            int(one in "xXlo"),
            count.get(one, 0),
            int(one == "l"),
            one == "b",
        )
        for place, one in enumerate(marks)
    ]
    return stops_of({"prod": made})


def walk(stops: Sequence[Stop], move: Move, here: int | None = None) -> list[int | None]:
    """Where one gets by the same move again and again."""
    places: list[int | None] = []
    while True:
        try:
            here = move(stops, here)
        except PastError:
            return places
        places.append(here)
        if here is None:
            return places


@given(pasts(smallest=2))
def test_one_steps_back_to_the_oldest_and_on_to_the_present(kept: list[Moment]) -> None:
    stops = stops_of({"prod": kept})
    back = walk(stops, step(-1))
    assert back == list(range(len(stops) - 2, -1, -1))
    assert walk(stops, step(1), 0) == [*range(1, len(stops) - 1), None]
    assert step(-1_000)(stops, None) == 0


@given(pasts())
def test_changes_are_the_same_ones_there_and_back(kept: list[Moment]) -> None:
    stops = stops_of({"prod": kept})
    marked = [place for place, mark in enumerate(marks_of(stops)) if mark in CHANGES]
    assert walk(stops, change(-1)) == marked[::-1]
    assert walk(stops, change(1), -1) == [*marked, None]


@given(pasts(smallest=1), st.integers(-100, 2_000))
def test_the_moment_of_an_instant_is_the_last_until_then(kept: list[Moment], after: int) -> None:
    stops, instant = stops_of({"prod": kept}), NOON + after * TICKS
    later = [one.at > instant for one in kept]
    if all(later):
        with pytest.raises(PastError, match="is not kept: the oldest moment is"):
            to(instant)(stops, None)
    else:
        assert to(instant)(stops, None) == later.count(False) - 1


@given(pasts(), pasts(), st.data())
def test_of_several_contexts_each_is_as_it_was_known_at_the_instant(
    one: list[Moment], other: list[Moment], data: st.DataObject
) -> None:
    stops = stops_of({"prod": one, "eu": other})
    assert [each.at for each in stops] == sorted(each.at for each in (*one, *other))
    if not stops:
        return
    place = data.draw(st.integers(0, len(stops) - 1))
    assert index_of(stops, stops[place]) == place
    known = known_at(stops, place)
    for name, kept in (("prod", one), ("eu", other)):
        seen = [each.moment for each in stops[: place + 1] if each.context == name]
        assert known.get(name) == (seen[-1] if seen else None)
        assert seen == kept[: len(seen)]


def test_what_is_let_go_meanwhile_lies_before_the_oldest() -> None:
    stops = moments("......")
    assert index_of(stops[3:], stops[1]) == -1
    assert step(-1)(stops[3:], -1) == 0
    assert step(1)(stops[3:], -1) == 0
    assert to(stops[4].at)(stops[3:], -1) == 1


def test_nothing_is_earlier_than_the_first_and_nothing_later_than_now() -> None:
    for stops in (moments(""), moments(".")):
        with pytest.raises(PastError, match="nothing earlier is kept yet"):
            step(-1)(stops, None)
    with pytest.raises(PastError, match="14:30:25Z is the oldest moment that is kept"):
        step(-1)(moments("..."), 0)
    for move in (step(1), change(1)):
        with pytest.raises(PastError, match="live already"):
            move(moments("..."), None)
    with pytest.raises(PastError, match="nothing is kept yet"):
        to(NOON)([], None)


def test_what_happens_with_every_poll_of_a_large_fleet_is_no_change() -> None:
    assert walk(moments("..x....l..o.bbb.."), change(-1)) == [15, 12, 7, 2]
    assert walk(moments("xxoxxxXxxx.xxxx"), change(-1)) == [6]


@given(pasts(smallest=1), st.integers(1, 90), st.data())
def test_the_strip_shows_every_change_and_where_one_is(
    kept: list[Moment], width: int, data: st.DataObject
) -> None:
    stops = stops_of({"prod": kept})
    here = data.draw(st.integers(0, len(stops) - 1))
    shown = strip(stops, here, width)
    assert len(shown.marks) == width
    assert shown.here is not None
    assert 0 <= shown.here < width
    cells = [strip(stops, place, width).here or 0 for place in range(len(stops))]
    assert cells == sorted(cells)
    for place, mark in enumerate(marks_of(stops)):
        if mark in CHANGES:
            assert shown.marks[cells[place]] in CHANGES
    for place, cell in enumerate(shown.marks):
        if cell is Mark.DROPS:
            assert any(kept[i].drops for i in range(len(kept)) if cells[i] == place)
        if cell is Mark.UNASKED:
            # Nothing was asked in it, nor for long before.
            assert place not in cells
            assert not kept[bisect_right(cells, place) - 1].blind


def test_a_cell_without_a_poll_is_as_the_poll_before() -> None:
    stops = moments("..X..bb.")
    assert "".join(mark.value for mark in strip(stops, 2, 8).marks) == "──✕──┤░├"
    assert strip(stops, 2, 8).here == 2
    wide = "".join(mark.value for mark in strip(stops, 2, 22).marks)
    assert wide == "──────✕────────┤░░░░░├"
    pause = [*stops[:4], *(Stop("prod", Moment(9, NOON + 900 * TICKS)),)]
    assert "".join(mark.value for mark in strip(pause, 0, 20).marks) == "✕" + " " * 18 + "─"
