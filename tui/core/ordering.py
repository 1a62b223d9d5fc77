"""Sorting in slices, so that nobody else in the process has to wait for a long sort.

Python's own sort is one call, and keeps its lock for a tenth of a second and more at 100,000 rows.
So the items are dealt out to ranges of their keys first, by a loop that gives way, and each range
is sorted by a call of its own: the longest takes some milliseconds, and all together a little more
than the one would.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Any, TypeVar

SLICE = 4_096
"""Items that are sorted by one call, about."""
_PER_SLICE = 32
"""Samples of each slice, by which the ranges are chosen: enough for slices of like lengths."""

_T = TypeVar("_T")
_by_key = itemgetter(0)


def in_order(
    items: Iterable[_T], key: Callable[[_T], Any], *, reverse: bool = False, size: int = SLICE
) -> list[_T]:
    """What ``sorted`` gives: equal ones stay in their order, with ``reverse`` too.

    >>> in_order(["bb", "a", "cc"], key=len, size=1)
    ['a', 'bb', 'cc']
    """
    keyed = [(key(one), one) for one in items]
    bounds = _bounds(keyed, size)
    # Equal keys come into the same range, in their order.
    ranges: list[list[tuple[Any, _T]]] = [[] for _ in range(len(bounds) + 1)]
    for pair in keyed:
        ranges[bisect_right(bounds, pair[0])].append(pair)
    found: list[_T] = []
    for each in reversed(ranges) if reverse else ranges:
        each.sort(key=_by_key, reverse=reverse)
        found += [one for _, one in each]
    return found


def _bounds(keyed: list[tuple[Any, Any]], size: int) -> list[Any]:
    """Keys between which there are about ``size`` others."""
    count = len(keyed) // size
    if count == 0:
        return []
    step = max(1, len(keyed) // (count * _PER_SLICE))
    samples = sorted(key for key, _ in keyed[::step])
    every = max(1, len(samples) // (count + 1))
    return samples[every::every]
