"""ServerClock: the server's time, whatever the clock of this machine says.

Each answer tells the server's time in whole seconds (the HTTP ``Date`` header). Between sending
and receiving, the server's clock stood somewhere in that second: that bounds the difference
between its clock and our monotonic one. Bounds of several answers are intersected, so the
estimate narrows from poll to poll and never depends on the local wall clock.
"""

from dataclasses import dataclass

from tui.core.instant import TICKS, Instant

_DRIFT = 2e-4
"""Seconds by which two clocks may part in one second: twice a bad quartz's."""


@dataclass(frozen=True, slots=True)
class ServerClock:
    """Bounds of (server time - monotonic time), in seconds since 1970; unknown when empty."""

    lowest: float = 0.0
    highest: float = 0.0
    measured: float | None = None
    """Monotonic seconds of the last measurement; ``None`` before the first."""

    def observe(self, date: Instant, sent: float, received: float) -> "ServerClock":
        """The estimate after an answer dated ``date`` (whole seconds, cut).

        Args:
            date: the ``Date`` header.
            sent: monotonic seconds just before the request.
            received: monotonic seconds when the head of the answer was there.
        """
        seconds = date / TICKS
        lowest, highest = seconds - received, seconds + 1.0 - sent
        if self.measured is not None:
            slack = _DRIFT * max(0.0, received - self.measured)
            both = max(lowest, self.lowest - slack), min(highest, self.highest + slack)
            # No overlap means that a clock was set: the past is worth nothing then.
            if both[0] <= both[1]:
                lowest, highest = both
        return ServerClock(lowest, highest, received)

    @property
    def known(self) -> bool:
        """Whether any answer has told the time."""
        return self.measured is not None

    def at(self, monotonic: float) -> Instant:
        """The server's time at a monotonic instant: the middle of what is possible."""
        return round((monotonic + (self.lowest + self.highest) / 2) * TICKS)
