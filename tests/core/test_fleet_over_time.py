"""Rows that left, rows that are new, and the rhythm of heartbeats."""

from statistics import median_low

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.strategies import NOON, connection, failure, snapshot
from tui.core.connection import HEARTBEAT_LIMIT, JUDGED_WITHIN, Connection, State, state_of
from tui.core.events import EventKind
from tui.core.fleet import GONE_KEPT, Fleet
from tui.core.fold import LAPSE, PULSES_KEPT, STATES_KEPT, fold
from tui.core.instant import TICKS, Instant
from tui.core.query import Query
from tui.core.rhythm import GAPS_KEPT, GAPS_NEEDED, LATE_FLOOR, late_after
from tui.core.snapshot import Snapshot


def at(seconds: float) -> Instant:
    return NOON + round(seconds * TICKS)


def beating(seconds: float, name: str = "a", **changes: object) -> Connection:
    """A record whose last heartbeat was ``seconds`` after noon."""
    plain = connection(name, last_heartbeat=at(seconds), start=at(-900))
    return replace(plain, **changes)


def poll(seconds: float, *records: Connection, query: Query | None = None) -> Snapshot:
    return snapshot(records, at(seconds), query)


def cut(seconds: float, *records: Connection) -> Snapshot:
    return snapshot(records, at(seconds), complete=False)


# A time in which nobody looked


def test_a_gap_in_which_nobody_looked_is_marked_and_is_no_rhythm() -> None:
    fleet = Fleet()
    for second in (0, 10, 20, 30):
        fleet = fold(fleet, poll(second, beating(second)))
    after = fold(fleet, replace(poll(100, beating(100)), lapse=60.0))
    one = after.tracked["a"]
    assert one.gaps == (10.0, 10.0, 10.0, None)
    assert (one.rhythm, one.state) == (10.0, State.LIVE)
    assert [event.kind for event in after.events] == [EventKind.UNWATCHED]


def test_what_left_while_nobody_looked_is_gone_but_told_in_one_line() -> None:
    fleet = fold(Fleet(), poll(0, *(beating(0, name) for name in "abc")))
    after = fold(fleet, replace(poll(60, beating(60)), lapse=50.0))
    assert {one.state for one in after.tracked.values()} == {State.LIVE, State.GONE}
    assert [event.kind for event in after.events] == [EventKind.UNWATCHED]
    assert "2 left (b, c)" in after.events[0].evidence


def test_a_moment_too_late_is_no_time_in_which_nobody_looked() -> None:
    fleet = fold(Fleet(), poll(0, beating(0), beating(0, "b")))
    after = fold(fleet, replace(poll(17, beating(10)), lapse=LAPSE - 0.1))
    assert after.tracked["a"].gaps == (10.0,)
    assert [event.kind for event in after.events] == [EventKind.DROPPED]


# Rows that left


def test_a_row_that_left_keeps_its_last_record_and_duration() -> None:
    record = beating(8)
    fleet = fold(fold(Fleet(), poll(10, record)), poll(20))
    one = fleet.tracked["a"]
    assert (one.connection, one.state, one.gone_at) == (record, State.GONE, at(20))
    assert one.seen == at(10)
    assert one.duration(at(10_000)) == 908.0
    assert not one.is_stale(fleet.at)


def test_a_row_that_left_stays_for_a_while_and_then_goes_without_an_event() -> None:
    fleet = fold(fold(Fleet(), poll(0, beating(0))), poll(10))
    kept = fold(fleet, poll(10 + GONE_KEPT))
    assert kept.tracked == fleet.tracked
    assert kept.events == ()
    forgotten = fold(kept, poll(10 + GONE_KEPT + 0.1))
    assert forgotten.tracked == {}
    assert forgotten.events == ()


def test_a_row_that_left_revives_under_its_id_and_is_not_new() -> None:
    fleet = fold(fold(fold(Fleet(), poll(0, beating(0))), poll(10)), poll(20, beating(19)))
    one = fleet.tracked["a"]
    assert (one.state, one.gone_at, one.first_seen, one.seen) == (State.LIVE, None, at(0), at(20))
    assert [state for _, state in one.states] == [State.LIVE, State.GONE, State.LIVE]
    assert [event.kind for event in fleet.events] == [EventKind.RECOVERED]
    assert not one.fresh
    assert one.gaps == (None,)


def test_a_row_that_left_stays_even_where_the_endpoint_compares_texts_in_its_own_way() -> None:
    query = Query(service="COINAPI-WS")
    fleet = fold(Fleet(), poll(0, beating(0), query=query))
    for seconds in (10, 20, 30):
        fleet = fold(fleet, poll(seconds, query=query))
        assert fleet.tracked["a"].state is State.GONE


def test_under_a_new_query_only_those_that_left_and_fit_it_stay() -> None:
    rows = beating(0, "ws"), beating(0, "rest", service="coinapi-rest"), beating(0, "here")
    fleet = fold(fold(Fleet(), poll(0, *rows)), poll(10, beating(9, "here")))
    fleet = fold(fleet, poll(20, query=Query(service="coinapi-ws")))
    assert set(fleet.tracked) == {"ws"}


