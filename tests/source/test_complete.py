"""Complete gets all of a fleet through answers that are cut, or says that it could not.

Every property holds for any order, any limit, a server that caps it silently, and bounds that are
inclusive or not; the fleets have many starts in the same tick, or none.
"""

import asyncio
from dataclasses import dataclass
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
    crowd,
    fetch,
    fleet,
    ids,
    spread,
)
from tests.strategies import NOON
from tui.core.connection import Connection
from tui.core.instant import TICKS, Instant
from tui.core.query import Query
from tui.core.snapshot import Cut, Trouble
from tui.source.base import SourceError
from tui.source.capacity import FLOOR


@dataclass
class Case:
    """A server, a fleet and a question."""

    endpoint: Endpoint
    page: int | None
    query: Query

    @property
    def truth(self) -> list[Connection]:
        return self.endpoint.holds(self.query)

    @property
    def must_be_whole(self) -> bool:
        """Whether nothing but a pile could keep an answer from being proven whole."""
        limit = self.page or self.endpoint.default
        return len(self.truth) < min(limit, FLOOR) or crowd(self.truth) < self.most

    @property
    def most(self) -> int:
        """Records of the largest answer to the question."""
        count, limit = len(self.truth), self.page or self.endpoint.default
        return min(count, limit, self.endpoint.cap or count)

    @property
    def beside_piles(self) -> list[Connection]:
        """Those that share no narrowest part with a pile."""
        starts = [one.start for one in self.truth]
        return [
            one
            for one in self.truth
            if sum(abs(one.start - other) <= 4 for other in starts) < self.most
        ]


SCALES = (1, 3, TICKS, 977_777)
"""Ticks from one possible start to the next: dense, and whole seconds, and neither."""


@st.composite
def starts(draw: st.DrawFn) -> list[Instant]:
    """Start times about one or two places, apart or in piles."""
    # Lists that hypothesis draws by itself are too short to be cut more than once.
    rng = Random(draw(st.integers(0, 2**16)))
    scale, reach = draw(st.sampled_from(SCALES)), draw(st.sampled_from([3, 12, 60, 900]))
    places = [NOON - TICKS, NOON - TICKS - draw(st.sampled_from([0, 90 * TICKS]))]
    return [
        rng.choice(places) - rng.randrange(reach) * scale for _ in range(draw(st.integers(0, 150)))
    ]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    records = fleet(draw(starts()))
    quiet = draw(st.sets(st.integers(0, 119)))
    for place in quiet & set(range(len(records))):
        records[place] = beat(records[place], 500, NOON)
    low = draw(st.none() | st.none() | st.integers(0, 400))
    query = draw(
        st.sampled_from([ALL, ALL, WIDEST, Query(minutes=5), Query(minutes=5, active_only=False)])
    )
    if low is not None and query.minutes is None:
        first = NOON - low * TICKS
        query = Query(time_start=first, time_end=first + draw(st.integers(0, 300)) * TICKS)
    page = draw(st.none() | st.integers(2, 60))
    endpoint = Endpoint(
        records,
        order=draw(st.sampled_from(ORDERS)),
        cap=draw(st.none() | st.integers(FLOOR, 60)),
        start_inclusive=draw(st.booleans()),
        end_inclusive=draw(st.booleans()),
    )
    return Case(endpoint, page, query)


@pytest.mark.slow
@given(cases(), st.integers(1, 5))
@settings(max_examples=400)
def test_the_answer_is_the_fleet_exactly_or_says_that_it_is_cut(case: Case, parts: int) -> None:
    source = complete(case.endpoint, case.page, parts=parts)
    answer = fetch(source, case.query)
    assert len(ids(answer.records)) == len(answer.records)
    assert ids(answer.records) <= ids(case.truth)
    if answer.complete:
        assert ids(answer.records) == ids(case.truth)
    else:
        assert answer.cut is Cut.PILE
        assert ids(answer.records) >= ids(case.beside_piles)
    assert answer.query == case.query
    assert case.endpoint.most_under_way <= parts


@pytest.mark.slow
@given(cases())
@settings(max_examples=400)
def test_where_no_pile_is_larger_than_an_answer_it_is_the_fleet_exactly(case: Case) -> None:
    answer = fetch(complete(case.endpoint, case.page), case.query)
    if case.must_be_whole:
        assert answer.complete
        assert ids(answer.records) == ids(case.truth)


@given(cases())
def test_further_polls_of_a_steady_fleet_ask_each_part_once_and_probe_nothing(case: Case) -> None:
    source = complete(case.endpoint, case.page)
    answer = fetch(source, case.query)
    costs: list[int] = []
    for _ in range(3):
        before = len(case.endpoint.asked)
        again = fetch(source, case.query)
        costs.append(len(case.endpoint.asked) - before)
        asked = case.endpoint.asked[before:]
        assert len(set(asked)) == len(asked)
        if answer.complete:
            assert again.complete
            assert ids(again.records) == ids(answer.records)
    if answer.complete:
        # A part and its neighbour hold more than 0.6 of an answer together.
        most = min(case.page or 1_000, max((len(case.truth), FLOOR)), case.endpoint.cap or 1_000)
        assert costs[0] >= costs[1] == costs[2]
        if case.must_be_whole and crowd(case.truth) < 2:
            assert costs[1] <= len(case.truth) / (0.3 * most) + 1


