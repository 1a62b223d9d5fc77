"""A dimension's value and the filter that stands for it mean the same connections."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.strategies import NOON, connection, connections, hostile_connections, tracked
from tui.core.connection import State
from tui.core.dimensions import BY_KEY, DIMENSIONS, Dimension
from tui.core.fleet import Tracked
from tui.core.grammar import GrammarError, parse_filter
from tui.core.names import Labels

ONES = st.builds(
    lambda one, rhythm: replace(one, rhythm=rhythm),
    tracked(st.one_of(connections(), hostile_connections())),
    st.none() | st.floats(0.0, 3_600),
)


@pytest.mark.parametrize("dimension", DIMENSIONS, ids=lambda one: one.key)
@given(one=ONES, other=ONES)
def test_the_filter_of_a_value_lets_through_whoever_has_it(
    dimension: Dimension, one: Tracked, other: Tracked
) -> None:
    value = dimension.read(one, NOON)
    condition = parse_filter(dimension.condition(value))
    assert condition.passes(one, NOON)
    # Case does not matter to a filter.
    same = dimension.read(other, NOON).lower() == value.lower()
    assert condition.passes(other, NOON) == same


ROW = Tracked(
    connection(client="2001:db8:1:2::3"),
    NOON,
    NOON,
    State.LIVE,
    labels=Labels(key="trading-prod", client="Frankfurt office", host="tokyo gateway"),
)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("host", "ws-server-01.coinapi.io"),
        ("region", "us-east-1"),
        ("net", "2001:db8:1::/48"),
        ("start", "2024-01-15T14:1"),
        ("nth", "1"),
        ("age", "10m-1h"),
        ("rhythm", ""),
    ],
)
def test_what_a_connection_has_in_a_dimension(key: str, value: str) -> None:
    assert BY_KEY[key].read(ROW, NOON) == value


def test_dimensions_know_what_people_call_a_value() -> None:
    named = {one.key: one.label(ROW) for one in DIMENSIONS if one.label(ROW)}
    assert named == {
        "host": "tokyo gateway",
        "key": "trading-prod",
        "client": "Frankfurt office",
        "net": "Frankfurt office",
    }


@pytest.mark.parametrize(
    "text",
    [
        "key:trading-prod",
        "key=TRADING-prod",
        "trading-prod",
        'client:"frankfurt office"',
        "host:tokyo",
        "frankfurt tokyo",
        "net:2001:db8::/32",
        "net=2001:db8:1:2::3",
        "region=us-east-1",
        "start:2024-01-15T14:1",
        "nth=1",
        "nth<2",
        "!nth>1",
        "!rhythm>0",
        "!rhythm<1d",
        "net:",
    ],
)
def test_it_is_found_by_what_people_call_it_and_by_where_it_is(text: str) -> None:
    assert parse_filter(text).passes(ROW, NOON)


@pytest.mark.parametrize(
    "text",
    ["key=trading", "2024-01-15T14", "net:203.0.113.0/24", "region=us-east", "nth>1", "rhythm>0"],
)
def test_it_is_not_found_by_what_it_is_not(text: str) -> None:
    assert not parse_filter(text).passes(ROW, NOON)


@pytest.mark.parametrize("text", ["net:here", "net>10.0.0.0/8", "nth:many", "rhythm=10s"])
def test_what_cannot_be_read_says_how_it_is_written(text: str) -> None:
    with pytest.raises(GrammarError, match="say "):
        parse_filter(text)
