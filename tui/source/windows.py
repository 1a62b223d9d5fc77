"""The line of start times in parts: where to cut it, what to ask of a part, and how answers join.

All of this is pure. A part is a closed range of whole ticks, its *core*; the cores of one tree lie
side by side and cover the whole line, so a connection, whose start never changes, belongs to
exactly one of them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from tui.core.connection import HEARTBEAT_LIMIT, Connection
from tui.core.instant import TICKS, Instant, parse_instant
from tui.core.query import Query
from tui.core.snapshot import Snapshot

MOMENT = 2 * TICKS
"""Ticks by which two answers of one poll may differ in time before that explains nothing."""

_FIRST: Final = parse_instant("0001-01-01T00:00:00Z")
_LAST: Final = parse_instant("9999-12-31T23:59:59.9999999Z")
_ROUND: Final = (TICKS, TICKS // 1_000, TICKS // 1_000_000, 1)
"""Ticks of a second, a millisecond, a microsecond, and one. A cut between two whole seconds is
right even where a server rounds the bounds that it is given."""
_NARROWEST = 3
"""Ticks of a core that is not cut any further. With inclusive bounds a single tick shows its two
neighbours too, so that cutting it would part nothing."""
_FULL_SIDE = 0.8
"""Share of the records seen for the side that hides none: small enough to be proven whole, and
with room to grow."""
_SMALL = 0.6
"""Share of the proven size up to which neighbours are asked as one; far below the size at which
they would be cut again."""
_NEAR = 0.1
"""Share of the records seen by which a cut may miss its place for the sake of a round number."""


@dataclass(frozen=True, slots=True)
class Part:
    """A range of start times; the ends of the line are open."""

    low: Instant | None = None
    """First tick of the core; ``None``: as far back as the query reaches."""
    high: Instant | None = None
    """Last tick of the core; ``None``: as far on as the query reaches."""

    def question(self, frame: Query) -> Query:
        """What to ask for all records of the core, whether the bounds are inclusive or not.

        Args:
            frame: the query; its own window holds at the open ends.
        """
        return replace(
            frame,
            time_start=frame.time_start if self.low is None else self.low - 1,
            time_end=frame.time_end if self.high is None else self.high + 1,
        )

    def covers(self, start: Instant, slack: int = 0) -> bool:
        """Whether ``start`` lies in the core, or within ``slack`` ticks of it."""
        return (self.low is None or start >= self.low - slack) and (
            self.high is None or start <= self.high + slack
        )


Tree = dict[Part, int | None]
"""The parts, the newest first, with the records each one served; ``None``: not asked yet."""


def is_astray(part: Part, records: Iterable[Connection]) -> bool:
    """Whether the answer to a part shows that the server does not keep to the window."""
    return not all(part.covers(record.start, TICKS) for record in records)


def split(part: Part, frame: Query, records: Sequence[Connection]) -> list[Part]:
    """Smaller parts in the place of one whose answer may be cut, the newest first.

    Args:
        part: what was asked.
        frame: the query whose window holds at the open ends.
        records: what was served, in the order served. More may be there, nobody knows where.

    Returns:
        Nothing when the part cannot get any smaller.
    """
    low = _either(part.low, frame.time_start, _FIRST)
    high = _either(part.high, frame.time_end, _LAST)
    starts = [one.start for one in records if low - 1 <= one.start <= high + 1]
    if not starts or high - low < _NARROWEST:
        return []
    point = _cut_point(starts, low, high)
    if point is None:
        # All start together. A tick of distance keeps the pile out of its neighbours' answers,
        # which an inclusive server would fill with it.
        pile = Counter(starts).most_common(1)[0][0]
        points = [pile - 1, pile + 2]
    else:
        points = [point]
    points = [one for one in points if low < one <= high]
    if not points:
        return []
    lows = [part.low, *points]
    highs = [*(one - 1 for one in points), part.high]
    return [Part(*core) for core in zip(lows, highs, strict=True)][::-1]


def _either(bound: Instant | None, window: Instant | None, end: Instant) -> Instant:
    if bound is not None:
        return bound
    return end if window is None else window


def _cut_point(starts: Sequence[Instant], low: Instant, high: Instant) -> Instant | None:
    """The first tick of the newer side; ``None`` when nothing lies between two starts."""
    ordered = sorted(starts)
    count = len(ordered)
    if ordered == list(starts):
        aim = count * _FULL_SIDE
    elif ordered[::-1] == list(starts):
        aim = count - count * _FULL_SIDE
    else:
        aim = count / 2
    best: tuple[bool, bool, int, float, Instant] | None = None
    for place in sorted(range(1, count), key=lambda place: abs(place - aim)):
        missed = abs(place - aim)
        far = missed > count * _NEAR
        if far and best is not None:
            break
        found = _point_between(ordered[place - 1], ordered[place], low, high)
        if found is not None:
            shared, roundness, point = found
            rated = (far, shared, roundness, missed, point)
            best = rated if best is None else min(best, rated)
    return None if best is None else best[-1]


def _point_between(
    older: Instant, newer: Instant, low: Instant, high: Instant
) -> tuple[bool, int, Instant] | None:
    """The roundest cut between two starts: whether an inclusive server shows one of the two on
    both sides, how round it is (0 is best), and where."""  # noqa: D205, D209
    if older == newer:
        return None
    for gap in (1, 0):
        first, last = max(older + 1 + gap, low + 1), min(newer - gap, high)
        for roundness, unit in enumerate(_ROUND):
            point = -(-first // unit) * unit
            if point <= last:
                return gap == 0, roundness, point
    return None


def merge(tree: Mapping[Part, int | None], proven: int) -> Tree:
    """The tree with small neighbours made one.

    Args:
        tree: the newest part first.
        proven: the number of records below which an answer is known to be whole.
    """
    merged: list[tuple[Part, int | None]] = []
    for part, served in tree.items():
        if merged and served is not None:
            newer, count = merged[-1]
            if count is not None and count + served <= proven * _SMALL:
                merged[-1] = Part(part.low, newer.high), count + served
                continue
        merged.append((part, served))
    return dict(merged)


def slide(tree: Mapping[Part, int | None], oldest: Instant) -> Tree:
    """The tree without the parts that lie before ``oldest``."""
    left = [(part, n) for part, n in tree.items() if part.high is None or part.high >= oldest]
    last, served = left[-1]
    return dict([*left[:-1], (Part(None, last.high), served)])


def window_start(minutes: int, at: Instant) -> Instant:
    """Where a window of so many minutes begins at the server's time ``at``."""
    return max(_FIRST, at - minutes * 60 * TICKS)


