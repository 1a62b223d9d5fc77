"""When to ask again: soon, never in step, never before the server allows it."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import failure
from tui.source.poller import FASTEST, SLOWEST
from tui.source.retry import LONGEST_WAIT, retry_delay

INTERVALS = st.floats(FASTEST, SLOWEST)
POLLS = st.integers(1, 10_000)
CHANCES = st.integers(0, 2**32).map(Random)


@given(POLLS, INTERVALS, CHANCES, st.booleans())
def test_without_the_servers_word_it_waits_two_intervals_at_most(
    polls: int, every: float, chance: Random, retryable: bool
) -> None:
    wait = retry_delay(failure(retryable=retryable), polls, every, chance)
    assert 0.2 <= wait <= 2 * every


@given(INTERVALS, CHANCES)
def test_the_first_retry_comes_within_a_second(every: float, chance: Random) -> None:
    assert retry_delay(failure(), 1, every, chance) <= 1.0


@given(st.integers(1, 40), INTERVALS, CHANCES)
def test_the_ceiling_doubles_with_each_failed_poll(
    polls: int, every: float, chance: Random
) -> None:
    assert retry_delay(failure(), polls, every, chance) <= max(0.2, 2.0 ** (polls - 1))


@given(POLLS, INTERVALS, CHANCES, st.floats(0.001, 1e10), st.booleans())
def test_the_servers_word_is_never_undercut_up_to_the_cap(
    polls: int, every: float, chance: Random, told: float, retryable: bool
) -> None:
    wait = retry_delay(failure(retry_after=told, retryable=retryable), polls, every, chance)
    assert wait >= min(told, LONGEST_WAIT)
    assert wait <= max(2 * every, min(told, LONGEST_WAIT))


@given(POLLS, INTERVALS, st.integers(0, 2**32), st.sampled_from([0.0, -5.0]))
def test_a_word_that_asks_for_nothing_changes_nothing(
    polls: int, every: float, seed: int, told: float
) -> None:
    with_word = retry_delay(failure(retry_after=told), polls, every, Random(seed))
    assert with_word == retry_delay(failure(), polls, every, Random(seed))


def test_many_monitors_do_not_ask_in_step() -> None:
    waits = sorted(retry_delay(failure(), 10, 30.0, Random(seed)) for seed in range(500))
    assert waits[0] < 3.0
    assert waits[-1] > 57.0
    assert 25.0 < sum(waits) / len(waits) < 35.0


def test_what_only_a_person_can_mend_is_not_asked_in_a_hurry() -> None:
    waits = [retry_delay(failure(retryable=False), 1, 30.0, Random(seed)) for seed in range(500)]
    assert sum(waits) / len(waits) > 25.0


@given(POLLS, INTERVALS, st.integers(0, 2**32))
def test_equal_chance_gives_equal_waits(polls: int, every: float, seed: int) -> None:
    assert retry_delay(failure(), polls, every, Random(seed)) == retry_delay(
        failure(), polls, every, Random(seed)
    )
