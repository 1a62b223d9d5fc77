"""What people call keys, networks and hosts is found however the API spells them."""

from ipaddress import IPv4Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.strategies import NOON, connection, hostile_connections, snapshot
from tui.core.connection import Connection, State
from tui.core.event_records import event_line
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS
from tui.core.names import NO_LABELS, NO_NAMES, Labels, Names
from tui.core.query import Query, QueryError, parse_query

KEY = "f1e2d3c4-b5a6-9879-8765-4321dcba0987"
NAMES = Names(
    keys={KEY: "trading-prod"},
    networks={
        ip_network("203.0.0.0/16"): "head office",
        ip_network("203.0.113.0/24"): "Frankfurt",
        ip_network("2001:db8::/32"): "Tokyo",
    },
    hosts={"ws-server-01": "gateway one"},
)


def test_a_connection_has_the_names_of_its_key_network_and_host() -> None:
    one = connection(api_key_id=KEY.upper(), host="WS-Server-01.coinapi.io")
    assert NAMES.of(one) == Labels("trading-prod", "Frankfurt", "gateway one")


def test_the_narrowest_network_names_a_client() -> None:
    assert NAMES.of(connection(client="203.0.7.1")).client == "head office"
    assert NAMES.of(connection(client="2001:db8::7")).client == "Tokyo"
    assert NAMES.of(connection(client="198.51.100.7")).client == ""


@given(st.sets(st.ip_addresses(v=4), max_size=6), st.lists(st.integers(0, 32), min_size=6))
def test_no_network_that_holds_an_address_is_narrower_than_the_one_that_names_it(
    addresses: set[object], widths: list[int]
) -> None:
    pairs = zip(addresses, widths, strict=False)
    networks = {IPv4Network(f"{one}/{width}", strict=False) for one, width in pairs}
    names = Names(networks={one: str(one) for one in networks})
    for address in addresses:
        held = [one for one in networks if ip_address(str(address)) in one]
        narrowest = max(held, key=lambda one: one.prefixlen, default="")
        assert names.of(connection(client=str(address))).client == str(narrowest)


@given(hostile_connections())
def test_whatever_is_served_has_no_name_of_ours(one: Connection) -> None:
    assert NO_NAMES.of(one) is NO_LABELS
    assert isinstance(NAMES.of(one), Labels)


def test_the_fold_names_each_connection_and_keeps_to_what_it_is_now() -> None:
    one = connection()
    fleet = fold(Fleet(names=NAMES), snapshot([one]))
    assert fleet.tracked["conn_1"].labels.key == "trading-prod"
    later = connection(client="2001:db8::7")
    fleet = fold(fleet, snapshot([later], NOON + 1))
    assert fleet.tracked["conn_1"].labels.client == "Tokyo"


def test_an_export_has_a_field_for_each_kind_of_thing_that_has_names() -> None:
    labels = NAMES.of(connection(api_key_id=KEY, client="198.51.100.7", host="ws-server-01"))
    assert NAMES.fields(labels) == {
        "apikeyName": "trading-prod",
        "clientName": None,
        "hostName": "gateway one",
    }
    assert Names(keys=NAMES.keys).fields(labels) == {"apikeyName": "trading-prod"}
    assert NO_NAMES.fields(labels) == {}


def test_a_query_takes_the_name_of_a_key_and_says_it() -> None:
    query = parse_query({"api_key_id": " Trading-Prod "}, names=NAMES)
    assert query == Query(api_key_id=KEY)
    assert query.describe(NAMES) == "live only · key trading-prod"
    assert query.describe() == f"live only · key {KEY}"
    # Its id is taken as well, named or not.
    assert parse_query({"api_key_id": KEY.upper()}, names=NAMES).api_key_id == KEY.upper()
    other = KEY.replace("f", "0")
    assert parse_query({"api_key_id": other}, names=NAMES).describe(NAMES).endswith(other)


@pytest.mark.parametrize(
    ("names", "typed", "sentence"),
    [
        (NO_NAMES, "trading-prod", f"an API key id is a uuid like {KEY}"),
        (
            NAMES,
            "trading",
            f"this is neither an API key id, a uuid like {KEY}, nor a name under [names.keys] in "
            "the settings",
        ),
        (
            Names(keys={"a": "prod", "b": "Prod", "c": "test"}),
            "PROD",
            "2 API keys are called that: give an id (a, b)",
        ),
    ],
)
def test_a_name_of_no_key_or_of_several_is_refused_in_a_sentence(
    names: Names, typed: str, sentence: str
) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query({"api_key_id": typed}, names=names)
    assert (caught.value.field, caught.value.sentence) == ("api_key_id", sentence)


def test_events_say_whose_they_are_and_where_beside_what_was_served() -> None:
    one = connection("conn_a", host="ws-server-01.coinapi.io")
    first, later = connection("conn_b", api_key_id=""), NOON + 10 * TICKS
    opened = replace(one, start=later, last_heartbeat=later)
    fleet = fold(Fleet(names=NAMES), snapshot([first]))
    fleet = fold(fleet, snapshot([first, opened], later))
    [event] = (event for event in fleet.events if event.connection_id == "conn_a")
    assert event.evidence == (
        "trading-prod: coinapi-ws on gateway one (ws-server-01.coinapi.io) by Frankfurt "
        "(203.0.113.195), started 14:30:35Z"
    )
    fleet = fold(fleet, snapshot([first], later + 10 * TICKS))
    [event] = (event for event in fleet.events if event.connection_id == "conn_a")
    assert event.one is not None
    assert event.one.state is State.GONE
    assert event.evidence.startswith("trading-prod: last beat 14:30:35Z, ")
    assert event_line(event).count("trading-prod") == 1
