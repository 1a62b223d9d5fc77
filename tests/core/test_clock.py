"""The server's time is known within a second and the round trip, and never from our own clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import NOON
from tui.core.clock import ServerClock
from tui.core.instant import TICKS

EPSILON = 1e-3
"""Float rounding at 1.7e9 seconds, and then some."""

WIDENING = 4e-4
"""Seconds by which bounds may widen in a second, for two clocks that part."""


@dataclass(frozen=True)
class World:
    """A server's clock that goes wrong by ``offset`` and ``drift`` against the monotonic one."""

    offset: float
    drift: float = 0.0

    def time(self, monotonic: float) -> float:
        return self.offset + monotonic * (1 + self.drift)

    def date(self, monotonic: float) -> int:
        """What the ``Date`` header says: the second, cut."""
        return int(self.time(monotonic)) * TICKS

    def stepped(self, step: float) -> "World":
        return World(self.offset + step, self.drift)

    def error(self, clock: ServerClock, monotonic: float) -> float:
        """Seconds by which the estimate is ahead of the truth."""
        return clock.at(monotonic) / TICKS - self.time(monotonic)


@dataclass(frozen=True)
class Poll:
    """An exchange: seconds since the last one, round trip, and when within it the server looked."""

    pause: float
    trip: float
    part: float


def polls(
    trips: st.SearchStrategy[float], pauses: st.SearchStrategy[float]
) -> st.SearchStrategy[list[Poll]]:
    one = st.builds(Poll, pauses, trips, st.floats(0, 1))
    return st.lists(one, min_size=1, max_size=30)


WORLDS = st.builds(World, st.floats(1e9, 2e9), st.floats(-1e-4, 1e-4))
TRIPS = st.floats(0, 5) | st.floats(0, 0.1) | st.floats(0, 15)
POLLS = polls(TRIPS, st.floats(0, 300))


def observe(clock: ServerClock, world: World, poll: Poll, sent: float) -> tuple[ServerClock, float]:
    received = sent + poll.trip
    return clock.observe(world.date(sent + poll.trip * poll.part), sent, received), received


def asked(
    world: World, exchanges: list[Poll], clock: ServerClock | None = None, now: float = 1_000.0
) -> Iterator[tuple[ServerClock, float, Poll]]:
    """The estimate after each exchange, and the monotonic seconds then."""
    clock = ServerClock() if clock is None else clock
    for poll in exchanges:
        clock, now = observe(clock, world, poll, now + poll.pause)
        yield clock, now, poll


# One server, whose clock nobody sets


@given(WORLDS, POLLS)
def test_the_truth_lies_within_the_bounds_and_the_estimate_near_it(
    world: World, exchanges: list[Poll]
) -> None:
    for clock, now, poll in asked(world, exchanges):
        true = world.time(now)
        assert clock.lowest + now - EPSILON <= true <= clock.highest + now + EPSILON
        assert clock.lowest <= clock.highest
        assert abs(world.error(clock, now)) <= 0.5 + poll.trip + EPSILON
        assert clock.contradicted == 0


@given(WORLDS, POLLS)
def test_a_further_answer_narrows_the_bounds_but_for_the_drift(
    world: World, exchanges: list[Poll]
) -> None:
    widths = [(clock.highest - clock.lowest, now) for clock, now, _ in asked(world, exchanges)]
    for (earlier, before), (later, now) in pairwise(widths):
        assert later <= earlier + WIDENING * (now - before) + EPSILON


@given(WORLDS, POLLS, st.data())
def test_answers_of_one_poll_may_come_in_any_order(
    world: World, exchanges: list[Poll], data: st.DataObject
) -> None:
    clock, now = ServerClock(), 1_000.0
    for burst in (exchanges[:5], exchanges[5:10], exchanges[10:]):
        for poll in data.draw(st.permutations(burst)):
            clock, _ = observe(clock, world, poll, now + poll.pause)
            assert clock.measured is not None
            true = world.time(clock.measured) - clock.measured
            assert clock.lowest - EPSILON <= true <= clock.highest + EPSILON
            assert clock.contradicted == 0
        now += 300.0


@given(WORLDS, POLLS)
def test_from_the_first_quick_answer_on_the_estimate_is_right_to_a_second_and_a_half(
    world: World, exchanges: list[Poll]
) -> None:
    quick = False
    for clock, now, poll in asked(world, exchanges):
        quick = quick or poll.trip <= 1.0
        if quick:
            assert abs(world.error(clock, now)) <= 1.5
            assert abs(world.error(clock, now + 300)) <= 1.5


@given(WORLDS, st.integers())
def test_after_many_answers_it_is_right_to_six_tenths_of_a_second(world: World, seed: int) -> None:
    rng = Random(seed)
    many = [Poll(rng.uniform(4, 6), rng.uniform(0, 1), rng.random()) for _ in range(100)]
    *_, (clock, now, _) = asked(world, many)
    assert abs(world.error(clock, now)) <= 0.6
    # However long a single answer takes, it spoils nothing.
    clock, now = observe(clock, world, Poll(5.0, 15.0, rng.random()), now + 5.0)
    assert abs(world.error(clock, now)) <= 0.6


def test_an_answer_that_comes_late_bounds_the_time_no_closer_than_the_drift_allows() -> None:
    world = World(1e9 + 0.1001, -1e-4)
    clock, _ = observe(ServerClock(), world, Poll(0.0, 0.0, 1.0), 1_300.0)
    clock, _ = observe(clock, world, Poll(0.0, 0.0, 1.0), 1_000.0)
    assert clock.lowest <= world.time(1_300.0) - 1_300.0


def test_a_question_during_which_the_machine_slept_is_bounded_with_its_drift() -> None:
    world = World(1e9 - 0.1001, 1e-4)
    clock, now = observe(ServerClock(), world, Poll(0.0, 3_600.0, 0.0), 1_000.0)
    assert clock.highest >= world.time(now) - now


def test_many_answers_tell_the_second_more_finely_than_one() -> None:
    world = World(1.7e9 + 0.123)
    *_, (clock, now, _) = asked(world, [Poll(1.03, 0.02, 0.5)] * 40)
    assert clock.highest - clock.lowest < 0.1
    assert abs(world.error(clock, now)) < 0.05


def test_between_answers_the_clock_runs_on() -> None:
    clock = ServerClock().observe(NOON, 10.0, 10.0)
    assert clock.at(70.0) - clock.at(10.0) == 60 * TICKS


def test_nothing_is_known_before_the_first_answer_and_something_after_it() -> None:
    assert not ServerClock().known
    assert ServerClock().observe(NOON, 1.0, 1.2).known
    assert ServerClock(5.0, 5.0).observe(NOON, 1.0, 1.0) == ServerClock().observe(NOON, 1.0, 1.0)


def test_an_older_answer_bounds_the_time_less_closely() -> None:
    clock = ServerClock().observe(NOON, 10.0, 10.5, within=3.0)
    assert clock.at(10.5) / TICKS == pytest.approx(NOON / TICKS + 1.75, abs=EPSILON)
    assert clock.highest - clock.lowest == pytest.approx(3.5, abs=EPSILON)
