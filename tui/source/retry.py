"""When to ask again after a failure: full jitter, and the server's own word."""

import random

from tui.core.snapshot import Failure

LONGEST_WAIT = 600.0
"""Seconds. A server that asks for more is asked again then all the same: a monitor that sleeps
for days because of one odd header is of no use."""
_FIRST = 1.0


def retry_delay(failure: Failure, polls: int, every: float, rng: random.Random) -> float:
    """Seconds until the next try.

    Full jitter: anything from almost nothing to a ceiling that doubles from one second to twice
    the interval. So the first retry is quick, many monitors never ask in step, a long outage is
    asked no more often than a well endpoint, and a recovery is seen within two intervals.

    Args:
        failure: the last failure; its ``retry_after`` is never undercut.
        polls: failed polls in a row, this one included.
        every: the interval between polls in seconds.
        rng: the source of chance.
    """
    ceiling = min(2 * every, _FIRST * 2 ** min(polls - 1, 30))
    if not failure.retryable:
        # Nobody but a person mends a refused key or query: no need to hurry.
        ceiling = 2 * every
    wait = max(0.2, rng.uniform(0, ceiling))
    if failure.retry_after is not None and failure.retry_after > 0:
        wait = max(wait, min(failure.retry_after, LONGEST_WAIT))
    return wait
