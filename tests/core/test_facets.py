"""Facets count what is there, the most frequent first."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import answers, connection, hostile_connections, snapshot, tracked
from tui.core.connection import Connection, State
from tui.core.facets import FACETS, Facet, facet
from tui.core.fleet import Fleet, Tracked
from tui.core.fold import fold
from tui.core.query import Query

ROWS = st.lists(tracked(), max_size=12, unique_by=lambda one: one.connection_id)


@given(ROWS, st.sampled_from(FACETS))
def test_counts_are_those_of_connections_that_are_there(rows: list[Tracked], read: Facet) -> None:
    counts = facet(Fleet(tracked={one.connection_id: one for one in rows}), read)
    there = [read.value(one.connection) for one in rows if one.state is not State.GONE]
    assert counts == Counter(there)


@given(answers(), st.sampled_from(FACETS))
def test_the_most_frequent_stand_first_and_equals_by_name(
    records: tuple[Connection, ...], read: Facet
) -> None:
    items = list(facet(fold(Fleet(), snapshot(records)), read).items())
    assert items == sorted(items, key=lambda item: (-item[1], item[0]))
    assert sum(count for _, count in items) == len(records)


@given(hostile_connections())
def test_every_facet_reads_a_text_of_any_record(record: Connection) -> None:
    for read in FACETS:
        assert isinstance(read.value(record), str)


def test_every_facet_is_a_filter_that_the_query_knows() -> None:
    known = set(Query.__struct_fields__)
    assert {read.field for read in FACETS} <= known
    for read in FACETS:
        value = read.value(connection())
        assert Query(**{read.field: value}).matches(connection())  # type: ignore[arg-type]
