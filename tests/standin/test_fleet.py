"""The simulated fleet: the same for the same input, and alive."""

from __future__ import annotations

import ipaddress
import os
import re
import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.standin.asking import DEFAULT, EVERYTHING, T0, body, sessions
from tui.standin.clients import FleetSizeError
from tui.standin.instant import TICKS, instant_text, parse_instant
from tui.standin.query import Query
from tui.standin.scenarios import SCENARIOS, Switch
from tui.standin.sessions import last_beat
from tui.standin.settings import RECORD_FIELDS
from tui.standin.simulator import Fleet

HOUR = 3600 * TICKS
switches_at = st.lists(
    st.builds(
        Switch,
        st.integers(T0 - HOUR, T0 + HOUR),
        st.sampled_from(sorted(SCENARIOS)),
    ),
    max_size=4,
    unique_by=lambda switch: switch.at,
).map(lambda found: tuple(sorted(found)))


@pytest.mark.slow
@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    seed=st.integers(-5, 10**12),
    connections=st.integers(2, 80),
    switches=switches_at,
    steps=st.lists(st.integers(0, 2 * HOUR), max_size=5),
    at=st.integers(T0, T0 + 2 * HOUR),
)
def test_an_answer_depends_on_nothing_but_its_inputs(
    seed: int, connections: int, switches: tuple[Switch, ...], steps: list[int], at: int
) -> None:
    asked_often = Fleet(seed=seed, connections=connections)
    for step in steps:
        asked_often.answer(EVERYTHING, T0 + step, switches, DEFAULT)
    asked_once = Fleet(seed=seed, connections=connections)
    assert asked_often.answer(EVERYTHING, at, switches, DEFAULT) == asked_once.answer(
        EVERYTHING, at, switches, DEFAULT
    )


@pytest.mark.slow
@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 1000),
    switches=switches_at,
    later=st.sampled_from(sorted(SCENARIOS)),
    at=st.integers(T0, T0 + 2 * HOUR),
    ahead=st.integers(1, HOUR),
)
def test_what_was_answered_does_not_change_by_what_comes_later(
    seed: int, switches: tuple[Switch, ...], later: str, at: int, ahead: int
) -> None:
    fleet = Fleet(seed=seed, connections=60)
    so_far = tuple(each for each in switches if each.at <= at)
    before = fleet.answer(EVERYTHING, at, so_far, DEFAULT)
    after = fleet.answer(EVERYTHING, at, (*so_far, Switch(at + ahead, later)), DEFAULT)
    assert before == after


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=st.integers(0, 1000), switches=switches_at, at=st.integers(T0, T0 + 2 * HOUR))
def test_every_record_makes_sense(seed: int, switches: tuple[Switch, ...], at: int) -> None:
    fleet = Fleet(seed=seed, connections=60)
    records = body(fleet, at, *switches)
    assert len({record["connectionId"] for record in records}) == len(records)
    for record in records:
        start = parse_instant(record["connectionStartTime"])
        beat = parse_instant(record["lastHeartbeat"])
        assert start <= beat <= at
        assert record["updatedAt"] == record["lastHeartbeat"]
        assert record["connectionDurationSeconds"] == (beat - start) // TICKS
        assert record["isActive"] is (at - beat <= 120 * TICKS)
        assert at - beat <= 86_400 * TICKS


def test_a_record_looks_like_the_documented_one() -> None:
    fleet = Fleet(seed=1, connections=300)
    records = body(fleet, T0)
    assert all(tuple(record) == RECORD_FIELDS for record in records)
    assert len({record["organizationId"] for record in records}) == 1
    assert len({record["apikeyId"] for record in records}) >= 4
    assert {record["protocolName"] for record in records} == {"WebSocket", "REST", "FIX"}
    for record in records:
        assert re.fullmatch(r"conn_[0-9a-f]{16}", record["connectionId"])
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*-\d+/server-\d\d", record["dataCenter"])
        assert record["host"].endswith(".coinapi.io")
    addresses = {ipaddress.ip_address(record["ipAddress"]) for record in records}
    assert {address.version for address in addresses} == {4, 6}
    assert all(
        str(ipaddress.ip_address(each["ipAddress"])) == each["ipAddress"] for each in records
    )
    networks = ("203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24", "2001:db8::/32")
    documented = [ipaddress.ip_network(each) for each in networks]
    assert all(any(address in network for network in documented) for address in addresses)


@pytest.mark.parametrize("connections", [2, 3, 50, 1000])
def test_a_calm_fleet_has_as_many_active_clients_as_asked_for(connections: int) -> None:
    fleet = Fleet(seed=3, connections=connections)
    for minute in range(0, 300, 7):
        at = T0 + minute * 60 * TICKS
        found = fleet.select(Query(active_only=True, limit=100_000), at, (), DEFAULT)
        assert len({session.client for session in found}) == connections


