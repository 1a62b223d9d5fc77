"""Following: one poller, and the fleet folded from what it brings."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

from msgspec.structs import replace

from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import Instant, from_datetime
from tui.core.memory import failed_at, with_lapse
from tui.core.snapshot import Failure, Outcome
from tui.source.poller import Poller
from tui.source.steady import steady


def wall_clock() -> Instant:
    """The time by this machine's clock."""
    return from_datetime(datetime.now(UTC))


async def steps(
    poller: Poller,
    fleet: Fleet,
    *,
    monotonic: Callable[[], float] = steady,
    wall: Callable[[], Instant] = wall_clock,
    revise: Callable[[Fleet], Fleet] = lambda fleet: fleet,
    keep: Callable[[Outcome, Fleet], None] = lambda _outcome, _fleet: None,
    recalled: bool = True,
) -> AsyncIterator[tuple[Outcome, Fleet]]:
    """What each poll brings, and the fleet after it, folded off the loop.

    Args:
        poller: brings the outcomes.
        fleet: what is known at the start: nothing, or what was recalled.
        monotonic: the clock by which the server's time goes on.
        wall: this machine's clock, which has to do as long as the server tells no time.
        revise: what becomes of what is known before an outcome is folded in; off the loop, too.
        keep: is shown each outcome and the fleet after it, off the loop, before anybody else.
        recalled: whether what is known at the start, if anything, is of another process, whose
            schedule and whose clock ended with it.
    """
    former = fleet.last if recalled else None
    async for outcome in poller.outcomes():
        last = fleet.last
        if isinstance(outcome, Failure):
            # Most tell no time; the last answer's clock does, if it is of this process.
            if outcome.at is None and last is not None:
                at = failed_at(last, wall()) if last is former else last.clock.at(monotonic())
                outcome = replace(outcome, at=at)
        elif last is not None and last is former:
            outcome = with_lapse(last, outcome, poller.every)
        fleet = await asyncio.to_thread(_folded, revise, fleet, outcome, keep)
        yield outcome, fleet


def _folded(
    revise: Callable[[Fleet], Fleet],
    fleet: Fleet,
    outcome: Outcome,
    keep: Callable[[Outcome, Fleet], None],
) -> Fleet:
    after = fold(revise(fleet), outcome)
    keep(outcome, after)
    return after


async def follow(
    poller: Poller,
    fleet: Fleet,
    *,
    monotonic: Callable[[], float] = steady,
    wall: Callable[[], Instant] = wall_clock,
    revise: Callable[[Fleet], Fleet] = lambda fleet: fleet,
    keep: Callable[[Outcome, Fleet], None] = lambda _outcome, _fleet: None,
    recalled: bool = True,
) -> AsyncIterator[Fleet]:
    """The fleet after each poll: ``steps``, for those who need no more."""
    brought = steps(
        poller,
        fleet,
        monotonic=monotonic,
        wall=wall,
        revise=revise,
        keep=keep,
        recalled=recalled,
    )
    async for _, known in brought:
        yield known