def unite(
    answers: Sequence[Snapshot],
    wider: Sequence[Snapshot],
    query: Query,
    at: Instant,
    *,
    asked_all: bool,
) -> tuple[tuple[Connection, ...], bool]:
    """All records of several answers, the newest start first, and whether the answers disagree.

    Args:
        answers: of the parts, the newest part first.
        wider: answers whose parts were asked again in smaller ones.
        query: the question behind them all.
        at: the server's time of the last one.
        asked_all: whether every part was asked.
    """
    oldest = None if query.minutes is None else window_start(query.minutes, at)
    fading = at - int(HEARTBEAT_LIMIT * TICKS) + MOMENT
    known: dict[str, Connection] = {}
    for answer in answers:
        # Runs that are in order make the sort of all of them cheap; it holds the interpreter.
        for record in sorted(answer.records, key=_newest_first):
            _keep_latest(known, record)
    disagree = False
    in_parts = frozenset(known)
    for answer in wider:
        for record in answer.records:
            if record.connection_id not in in_parts and asked_all:
                if oldest is not None and record.start < oldest:
                    continue
                if query.active_only and record.last_heartbeat < fading:
                    continue
                disagree = True
            _keep_latest(known, record)
    inside = (one for one in known.values() if oldest is None or one.start >= oldest)
    return tuple(sorted(inside, key=_newest_first)), disagree


def _newest_first(record: Connection) -> tuple[int, str]:
    return -record.start, record.connection_id


def _keep_latest(known: dict[str, Connection], record: Connection) -> None:
    other = known.get(record.connection_id)
    if other is None or (record.last_heartbeat, record.updated) > (
        other.last_heartbeat,
        other.updated,
    ):
        known[record.connection_id] = record


def has_hidden(part: Part, answer: Snapshot, records: Iterable[Connection]) -> bool:
    """Whether ``records`` hold one that the answer to ``part`` had to hold too, but did not."""
    shown = {record.connection_id for record in answer.records}
    return any(
        record.connection_id not in shown
        and part.covers(record.start)
        and record.start < answer.at - MOMENT
        for record in records
    )