def test_history_is_there_from_the_start() -> None:
    fleet = Fleet(seed=3, connections=300)
    ended = [session for session in sessions(fleet, T0) if session.end < T0]
    assert len(ended) > 100
    lives = sorted((each.end - each.start) // TICKS for each in sessions(fleet, T0))
    assert lives[0] < 60 * 60
    assert lives[-1] > 4 * 86_400


def test_sessions_end_and_come_back_as_another_connection_of_the_same_client() -> None:
    fleet = Fleet(seed=3, connections=300)
    by_client: dict[int, list[tuple[int, int]]] = {}
    for session in sessions(fleet, T0):
        by_client.setdefault(session.client.index, []).append((session.start, session.end))
    for spans in by_client.values():
        spans.sort()
        for (_, end), (start, _) in pairwise(spans):
            assert 0 < start - end <= 81 * TICKS


def test_heartbeats_keep_each_clients_own_rhythm() -> None:
    fleet = Fleet(seed=3, connections=100)
    for session in sessions(fleet, T0)[:50]:
        until = min(session.end, session.start + 600 * TICKS)
        beats = {last_beat(session, at) for at in range(session.start, until, TICKS // 5)}
        row = sorted(beats)
        gaps = [after - before for before, after in pairwise(row)]
        rhythm = session.client.rhythm
        assert all(rhythm * 7 / 8 <= gap <= rhythm * 9 / 8 for gap in gaps)
        assert len(set(gaps)) > 1
    rhythms = Counter(
        (each.home.protocol, each.rhythm // TICKS) for each in fleet.population.clients
    )
    assert {seconds for protocol, seconds in rhythms if protocol == "FIX"} == {30}


def test_the_two_minutes_and_the_retention_end_on_the_tick() -> None:
    fleet = Fleet(seed=3, connections=100)
    ended = [session for session in sessions(fleet, T0) if session.end < T0 - HOUR][:20]
    for session in ended:
        beat = last_beat(session, T0)
        only = Query(connection_id=session.connection_id)
        active = Query(connection_id=session.connection_id, active_only=True)
        due = beat + 120 * TICKS
        assert fleet.select(active, due, (), DEFAULT) == [session]
        assert b'"isActive":true' in fleet.answer(only, due, (), DEFAULT)
        assert fleet.select(active, due + 1, (), DEFAULT) == []
        assert b'"isActive":false' in fleet.answer(only, due + 1, (), DEFAULT)
        gone = beat + 86_400 * TICKS
        assert fleet.select(only, gone, (), DEFAULT) == [session]
        assert fleet.select(only, gone + 1, (), DEFAULT) == []


def test_another_seed_is_another_fleet() -> None:
    one, other = (body(Fleet(seed=seed, connections=10), T0) for seed in (1, -1))
    assert one != other


@pytest.mark.parametrize("connections", [-1, 0, 1, 100_001])
def test_a_size_that_cannot_be_simulated(connections: int) -> None:
    with pytest.raises(FleetSizeError, match="from 2 to 100000"):
        Fleet(seed=1, connections=connections)


@pytest.mark.slow
def test_a_large_fleet_answers_fast() -> None:
    began = time.perf_counter()
    fleet = Fleet(seed=1, connections=100_000)
    fleet.answer(Query(), T0, (), DEFAULT)
    ready = time.perf_counter()
    answer = fleet.answer(Query(active_only=True), T0 + 90 * TICKS, (), DEFAULT)
    done = time.perf_counter()
    assert answer.count(b"connectionId") == 1000
    # Four times what it takes on a slow machine: this is to catch work done per question.
    assert ready - began < 8
    assert done - ready < 1


def test_clock_can_go_back() -> None:
    fleet = Fleet(seed=1, connections=20)
    first = body(fleet, T0)
    body(fleet, T0 + 5 * HOUR)
    assert body(fleet, T0) == first
    assert instant_text(T0) == "2024-01-15T12:00:00.0000000Z"


@pytest.mark.slow
def test_another_process_answers_the_same() -> None:
    text = (
        "import hashlib; from tests.standin.asking import DEFAULT, EVERYTHING, T0;"
        "from tui.standin.scenarios import Switch; from tui.standin.simulator import Fleet;"
        "answer = Fleet(seed=3, connections=300).answer("
        "EVERYTHING, T0, (Switch(T0 - 10**9, 'region-loss'),), DEFAULT);"
        "print(hashlib.sha256(answer).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", text],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            check=True,
            capture_output=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert len(digests) == 1
