"""Threshold ranges, held to the guidelines and to the parsers of others."""

from itertools import pairwise
from math import inf

import nagiosplugin
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.report.ranges import Range, RangeError, parse_range


@pytest.mark.parametrize(
    ("text", "alerting", "quiet"),
    [
        ("10", (-1, 11), (0, 5, 10)),
        ("10:", (9, -1), (10, 1_000)),
        ("~:10", (11,), (10, -5)),
        ("10:20", (9, 21), (10, 20)),
        ("@10:20", (10, 15, 20), (9, 21)),
        (":10", (-1, 11), (0, 10)),
        ("~:", (), (-1_000, 0, 1_000)),
        ("@~:", (-1_000, 0, 1_000), ()),
        ("-5:5.5", (-6, 6), (-5, 5)),
        ("0:0", (1, -1), (0,)),
    ],
)
def test_the_ranges_of_the_guidelines(
    text: str, alerting: tuple[int, ...], quiet: tuple[int, ...]
) -> None:
    one = parse_range(text)
    assert one.text == text
    assert [value for value in alerting if not one.alerts(value)] == []
    assert [value for value in quiet if one.alerts(value)] == []


@pytest.mark.parametrize(
    "text", ["", " ", "@", ":", "@:", "~", "@~", "ten", "1:2:3", "1_0", "1e3", "nan", "٣", "10 20"]
)
def test_what_is_no_range(text: str) -> None:
    with pytest.raises(RangeError, match="it takes a range such as 10, 10:, ~:10, 10:20 or @10:20"):
        parse_range(text)


def test_a_range_that_ends_before_it_begins() -> None:
    for text in ("20:10", "10:-1", "-5", "@20:10"):
        with pytest.raises(RangeError, match=f"the range {text} begins above its end"):
            parse_range(text)


NUMBERS = st.integers(-30, 30).map(str) | st.decimals(-30, 30, places=1).map(str)
RANGES = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "@"]),
        st.sampled_from(["", "~:", ":"]) | NUMBERS.map("{}:".format),
        st.just("") | NUMBERS,
    ),
)


def read(text: str) -> Range | None:
    """The range, or nothing."""
    try:
        return parse_range(text)
    except RangeError:
        return None


@given(RANGES, st.integers(-35, 35))
def test_nagiosplugin_agrees(text: str, value: int) -> None:
    one = read(text)
    try:
        theirs = nagiosplugin.Range(text)
    except ValueError:
        assert one is None
        return
    if one is None:
        # It takes a range without any bound for one.
        assert text in ("", "@", ":", "@:")
        return
    assert one.alerts(value) is not theirs.match(value)


@given(RANGES)
def test_between_two_turns_nothing_changes(text: str) -> None:
    one = read(text)
    if one is None:
        return
    turns = sorted(one.turns())
    ends = [-inf, *turns, inf]
    for low, high in pairwise(ends):
        between = [value for value in range(-40, 41) if low < value < high]
        assert len({one.alerts(value) for value in between}) <= 1
