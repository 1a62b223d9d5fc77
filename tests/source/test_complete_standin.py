"""Complete before the real stand-in over a real socket, against the stand-in's own truth."""

import asyncio

import pytest

from tests.stage import KEY, START
from tui.core.instant import TICKS, Instant
from tui.core.query import Query
from tui.core.snapshot import Snapshot
from tui.source.complete import Complete
from tui.source.console_api import ConsoleApi
from tui.source.endpoint import parse_endpoint
from tui.source.secret import Secret
from tui.standin import query as standin
from tui.standin.app import create_app
from tui.standin.clock import ManualClock
from tui.standin.embedded import serving
from tui.standin.settings import Assumptions
from tui.standin.simulator import Fleet

FLEET = Fleet(seed=7, connections=2_500)


def truth(query: Query, at: Instant, assumptions: Assumptions) -> set[str]:
    """The ids of all that the stand-in would serve if it had no limit."""
    params = (query.to_params() | {"limit": str(2**31 - 1)}).items()
    uncapped = assumptions.model_copy(update={"limit_cap": None})
    found = FLEET.select(standin.parse_query(list(params)), at, (), uncapped)
    return {one.connection_id for one in found}


@pytest.mark.parametrize(
    ("assumptions", "most"),
    [
        (Assumptions(), 4),
        (Assumptions(order="start-asc"), 4),
        (Assumptions(order="id", limit_cap=300), 16),
        (Assumptions(order="shuffled", start_inclusive=False, end_inclusive=False), 5),
        (Assumptions(limit_cap=300, start_inclusive=False), 13),
        (Assumptions(order="start-asc", limit_cap=700, end_inclusive=False), 7),
        (Assumptions(order="shuffled", minutes_and_window="minutes"), 5),
    ],
)
@pytest.mark.parametrize(
    "query",
    [
        Query(),
        *(
            pytest.param(query, marks=pytest.mark.slow)
            for query in (Query(active_only=False, minutes=120), Query(service="coinapi-ws"))
        ),
    ],
)
def test_every_poll_has_every_connection_of_the_standin(
    query: Query, assumptions: Assumptions, most: int
) -> None:
    clock = ManualClock(START)

    def seconds() -> float:
        return clock.now() / TICKS - START.timestamp()

    async def polls(url: str) -> list[Snapshot]:
        api = ConsoleApi(parse_endpoint(url), lambda: Secret(KEY), monotonic=seconds)
        source = Complete(api, monotonic=seconds)
        answers = []
        for _ in range(3):
            answer = await source.fetch(query)
            answers.append(answer)
            found = {one.connection_id for one in answer.records}
            assert answer.complete
            assert _at_the_edge(found ^ truth(query, clock.now(), assumptions), answer)
            clock.advance(5)
        await source.aclose()
        return answers

    server = create_app(FLEET, api_key=KEY, assumptions=assumptions, clock=clock)
    with serving(server) as url:
        answers = asyncio.run(polls(url))
    assert answers[-1].cost.requests <= most


def _at_the_edge(others: set[str], answer: Snapshot) -> bool:
    """Whether all of these started within a second of where a window of minutes begins."""
    if answer.query.minutes is None:
        return not others
    edge = answer.at - answer.query.minutes * 60 * TICKS
    starts = {
        f"conn_{one.number:016x}": one.start
        for one in FLEET.timeline(answer.at, (), Assumptions()).sessions
    }
    return all(abs(starts[one] - edge) <= TICKS for one in others)
