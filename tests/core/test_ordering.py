"""Sorting in slices gives what sorting gives."""

from hypothesis import given
from hypothesis import strategies as st

from tui.core.ordering import in_order


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers())),
    st.booleans(),
    st.integers(1, 9),
)
def test_it_is_what_sorted_gives_wherever_the_slices_end(
    items: list[tuple[int, int]], reverse: bool, size: int
) -> None:
    def key(item: tuple[int, int]) -> int:
        return item[0]

    assert in_order(items, key, reverse=reverse, size=size) == sorted(
        items, key=key, reverse=reverse
    )
