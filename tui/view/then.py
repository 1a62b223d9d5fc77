"""Then: a moment of the past as it is looked at, and how one gets there."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from tui.core.fleet import Fleet
from tui.core.instant import Instant
from tui.core.merge import shifts_of, with_context
from tui.core.past import Moment, PastError
from tui.core.rewind import Move, Stop, Stops, index_of, known_at, stops_of
from tui.view.lane import Lane


class Then(Struct, frozen=True):
    """What was known at a moment."""

    stops: Stops
    """All moments that there were to choose from."""
    index: int
    """Which of them it is."""
    moments: Mapping[str, Moment]
    """The last one of each context that had been asked."""
    fleets: Mapping[str, Fleet]
    """What each context was known to be, also of those that had not been asked."""

    @property
    def stop(self) -> Stop:
        """The moment."""
        return self.stops[self.index]

    @property
    def at(self) -> Instant:
        """When it was."""
        return self.stop.at

    def now(self, context: str) -> Instant:
        """The time by which the ages of a context's connections go, by its own server's clock."""
        answers = {name: one.last for name, one in self.fleets.items() if one.last is not None}
        if context not in answers:
            return 0
        at, shifts = answers[context].at, shifts_of(answers)
        if self.fleets[context].is_blind:
            return at
        return max(at, self.at + shifts.get(self.stop.context, 0) - shifts.get(context, 0))


def go(lanes: Sequence[Lane], moves: Sequence[Move], then: Then | None) -> tuple[Then | None, str]:
    """Where ``moves`` lead, one after the other: ``None`` is the present. It blocks.

    The fleets of the moments on the way are not read. What cannot be reached is told in a
    sentence, which is empty else, and leaves one where one was.

    Args:
        lanes: what is watched.
        moves: how to go.
        then: where one is.
    """
    try:
        stops = stops_of({lane.name: lane.past.moments() for lane in lanes})
    except PastError as error:
        return then, str(error)
    start = index = None if then is None else index_of(stops, then.stop)
    sentence = ""
    for move in moves:
        try:
            index = move(stops, index)
        except PastError as error:
            sentence = str(error)
            break
    if index is None or index == start:
        return (None if index is None else then), sentence
    try:
        return _arrived(lanes, stops, index, then), sentence
    except PastError as error:
        return then, str(error)


def _arrived(lanes: Sequence[Lane], stops: Stops, index: int, then: Then | None) -> Then:
    moments = known_at(stops, index)
    fleets: dict[str, Fleet] = {}
    for lane in lanes:
        moment = moments.get(lane.name)
        if moment is None:
            fleet = lane.unknown
        elif then is not None and then.moments.get(lane.name) == moment:
            fleet = then.fleets[lane.name]
        else:
            fleet = lane.past.fleet_at(moment.place)
        fleets[lane.name] = with_context(fleet, lane.name) if lane.is_beside else fleet
    return Then(stops, index, moments, fleets)
