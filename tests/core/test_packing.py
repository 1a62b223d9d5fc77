"""What is packed is what is opened, whatever it is."""

from hypothesis import given
from hypothesis import strategies as st

from tests.core.test_history import JSON
from tests.strategies import FIRST, LAST, hostile_texts
from tui.core.packing import (
    Frames,
    frames_of,
    instants,
    numbers,
    opened,
    packed,
    packed_instants,
    packed_numbers,
    packed_rising,
    packed_seconds,
    rising,
    seconds,
)

_ANY = Frames[object](object)
NUMBERS = st.integers(0, 2**32 - 1)


@given(st.lists(JSON | st.just(float("nan")) | hostile_texts(), max_size=5))
def test_values_are_opened_as_they_were_packed(values: list[object]) -> None:
    # By their texts, since of two that are no number neither is equal to the other.
    assert repr(list(_ANY.read_all(opened(packed(frames_of(values)))))) == repr(values)


def test_many_values_are_opened_in_their_order() -> None:
    values = [*range(1_234), 2**64, *range(1_234)]
    assert list(_ANY.read_all(opened(packed(frames_of(values))))) == values


@given(st.lists(NUMBERS), st.lists(st.integers(FIRST, LAST)), st.lists(st.floats()))
def test_columns_are_opened_as_they_were_packed(
    whole: list[int], times: list[int], spans: list[float]
) -> None:
    assert list(numbers(packed_numbers(whole))) == whole
    assert rising(packed_rising(sorted(whole))) == sorted(whole)
    assert list(instants(packed_instants(times))) == times
    assert repr(list(seconds(packed_seconds(spans)))) == repr(spans)