# Rows that are new


@pytest.mark.parametrize(
    ("first", "second", "fresh"),
    [
        (poll(0), poll(10, beating(9)), True),
        (cut(0), poll(10, beating(9)), False),
        (poll(0), cut(10, beating(9)), False),
        (poll(0, query=Query(minutes=5)), poll(10, beating(9)), False),
    ],
    ids=["whole after whole", "whole after cut", "cut after whole", "another query"],
)
def test_a_row_is_new_only_between_two_whole_answers_to_one_query(
    first: Snapshot, second: Snapshot, fresh: bool
) -> None:
    fleet = fold(fold(Fleet(), first), second)
    assert fleet.tracked["a"].fresh is fresh
    told = [event.kind for event in fleet.events if event.one is not None]
    # It started long before, so it did not open: it was silent.
    assert told == ([EventKind.RECOVERED] if fresh else [])


def test_what_the_first_answer_has_is_not_new() -> None:
    assert not fold(Fleet(), poll(0, beating(0))).tracked["a"].fresh


def test_a_row_is_new_for_one_poll() -> None:
    fleet = fold(fold(Fleet(), poll(0)), poll(10, beating(9)))
    assert fleet.pulses[-1].opened == 1
    for later in (poll(20, beating(19)), cut(20), poll(20)):
        fleet_then = fold(fleet, later)
        assert not fleet_then.tracked["a"].fresh
        assert fleet_then.pulses[-1].opened == 0


# States


EDGES = [120, 125]
"""Seconds at which silence may begin: the documented limit, and what an active answer may add."""


@given(
    st.integers(0, 300 * TICKS)
    | st.sampled_from([edge * TICKS + more for edge in EDGES for more in (-1, 0, 1)]),
    st.booleans(),
    st.booleans(),
)
def test_silent_is_who_has_no_heartbeat_for_two_minutes_or_is_called_inactive(
    age: int, active: bool, active_only: bool
) -> None:
    """An active-only answer is the endpoint's own word, given up to five seconds before."""
    record = connection("a", last_heartbeat=NOON - age, is_active=active)
    answer = snapshot((record,), NOON, Query(active_only=active_only))
    state = fold(Fleet(), answer).tracked["a"].state
    limit = HEARTBEAT_LIMIT + (JUDGED_WITHIN if active_only else 0)
    assert (state is State.SILENT) == (age > limit * TICKS or not active)


@given(st.floats(0, 1_000) | st.none())
def test_late_begins_between_the_floor_and_the_documented_limit(rhythm: float | None) -> None:
    allowed = late_after(rhythm)
    assert LATE_FLOOR <= allowed <= HEARTBEAT_LIMIT
    if rhythm is None:
        assert allowed == HEARTBEAT_LIMIT
    elif LATE_FLOOR <= 3 * rhythm <= HEARTBEAT_LIMIT:
        assert allowed == 3 * rhythm


def learned(rhythm: int, name: str = "a") -> Fleet:
    """A fleet that has polled one connection of this rhythm at each of its heartbeats."""
    fleet = Fleet()
    for n in range(GAPS_NEEDED + 1):
        fleet = fold(fleet, poll(n * rhythm, beating(n * rhythm, name)))
    return fleet


@pytest.mark.parametrize(
    ("age", "state"),
    [(30, State.LIVE), (30.1, State.LATE), (125, State.LATE), (125.1, State.SILENT)],
)
def test_late_is_who_misses_three_beats_of_its_own_rhythm(age: float, state: State) -> None:
    fleet = fold(learned(10), poll(30 + age, beating(30)))
    assert fleet.tracked["a"].rhythm == 10.0
    assert fleet.tracked["a"].state is state


def test_a_young_connection_goes_by_the_rhythm_of_its_kind() -> None:
    same = beating(30, "b")
    other = beating(30, "c", protocol="FIX")
    fleet = fold(learned(10), poll(65, beating(60), same, other))
    assert fleet.tracked["b"].state is State.LATE
    assert fleet.tracked["c"].state is State.LIVE
    assert fleet.rhythm_of(fleet.tracked["b"]) == 10.0
    assert fleet.rhythm_of(fleet.tracked["c"]) is None


def test_a_rhythm_learned_with_an_answer_counts_in_that_answer() -> None:
    fleet = Fleet()
    for n in range(GAPS_NEEDED + 1):
        fleet = fold(fleet, poll(n * 10, beating(n * 10), beating(-20, "b")))
    assert fleet.tracked["b"].state is State.LATE
    assert fold(fleet, poll(30, beating(30), beating(-20, "b"))).events == ()


