"""What Complete says of an answer, and when it asks one question only."""

import pytest
from msgspec.structs import replace

from tests.source.paged import ALL, Endpoint, complete, fetch, fleet, ids, spread
from tests.strategies import NOON
from tests.virtual_time import now, run
from tui.core.clock import ServerClock
from tui.core.instant import TICKS
from tui.core.query import Query
from tui.core.snapshot import Cut, Snapshot

# What is said of an answer


def test_one_answer_stays_in_the_order_served_and_several_stand_newest_first() -> None:
    few, many = Endpoint(spread(9), order="start-asc"), Endpoint(spread(50), order="start-asc")
    assert list(fetch(complete(few)).records) == sorted(few.fleet, key=lambda one: one.start)
    several = fetch(complete(many, 20)).records
    assert list(several) == sorted(many.fleet, key=lambda one: -one.start)


def test_the_cost_is_that_of_all_questions() -> None:
    endpoint = Endpoint(spread(50), takes=1.0, clock=now)
    answer = fetch(complete(endpoint, 20, parts=1))
    count = len(endpoint.asked)
    assert answer.cost.requests == count
    assert answer.cost.seconds == count
    assert answer.cost.received > 50 * 100
    assert answer.served == 50
    assert answer.at == NOON + count * TICKS
    assert answer.clock == ServerClock(NOON / TICKS, NOON / TICKS, count)


def test_a_question_asked_only_for_its_size_makes_no_record_look_older() -> None:
    endpoint = Endpoint([*spread(50), *fleet([NOON], service="EMS")], takes=1.0, clock=now)
    answer = fetch(complete(endpoint), Query(service="coinapi-ws"))
    assert answer.at == NOON + TICKS
    assert answer.cost.seconds == 2.0


def test_records_that_cannot_be_read_are_counted_and_cannot_be_parted() -> None:
    endpoint = Endpoint(spread(50), blind=True)
    answer = fetch(complete(endpoint, 20))
    assert answer.cut is Cut.PILE
    assert answer.unreadable == {"connectionStartTime": 20}


def test_a_pile_larger_than_an_answer_is_cut_each_time_and_all_around_it_is_there() -> None:
    around = spread(50)
    pile = [replace(one, connection_id=f"p{n}") for n, one in enumerate(fleet([NOON - 9] * 30))]
    for inclusive in (True, False):
        endpoint = Endpoint(
            around + pile, start_inclusive=inclusive, end_inclusive=inclusive, order="shuffled"
        )
        source = complete(endpoint, 20)
        for _ in range(2):
            answer = fetch(source)
            assert answer.cut is Cut.PILE
            assert ids(answer.records) >= ids(around)


def test_a_pile_that_fits_into_one_answer_is_whole_whatever_lies_a_tick_beside_it() -> None:
    records = fleet([NOON - 9] * 14 + [NOON - 11] * 14 + [NOON - 7] * 14)
    endpoint = Endpoint(records, order="shuffled", start_inclusive=False, end_inclusive=False)
    answer = fetch(complete(endpoint, 20))
    assert answer.complete
    assert len(answer.records) == 42


def test_a_server_that_ignores_the_window_is_found_out_at_once() -> None:
    endpoint = Endpoint(spread(50), deaf=True)
    source = complete(endpoint, 20)
    assert fetch(source).cut is Cut.SHIFT
    assert len(endpoint.asked) == 3
    assert fetch(source).cut is Cut.SHIFT
    assert len(endpoint.asked) == 5


def test_a_source_that_says_that_it_is_cut_is_believed() -> None:
    class Cautious(Endpoint):
        async def fetch(self, query: Query) -> Snapshot:
            return replace(await super().fetch(query), cut=Cut.BUDGET)

    assert fetch(complete(Cautious(spread(5)))).cut is Cut.BUDGET
    assert fetch(complete(Cautious(spread(50)), 20)).cut is Cut.BUDGET


# One question only


def test_a_limit_of_the_user_is_one_question_and_cut_when_it_is_reached() -> None:
    endpoint = Endpoint(spread(50))
    source = complete(endpoint, 20)
    assert fetch(source, Query(limit=30)).cut is Cut.LIMIT
    assert fetch(source, Query(limit=50)).cut is Cut.LIMIT
    assert fetch(source, Query(limit=51)).complete
    assert endpoint.asked == [Query(limit=30), Query(limit=50), Query(limit=51)]


def test_a_limit_above_a_cap_that_was_seen_is_cut_at_the_cap() -> None:
    endpoint = Endpoint(spread(50), cap=20)
    source = complete(endpoint)
    assert fetch(source, Query(limit=40)).complete, "nobody can know yet"
    assert fetch(source).complete
    answer = fetch(source, Query(limit=40))
    assert (answer.cut, answer.served) == (Cut.LIMIT, 20)


def test_parts_that_only_prove_each_other_are_no_sign_of_a_cap() -> None:
    endpoint = Endpoint(spread(50))
    source = complete(endpoint)
    fetch(source)
    assert fetch(source, Query(limit=200)).complete


def test_a_full_answer_is_no_sign_of_a_cap() -> None:
    endpoint = Endpoint(spread(60) + fleet([NOON] * 20, service="EMS"))
    endpoint.fleet = [replace(one, connection_id=str(n)) for n, one in enumerate(endpoint.fleet)]
    source = complete(endpoint, 20)
    fetch(source)
    assert fetch(source, Query(service="EMS", limit=40)).complete


def test_a_cap_is_forgotten_when_more_is_served() -> None:
    endpoint = Endpoint(spread(50), cap=20)
    source = complete(endpoint)
    fetch(source)
    endpoint.cap = None
    assert fetch(source, Query(limit=49)).cut is Cut.LIMIT
    assert fetch(source, Query(limit=100)).complete


def test_a_limit_above_the_default_may_have_been_capped_there_until_more_was_served() -> None:
    endpoint = Endpoint(spread(1_200), cap=1_100)
    source = complete(endpoint)
    assert fetch(source, Query(limit=5_000)).cut is Cut.LIMIT
    assert fetch(source, Query(limit=5_000, time_start=NOON - 76_000 * TICKS)).complete


@pytest.mark.parametrize(("page", "cut"), [(None, None), (50, Cut.SINGLE), (51, None)])
def test_with_splitting_off_it_is_one_question_and_cut_when_it_is_full(
    page: int | None, cut: Cut | None
) -> None:
    endpoint = Endpoint(spread(50))
    answer = fetch(complete(endpoint, page, split=False))
    assert (answer.query, answer.cut) == (ALL, cut)
    assert endpoint.asked == [Query(limit=page)]


def test_closing_closes_the_source_behind() -> None:
    endpoint = Endpoint([])
    run(complete(endpoint).aclose())
    assert endpoint.closed
