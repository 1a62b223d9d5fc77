"""A failing source is asked soon, then ever more rarely, and never before it allows it."""

from random import Random

import pytest

from tests.source.memory import DOWN, Memory, Reader, poller, until, virtually
from tests.virtual_time import run
from tui.core.query import Query
from tui.core.snapshot import Cost, Failure, Snapshot, Trouble
from tui.source.base import SourceError
from tui.source.poller import Poller
from tui.source.retry import LONGEST_WAIT


@virtually
async def test_a_failed_question_is_an_outcome_like_another() -> None:
    source = Memory(DOWN, takes=2.0)
    async with Reader(poller(source)) as reader:
        await until(2.1)
    (outcome,) = (outcome for _, outcome in reader.got)
    assert outcome == Failure(
        Query(), Trouble.UNREACHABLE, "connection refused", cost=Cost(seconds=2.0)
    )


@virtually
async def test_a_failing_source_is_asked_soon_and_then_ever_more_rarely() -> None:
    source = Memory(*[DOWN] * 200)
    async with Reader(poller(source)) as reader:
        await until(1_000.0)
    waits = [
        later - earlier for earlier, later in zip(source.times, source.times[1:], strict=False)
    ]
    assert all(isinstance(outcome, Failure) for _, outcome in reader.got)
    assert waits[0] <= 1.0
    assert waits[1] <= 2.0
    assert all(0.2 <= wait <= 20.0 for wait in waits)
    assert max(waits) > 15.0
    assert 60 < len(waits) < 170


@virtually
async def test_a_recovery_ends_the_backoff() -> None:
    source = Memory(*[DOWN] * 5)
    async with Reader(poller(source)) as reader:
        await until(200.0)
    good = [time for time, outcome in reader.got if isinstance(outcome, Snapshot)]
    assert [later - good[0] for later in good[:4]] == pytest.approx([0.0, 10.0, 20.0, 30.0])


@pytest.mark.parametrize("seed", range(8))
def test_after_a_recovery_the_next_failure_counts_as_the_first(seed: int) -> None:
    async def main() -> list[float]:
        source = Memory(*[DOWN] * 8, None, DOWN)
        async with Reader(Poller(source, Query(), 10.0, rng=Random(seed))):
            await until(300.0)
        return source.times

    times = run(main())
    assert times[10] - times[9] <= 1.0


@pytest.mark.parametrize(("told", "kept"), [(90.0, 90.0), (1e9, LONGEST_WAIT)])
def test_the_servers_wait_is_respected_up_to_the_cap(told: float, kept: float) -> None:
    async def main() -> list[float]:
        source = Memory(SourceError(Trouble.RATE, "asked too often (429)", retry_after=told))
        async with Reader(poller(source)):
            await until(kept - 0.1)
            assert source.times == [0.0]
            await until(kept + 0.1)
        return source.times

    assert run(main()) == [0.0, kept]


@virtually
async def test_a_refresh_asks_even_within_the_backoff() -> None:
    source = Memory(SourceError(Trouble.RATE, "asked too often (429)", retry_after=90.0))
    asker = poller(source)
    async with Reader(asker):
        await until(5.0)
        assert asker.due == 90.0
        asker.refresh()
        await until(6.0)
    assert source.times == [0.0, 5.0]


@virtually
async def test_paused_it_does_not_retry_either() -> None:
    source = Memory(DOWN)
    asker = poller(source)
    asker.paused = True
    async with Reader(asker):
        await until(1_000.0)
    assert source.times == [0.0]
