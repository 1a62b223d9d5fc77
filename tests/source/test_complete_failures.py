"""Complete asks several parts at once, and some of them fail."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.source.memory import DOWN, until, virtually
from tests.source.paged import ALL, Endpoint, complete, fetch, ids, spread
from tui.core.snapshot import Trouble
from tui.source.base import SourceError
from tui.source.complete import PARTS


@given(st.integers(0, 20), st.integers(1, 5))
def test_a_part_that_fails_fails_the_poll_and_the_next_one_is_well(number: int, parts: int) -> None:
    endpoint = Endpoint(spread(200), failures={number: DOWN})
    source = complete(endpoint, 20, parts=parts)
    with pytest.raises(SourceError) as failed:
        fetch(source)
    assert failed.value is DOWN
    assert number < len(endpoint.asked) < number + 1 + parts
    answer = fetch(source)
    assert answer.complete
    assert ids(answer.records) == ids(endpoint.fleet)


def test_what_a_failed_poll_has_learned_is_not_asked_again() -> None:
    endpoint = Endpoint(spread(200), failures={15: DOWN})
    source = complete(endpoint, 20)
    with pytest.raises(SourceError):
        fetch(source)
    before = len(endpoint.asked)
    fetch(source)
    assert endpoint.asked[0] not in endpoint.asked[before:]


@virtually
async def test_after_a_failure_those_under_way_end_and_no_other_one_is_sent() -> None:
    endpoint = Endpoint(spread(400), order="shuffled", takes=1.0, failures={7: DOWN})
    source = complete(endpoint, 20, parts=3)
    with pytest.raises(SourceError):
        await source.fetch(ALL)
    assert (endpoint.under_way, endpoint.cancelled) == (0, 0)
    assert len(endpoint.asked) == 10
    assert endpoint.most_under_way == 3


@virtually
async def test_the_first_of_several_failures_is_told() -> None:
    late = SourceError(Trouble.TIMEOUT, "no whole answer")
    endpoint = Endpoint(spread(400), order="shuffled", failures={7: DOWN, 8: late})
    with pytest.raises(SourceError) as failed:
        await complete(endpoint, 20).fetch(ALL)
    assert failed.value is DOWN


@virtually
async def test_a_cancelled_poll_cancels_what_is_under_way_and_leaves_nothing_behind() -> None:
    endpoint = Endpoint(spread(400), order="shuffled", takes=1.0)
    source = complete(endpoint, 20)
    poll = asyncio.create_task(source.fetch(ALL))
    await until(3.5)
    assert endpoint.under_way == PARTS
    poll.cancel()
    with pytest.raises(asyncio.CancelledError):
        await poll
    assert (endpoint.under_way, endpoint.cancelled) == (0, PARTS)
    assert (await source.fetch(ALL)).complete


def test_a_defect_is_raised_as_it_is() -> None:
    def broken() -> None:
        raise ZeroDivisionError

    endpoint = Endpoint(spread(9), before_answer=broken)
    with pytest.raises(ZeroDivisionError):
        fetch(complete(endpoint))
