"""The server's time is known within a second and the round trip, and never from our own clock."""

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import NOON
from tui.core.clock import ServerClock
from tui.core.instant import TICKS

EPSILON = 1e-3
"""Float rounding at 1.7e9 seconds, and then some."""


@dataclass(frozen=True)
class World:
    """A server's clock that goes wrong by ``offset`` and ``drift`` against the monotonic one."""

    offset: float
    drift: float

    def time(self, monotonic: float) -> float:
        return self.offset + monotonic * (1 + self.drift)

    def date(self, monotonic: float) -> int:
        """What the ``Date`` header says: the second, cut."""
        return int(self.time(monotonic)) * TICKS


@dataclass(frozen=True)
class Poll:
    """An exchange: seconds since the last one, round trip, and when within it the server looked."""

    pause: float
    trip: float
    part: float


WORLDS = st.builds(World, st.floats(1e9, 2e9), st.floats(-1e-4, 1e-4))
TRIPS = st.floats(0, 5) | st.floats(0, 0.1)
POLLS = st.lists(
    st.builds(Poll, st.floats(0, 300), TRIPS, st.floats(0, 1)), min_size=1, max_size=30
)


def observe(clock: ServerClock, world: World, poll: Poll, sent: float) -> tuple[ServerClock, float]:
    received = sent + poll.trip
    return clock.observe(world.date(sent + poll.trip * poll.part), sent, received), received


@given(WORLDS, POLLS)
def test_the_truth_lies_within_the_bounds_and_the_estimate_near_it(
    world: World, polls: list[Poll]
) -> None:
    clock, now = ServerClock(), 1_000.0
    for poll in polls:
        clock, now = observe(clock, world, poll, now + poll.pause)
        true = world.time(now)
        assert clock.lowest + now - EPSILON <= true <= clock.highest + now + EPSILON
        assert clock.lowest <= clock.highest
        assert abs(clock.at(now) / TICKS - true) <= 0.5 + poll.trip + EPSILON


@given(WORLDS, POLLS)
def test_a_further_answer_narrows_the_bounds_but_for_the_drift(
    world: World, polls: list[Poll]
) -> None:
    clock, now = ServerClock(), 1_000.0
    widths = []
    for poll in polls:
        before = now
        clock, now = observe(clock, world, poll, now + poll.pause)
        widths.append((clock.highest - clock.lowest, now - before))
    for (earlier, _), (later, passed) in pairwise(widths):
        assert later <= earlier + 4e-4 * passed + EPSILON


@given(
    WORLDS,
    POLLS,
    st.floats(-1e6, 1e6).filter(lambda step: abs(step) > 0.01),
    TRIPS,
    st.floats(0, 1),
)
def test_a_step_of_the_servers_clock_is_followed_at_once(
    world: World, polls: list[Poll], step: float, trip: float, part: float
) -> None:
    clock, now = ServerClock(), 1_000.0
    for poll in polls:
        clock, now = observe(clock, world, poll, now + poll.pause)
    stepped = World(world.offset + step, world.drift)
    clock, now = observe(clock, stepped, Poll(1.0, trip, part), now + 1.0)
    assert abs(clock.at(now) / TICKS - stepped.time(now)) <= 1.0 + trip + EPSILON


def test_many_answers_tell_the_second_more_finely_than_one() -> None:
    world, clock, now = World(1.7e9 + 0.123, 0.0), ServerClock(), 0.0
    for _ in range(40):
        clock, now = observe(clock, world, Poll(1.03, 0.02, 0.5), now + 1.03)
    assert clock.highest - clock.lowest < 0.1
    assert abs(clock.at(now) / TICKS - world.time(now)) < 0.05


def test_between_answers_the_clock_runs_on() -> None:
    clock = ServerClock().observe(NOON, 10.0, 10.0)
    assert clock.at(70.0) - clock.at(10.0) == 60 * TICKS


def test_nothing_is_known_before_the_first_answer_and_something_after_it() -> None:
    assert not ServerClock().known
    assert ServerClock().observe(NOON, 1.0, 1.2).known
    assert ServerClock(5.0, 5.0).observe(NOON, 1.0, 1.0) == ServerClock().observe(NOON, 1.0, 1.0)
