"""Steady: seconds on a clock that nobody sets and that goes on while the machine sleeps.

On such a clock the server's time goes on through an NTP jump and a closed lid.

- Linux: ``CLOCK_MONOTONIC``, which ``time.monotonic`` reads, stands still in suspend;
  ``CLOCK_BOOTTIME`` is the same clock with that time counted (clock_gettime(2)).
- macOS: ``time.monotonic`` reads ``mach_absolute_time``, which stands still in sleep (CPython
  issue 86273); ``CLOCK_MONOTONIC`` goes on, but is made of the wall clock and has been seen to step
  backwards (Erlang/OTP pull request 5825); ``CLOCK_MONOTONIC_RAW`` goes on and is "unaffected by
  frequency or time adjustments" (clock_gettime(3)).
- Elsewhere: ``time.monotonic``; both clocks that it reads on Windows count sleep.
"""

import sys
import time
from collections.abc import Callable
from functools import partial

_SLEEPLESS = {"linux": "CLOCK_BOOTTIME", "darwin": "CLOCK_MONOTONIC_RAW"}


def steady_clock(platform: str) -> Callable[[], float]:
    """The steady clock of a platform, named as ``sys.platform`` names it."""
    number: int | None = getattr(time, _SLEEPLESS.get(platform, ""), None)
    if number is None:
        return time.monotonic
    try:
        time.clock_gettime(number)
    except OSError:
        # A sandbox may not have the clock that Python was built with.
        return time.monotonic
    return partial(time.clock_gettime, number)


_read = steady_clock(sys.platform)


def steady() -> float:
    """Seconds since some instant in the past, sleep included."""
    return _read()
