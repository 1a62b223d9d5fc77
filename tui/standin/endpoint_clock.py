"""The time as the endpoint has it: the stand-in's clock, and what is wrong with it at the moment.

The fleet lives in true time, whatever the endpoint's clocks show. Here that is told apart: how far
the data have come, by which instant they are judged, and which times are told of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tui.standin.instant import seconds
from tui.standin.scenarios import SCENARIOS, Still

if TYPE_CHECKING:
    from tui.standin.clock import Clock
    from tui.standin.clock_faults import Faults
    from tui.standin.scenarios import Script

_EVER = -(1 << 62)


class Lead(NamedTuple):
    """From an instant on, the clock that stamps heartbeats is ahead; both in ticks."""

    since: int
    by: int


@dataclass(frozen=True, slots=True)
class Reading:
    """How the endpoint's clocks stand for one answer; all in ticks."""

    now: int
    """The true instant by which ``activeOnly``, ``isActive``, ``minutes`` and retention judge."""
    ahead: int = 0
    """How far the server's clock is ahead of the true time."""
    leads: tuple[Lead, ...] = ()
    """How far heartbeats are stamped ahead of the server's clock, the earliest first."""
    grain: int = 1
    """What the starts that are told are whole multiples of."""

    @property
    def shown(self) -> int:
        """``now`` as the server's clock shows it."""
        return self.now + self.ahead

    def stamped(self, beat: int) -> int:
        """The true instant at which the stamp of a true heartbeat seems to be."""
        for lead in reversed(self.leads):
            if lead.since <= beat:
                return beat + lead.by
        return beat

    def told_start(self, start: int) -> int:
        """A true start as records tell it and time filters see it."""
        return (start + self.ahead) // self.grain * self.grain

    def true_starts(self, low: int | None, high: int | None) -> tuple[int | None, int | None]:
        """The true starts that are told within these bounds; all four inclusive, None is none."""
        grain = self.grain
        return (
            None if low is None else -(-low // grain) * grain - self.ahead,
            None if high is None else high // grain * grain + grain - 1 - self.ahead,
        )


class EndpointClock:
    """A clock of the endpoint; its own ``now`` is what the ``Date`` header has."""

    def __init__(self, clock: Clock, script: Script, faults: Faults) -> None:
        self._clock = clock
        self._script = script
        self._skew = seconds(faults.skew)
        self._future = seconds(faults.future)
        self._grain = max(1, seconds(faults.start_grain))
        self._stuck = clock.now() + self._skew if faults.date_stuck else None

    def now(self) -> int:
        """The instant of the ``Date`` header, in ticks."""
        if self._stuck is not None:
            return self._stuck
        now = self._clock.now()
        return self.shown(self._stopped(now, Still.ALL))

    def shown(self, now: int) -> int:
        """What the server's clock shows at a true instant, both in ticks."""
        return now + self._ahead(now)

    def data(self, now: int) -> int:
        """How far heartbeats and new connections have come at an instant, both in ticks."""
        return self._stopped(now, Still.DATA)

    def reading(self, now: int) -> Reading:
        """How the clocks stand for an answer at a true instant in ticks."""
        return Reading(
            self._stopped(now, Still.RULES), self._ahead(now), self._leads(), self._grain
        )

    def _stopped(self, now: int, what: Still) -> int:
        switch = self._script.current(now)
        if switch is None or SCENARIOS[switch.name].still < what:
            return now
        return switch.at

    def _ahead(self, now: int) -> int:
        return self._skew + seconds(self._script.scenario(now).clock_ahead)

    def _leads(self) -> tuple[Lead, ...]:
        leads = [Lead(_EVER, self._future)]
        # A heartbeat keeps its stamp when the clock that gave it is put right.
        for switch in self._script.switches:
            by = self._future + seconds(SCENARIOS[switch.name].beats_ahead)
            if by != leads[-1].by:
                leads.append(Lead(switch.at, by))
        return tuple(leads) if len(leads) > 1 or self._future else ()
