"""One time for several processes, which can run faster than the real one."""

from __future__ import annotations

import time


def real_ticks() -> int:
    """The instant in ticks, as this machine has it."""
    return time.time_ns() // 100


class ServerClock:
    """UTC that runs ``speed`` times as fast from an instant on.

    Two numbers make it, so every process that is told both tells the same time. A test need not
    wait two real minutes for a heartbeat to be two minutes old. At speed 1 it is the real clock.
    """

    def __init__(self, start: int, speed: float = 1.0) -> None:
        self.start = start
        """The real instant from which on it is fast, in ticks."""
        self.speed = speed
        """Server seconds in one real second."""

    def now(self) -> int:
        """The instant in ticks."""
        return self.start + round((real_ticks() - self.start) * self.speed)

    def real(self, server_seconds: float) -> float:
        """Real seconds that an amount of server seconds takes."""
        return server_seconds / self.speed
