"""A few tries, each told about, and none without hope."""

import random

import pytest

from tests.strategies import snapshot
from tui.core.query import Query
from tui.core.snapshot import Snapshot, Trouble
from tui.report.ask import LONGEST_WAIT, TRIES, ask
from tui.source.base import SourceError


class Failing:
    """A source that fails some times and then answers."""

    def __init__(self, *errors: SourceError) -> None:
        self._errors = list(errors)
        self.asked = 0

    async def fetch(self, query: Query) -> Snapshot:
        self.asked += 1
        if self._errors:
            raise self._errors.pop(0)
        return snapshot(query=query)

    async def aclose(self) -> None:
        pass


def down(wait: float | None = None, *, retryable: bool = True) -> SourceError:
    return SourceError(
        Trouble.SERVER, "the endpoint fails (503)", retry_after=wait, retryable=retryable
    )


class Asking:
    """One call of ``ask``, with what it said and how long it would have waited."""

    def __init__(self, *errors: SourceError) -> None:
        self.source = Failing(*errors)
        self.said: list[str] = []
        self.waits: list[float] = []

    async def answer(self) -> Snapshot:
        async def sleep(seconds: float) -> None:
            self.waits.append(seconds)

        return await ask(
            self.source,
            Query(),
            every=5.0,
            say=self.said.append,
            rng=random.Random(1),
            sleep=sleep,
        )


async def test_an_answer_at_once() -> None:
    asking = Asking()
    assert (await asking.answer()).query == Query()
    assert (asking.said, asking.waits) == ([], [])


async def test_it_tries_again_and_says_so() -> None:
    asking = Asking(down(), down(2.5))
    await asking.answer()
    assert asking.source.asked == TRIES
    assert asking.said == [
        f"the endpoint fails (503) — trying again in {asking.waits[0]:.1f} s",
        "the endpoint fails (503) — trying again in 2.5 s",
    ]
    assert 0.2 <= asking.waits[0] <= 1.0


async def test_it_gives_up_after_the_last_try() -> None:
    asking = Asking(*[down()] * TRIES)
    with pytest.raises(SourceError, match=r"^the endpoint fails \(503\)$"):
        await asking.answer()
    assert asking.source.asked == TRIES
    assert len(asking.waits) == TRIES - 1


async def test_what_nobody_but_a_person_mends_is_not_tried_again() -> None:
    asking = Asking(down(retryable=False))
    with pytest.raises(SourceError):
        await asking.answer()
    assert (asking.source.asked, asking.said) == (1, [])


async def test_a_long_wait_is_left_to_a_person() -> None:
    asking = Asking(down(LONGEST_WAIT + 1))
    with pytest.raises(SourceError):
        await asking.answer()
    assert (asking.source.asked, asking.waits) == (1, [])
