"""Each scenario does what its sentence says."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.standin.asking import DEFAULT, EVERYTHING, T0, body, sessions
from tui.standin.instant import TICKS, parse_instant
from tui.standin.scenarios import (
    SCENARIOS,
    Script,
    Switch,
    UnknownScenarioError,
    busy_host,
    busy_region,
    doomed_key,
    restless_client,
    scenario_named,
    slow_service,
)
from tui.standin.sessions import Pace, last_beat
from tui.standin.simulator import Fleet

if TYPE_CHECKING:
    from tui.standin.sessions import Session

FLEET = Fleet(seed=5, connections=400)
PEOPLE = FLEET.population


def at(seconds: float) -> int:
    """An instant that many seconds after the switch, which is at ``T0``."""
    return T0 + round(seconds * TICKS)


def now(name: str, seconds: float, *more: Switch) -> list[Session]:
    """All connections some seconds after a switch to a scenario."""
    return sessions(FLEET, at(seconds), Switch(T0, name), *more)


def open_at(found: list[Session], instant: int) -> list[Session]:
    """The connections that are open at an instant."""
    return [session for session in found if session.start <= instant < session.end]


BEFORE = open_at(sessions(FLEET, T0), T0)


def test_every_scenario_has_a_name_and_one_sentence() -> None:
    assert list(SCENARIOS) == [
        "calm",
        "server-crash",
        "region-loss",
        "slow-heartbeats",
        "flapping-client",
        "key-revoked",
        "rolling-restart",
        "blackout",
        "api-down",
        "api-slow",
        "api-429",
        "api-flaky",
        "frozen",
        "stalled",
        "cached",
        "limit-cap",
        "clock-ahead",
        "future-beats",
    ]
    for scenario in SCENARIOS.values():
        assert scenario.description.endswith(".")
        assert scenario.description.count(". ") == 0


def test_a_scenario_that_does_not_exist() -> None:
    with pytest.raises(UnknownScenarioError, match="no scenario 'storm' here; there are: calm"):
        scenario_named("storm")
    for name in ("server-crash", "blackout", "stalled", "future-beats"):
        with pytest.raises(UnknownScenarioError):
            scenario_named(name, fleet=False)
    assert scenario_named("api-down", fleet=False).name == "api-down"


def test_server_crash_stops_all_beats_of_one_host_at_once_and_a_storm_follows() -> None:
    host = busy_host(PEOPLE)
    victims = [session for session in BEFORE if session.host is host]
    assert len(victims) > 20
    assert len(open_at(now("server-crash", 4.9), at(4.9))) <= len(BEFORE) - len(victims) + 3
    after = {session.number: session for session in now("server-crash", 31)}
    for victim in victims:
        dead = after[victim.number]
        assert dead.end == T0
        assert last_beat(dead, at(31)) <= T0
    known = {session.number for session in BEFORE}
    returned = [
        session
        for session in after.values()
        if session.number not in known
        and session.client in {victim.client for victim in victims}
        and session.start > T0
    ]
    assert {session.client for session in returned} == {victim.client for victim in victims}
    waits = sorted((session.start - T0) / TICKS for session in returned)
    assert waits[0] >= 4.9
    assert waits[-1] <= 31
    assert waits[-1] - waits[0] > 10
    assert all(session.host is not host for session in returned)
    assert all(session.host.service == host.service for session in returned)
    assert not [each for each in open_at(list(after.values()), at(31)) if each.host is host]


def test_after_the_crash_the_host_recovers() -> None:
    host = busy_host(PEOPLE)
    later = now("server-crash", 5 * 86_400, Switch(at(60), "calm"))
    assert [session for session in later if session.host is host and session.start > at(60)]
    assert not [
        session for session in later if session.host is host and T0 < session.start < at(60)
    ]


def test_region_loss_takes_a_whole_site_and_some_clients_do_not_come_back() -> None:
    region = busy_region(PEOPLE)
    victims = {session.client for session in BEFORE if session.host.region == region}
    after = open_at(now("region-loss", 60), at(60))
    assert not [session for session in after if session.host.region == region]
    back = {session.client for session in after} & victims
    assert len(victims) * 0.4 < len(back) < len(victims) * 0.8
    restored = open_at(now("region-loss", 200, Switch(at(120), "calm")), at(200))
    assert len({session.client for session in restored} & victims) >= len(victims) - 3
    assert [session for session in restored if session.host.region == region]


@pytest.mark.slow
def test_slow_heartbeats_grow_their_gaps_but_never_end() -> None:
    service = slow_service(PEOPLE)
    slowed = [
        session
        for session in now("slow-heartbeats", 1200)
        if session.host.service == service and session.start < T0 and session.end > at(1200)
    ]
    assert len(slowed) > 50
    for session in slowed:
        beats = sorted({last_beat(session, at(tenth / 2)) for tenth in range(-60, 2400)})
        gaps = [(later - earlier) / session.client.rhythm for earlier, later in pairwise(beats)]
        assert gaps[0] < 1.2
        times = gaps[-1]
        assert 2.6 < times < 13.6
        assert max(gaps) * session.client.rhythm < 120 * TICKS
        assert at(1200) - beats[-1] < 120 * TICKS
        steps = [gap for gap in gaps if 1.3 < gap < times - 0.5]
        assert steps or session.client.rhythm > 4 * TICKS
    others = [each for each in now("slow-heartbeats", 1200) if each.host.service != service]
    assert all(session.pace is None for session in others)


def test_after_slow_heartbeats_the_rhythm_is_back() -> None:
    service = slow_service(PEOPLE)
    found = now("slow-heartbeats", 1400, Switch(at(1200), "calm"))
    for session in found:
        if session.host.service == service and session.end > at(1400):
            assert at(1400) - last_beat(session, at(1400)) <= session.client.rhythm * 9 / 8


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    legs=st.lists(st.tuples(st.integers(1, 10**9), st.integers(6, 72)), max_size=8),
    passed=st.integers(1, 10**10),
    leg=st.integers(0, 8),
    off=st.integers(-1, 1),
)
def test_a_pace_finds_the_first_instant_its_clock_shows_a_time(
    legs: list[tuple[int, int]], passed: int, leg: int, off: int
) -> None:
    pace, begin = Pace.steady(), 0
    for length, numerator in legs:
        begin += length
        pace = pace.then(begin, numerator, 6)
    # Where one leg meets the next is where a mistake would be, so that is always tried too.
    joint = max(1, pace.legs[leg % len(pace.legs)].passed + off)
    for shown in (passed, joint):
        reached = pace.reached(shown)
        assert pace.passed(reached) >= shown
        assert pace.passed(reached - 1) < shown


def test_flapping_client_reconnects_every_few_seconds() -> None:
    client = restless_client(PEOPLE)
    found = [each for each in now("flapping-client", 600) if each.client is client]
    flaps = sorted(each for each in found if each.start > T0)
    assert 90 <= len(flaps) <= 101
    assert len({each.number for each in flaps}) == len(flaps)
    for earlier, later in pairwise(flaps):
        assert 2 * TICKS <= earlier.end - earlier.start <= 4 * TICKS
        assert 0 < later.start - earlier.end < 6 * TICKS
    others = {each.number for each in now("flapping-client", 600) if each.client is not client}
    calm = {each.number for each in sessions(FLEET, at(600)) if each.client is not client}
    assert others == calm


def test_the_flapping_client_calms_down() -> None:
    client = restless_client(PEOPLE)
    found = now("flapping-client", 600, Switch(at(300), "calm"))
    steady = [each for each in open_at(found, at(600)) if each.client is client]
    assert len(steady) == 1
    assert at(300) <= steady[0].start <= at(310)


def test_key_revoked_ends_all_sessions_of_one_key_within_seconds() -> None:
    key = doomed_key(PEOPLE)
    victims = {session.client for session in BEFORE if session.client.key == key}
    assert victims
    for seconds in (4, 60, 3600):
        after = open_at(now("key-revoked", seconds), at(seconds))
        assert not [session for session in after if session.client.key == key]
    others = {each.client for each in open_at(now("key-revoked", 60), at(60))}
    assert len(others) >= 400 - len(victims) - 5
    restored = open_at(now("key-revoked", 200, Switch(at(100), "calm")), at(200))
    assert len({each.client for each in restored} & victims) >= len(victims) - 3


def test_rolling_restart_overlaps_the_sessions_of_one_client() -> None:
    found = now("rolling-restart", 900)
    by_client: dict[int, list[Session]] = {}
    for session in found:
        if session.end >= T0:
            by_client.setdefault(session.client.index, []).append(session)
    overlaps = Counter[str]()
    for mine in by_client.values():
        for earlier, later in pairwise(sorted(mine)):
            if later.start < earlier.end:
                assert (earlier.end - later.start) <= 11 * TICKS
                assert later.host is not earlier.host
                overlaps[earlier.host.protocol] += 1
    assert overlaps["WebSocket"] > 100
    assert overlaps["REST"] > 30
    assert overlaps["FIX"] == 0


def test_rolling_restart_takes_one_host_after_the_other() -> None:
    ends: dict[str, set[int]] = {}
    calm = {session.number: session.end for session in sessions(FLEET, at(900))}
    for session in now("rolling-restart", 900):
        if session.number in calm and session.end < calm[session.number]:
            ends.setdefault(session.host.name, set()).add(session.end)
    assert all(len(instants) == 1 for instants in ends.values())
    turns = sorted(instant for instants in ends.values() for instant in instants)
    assert len(turns) > 15
    assert all(later - earlier >= 15 * TICKS for earlier, later in pairwise(turns))


def test_a_blackout_ends_every_connection_at_once_and_none_comes_back_while_it_is_on() -> None:
    for seconds in (0, 1, 60, 86_000):
        found = now("blackout", seconds)
        assert not open_at(found, at(seconds))
        assert all(session.end <= T0 for session in found)
        assert all(last_beat(session, at(seconds)) <= T0 for session in found)
    dead = {session.number: session for session in now("blackout", 60)}
    assert all(dead[session.number].end == T0 for session in BEFORE)
    assert not any(dead[session.number].clean for session in BEFORE)


def test_after_a_blackout_everybody_is_back_home_within_30_s() -> None:
    over = Switch(at(100), "calm")
    assert not open_at(now("blackout", 104.9, over), at(104.9))
    found = open_at(now("blackout", 131, over), at(131))
    calm = open_at(sessions(FLEET, at(131)), at(131))
    homes = {session.client: session.host for session in calm}
    assert {session.client for session in found} >= homes.keys()
    assert all(session.host is homes[session.client] for session in found)
    assert {5, 29} <= {(session.start - at(100)) // TICKS for session in found}
    assert all(at(105) <= session.start <= at(131) for session in found)


def test_the_sessions_after_a_blackout_are_those_there_would_have_been() -> None:
    days = 14 * 86_400
    touched = now("blackout", days, Switch(at(100), "calm"))
    assert touched == sessions(FLEET, at(days))


def test_a_switch_ends_the_one_before() -> None:
    script = Script()
    script.switch("server-crash", at(0))
    script.switch("frozen", at(10))
    script.switch("calm", at(20))
    assert [script.name(at(second)) for second in (-1, 0, 9, 10, 20)] == [
        "calm",
        "server-crash",
        "server-crash",
        "frozen",
        "calm",
    ]


def test_a_switch_drops_what_was_planned_after_it() -> None:
    script = Script([Switch(at(100), "region-loss")])
    script.switch("calm", at(50))
    assert script.switches == (Switch(at(50), "calm"),)


def test_scenarios_can_follow_each_other() -> None:
    switches = [
        Switch(at(60 * place), name) for place, name in enumerate(name for name in SCENARIOS)
    ]
    for minutes in range(30):
        records = body(FLEET, at(60 * minutes), *switches)
        starts = [parse_instant(record["connectionStartTime"]) for record in records]
        assert starts == sorted(starts, reverse=True)
    assert len(FLEET.select(EVERYTHING, at(1800), tuple(switches), DEFAULT)) > 400
