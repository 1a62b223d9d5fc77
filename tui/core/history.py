"""History: the bounded past in memory, as keyframes and the deltas between them."""

from collections.abc import Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from tui.core.deltas import Deltas, fleet_after, open_keyframe
from tui.core.events import EVENTS_KEPT, Event
from tui.core.fleet import Fleet
from tui.core.instant import Instant
from tui.core.lineage import ClientField
from tui.core.names import Names
from tui.core.past import Moment, PastError, moment_of
from tui.core.snapshot import Outcome

POLLS = 60
"""Polls from one keyframe to the next: over so many deltas one goes at the most."""


class _Stretch(Struct):
    """A keyframe, and the polls after it until the next one."""

    client: tuple[ClientField, ...]
    names: Names
    log: tuple[Event, ...]
    """The events until the keyframe, its own included."""
    parts: tuple[bytes, ...]
    moments: list[Moment] = field(default_factory=list)
    """The first is that of the keyframe."""
    deltas: list[bytes] = field(default_factory=list)
    events: list[tuple[Event, ...]] = field(default_factory=list)
    """Those of each moment."""


class History:
    """What one context's polls brought, as ``Past`` has it. One thread adds, others read."""

    def __init__(self, fleet: Fleet) -> None:
        """``fleet`` is what is known before the first poll."""
        self._stretches: list[_Stretch] = []
        self._deltas = Deltas(fleet)
        self._at: Instant = 0
        self._place = 0

    def add(self, outcome: Outcome, fleet: Fleet) -> None:
        """Keep one more poll, and that ``fleet`` was known after it."""
        self._at = max(self._at, outcome.at or fleet.at or 0)
        moment = moment_of(self._place, self._at, fleet)
        self._place += 1
        delta = self._deltas.add(outcome, fleet)
        stretch = self._stretches[-1] if self._stretches else None
        if stretch is None or len(stretch.moments) >= POLLS or stretch.names != fleet.names:
            known = fleet.lineage.client, fleet.names, fleet.log
            stretch = _Stretch(*known, self._deltas.keyframe(), [moment], [], [fleet.events])
            self._stretches.append(stretch)
            return
        # The moment last: whoever reads meanwhile finds all that belongs to it.
        stretch.deltas.append(delta)
        stretch.events.append(fleet.events)
        stretch.moments.append(moment)

    def moments(self) -> Sequence[Moment]:
        """As ``Past`` has it."""
        return [moment for stretch in self._stretches for moment in stretch.moments]

    def fleet_at(self, place: int) -> Fleet:
        """As ``Past`` has it."""
        for stretch in self._stretches:
            number = place - stretch.moments[0].place
            if 0 <= number < len(stretch.moments):
                return _reached(stretch, number)
        raise PastError("that moment is not kept any more")


def _reached(stretch: _Stretch, number: int) -> Fleet:
    fleet, roll = open_keyframe(stretch.parts, stretch.client, stretch.names)
    fleet = fleet_after(fleet, roll, stretch.deltas[:number])
    later = (event for events in stretch.events[1 : number + 1] for event in events)
    log = (*stretch.log, *later)[-EVENTS_KEPT:]
    return replace(fleet, events=stretch.events[number], log=log)
