"""What people call keys, networks and hosts is found however the API spells them."""

from ipaddress import ip_network

from hypothesis import given

from tests.strategies import NOON, connection, hostile_connections, snapshot
from tui.core.connection import Connection
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.names import NO_LABELS, NO_NAMES, Labels, Names

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
