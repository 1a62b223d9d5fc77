"""Columns: one order, one width, one cell text, for the screen and for lists alike."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.strategies import NOON, connection, hostile_connections, instants, tracked
from tui.core.columns import BY_KEY, COLUMNS, DEFAULT_KEYS, Column, fit
from tui.core.connection import State
from tui.core.fleet import Tracked
from tui.core.instant import TICKS

WIDTHS = st.integers(0, 300)
CHOICES = st.lists(st.sampled_from(COLUMNS), unique=True)


@given(CHOICES, WIDTHS, st.integers(0, 3))
def test_columns_fit_into_the_width_or_only_the_indispensable_stay(
    columns: list[Column], width: int, gap: int
) -> None:
    fitted = fit(columns, width, gap)
    kept = [column for column, _ in fitted]
    needed = sum(wide for _, wide in fitted) + gap * max(0, len(kept) - 1)
    assert needed <= width or all(column.rank == 0 for column in kept)
    assert [column for column in columns if column in kept] == kept
    assert all(column in kept for column in columns if column.rank == 0)


@given(CHOICES)
@example(list(COLUMNS))
@settings(max_examples=30)
def test_no_column_is_given_up_before_a_cheaper_one_or_without_need(columns: list[Column]) -> None:
    for width in range(250):
        kept = [column for column, _ in fit(columns, width)]
        lost = sorted((c for c in columns if c not in kept), key=lambda column: column.rank)
        if lost:
            assert all(column.rank < lost[0].rank for column in kept)
            assert sum(column.width + 1 for column in kept) + lost[0].width > width


@given(CHOICES, WIDTHS)
def test_room_to_spare_goes_to_columns_that_have_more_to_show(
    columns: list[Column], width: int
) -> None:
    fitted = fit(columns, width)
    assert all(one.width <= wide <= max(one.width, one.most) for one, wide in fitted)
    needed = sum(wide + 1 for _, wide in fitted) - 1
    if needed < width:
        assert all(wide == max(one.width, one.most) for one, wide in fitted)


@given(tracked(hostile_connections()), instants())
def test_every_cell_is_one_safe_line_whatever_was_served(one: Tracked, at: int) -> None:
    for column in COLUMNS:
        text = column.cell(one, at)
        assert len(text) <= 400
        assert {unicodedata.category(char) for char in text}.isdisjoint(
            {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
        )


@given(tracked(hostile_connections()), instants())
def test_cells_of_states_ages_and_times_never_outgrow_their_column(one: Tracked, at: int) -> None:
    for key in ("state", "up", "served", "start", "last"):
        assert len(BY_KEY[key].cell(one, at)) <= BY_KEY[key].width


def test_the_default_columns_exist_and_every_column_explains_itself() -> None:
    assert set(DEFAULT_KEYS) <= set(BY_KEY)
    assert len(BY_KEY) == len(COLUMNS)
    assert all(column.help and column.title and column.width > 0 for column in COLUMNS)
    assert {column.key for column in COLUMNS if column.ticks} == {"beat", "up"}


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("state", "● live"),
        ("beat", "2m"),
        ("id", "conn_1"),
        ("service", "coinapi-ws"),
        ("up", "17m"),
        ("served", "14m59s"),
        ("start", "2024-01-15 14:15:25Z"),
        ("last", "2024-01-15 14:30:24Z"),
    ],
)
def test_a_cell_reads_as_of_the_instant_asked_for(key: str, text: str) -> None:
    one = Tracked(connection("conn_1"), NOON, NOON, State.LIVE)
    assert BY_KEY[key].cell(one, NOON + 130 * TICKS) == text


def test_one_that_left_has_a_duration_that_stands_still() -> None:
    one = Tracked(connection("conn_1"), NOON, NOON, State.GONE, gone_at=NOON)
    assert {BY_KEY["up"].cell(one, NOON + n * 86_400 * TICKS) for n in range(3)} == {"14m"}
