"""Totals: what has been since the start. They only grow, whatever an outcome brings. Pure."""

from collections.abc import Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from tui.core.events import EventKind
from tui.core.fleet import Fleet
from tui.core.snapshot import Failure, Outcome, Trouble

DURATIONS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0)
"""Upper bounds in seconds of the buckets of poll durations; one question takes 15 at the most."""
ANSWERED = "answered"
"""The outcome of a poll that was answered; of any other it is the name of its trouble."""


class Totals(Struct, frozen=True):
    """What has been since the start."""

    events: Mapping[EventKind, int] = field(default_factory=lambda: dict.fromkeys(EventKind, 0))
    """Events told, every kind present."""
    polls: Mapping[str, int] = field(
        default_factory=lambda: {ANSWERED: 0, **{trouble.value: 0 for trouble in Trouble}}
    )
    """Polls by outcome, every outcome present."""
    requests: int = 0
    """Requests sent, retries and parts included."""
    received: int = 0
    """Bytes of body received, after decompression."""
    within: tuple[int, ...] = (0,) * (len(DURATIONS) + 1)
    """Polls that took at most so long: for each of ``DURATIONS``, and all."""
    seconds: float = 0.0
    """What all polls took together."""


def count(totals: Totals, outcome: Outcome, fleet: Fleet) -> Totals:
    """The totals after one more poll.

    Args:
        totals: those before.
        outcome: what the poll brought.
        fleet: the fleet folded from it.
    """
    events = dict(totals.events)
    for event in fleet.events:
        events[event.kind] += 1
    name = outcome.trouble.value if isinstance(outcome, Failure) else ANSWERED
    cost = outcome.cost
    bounds = (*DURATIONS, float("inf"))
    return replace(
        totals,
        events=events,
        polls={**totals.polls, name: totals.polls[name] + 1},
        requests=totals.requests + cost.requests,
        received=totals.received + cost.received,
        within=tuple(
            held + (cost.seconds <= bound)
            for held, bound in zip(totals.within, bounds, strict=True)
        ),
        seconds=totals.seconds + cost.seconds,
    )
