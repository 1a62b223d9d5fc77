"""A real fleet: real gateways and clients over loopback, killed, paused and closed for real.

Its time is fast, so that two minutes pass in a few seconds.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from email.utils import parsedate_to_datetime
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.standin.real_fleet import IMPATIENT, SPEED, Real, real, until
from tui.standin.gateway_plan import GatewayPlan
from tui.standin.gateways import Gateways
from tui.standin.instant import TICKS, parse_instant
from tui.standin.settings import RECORD_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator

# Real processes on real sockets take their time.
pytestmark = pytest.mark.slow

DOCUMENTATION = [
    ip_network(each)
    for each in ("203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24", "2001:db8::/32")
]


@pytest.fixture(scope="module")
def calm() -> Iterator[Real]:
    """A fleet to which nothing happens that does not pass."""
    with real(3, 9) as fleet:
        yield fleet


def people(records: Iterator[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """Who the connections belong to: key and address."""
    return Counter((each["apikeyId"], each["ipAddress"]) for each in records)


def test_each_client_has_one_connection_and_gateways_share_them(calm: Real) -> None:
    found = calm.records()
    assert len(found) == 9
    for gateway in calm.fleet.gateways:
        ids = calm.ids_on(gateway)
        assert len(ids) == 3
        assert ids == calm.fleet.registry.open_on(gateway.host)
        for name in ids:
            assert found[name]["host"] == gateway.host.name
            assert found[name]["dataCenter"] == gateway.host.data_center


def test_a_record_is_as_documented(calm: Real) -> None:
    for name, record in calm.records().items():
        assert tuple(record) == RECORD_FIELDS
        assert name.startswith("conn_")
        assert len(int(name[5:], 16).to_bytes(8)) == 8
        assert (record["serviceName"], record["protocolName"]) == ("coinapi-ws", "WebSocket")
        assert any(ip_address(record["ipAddress"]) in each for each in DOCUMENTATION)
        lived = parse_instant(record["lastHeartbeat"]) - parse_instant(
            record["connectionStartTime"]
        )
        assert record["connectionDurationSeconds"] == lived // TICKS
        assert record["updatedAt"] == record["lastHeartbeat"]
        assert record["isActive"] is True


def test_a_pong_is_a_heartbeat(calm: Real) -> None:
    before = calm.beats()
    until(
        lambda: all(beat > before[name] for name, beat in calm.beats().items()),
        "every connection beats again",
    )
    assert calm.beats().keys() == before.keys()


def test_the_filters_are_those_of_the_endpoint(calm: Real) -> None:
    found = calm.records()
    some = next(iter(found.values()))
    for name, field in (
        ("apiKeyId", "apikeyId"),
        ("connectionId", "connectionId"),
        ("dataCenter", "dataCenter"),
        ("serviceName", "serviceName"),
        ("protocolName", "protocolName"),
    ):
        wanted = {each for each, record in found.items() if record[field] == some[field]}
        assert calm.records(**{name: some[field]}).keys() == wanted
    assert calm.records(serviceName="coinapi-fix") == {}
    assert calm.records(minutes="1000").keys() == found.keys()
    assert calm.records(timeEnd="2020-01-01T00:00:00Z") == {}
    starts = [each["connectionStartTime"] for each in calm.asker.records(limit="4")]
    assert starts == sorted((r["connectionStartTime"] for r in found.values()), reverse=True)[:4]


def test_the_date_header_is_the_fleets_time(calm: Real) -> None:
    before = calm.fleet.clock.now() // TICKS
    told = parsedate_to_datetime(calm.asker.get().headers["Date"]).timestamp()
    assert before <= told <= calm.fleet.clock.now() // TICKS


def test_a_stranger_is_refused(calm: Real) -> None:
    port = calm.fleet.gateways[0].port
    with pytest.raises(InvalidStatus, match="401"), connect(f"ws://127.0.0.1:{port}", proxy=None):
        pass


def test_connections_of_a_paused_gateway_stand_still_and_then_go_on(calm: Real) -> None:
    paused = calm.fleet.gateways[1]
    ids = calm.ids_on(paused)
    still: set[str] = set()
    os.kill(paused.pid, signal.SIGSTOP)
    try:
        before = calm.beats()
        until(
            lambda: all(calm.beats()[name] > before[name] for name in before.keys() - ids),
            "the others beat on",
        )
        before = calm.beats()
        calm.pass_seconds(30)
        still = {name for name, beat in calm.beats().items() if beat == before[name]}
    finally:
        os.kill(paused.pid, signal.SIGCONT)
    assert still == ids
    until(lambda: all(calm.beats()[name] > before[name] for name in ids), "they beat again")
    assert calm.records().keys() == before.keys()
    assert calm.ids_on(paused) == ids


def test_connections_of_a_killed_gateway_fall_silent_and_their_clients_go_elsewhere() -> None:
    with real(3, 9) as fleet:
        killed = fleet.fleet.gateways[0]
        dead, known = fleet.ids_on(killed), fleet.records()
        os.kill(killed.pid, signal.SIGKILL)
        at = fleet.fleet.clock.now()
        until(lambda: fleet.all_are_back(killed), "all clients are back")
        last = {name: beat for name, beat in fleet.beats().items() if name in dead}
        # Two minutes have not passed yet, so the endpoint does not know.
        assert all(fleet.records()[name]["isActive"] for name in dead)
        until(lambda: not fleet.records(activeOnly="true").keys() & dead, "they are silent")

        after = fleet.records()
        assert fleet.records(activeOnly="true").keys() == after.keys() - dead
        assert {name: after[name]["lastHeartbeat"] for name in dead} == last
        assert all(parse_instant(beat) <= at for beat in last.values())
        assert not any(after[name]["isActive"] for name in dead)
        new = after.keys() - known.keys()
        assert after.keys() == known.keys() | new
        assert {after[name]["host"] for name in new} <= {
            each.host.name for each in fleet.fleet.gateways[1:]
        }
        assert people(after[name] for name in new) == people(known[name] for name in dead)
        told = [event for event in fleet.fleet.journal if event.event == "lost"]
        assert {event.connection_id for event in told} == dead
        assert {event.why for event in told} == {"closed 1006"}
        assert not killed.is_running


def test_impatient_clients_leave_a_paused_gateway() -> None:
    with real(3, 9, IMPATIENT) as fleet:
        paused = fleet.fleet.gateways[2]
        left, known = fleet.ids_on(paused), fleet.records()
        os.kill(paused.pid, signal.SIGSTOP)
        until(lambda: fleet.all_are_back(paused), "all clients are back")
        after = fleet.records()
        new = after.keys() - known.keys()
        assert people(after[name] for name in new) == people(known[name] for name in left)
        lost = [event for event in fleet.fleet.journal if event.event == "lost"]
        assert {(event.connection_id, event.why) for event in lost} == {
            (name, "gave up") for name in left
        }
        # Nobody has told the endpoint: it is the pongs alone that are missing.
        assert fleet.fleet.registry.open_on(paused.host) == left
        os.kill(paused.pid, signal.SIGCONT)
        until(lambda: not fleet.fleet.registry.open_on(paused.host), "it finds them gone")


def test_a_restart_closes_connections_in_good_order() -> None:
    with real(2, 6, close_marks_inactive=True) as fleet:
        ended = fleet.fleet.gateways[0]
        closed = fleet.ids_on(ended)
        os.kill(ended.pid, signal.SIGTERM)
        until(lambda: fleet.all_are_back(ended) and not ended.is_running, "all clients are back")
        until(lambda: not fleet.fleet.registry.open_on(ended.host), "each end is reported")
        found = fleet.records()
        assert {name for name, each in found.items() if not each["isActive"]} == closed
        assert fleet.records(activeOnly="true").keys() == found.keys() - closed
        assert ended.process.returncode == 0
        lost = [event for event in fleet.fleet.journal if event.event == "lost"]
        assert {(event.connection_id, event.why) for event in lost} == {
            (name, "closed 1001") for name in closed
        }


def test_nothing_is_left_of_a_fleet_that_ends() -> None:
    with Gateways(GatewayPlan(2, 2, speed=SPEED)) as fleet:
        assert fleet.clients is not None
        children = [*fleet.gateways, fleet.clients]
        os.kill(fleet.gateways[0].pid, signal.SIGSTOP)
    assert [each.process.returncode for each in children] == [-signal.SIGKILL] * 3
    fleet.stop()
