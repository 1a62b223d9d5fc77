"""Complete from poll to poll: fleets and windows that change, and a budget."""

import asyncio
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.source.paged import (
    ALL,
    ORDERS,
    WIDEST,
    Endpoint,
    Order,
    beat,
    complete,
    fetch,
    fleet,
    ids,
    spread,
)
from tests.strategies import NOON
from tests.virtual_time import now, run
from tui.core.clock import ServerClock
from tui.core.connection import Connection
from tui.core.instant import TICKS
from tui.core.query import Query
from tui.core.snapshot import Cut, Snapshot

MINUTES = Query(minutes=5)


def named(records: list[Connection], prefix: str) -> list[Connection]:
    return [replace(one, connection_id=prefix + one.connection_id) for one in records]


# Fleets that change between two polls


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60)), min_size=1, max_size=6),
    st.sampled_from(ORDERS),
    st.none() | st.integers(10, 40),
    st.none() | st.integers(12, 40),
    st.booleans(),
    st.integers(0, 99),
)
@settings(deadline=None)
def test_each_poll_of_a_fleet_that_grows_and_shrinks_is_exact(
    changes: list[tuple[float, int]],
    order: Order,
    cap: int | None,
    page: int | None,
    inclusive: bool,
    seed: int,
) -> None:
    rng = Random(seed)
    endpoint = Endpoint(
        [],
        order=order,
        cap=cap,
        start_inclusive=inclusive,
        end_inclusive=inclusive,
    )
    source = complete(endpoint, page)
    for number, (staying, coming) in enumerate(changes):
        endpoint.fleet = [one for one in endpoint.fleet if rng.random() < staying]
        seconds = rng.choice([60.0, 86_400.0])
        endpoint.fleet += named(spread(coming, seconds, rng.randrange(99)), f"{number}_")
        answer = fetch(source)
        assert answer.complete
        assert ids(answer.records) == ids(endpoint.fleet)


def test_parts_of_a_fleet_that_grew_are_no_smaller_than_they_need_be() -> None:
    endpoint = Endpoint(spread(15))
    source = complete(endpoint)
    fetch(source)
    costs = []
    for count in range(20, 900, 20):
        endpoint.fleet = spread(count)
        answer = fetch(source)
        assert answer.complete
        costs.append(answer.cost.requests)
    assert max(costs) <= 6
    assert fetch(source).cost.requests <= 3


def test_a_server_that_is_known_to_cap_is_not_asked_again_what_it_can_serve() -> None:
    endpoint = Endpoint(spread(15), cap=20)
    source = complete(endpoint)
    fetch(source, WIDEST)
    for count in range(100, 300, 20):
        endpoint.fleet = spread(count)
        answer = fetch(source, WIDEST)
        assert answer.complete
        assert ids(answer.records) == ids(endpoint.fleet)
    assert endpoint.asked.count(WIDEST) == 2


def test_a_fleet_that_shrank_costs_one_question_again() -> None:
    endpoint = Endpoint(spread(200))
    source = complete(endpoint, 20)
    fetch(source)
    endpoint.fleet = spread(11)
    costs = [fetch(source).cost.requests for _ in range(3)]
    assert costs[0] > 1
    assert costs[1:] == [1, 1]


def test_brand_new_and_very_old_connections_are_inside_the_remembered_parts() -> None:
    endpoint = Endpoint(spread(60))
    source = complete(endpoint, 20)
    fetch(source)
    endpoint.fleet += named(fleet([NOON + TICKS, NOON - 10**9 * TICKS]), "x")
    assert ids(fetch(source).records) == ids(endpoint.fleet)


def test_another_question_begins_anew_and_a_short_one_in_between_changes_nothing() -> None:
    endpoint = Endpoint(spread(60))
    source = complete(endpoint, 20)
    fetch(source)
    one = Query(connection_id=endpoint.fleet[0].connection_id, active_only=False)
    fetch(source, one)
    before = len(endpoint.asked)
    fetch(source)
    assert replace(ALL, limit=20) not in endpoint.asked[before:]
    fetch(source, WIDEST)
    assert replace(WIDEST, limit=20) in endpoint.asked
    fetch(source)
    assert endpoint.asked.count(replace(ALL, limit=20)) == 2


