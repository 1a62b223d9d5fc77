"""Rhythms: how often a connection beats, learned from its heartbeats, and what follows from it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from statistics import median_low
from typing import TYPE_CHECKING

from tui.core.connection import HEARTBEAT_LIMIT

if TYPE_CHECKING:
    from tui.core.fleet import Tracked

GAPS_KEPT = 60
"""Gaps between heartbeats that are remembered of a connection."""
GAPS_NEEDED = 3
"""Gaps after which a connection's own rhythm counts."""
_HUNDREDTHS = tuple(number / 100 for number in range(12_001))
"""The gaps that are kept, made once: 100,000 connections have six million of them."""
LATE_FLOOR = 15.0
"""No heartbeat younger than this many seconds is late, however quick the rhythm."""

Kind = tuple[str, str]
"""Service and protocol."""
Rhythms = Mapping[Kind, float]
"""Rhythm in seconds of the slower ones of each kind: judges a young connection."""


def late_after(rhythm: float | None) -> float:
    """Seconds without a heartbeat that a rhythm allows: three beats, within a floor and the limit.

    >>> [late_after(r) for r in (None, 1.0, 10.0, 60.0)]
    [120.0, 15.0, 30.0, 120.0]
    """
    if rhythm is None:
        return HEARTBEAT_LIMIT
    return min(max(3 * rhythm, LATE_FLOOR), HEARTBEAT_LIMIT)


def kept_gap(seconds: float) -> float:
    """A gap as it is remembered: to the nearest hundredth of a second, but never none.

    >>> [kept_gap(gap) for gap in (0.001, 9.997, 1800.004)]
    [0.01, 10.0, 1800.0]
    """
    number = max(1, round(seconds * 100))
    return _HUNDREDTHS[number] if number < len(_HUNDREDTHS) else number / 100


def learned(gaps: Iterable[float | None]) -> float | None:
    """The rhythm that gaps tell: their median, once there are enough; in seconds."""
    known = [gap for gap in gaps if gap is not None]
    return median_low(known) if len(known) >= GAPS_NEEDED else None


def rhythm_of(one: "Tracked", rhythms: Rhythms) -> float | None:
    """Seconds between the heartbeats of ``one``: its own where learned, else by its kind."""
    if one.rhythm is not None:
        return one.rhythm
    kind = rhythms.get((one.connection.service, one.connection.protocol))
    if kind is None:
        return None
    # What little is known of its own may already tell that it is a slow one.
    return max([kind, *(gap for gap in one.gaps if gap is not None)])


def rhythms_of(tracked: Iterable["Tracked"]) -> dict[Kind, float]:
    """The rhythm of each kind: that of its slower connections, once half of them are learned.

    A young connection is judged by it. The quick ones are learned first, so a median would call
    every slow one late in the first minute; silence is worth a minute's patience, a false alarm
    at night is worth none.
    """
    own: dict[Kind, list[float]] = {}
    members: Counter[Kind] = Counter()
    for one in tracked:
        kind = (one.connection.service, one.connection.protocol)
        members[kind] += 1
        if one.rhythm is not None:
            own.setdefault(kind, []).append(one.rhythm)
    return {
        kind: sorted(values)[(9 * len(values)) // 10]
        for kind, values in sorted(own.items())
        if 2 * len(values) >= members[kind]
    }