def test_the_slow_ones_of_a_kind_are_not_late_because_the_quick_ones_were_learned_first() -> None:
    fleet = Fleet()
    for now in range(0, 300, 10):
        quick = [beating(now, f"quick {n}") for n in range(3)]
        slow = [beating(now // 60 * 60, f"slow {n}") for n in range(5)]
        fleet = fold(fleet, poll(now, *quick, *slow))
        assert {one.state for one in fleet.tracked.values()} == {State.LIVE}
    assert fleet.rhythms == {("coinapi-ws", "WebSocket"): 60.0}


@given(st.lists(st.integers(0, 90), min_size=1, max_size=12), st.integers(1, 60))
def test_a_state_follows_from_what_is_known_of_rhythms_with_that_answer(
    beats: list[int], pause: int
) -> None:
    fleet, now = Fleet(), 0
    for n, age in enumerate(beats):
        now += pause
        fleet = fold(fleet, poll(now, beating(now - age), beating(now - n, "b")))
        for one in fleet.tracked.values():
            since = one.connection.beat_age(at(now))
            known = fleet.rhythm_of(one)
            slowest = max([known or 0.0, *(gap for gap in one.gaps if gap is not None)])
            if one.state is State.LATE:
                assert late_after(known) < since <= HEARTBEAT_LIMIT
            if one.state is State.LIVE and known is not None:
                assert since <= late_after(slowest)
            if one.rhythm is not None:
                assert one.state is state_of(one.connection, at(now), late_after(one.rhythm))


@given(st.integers(1, 30), st.lists(st.integers(1, 300), min_size=5, max_size=40))
def test_a_poll_slower_than_the_rhythm_makes_nobody_late(rhythm: int, pauses: list[int]) -> None:
    fleet, now = Fleet(), 0
    for pause in pauses:
        now += pause
        fleet = fold(fleet, poll(now, beating(now // rhythm * rhythm)))
        assert fleet.tracked["a"].state is State.LIVE


# Rhythm


@given(st.lists(st.integers(0, 60), max_size=GAPS_KEPT))
def test_the_rhythm_is_the_median_of_the_known_gaps(gaps: list[int]) -> None:
    fleet, now = fold(Fleet(), poll(0, beating(0))), 0
    for gap in gaps:
        now += gap
        fleet = fold(fleet, poll(now, beating(now)))
    known = [float(gap) for gap in gaps if gap]
    one = fleet.tracked["a"]
    assert one.gaps == tuple(known)
    assert one.rhythm == (median_low(known) if len(known) >= GAPS_NEEDED else None)


def test_a_gap_over_a_failed_poll_is_unknown() -> None:
    fleet = fold(fold(fold(Fleet(), poll(0, beating(0))), failure()), poll(20, beating(20)))
    assert fleet.tracked["a"].gaps == (None,)
    assert fold(fleet, poll(30, beating(30))).tracked["a"].gaps == (None, 10.0)


def test_a_gap_over_a_cut_answer_without_it_is_unknown_and_one_over_a_cut_with_it_is_not() -> None:
    fleet = fold(Fleet(), poll(0, beating(0)))
    without = fold(fold(fleet, cut(10)), poll(20, beating(20)))
    assert without.tracked["a"].gaps == (None,)
    within = fold(fold(fleet, cut(10, beating(10))), poll(20, beating(20)))
    assert within.tracked["a"].gaps == (10.0, 10.0)


def test_a_gap_over_a_change_of_query_is_unknown_and_what_was_learned_stays() -> None:
    before = learned(10)
    fleet = fold(before, poll(40, beating(40), query=Query(active_only=False)))
    one = fleet.tracked["a"]
    assert one.gaps == (10.0, 10.0, 10.0, None)
    assert one.rhythm == 10.0
    assert one.first_seen == before.tracked["a"].first_seen
    assert fleet.rhythms == before.rhythms


def test_a_heartbeat_that_stands_still_or_runs_back_is_no_gap() -> None:
    fleet = fold(fold(Fleet(), poll(0, beating(0))), poll(10, beating(0)))
    assert fleet.tracked["a"].gaps == ()
    assert fold(fleet, poll(20, beating(-5))).tracked["a"].gaps == ()


def test_what_is_remembered_is_bounded_and_is_the_latest() -> None:
    fleet = fold(Fleet(), poll(0, beating(0)))
    for second in range(1, 200):
        fleet = fold(fleet, poll(second, beating(second)))
    fleet = fold(fleet, poll(202, beating(202)))
    assert fleet.tracked["a"].gaps == (1.0,) * (GAPS_KEPT - 1) + (3.0,)
    assert [pulse.at for pulse in fleet.pulses[-2:]] == [at(199), at(202)]
    assert len(fleet.pulses) == PULSES_KEPT
    for second in range(203, 303):
        fleet = fold(fleet, poll(second, *([beating(second)] if second % 2 == 0 else [])))
    states = fleet.tracked["a"].states
    assert len(states) == STATES_KEPT
    assert states[-2:] == ((at(301), State.GONE), (at(302), State.LIVE))


def test_an_equal_record_is_kept_as_the_same_object() -> None:
    record = beating(0)
    fleet = fold(fold(Fleet(), poll(0, record)), poll(10, replace(record)))
    assert fleet.tracked["a"].connection is record


def test_every_state_has_a_glyph_a_word_and_a_rank_of_its_own() -> None:
    assert len({state.glyph for state in State}) == len(State)
    assert all(len(state.glyph) == 1 for state in State)
    assert sorted(State, key=lambda state: state.trouble) == [
        State.LIVE,
        State.LATE,
        State.SILENT,
        State.GONE,
    ]