@given(cases(), st.integers(1, 8), st.integers(1, 4))
def test_no_poll_sends_more_than_its_budget_and_what_it_left_out_is_cut(
    case: Case, budget: int, polls: int
) -> None:
    source = complete(case.endpoint, case.page, budget=budget)
    for _ in range(polls):
        before = len(case.endpoint.asked)
        answer = fetch(source, case.query)
        assert len(case.endpoint.asked) - before <= budget
        assert answer.complete <= (ids(answer.records) == ids(case.truth))
        assert ids(answer.records) <= ids(case.truth)


# What it costs


@pytest.mark.parametrize(
    ("order", "first", "steady"),
    [("start-desc", 25, 13), ("start-asc", 25, 13), ("id", 31, 16), ("shuffled", 31, 16)],
)
def test_ten_thousand_connections_cost_few_questions(order: Order, first: int, steady: int) -> None:
    endpoint = Endpoint(spread(10_000), order=order)
    source = complete(endpoint, budget=40)

    async def polls() -> list[int]:
        counts = []
        for _ in range(3):
            answer = await source.fetch(ALL)
            assert answer.complete
            assert ids(answer.records) == ids(endpoint.fleet)
            counts.append(answer.cost.requests)
        return counts

    # On a real loop: so many records are sorted in a thread.
    assert asyncio.run(polls()) == [first, steady, steady]
    assert len(endpoint.asked) == first + 2 * steady


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("cap", [None, 300])
@pytest.mark.parametrize("count", [1_500, 2_500, 4_900])
def test_a_steady_fleet_costs_at_most_twice_its_size_over_the_limit(
    order: Order, cap: int | None, count: int
) -> None:
    endpoint = Endpoint(spread(count), order=order, cap=cap)
    source = complete(endpoint)
    asyncio.run(source.fetch(ALL))
    answer = asyncio.run(source.fetch(ALL))
    assert answer.complete
    assert ids(answer.records) == ids(endpoint.fleet)
    assert answer.cost.requests <= 2 * count / (cap or 1_000) + 1


def test_fewer_than_ten_records_are_whole_at_once() -> None:
    endpoint = Endpoint(spread(9))
    assert fetch(complete(endpoint)).complete
    assert endpoint.asked == [ALL]


def test_once_the_server_is_known_to_serve_more_one_question_a_poll_is_enough() -> None:
    ended = [beat(one, 900, NOON) for one in spread(40, seed=2)]
    endpoint = Endpoint(
        spread(50) + [replace(one, connection_id=f"x{n}") for n, one in enumerate(ended)]
    )
    source = complete(endpoint)
    for _ in range(3):
        answer = fetch(source)
        assert answer.complete
        assert len(answer.records) == 50
    assert endpoint.asked == [ALL, WIDEST, ALL, ALL]


def test_where_the_widest_question_brings_no_more_two_parts_prove_each_other() -> None:
    endpoint = Endpoint(spread(50))
    source = complete(endpoint)
    costs = [fetch(source).cost.requests for _ in range(3)]
    assert costs == [4, 2, 2]
    assert fetch(source, Query(service="coinapi-ws")).complete
    assert endpoint.asked.count(WIDEST) == 1


def test_the_widest_question_is_not_asked_twice_in_a_row() -> None:
    endpoint = Endpoint(spread(50))
    assert fetch(complete(endpoint), WIDEST).complete
    assert endpoint.asked.count(WIDEST) == 1


@pytest.mark.parametrize("trouble", [Trouble.TIMEOUT, Trouble.SERVER, Trouble.ANSWER])
def test_a_widest_question_that_fails_is_done_without(trouble: Trouble) -> None:
    endpoint = Endpoint(spread(50), failures={1: SourceError(trouble, "too much")})
    source = complete(endpoint)
    answer = fetch(source)
    assert answer.complete
    assert ids(answer.records) == ids(endpoint.fleet)
    fetch(source)
    assert endpoint.asked.count(WIDEST) == 1


@pytest.mark.parametrize("trouble", [Trouble.RATE, Trouble.KEY, Trouble.UNREACHABLE])
def test_a_failure_that_all_questions_would_meet_ends_the_poll(trouble: Trouble) -> None:
    endpoint = Endpoint(spread(50), failures={1: SourceError(trouble, "not now")})
    with pytest.raises(SourceError, match="not now"):
        fetch(complete(endpoint))
    assert len(endpoint.asked) == 2
