"""Whether a terminal keeps up, by how long writes to it have waited."""

from collections import deque

WINDOW = 30.0
"""Seconds that are looked back on."""
_SLOW = 3.0
"""Seconds of waiting within the window from which on the terminal is slow.

A terminal that keeps up takes what is written in microseconds, for the system holds some kilobytes
for it. One that makes us wait a tenth of the time has that much less to spare for the keys.
"""
_WAIT = 0.02
"""Seconds from which on a write has waited."""


class Pace:
    """Takes the time of each write."""

    def __init__(self) -> None:
        self._waits: deque[tuple[float, float]] = deque()
        self.keeps_up = True
        """Whether the last write did not wait."""

    def wrote(self, begin: float, end: float) -> None:
        """A write took from ``begin`` to ``end``, in seconds of one clock."""
        self.keeps_up = end - begin < _WAIT
        if not self.keeps_up:
            self._waits.append((end, end - begin))
        while self._waits and self._waits[0][0] < end - WINDOW:
            self._waits.popleft()

    @property
    def is_slow(self) -> bool:
        """Whether the terminal was slow lately.

        The longest wait counts for nothing: a line that stalled once is not a slow one.
        """
        waits = [wait for _, wait in self._waits]
        return sum(waits) - max(waits, default=0.0) > _SLOW
