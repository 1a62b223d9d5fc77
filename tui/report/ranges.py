"""Threshold ranges, as the Monitoring Plugins guidelines have them.

::

    10       alert unless 0 ≤ value ≤ 10
    10:      alert if value < 10
    ~:10     alert if value > 10
    10:20    alert unless 10 ≤ value ≤ 20
    @10:20   alert if 10 ≤ value ≤ 20

The range of the package nagiosplugin takes more for one than the guidelines do (an empty text,
``@``, ``1_0``), and says what is wrong in Python's words; so this is our own, held in the tests to
that package and to the Perl library of the Monitoring Plugins.
"""

import re
from math import floor, inf

from msgspec import Struct

_NUMBER = r"[+-]?\d{1,15}(?:\.\d{1,15})?"
_SHAPE = re.compile(rf"(@?)(?:(?:(~|{_NUMBER})?(:))?({_NUMBER})?)", re.ASCII)


class RangeError(ValueError):
    """A text that is no range, in one sentence."""


class Range(Struct, frozen=True):
    """A range, and on which side of it is the alert."""

    text: str
    """As typed."""
    low: float
    high: float
    inside: bool = False
    """Whether a value in the range is what alerts, and not one outside."""

    def alerts(self, value: float) -> bool:
        """Whether ``value`` is a reason for an alert."""
        return (self.low <= value <= self.high) is self.inside

    def turns(self) -> frozenset[int]:
        """The whole numbers on both sides of each bound: in between nothing changes."""
        bounds = [floor(bound) for bound in (self.low, self.high) if abs(bound) != inf]
        return frozenset(bound + step for bound in bounds for step in (-1, 0, 1))


def parse_range(text: str) -> Range:
    """The range that ``text`` describes.

    Raises:
        RangeError: it describes none.
    """
    match = _SHAPE.fullmatch(text.strip())
    if match is None or not any((match[2], match[4])):
        raise RangeError("it takes a range such as 10, 10:, ~:10, 10:20 or @10:20")
    at, start, _, end = match.groups()
    low = -inf if start == "~" else float(start or 0)
    high = inf if end is None else float(end)
    if low > high:
        raise RangeError(f"the range {text.strip()} begins above its end")
    return Range(text.strip(), low, high, bool(at))
