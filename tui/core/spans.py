"""Spans: stretches of time, and how many of them there are at once."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import TypeAlias

from tui.core.instant import TICKS, Instant

Span: TypeAlias = tuple[Instant, Instant]
"""From its first instant on, up to its last, which does not belong to it any more."""

_STEPS = (60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 86_400, 7 * 86_400)
"""Seconds between two edges that people can read."""


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time in as few spans as can be, in order.

    >>> merged([(5, 9), (1, 2), (2, 3), (6, 7), (4, 4)])
    [(1, 3), (5, 9)]
    """
    found: list[Span] = []
    for first, last in sorted(spans):
        if first >= last:
            continue
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return found


def clipped(spans: Iterable[Span], to: Span) -> list[Span]:
    """What of the spans lies in ``to``."""
    cut = ((max(first, to[0]), min(last, to[1])) for first, last in spans)
    return [(first, last) for first, last in cut if first < last]


def without(spans: Iterable[Span], holes: Sequence[Span]) -> list[Span]:
    """What of the spans lies outside of ``holes``, which are ``merged``.

    >>> without([(0, 10), (4, 6)], [(1, 2), (5, 7)])
    [(0, 1), (2, 5), (7, 10), (4, 5)]
    """
    ends = [last for _, last in holes]
    found: list[Span] = []
    for first, last in spans:
        place = bisect_left(ends, first)
        while place < len(holes) and holes[place][0] < last:
            if first < holes[place][0]:
                found.append((first, holes[place][0]))
            first = max(first, holes[place][1])
            place += 1
        if first < last:
            found.append((first, last))
    return found


def ticks(spans: Iterable[Span]) -> int:
    """Ticks of all of them; what several share counts for each."""
    return sum(last - first for first, last in spans)


def total(spans: Iterable[Span]) -> float:
    """The same in seconds."""
    return ticks(spans) / TICKS


def edges_of(span: Span, most: int) -> list[Instant]:
    """Where ``span`` is cut into at most ``most`` parts, at whole minutes, hours or days (UTC).

    >>> [edge // TICKS for edge in edges_of((30 * TICKS, 200 * TICKS), 4)]
    [30, 60, 120, 180, 200]
    """
    first, last = span
    fitting = (step for step in _STEPS if (last - first) // (step * TICKS) + 2 <= most)
    step = TICKS * next(fitting, _STEPS[-1])
    inner = range((first // step + 1) * step, last, step)
    return [first, *inner, last]


def parts_of(span: Span, count: int) -> list[Instant]:
    """The edges of ``count`` parts of equal length, for what is drawn and not read."""
    first, last = span
    return [first + (last - first) * number // count for number in range(count + 1)]


def seconds_in_each(spans: Iterable[Span], edges: Sequence[Instant]) -> list[float]:
    """Seconds of all spans between each two edges; what several share counts for each.

    >>> seconds_in_each([(0, 30_000_000), (10_000_000, 20_000_000)], [0, 15_000_000, 40_000_000])
    [2.0, 2.0]
    """
    known = list(spans)
    firsts = _Passed(first for first, _ in known)
    lasts = _Passed(last for _, last in known)
    until = [firsts.since(edge) - lasts.since(edge) for edge in edges]
    return [(later - earlier) / TICKS for earlier, later in pairwise(until)]


class _Passed:
    """Instants, and the time since all of them that have passed."""

    def __init__(self, instants: Iterable[Instant]) -> None:
        self._sorted = sorted(instants)
        self._sums = [0, *accumulate(self._sorted)]

    def since(self, at: Instant) -> int:
        """The ticks since each of them, summed up."""
        count = bisect_left(self._sorted, at)
        return count * at - self._sums[count]


def levels(spans: Iterable[Span], edges: Sequence[Instant]) -> list[tuple[int, int]]:
    """The fewest and the most spans there are at once between each two edges.

    >>> levels([(0, 3), (1, 2)], [0, 2, 5])
    [(1, 2), (0, 1)]
    """
    steps: dict[Instant, int] = {}
    for first, last in spans:
        steps[first] = steps.get(first, 0) + 1
        steps[last] = steps.get(last, 0) - 1
    times = sorted(steps)
    count, place = 0, 0
    found: list[tuple[int, int]] = []
    for first, last in pairwise(edges):
        while place < len(times) and times[place] <= first:
            count += steps[times[place]]
            place += 1
        low = high = count
        while place < len(times) and times[place] < last:
            count += steps[times[place]]
            place += 1
            low, high = min(low, count), max(high, count)
        found.append((low, high))
    return found
