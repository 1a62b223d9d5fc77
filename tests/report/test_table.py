"""The table for people: aligned, complete, and as harmless as the screen."""

from hypothesis import given
from hypothesis import strategies as st

from tests.report.samples import mixed, rows
from tests.strategies import NOON, connection, hostile_connections, snapshot
from tui.core.cells import cells_of
from tui.core.columns import COLUMNS
from tui.core.connection import Connection
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.names import Names
from tui.core.safe import safe
from tui.report.table import table


def test_without_a_row_there_is_a_header() -> None:
    assert list(table([], NOON, wide=True)) == [
        "  ".join(column.title for column in COLUMNS if column.key != "network") + "\n"
    ]


@given(st.lists(hostile_connections(), max_size=4, unique_by=lambda one: one.connection_id))
def test_whatever_was_served_is_one_harmless_line(records: list[Connection]) -> None:
    lines = list(table(rows(tuple(records)), NOON, wide=True))
    assert len(lines) == len(records) + 1
    for line in lines:
        assert line.endswith("\n")
        assert all(safe(char) == char for char in line[:-1])


def test_columns_stand_under_their_heads_whatever_the_width_of_a_character() -> None:
    lines = list(table(rows(mixed()), NOON))
    place = cells_of(lines[0].partition("protocol")[0])
    for line in lines[1:]:
        before = ""
        while cells_of(before) < place:
            before = line[: len(before) + 1]
        assert before.endswith("  ")


@given(st.integers(1, 300))
def test_a_terminal_gets_as_many_columns_as_fit(width: int) -> None:
    lines = list(table(rows(mixed()), NOON, width=width))
    least = ["state", "beat", "connection"]
    assert lines[0].split()[:3] == least
    if lines[0].split() != least:
        assert all(cells_of(line.rstrip("\n")) <= width for line in lines)


def test_a_named_key_is_shown_where_its_id_would_have_no_room() -> None:
    names = Names(keys={"f1e2d3c4-b5a6-9879-8765-4321dcba0987": "trading-prod"})
    named = list(fold(Fleet(names=names), snapshot([connection()])).tracked.values())
    assert "trading-prod" in list(table(named, NOON, names, width=120))[1]
    wide = list(table(named, NOON, names, wide=True))[1]
    assert "trading-prod f1e2d3c4-b5a6-9879-8765-4321dcba0987" in wide
