"""A clock that contradicts what is known is suspected first, and believed by its second answer."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.core.test_clock import (
    EPSILON,
    POLLS,
    WIDENING,
    WORLDS,
    Poll,
    World,
    asked,
    observe,
    polls,
)
from tui.core.clock import ServerClock
from tui.core.instant import TICKS

QUICK = st.floats(0, 0.5)
APART = st.floats(1.01, 300)
"""Pauses after which a clock that goes shows another second."""
STEPS = st.floats(-1e6, 1e6) | st.floats(-5, 5)


def seen(*answers: tuple[float, float], trip: float = 0.2) -> ServerClock:
    """The estimate after answers at (monotonic seconds, offset of the clock that answers)."""
    clock = ServerClock()
    for received, offset in answers:
        clock = clock.observe(World(offset).date(received), received - trip, received)
    return clock


def offset_of(clock: ServerClock) -> float:
    return (clock.lowest + clock.highest) / 2


# A clock that is set


@given(WORLDS, POLLS, STEPS, polls(QUICK, APART))
def test_a_step_of_the_servers_clock_is_followed_from_the_second_answer_on(
    world: World, before: list[Poll], step: float, after: list[Poll]
) -> None:
    *_, (clock, now, _) = asked(world, before)
    stepped = world.stepped(step)
    for number, (later, then, _) in enumerate(asked(stepped, after, clock, now)):
        if number > 0:
            assert abs(stepped.error(later, then)) <= 1.5


@given(WORLDS, POLLS, st.floats(20, 1e6) | st.floats(-1e6, -20))
def test_a_single_answer_that_contradicts_moves_nothing(
    world: World, before: list[Poll], step: float
) -> None:
    *_, (clock, now, _) = asked(world, before)
    suspicious, then = observe(clock, world.stepped(step), Poll(1.0, 0.1, 0.5), now + 1.0)
    assert suspicious.contradicted == 1
    assert abs(suspicious.at(then) - clock.at(then)) <= 1
    assert suspicious.highest - suspicious.lowest >= clock.highest - clock.lowest


def test_a_clock_that_was_set_is_believed_with_the_second_answer_and_then_narrowed() -> None:
    world = World(5_000.4)
    clock = seen((10, 1_000), (15, 5_000.4), (20.55, 5_000.4))
    assert abs(world.error(clock, 30.0)) < 0.5
    assert clock.highest - clock.lowest < 0.8
    assert (clock.contradicted, clock.suspects) == (0, ())


@given(WORLDS, st.sampled_from([-1e-4, 1e-4]), st.floats(5_000, 20_000))
def test_two_answers_hours_apart_agree_in_spite_of_the_drift(
    world: World, drift: float, pause: float
) -> None:
    stepped = World(world.offset + 1e5, drift)
    clock, now = observe(ServerClock(), world, Poll(0.0, 0.1, 0.5), 0.0)
    for wait in (5.0, pause):
        clock, now = observe(clock, stepped, Poll(wait, 0.1, 0.5), now + wait)
    assert clock.contradicted == 0
    assert abs(stepped.error(clock, now)) <= 1.5


# A Date that stands still


@given(WORLDS, POLLS, POLLS, st.floats(0, 1_000))
def test_a_date_that_stands_still_holds_nothing_back(
    world: World, before: list[Poll], stuck: list[Poll], lag: float
) -> None:
    *_, (clock, since, _) = asked(world, before)
    width, date, now = clock.highest - clock.lowest, world.date(since - lag), since
    for poll in stuck:
        sent = now + poll.pause
        now = sent + poll.trip
        clock = clock.observe(date, sent, now)
        assert abs(world.error(clock, now)) <= width + WIDENING * (now - since) + EPSILON


@given(WORLDS, st.integers(1, 300), st.floats(0, 0.9))
@example(World(1e9), 1, 0.0)
def test_a_date_that_stands_still_from_the_start_is_found_out(
    world: World, every: int, trip: float
) -> None:
    clock, date = ServerClock(), world.date(0.0)
    for number in range(20):
        clock = clock.observe(date, every * number, every * number + trip)
        assert abs(world.error(clock, every * number)) <= 1.0 + trip + 0.01 * every
    assert clock.stands_still
    assert clock.contradicted >= 17


def test_parts_of_one_poll_are_one_witness() -> None:
    # Two caches, filled around the turn of a second, answer again two minutes later.
    clock, old = seen((10, 1_000)), World(1_000).date(10.0)
    for sent in (130.0, 140.0):
        for date in (old, old + TICKS, old):
            clock = clock.observe(date, sent, sent + 0.3)
    assert offset_of(clock) == pytest.approx(offset_of(seen((10, 1_000))))
    assert clock.contradicted == 6


@given(WORLDS, polls(QUICK, APART), polls(QUICK, APART), polls(QUICK, APART))
def test_a_date_that_goes_again_is_followed_from_the_second_answer_on(
    world: World, before: list[Poll], stuck: list[Poll], after: list[Poll]
) -> None:
    *_, (clock, now, _) = asked(world, before)
    date = world.date(now)
    for poll in stuck:
        clock, now = clock.observe(date, now + poll.pause, now + poll.pause), now + poll.pause
    for number, (later, then, _) in enumerate(asked(world, after, clock, now)):
        if number > 0:
            assert abs(world.error(later, then)) <= 1.5
            assert not later.stands_still


def test_no_other_trouble_is_called_a_standstill() -> None:
    assert not seen((10, 0)).stands_still
    assert not seen((10, 0), (15, 50), (20, 100), (25, 150), (30, 200)).stands_still


# Several servers

A, B, C, D = 1_000.3, 1_007.3, 1_020.3, 1_050.3
"""Clocks of four servers, by what they are ahead of the monotonic one."""


def in_turn(*servers: float) -> ServerClock:
    """The estimate after an answer of each, five seconds apart."""
    return seen(*((10.0 + 5 * number, one) for number, one in enumerate(servers)))


@pytest.mark.parametrize(
    ("servers", "kept"),
    [
        ((A, B), A),
        ((A, B, A, B, A, B, A, B), A),
        ((A, B, C, A, B, C, A), A),
        ((A, B, B), B),
        ((A, B, B, A), B),
        ((A, B, B, A, B, A), B),
        ((A, B, B, A, A), A),
        ((A, B, C, B), B),
        ((A, B, C, D, B), B),
        ((A, C, B, C, B), C),
    ],
)
def test_of_several_servers_the_first_is_kept_while_it_speaks(
    servers: tuple[float, ...], kept: float
) -> None:
    assert abs(offset_of(in_turn(*servers)) - kept) < 1.2


def test_contradictions_are_counted_until_one_answer_agrees() -> None:
    assert [in_turn(*(A, B, C, A, B, B)[:n]).contradicted for n in range(1, 7)] == [
        *(0, 1, 2, 0, 1, 0)
    ]


def test_an_answer_that_agrees_with_both_clears_no_suspicion_and_is_no_witness() -> None:
    # The wide bounds of the third answer hold both clocks.
    both = seen((10, A), (15, B)).observe(World(B).date(18.0), 16.0, 30.0)
    assert (both.contradicted, len(both.suspects)) == (0, 1)
    assert offset_of(both) == pytest.approx(offset_of(seen((10, A))), abs=0.1)
    believed = both.observe(World(B).date(35.0), 35.0, 35.2)
    assert abs(offset_of(believed) - B) < 1.2


# Slow answers


def contradicting(*trips: float) -> ServerClock:
    """The estimate after a good one and then answers of a clock an hour ahead, so quick."""
    clock, now, set_ahead = seen((10, A)), 10.0, World(A + 3_600)
    for trip in trips:
        clock, now = observe(clock, set_ahead, Poll(5.0, trip, 0.5), now + 5.0)
    return clock


@pytest.mark.parametrize(
    ("trips", "believed"),
    [
        ((0.1,), False),
        ((0.1, 0.1), True),
        ((1.9, 1.9), True),
        ((9.0, 0.1), False),
        ((0.1, 9.0), False),
        ((2.5, 2.5, 2.5), False),
        ((9.0, 0.1, 9.0), True),
        ((9.0, 0.1, 0.1), True),
        ((9.0, 9.0, 9.0, 9.0), True),
    ],
)
def test_slow_answers_weigh_half_of_quick_ones(trips: tuple[float, ...], believed: bool) -> None:
    assert (offset_of(contradicting(*trips)) > A + 3_000) is believed


@pytest.mark.parametrize("received", [(15.1, 24.0), (24.0, 15.1)], ids=["first", "last"])
def test_of_the_parts_of_one_poll_the_quick_one_counts(received: tuple[float, ...]) -> None:
    clock, ahead = seen((10, A)), World(A + 3_600)
    for then in received:
        clock = clock.observe(ahead.date(15.0), 15.0, then)
    assert offset_of(clock.observe(ahead.date(30.0), 30.0, 30.1)) > A + 3_000


def test_a_slow_answer_that_agrees_leaves_good_bounds_as_they_are() -> None:
    good = seen((10, A))
    slow = good.observe(World(A).date(20.0), 12.0, 27.0)
    assert offset_of(slow) == pytest.approx(offset_of(good))
    assert slow.highest - slow.lowest == pytest.approx(good.highest - good.lowest, abs=0.01)