# Fleets that change within a poll


@given(st.sampled_from(ORDERS), st.integers(0, 99), st.booleans())
@settings(deadline=None)
def test_who_was_there_all_along_is_in_and_who_never_was_is_not(
    order: Order, seed: int, restless: bool
) -> None:
    rng = Random(seed)
    endpoint = Endpoint(spread(90), order=order, takes=0.1, clock=now)
    source = complete(endpoint, 20)
    ever = ids(endpoint.fleet)
    there_all_along = set(ever)

    def change() -> None:
        place = rng.randrange(len(endpoint.fleet))
        endpoint.fleet[place] = beat(endpoint.fleet[place], 0, endpoint.at)
        if restless:
            gone = endpoint.fleet.pop(rng.randrange(len(endpoint.fleet)))
            new = replace(gone, connection_id=f"new_{len(ever)}", start=endpoint.at)
            endpoint.fleet.append(new)
            there_all_along.discard(gone.connection_id)
            ever.add(new.connection_id)

    endpoint.before_answer = change
    for _ in range(3):
        there_all_along |= ids(endpoint.fleet)
        answer = fetch(source)
        assert there_all_along <= ids(answer.records) <= ever
        assert answer.cut in ((None, Cut.SHIFT) if restless else (None,))
        assert len(ids(answer.records)) == len(answer.records)


def test_one_that_vanishes_between_an_answer_and_its_parts_is_a_shift_for_one_poll() -> None:
    endpoint = Endpoint(spread(60))
    victim = max(endpoint.fleet, key=lambda one: one.start)
    source = complete(endpoint, 20)

    def vanish() -> None:
        if len(endpoint.asked) > 1 and victim in endpoint.fleet:
            endpoint.fleet.remove(victim)

    endpoint.before_answer = vanish
    answer = fetch(source)
    assert answer.cut is Cut.SHIFT
    assert victim in answer.records
    answer = fetch(source)
    assert answer.complete
    assert victim not in answer.records


def test_one_that_falls_silent_between_an_answer_and_its_parts_has_left() -> None:
    endpoint = Endpoint(spread(60), takes=1.0, clock=now)
    victim = max(endpoint.fleet, key=lambda one: one.start)
    endpoint.fleet.remove(victim)
    endpoint.fleet.append(beat(victim, 118.5, NOON))
    answer = fetch(complete(endpoint, 20))
    assert answer.complete
    assert ids(answer.records) == ids(endpoint.fleet) - {victim.connection_id}


