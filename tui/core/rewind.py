"""Rewind: finding one's way among the moments that are kept, of one context or of several.

A move goes from a stop to another one. ``None`` stands for the present in both places.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from itertools import pairwise
from statistics import median_low
from typing import TypeAlias

from msgspec import Struct

from tui.core.instant import TICKS, Instant, day_text
from tui.core.past import Moment, PastError

_STANDS_OUT = 3
"""Times the usual number of troubles, from which on a moment is one to go to."""
_LONG = 6
"""Times the usual step from one poll to the next, after which nothing is claimed any more."""
_SHORTEST_PAUSE = 60 * TICKS


class Stop(Struct, frozen=True, gc=False):
    """A moment of one of the contexts."""

    context: str
    moment: Moment

    @property
    def at(self) -> Instant:
        """Server time."""
        return self.moment.at

    @property
    def key(self) -> tuple[Instant, str, int]:
        """By which stops are in order."""
        return self.moment.at, self.context, self.moment.place


Stops: TypeAlias = Sequence[Stop]
"""In order of time."""
Move: TypeAlias = Callable[[Stops, int | None], int | None]
"""From the index of a stop to that of another one; raises ``PastError`` where there is none."""


def stops_of(pasts: Mapping[str, Sequence[Moment]]) -> list[Stop]:
    """The moments of all contexts in order of time."""
    stops = [Stop(context, one) for context, moments in pasts.items() for one in moments]
    if len(pasts) > 1:
        stops.sort(key=lambda one: one.key)
    return stops


def index_of(stops: Stops, stop: Stop) -> int:
    """Where ``stop`` is among ``stops``, or -1 if it is older than all that are kept."""
    place = bisect_left(stops, stop.key, key=lambda one: one.key)
    found = place < len(stops) and stops[place].key == stop.key
    return place if found else place - 1


def known_at(stops: Stops, index: int) -> dict[str, Moment]:
    """The last moment of each context at a stop; none of one that had not been asked yet."""
    contexts = {one.context for one in stops}
    known: dict[str, Moment] = {}
    while index >= 0 and len(known) < len(contexts):
        known.setdefault(stops[index].context, stops[index].moment)
        index -= 1
    return known


# Moves


def step(by: int) -> Move:
    """Some polls on, or back where ``by`` is negative. Beyond the newest lies the present."""

    def move(stops: Stops, here: int | None) -> int | None:
        newest = len(stops) - 1
        if here is None and by > 0:
            raise PastError("this is live already")
        there = (newest if here is None else here) + by
        if there >= newest:
            return None
        if there < 0 and newest < 1:
            raise PastError("nothing earlier is kept yet")
        if there < 0 and here == 0:
            raise PastError(f"{day_text(stops[0].at)} is the oldest moment that is kept")
        return max(0, there)

    return move


def change(by: int) -> Move:
    """To the next moment that stands out (``by`` 1), or the previous one (-1)."""

    def move(stops: Stops, here: int | None) -> int | None:
        marks = marks_of(stops)
        if here is None:
            if by > 0:
                raise PastError("this is live already")
            here = len(stops)
        here += by
        while 0 <= here < len(stops):
            if marks[here] in CHANGES:
                return here
            here += by
        if by > 0:
            return None
        raise PastError("there is no earlier change among what is kept")

    return move


def to(instant: Instant) -> Move:
    """To what was known at an instant; to the present where it is not over yet."""

    def move(stops: Stops, _here: int | None) -> int | None:
        place = bisect_right(stops, instant, key=lambda one: one.at) - 1
        if not stops:
            raise PastError("nothing is kept yet")
        if place < 0:
            raise PastError(
                f"{day_text(instant)} is not kept: the oldest moment is {day_text(stops[0].at)}"
            )
        return place

    return move


# What stands out


class Mark(Enum):
    """What a moment, or a stretch of them, is marked with. The value is its glyph."""

    DROPS = "✕"
    """Connections stopped, more than usual."""
    LATE = "◐"
    """Connections were late, more than usual."""
    LOST = "┤"
    """From here on the present was not known."""
    FOUND = "├"
    """From here on it was known again."""
    BLIND = "░"
    """The present was not known."""
    TOLD = "·"
    """Something else happened, or no more than usual."""
    QUIET = "─"
    """Nothing happened."""
    UNASKED = " "
    """Nothing was asked for long."""


CHANGES = frozenset((Mark.DROPS, Mark.LATE, Mark.LOST, Mark.FOUND))
"""What one goes back for."""
_GRAVITY = {mark: place for place, mark in enumerate(Mark)}


def marks_of(stops: Stops) -> list[Mark]:
    """What each stop is marked with.

    In a large fleet some drop with every poll: more than usual means three times the median.
    """
    troubles: dict[str, list[int]] = defaultdict(list)
    for one in stops:
        troubles[one.context].append(one.moment.drops + one.moment.late)
    usual = {name: _STANDS_OUT * median_low(counts) for name, counts in troubles.items()}
    blind: dict[str, bool] = {}
    marks: list[Mark] = []
    for one in stops:
        moment, was_blind = one.moment, blind.get(one.context, one.moment.blind)
        blind[one.context] = moment.blind
        marks.append(_mark(moment, usual[one.context], was_blind=was_blind))
    return marks


def _mark(moment: Moment, usual: int, *, was_blind: bool) -> Mark:
    if moment.drops + moment.late > usual:
        return Mark.DROPS if moment.drops >= moment.late else Mark.LATE
    if moment.blind != was_blind:
        return Mark.LOST if moment.blind else Mark.FOUND
    if moment.blind:
        return Mark.BLIND
    return Mark.TOLD if moment.told else Mark.QUIET


# The strip


class Strip(Struct, frozen=True):
    """All that is kept in a line, from left to right as time goes."""

    marks: tuple[Mark, ...] = ()
    """A cell each, the gravest of what is in it."""
    here: int | None = None
    """The cell that is looked at."""


def strip(stops: Stops, here: int, width: int) -> Strip:
    """The time that is kept in ``width`` cells of equal length.

    Between two polls the first one holds: a cell without one is blind or quiet as that was. Where
    no poll followed for long, nothing is claimed.
    """
    if not stops or width <= 0:
        return Strip()
    first, last = stops[0].at, stops[-1].at
    span = max(1, last - first)

    def cell(at: Instant) -> int:
        return min(width - 1, (at - first) * width // span)

    steps = [later.at - one.at for one, later in pairwise(stops)]
    longest = max(_SHORTEST_PAUSE, _LONG * median_low(steps)) if steps else 0
    cells: list[Mark | None] = [None] * width
    for place, (one, mark) in enumerate(zip(stops, marks_of(stops), strict=True)):
        at = cell(one.at)
        until = cell(stops[place + 1].at) if place + 1 < len(stops) else at
        cells[at] = _graver(cells[at], mark)
        if until > at + 1:
            paused = steps[place] > longest and not one.moment.blind
            holds = Mark.BLIND if one.moment.blind else Mark.UNASKED if paused else Mark.QUIET
            cells[at + 1 : until] = [holds] * (until - at - 1)
    return Strip(tuple(one or Mark.QUIET for one in cells), cell(stops[here].at))


def _graver(one: Mark | None, other: Mark) -> Mark:
    return other if one is None else min(one, other, key=_GRAVITY.__getitem__)
