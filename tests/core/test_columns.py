"""Columns: one order, one width, one cell text, for the screen and for lists alike."""

import unicodedata
from ipaddress import ip_network

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.strategies import NOON, connection, hostile_connections, instants, tracked
from tui.core.cells import cells_of
from tui.core.columns import (
    BY_KEY,
    COLUMNS,
    CONTEXT,
    DEFAULT_KEYS,
    Column,
    default_columns,
    fit,
    with_names,
)
from tui.core.connection import State
from tui.core.fleet import Tracked
from tui.core.instant import TICKS
from tui.core.names import NO_NAMES, Labels, Names

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
    assert list(BY_KEY.values()) == [*COLUMNS, CONTEXT]
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


NAMES = Names(
    keys={"f1e2": "trading-prod", "a": "x"},
    networks={ip_network("203.0.113.0/24"): "Frankfurt"},
    hosts={"ws-server-01": "東京 one"},
)
NAMED = Tracked(
    connection("conn_1", api_key_id="f1e2", client="203.0.113.7", host="ws-server-01"),
    NOON,
    NOON,
    State.LIVE,
    labels=Labels("trading-prod", "Frankfurt", "東京 one"),
)


def cells(one: Tracked, *, wide: bool = False) -> dict[str, str]:
    columns = with_names(COLUMNS, NAMES, wide=wide)
    return {column.key: column.cell(one, NOON) for column in columns}


def test_a_name_stands_where_an_id_would_and_wide_beside_it() -> None:
    narrow, wide = cells(NAMED), cells(NAMED, wide=True)
    assert (narrow["key"], wide["key"]) == ("trading-prod", "trading-prod f1e2")
    assert (narrow["host"], wide["host"]) == ("東京 one", "東京 one ws-server-01")
    # An address tells one client from another: a name stands beside it, never in its place.
    assert (narrow["client"], narrow["network"]) == ("203.0.113.7", "Frankfurt")
    nameless = replace(NAMED, labels=Labels())
    assert cells(nameless) == cells(nameless, wide=True)
    assert cells(nameless)["key"] == "f1e2"


def test_wide_has_room_for_every_name_and_what_it_stands_for() -> None:
    for column in with_names(COLUMNS, NAMES, wide=True):
        if column.key in ("key", "host", "client", "network"):
            assert column.width >= cells_of(column.cell(NAMED, NOON))


def seen(names: Names, width: int) -> list[str]:
    return [column.key for column, _ in fit(default_columns(names), width)]


def test_names_are_seen_on_a_screen_where_ids_are_not() -> None:
    def least(key: str, names: Names) -> int:
        return next(width for width in range(400) if key in seen(names, width))

    assert (least("key", NO_NAMES), least("key", NAMES)) == (177, 97)
    assert (least("client", NO_NAMES), least("client", NAMES)) == (110, 113)
    assert least("network", NAMES) == 123


def test_who_has_named_keys_alone_has_no_column_for_networks() -> None:
    assert "network" not in seen(Names(keys=NAMES.keys), 400)
    assert "network" not in [one.key for one in with_names(COLUMNS, NO_NAMES, wide=True)]


def test_rows_are_sorted_by_what_is_shown_and_then_by_what_is_served() -> None:
    column = BY_KEY["key"]
    ids = {"f1": "prod", "02": "Prod", "zz": "", "01": "test", "aa": ""}
    rows = [
        replace(NAMED, connection=connection(api_key_id=key_id), labels=Labels(name))
        for key_id, name in ids.items()
    ]
    rows.sort(key=lambda one: column.sort(one, NOON))
    assert [one.connection.api_key_id for one in rows] == ["aa", "02", "f1", "01", "zz"]


def test_without_names_every_column_is_as_it_was() -> None:
    assert with_names(COLUMNS, NO_NAMES) == [one for one in COLUMNS if one.key != "network"]
    assert [column.key for column in default_columns(NO_NAMES)] == list(DEFAULT_KEYS)