def test_a_server_that_loses_records_at_whole_seconds_is_found_out() -> None:
    class Rounding(Endpoint):
        """Cuts the end of a window to the minute: what started after it is missing."""

        def holds(self, query: Query) -> list[Connection]:
            if query.time_end is not None:
                query = replace(query, time_end=query.time_end // (60 * TICKS) * 60 * TICKS)
            return super().holds(query)

    endpoint = Rounding(spread(60, seconds=600))
    answer = fetch(complete(endpoint, 20))
    assert answer.cut is Cut.SHIFT


# A window of minutes


def test_parts_of_a_minutes_window_carry_a_start_and_no_minutes() -> None:
    endpoint = Endpoint(spread(60, seconds=600))
    answer = fetch(complete(endpoint, 10), MINUTES)
    assert answer.complete
    assert ids(answer.records) == ids(endpoint.holds(MINUTES))
    assert endpoint.asked[0] == replace(MINUTES, limit=10)
    assert all(one.minutes is None for one in endpoint.asked[1:])
    assert all(one.time_start is not None for one in endpoint.asked[1:])


@pytest.mark.parametrize("tells_the_time", [True, False])
def test_a_minutes_window_slides_from_poll_to_poll(tells_the_time: bool) -> None:
    class Timeless(Endpoint):
        async def fetch(self, query: Query) -> Snapshot:
            return replace(await super().fetch(query), clock=ServerClock())

    kind = Endpoint if tells_the_time else Timeless
    endpoint = kind(spread(150, seconds=900), clock=now)
    source = complete(endpoint, 10)

    async def polls() -> None:
        costs = []
        for minute in range(15):
            endpoint.fleet = [beat(one, 1, endpoint.at) for one in endpoint.fleet]
            endpoint.fleet += named(fleet([endpoint.at - n * TICKS for n in (1, 2)]), f"{minute}_")
            before = len(endpoint.asked)
            answer = await source.fetch(MINUTES)
            assert answer.complete
            # Without a clock the server's time is known as of the last answer.
            oldest = endpoint.at - (300 if tells_the_time else 360) * TICKS
            starts = [one.time_start for one in endpoint.asked[before:] if one.minutes is None]
            assert all(start is not None and start >= oldest - 1 for start in starts)
            assert ids(answer.records) == ids(endpoint.holds(MINUTES))
            costs.append(answer.cost.requests)
            await asyncio.sleep(60)
        assert costs[-1] < costs[1]

    run(polls())


def test_once_a_minutes_window_fits_into_one_answer_it_is_asked_as_it_was() -> None:
    endpoint = Endpoint(spread(60, seconds=200))
    source = complete(endpoint, 20)
    fetch(source, MINUTES)
    endpoint.fleet = spread(12, seconds=200)
    fetch(source, MINUTES)
    assert fetch(source, MINUTES).complete
    assert endpoint.asked[-1] == replace(MINUTES, limit=20)


def test_what_slid_out_while_it_was_asked_is_left_out() -> None:
    endpoint = Endpoint(
        spread(60, seconds=200) + named(fleet([NOON - 299 * TICKS]), "old"), takes=1.0, clock=now
    )
    answer = fetch(complete(endpoint, 20), MINUTES)
    assert answer.complete
    assert len(answer.records) == 60


# Budget


def test_what_the_budget_did_not_reach_comes_with_the_next_polls() -> None:
    endpoint = Endpoint(spread(200))
    source = complete(endpoint, 20, budget=18)
    first = fetch(source)
    assert first.cut is Cut.BUDGET
    assert first.cost.requests == 18
    newest = max(endpoint.fleet, key=lambda one: one.start)
    assert newest in first.records
    assert fetch(source).complete


def test_without_room_for_one_part_the_whole_answer_is_what_there_is() -> None:
    endpoint = Endpoint(spread(60))
    answer = fetch(complete(endpoint, 20, budget=1))
    assert answer.cut is Cut.BUDGET
    assert len(answer.records) == 20


def test_the_question_for_headroom_is_within_the_budget() -> None:
    endpoint = Endpoint(spread(50))
    assert fetch(complete(endpoint, budget=1)).cut is Cut.BUDGET
    assert endpoint.asked == [ALL]


# A cap that falls while we watch


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("query", [ALL, WIDEST])
def test_a_cap_that_falls_is_noticed_with_the_next_poll(order: Order, query: Query) -> None:
    endpoint = Endpoint(spread(250), order=order)
    source = complete(endpoint)
    fetch(source, query)
    endpoint.cap = 100
    answers = [fetch(source, query) for _ in range(3)]
    assert all(answer.complete for answer in answers)
    assert all(ids(answer.records) == ids(endpoint.fleet) for answer in answers)
    assert answers[-1].cost.requests <= 5


def test_many_that_really_left_cost_a_question_and_no_doubt_for_long() -> None:
    ended = [beat(one, 500, NOON) for one in named(spread(150), "ended_")]
    endpoint = Endpoint([*spread(250), *ended])
    source = complete(endpoint)
    fetch(source)
    endpoint.fleet = endpoint.fleet[50:]
    answers = [fetch(source) for _ in range(3)]
    assert all(ids(answer.records) == ids(endpoint.fleet[:200]) for answer in answers)
    assert [answer.cost.requests for answer in answers] == [2, 1, 1]


def test_when_told_that_something_was_lacking_the_next_answer_is_proven_anew() -> None:
    ended = [beat(one, 500, NOON) for one in named(spread(150), "ended_")]
    live = spread(104)
    endpoint = Endpoint([*live, *ended])
    source = complete(endpoint)
    fetch(source)
    endpoint.cap = 102
    assert len(fetch(source).records) == 102
    source.doubt()
    answer = fetch(source)
    assert answer.complete
    assert ids(answer.records) == ids(live)
