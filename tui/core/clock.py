"""ServerClock: the server's time, whatever the clock of this machine says.

Each answer tells the server's time in whole seconds (the HTTP ``Date`` header). Between sending
and receiving, the server's clock stood somewhere in that second: that bounds the difference
between its clock and our steady one (Cristian's method). Bounds of several answers are
intersected, so the estimate narrows from poll to poll and never depends on the local wall clock.

An answer whose bounds have nothing in common with the estimate contradicts it. It is no proof
that the server's clock was set: a cache may have served it, or another server with a clock of its
own. So it is only suspected, and believed when a later answer agrees with it:

- A Date that stands still contradicts itself from answer to answer: it is never believed.
- A clock that was really set is followed from the second answer on.
- Servers A and B in turn (A, B, A, B): each A shows that the first clock is alive and clears what
  B said. A is kept.
- A, B, B: nobody can tell this from a clock that was set, so B is believed; then A, B, B, A needs
  a second A in a row to come back. The estimate is always that of a server that has just spoken.
- A, then B, C, B, C: the second B agrees with the first. What lies between two that agree does
  not matter, as long as it is not A.
"""

from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from tui.core.instant import TICKS, Instant

_DRIFT = 2e-4
"""Seconds by which two clocks may part in one second: twice a bad quartz's."""

_COARSE = 3.0
"""Width in seconds from which bounds are poor: a round trip longer than 2 s, or an old answer."""

_GOOD, _POOR, _ENOUGH = 2, 1, 4
"""Weights of an answer with good and with poor bounds, and the weight that is believed: two good
answers, or four poor ones."""

_REMEMBERED = 3
"""Suspected clocks that are remembered."""

_APART = 1.0
"""Seconds after which a clock that goes shows another Date: parts of one poll, asked at the same
time, are one witness."""


class _Bounds(NamedTuple):
    """Bounds of (server time - steady time), in seconds."""

    lowest: float
    highest: float

    def after(self, seconds: float) -> "_Bounds":
        """What is left of them when two clocks have parted for that long."""
        return _Bounds(self.lowest - _DRIFT * seconds, self.highest + _DRIFT * seconds)

    def shared(self, other: "_Bounds") -> "_Bounds | None":
        """What is possible by both; ``None`` when they contradict each other."""
        lowest, highest = max(self.lowest, other.lowest), min(self.highest, other.highest)
        return _Bounds(lowest, highest) if lowest <= highest else None


class Suspect(Struct, frozen=True):
    """A clock that contradicts the estimate, as some answers have told it."""

    lowest: float
    highest: float
    """Its bounds, at the instant of the estimate's own."""
    date: Instant
    """The last ``Date`` that told of it."""
    received: float
    """Monotonic seconds of the answer that carried it."""
    weight: int
    """What speaks for it."""

    @property
    def bounds(self) -> _Bounds:
        """Both bounds."""
        return _Bounds(self.lowest, self.highest)

    def bounded(self, bounds: _Bounds) -> "Suspect":
        """The same clock within other bounds."""
        return replace(self, lowest=bounds.lowest, highest=bounds.highest)


class ServerClock(Struct, frozen=True):
    """Bounds of (server time - monotonic time), in seconds since 1970; unknown when empty."""

    lowest: float = 0.0
    highest: float = 0.0
    measured: float | None = None
    """Monotonic seconds of the last measurement; ``None`` before the first."""
    contradicted: int = 0
    """Answers in a row that contradict the estimate."""
    suspects: tuple[Suspect, ...] = ()
    """The clocks that those answers tell of, the latest last."""

    def observe(
        self, date: Instant, sent: float, received: float, *, within: float = 1.0
    ) -> "ServerClock":
        """The estimate after an answer. Answers may come in any order.

        Args:
            date: the ``Date`` header (whole seconds, cut).
            sent: monotonic seconds just before the request.
            received: monotonic seconds when the head of the answer was there.
            within: seconds from ``date`` on, within which the server's time lay.
        """
        seconds = date / TICKS
        latest_sent = seconds + within - sent + _DRIFT * (received - sent)
        told = _Bounds(seconds - received, latest_sent)
        if self.measured is None:
            return ServerClock(*told, received)
        suspect = Suspect(*told, date, received, _GOOD if _is_good(told) else _POOR)
        now = max(received, self.measured)
        told = told.after(now - received)
        held = _Bounds(self.lowest, self.highest).after(now - self.measured)
        suspects = tuple(
            one.bounded(one.bounds.after(now - self.measured)) for one in self.suspects
        )
        agreed = held.shared(told)
        if agreed is not None:
            # Whatever this answer contradicts as well is out; the rest it leaves undecided.
            undecided = tuple(one for one in suspects if one.bounds.shared(told) is not None)
            return ServerClock(*agreed, now, suspects=undecided)
        suspects = _suspecting(suspects, suspect.bounded(told), sent)
        for one in suspects:
            if one.weight >= _ENOUGH:
                return ServerClock(*one.bounds, now)
        return ServerClock(*held, now, self.contradicted + 1, suspects)

    @property
    def known(self) -> bool:
        """Whether any answer has told the time."""
        return self.measured is not None

    @property
    def stands_still(self) -> bool:
        """Whether the server told one and the same second over and over while time went on."""
        dates = {one.date for one in self.suspects}
        return len(self.suspects) == _REMEMBERED and len(dates) == 1

    def at(self, monotonic: float) -> Instant:
        """The server's time at a monotonic instant: the middle of what is possible."""
        return round((monotonic + (self.lowest + self.highest) / 2) * TICKS)


def _is_good(bounds: _Bounds) -> bool:
    return bounds.highest - bounds.lowest <= _COARSE


def _suspecting(suspects: tuple[Suspect, ...], new: Suspect, sent: float) -> tuple[Suspect, ...]:
    """The suspected clocks after one more contradiction, whose request was sent at ``sent``."""
    for place in reversed(range(len(suspects))):
        old = suspects[place]
        shared = old.bounds.shared(new.bounds)
        if shared is None:
            continue
        if new.date > old.date and sent >= old.received + _APART:
            grown = replace(new.bounded(shared), weight=old.weight + new.weight)
        else:
            # One that stands still agrees with itself for a second, and proves nothing by it.
            grown = old if old.weight >= new.weight else new
        return (*suspects[:place], *suspects[place + 1 :], grown)
    return (*suspects[1 - _REMEMBERED :], new)
