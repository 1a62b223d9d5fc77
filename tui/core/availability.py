"""Availability: of the time that connections should have been there, how much they were.

Time is counted by connection: two that are up for an hour make two connection-hours. What lies in a
time of which we know nothing is neither up nor down.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from math import floor
from statistics import median

from msgspec import Struct

from tui.core.absence import Absence, Attendance, Ending, Session
from tui.core.instant import TICKS, Instant
from tui.core.lineage import LINE_KEPT
from tui.core.places import region_of
from tui.core.spans import (
    Span,
    clipped,
    edges_of,
    merged,
    seconds_in_each,
    ticks,
    total,
    without,
)

STRIP = 60
"""Parts into which the span of a group is cut at the most."""
HOUR = 3_600 * TICKS
"""Ticks."""
INCIDENT = 300.0
"""Seconds by which connections of one incident stop before it is told, and by which two tellings
of it lie apart, at the most."""

Groups = Callable[[Session], str]
"""What a session is grouped by, as served."""


class Frame(Struct, frozen=True):
    """What is looked at."""

    span: Span
    unknown: tuple[Span, ...]
    """When we knew nothing: ``merged``, within the span."""
    end: Instant
    """Until when absences are followed, which may lie after the span."""
    away_after: float = LINE_KEPT
    """Seconds after which who is not back is away and no longer down."""

    @property
    def edges(self) -> list[Instant]:
        """Where strips are cut."""
        return edges_of(self.span, STRIP)

    @property
    def unknown_share(self) -> float:
        """Share of the span of which we know nothing, 0 to 1."""
        return total(self.unknown) / total([self.span])


def frame_of(
    span: Span, unknown: Iterable[Span], end: Instant, away_after: float = LINE_KEPT
) -> Frame:
    """The frame, of unknown times in any order and form."""
    return Frame(span, tuple(merged(clipped(unknown, span))), end, away_after)


class Part(Struct, frozen=True):
    """A part of the span. All are connection-seconds, but for the last."""

    since: Instant
    until: Instant
    up: float
    down: float
    unknown: float
    """Seconds of the part of which we know nothing."""

    @property
    def down_share(self) -> float | None:
        """Share of the time that connections were down; ``None`` where there were none."""
        return self.down / (self.up + self.down) if self.up + self.down else None

    @property
    def is_unknown(self) -> bool:
        """Whether nothing is known of most of it."""
        return self.unknown * TICKS * 2 > self.until - self.since


class Availability(Struct, frozen=True):
    """How available one group was."""

    value: str
    """What all of it have in common, as served; hostile until ``safe``."""
    label: str
    """What people call that; safe, ``""`` where they do not."""
    connections: int
    """Connections that were up in the span."""
    up: float
    """Connection-seconds."""
    down: float
    """Connection-seconds: absences, each up to the time after which it is away."""
    away: float
    """Connection-seconds of absences after that: nobody knows whether they were wanted."""
    unknown: float
    """Connection-seconds, up or down, in times of which we know nothing, and of which nobody knows
    whether the connection was there."""
    drops: int
    """Connections that were lost in the span."""
    back: int
    """How many of their clients have another one."""
    moved: int
    """How many of these on another server."""
    handed_over: int
    """Connections that ended after their clients had opened others: no drops."""
    silences: int
    """Pauses of over two minutes after which the connection itself beat again: no drops."""
    back_after: float | None
    """Median of the seconds until a client had another one; ``None`` where none has."""
    longest: Absence | None
    """The longest absence that began in the span."""
    worst: Part | None
    """The hour with the most time down, by UTC; ``None`` where there was none."""
    strip: tuple[Part, ...]
    """The span in parts."""

    @property
    def uptime(self) -> float | None:
        """Share of the known time that connections were up, 0 to 1; ``None`` without any."""
        return self.up / (self.up + self.down) if self.up + self.down else None

    @property
    def unknown_share(self) -> float:
        """Share of all time, up or down, of which we do not know which."""
        whole = self.up + self.down + self.unknown
        return self.unknown / whole if whole else 0.0


class Incident(Struct, frozen=True):
    """Many stopped at once."""

    at: Instant
    """The first last heartbeat of those that stopped."""
    sentences: tuple[str, ...]
    """What was told of it, as recorded."""
    absences: tuple[Absence, ...]
    """Who stopped, without those that had handed over."""
    where: str
    """The server that more than half of them were on, else the region, as served; ``""`` where
    that is no single one."""
    on_host: bool
    """Whether it is a server."""
    there: int
    """How many of them."""
    handed_over: int
    """Connections that stopped with them after their clients had opened others."""

    @property
    def back(self) -> int:
        """How many of the clients are back, on whatever connection."""
        return sum(one.until is not None for one in self.absences)


def all_of(kept: Attendance, frame: Frame) -> Availability:
    """How available all of it was."""
    found = groups_of(kept, frame, lambda session: "")
    return found[0] if found else _availability("", "", [], [], [], frame)


def groups_of(
    kept: Attendance, frame: Frame, group: Groups, label: Groups = lambda session: ""
) -> list[Availability]:
    """How available each group was, the one with the most time down first.

    Args:
        kept: who was there when.
        frame: what is looked at.
        group: what a session belongs to.
        label: what people call that.
    """
    ups: dict[str, list[tuple[Session, Span]]] = {}
    for session, span in kept.up:
        if span[0] < frame.span[1] and span[1] > frame.span[0]:
            ups.setdefault(group(session), []).append((session, span))
    absences: dict[str, list[Absence]] = {}
    for one in kept.absences:
        if one.since < frame.span[1] and (one.until is None or one.until > frame.span[0]):
            absences.setdefault(group(one.session), []).append(one)
    unseen: dict[str, list[Span]] = {}
    for session, span in kept.unseen:
        unseen.setdefault(group(session), []).append(span)
    found = []
    for value in ups.keys() | absences.keys():
        mine, lost = ups.get(value, []), absences.get(value, [])
        named = mine[0][0] if mine else lost[0].session
        found.append(_availability(value, label(named), mine, unseen.get(value, []), lost, frame))
    return sorted(found, key=lambda one: (-one.down, -one.drops, one.label or one.value, one.value))


def down_of(absence: Absence, frame: Frame) -> Span:
    """When it counts as down."""
    until = frame.end if absence.until is None else absence.until
    return absence.since, min(until, absence.since + round(frame.away_after * TICKS))


def _availability(
    value: str,
    label: str,
    ups: Sequence[tuple[Session, Span]],
    unseen: Sequence[Span],
    absences: Sequence[Absence],
    frame: Frame,
) -> Availability:
    span, holes = frame.span, frame.unknown
    all_up = clipped((one for _, one in ups), span)
    all_down = clipped((down_of(one, frame) for one in absences), span)
    away = (
        (down_of(one, frame)[1], frame.end if one.until is None else one.until) for one in absences
    )
    up, down = without(all_up, holes), without(all_down, holes)
    hidden = (ticks(all_up) + ticks(all_down) - ticks(up) - ticks(down)) / TICKS
    begun = [one for one in absences if span[0] <= one.since < span[1]]
    endings = Counter(one.ending for one in begun)
    lasted = [one for one in begun if one.ending is not Ending.HANDED_OVER]
    return Availability(
        value,
        label,
        len({session.record.connection_id for session, _ in ups}),
        total(up),
        total(down),
        total(without(clipped(away, span), holes)),
        hidden + total(clipped(unseen, span)),
        sum(one.is_drop for one in begun),
        sum(one.is_back for one in begun),
        endings[Ending.MOVED],
        endings[Ending.HANDED_OVER],
        endings[Ending.RECOVERED],
        median([one.seconds(frame.end) for one in begun if one.is_back] or [0.0])
        if any(one.is_back for one in begun)
        else None,
        max(lasted, key=lambda one: one.seconds(frame.end), default=None),
        _worst(up, down, frame),
        parts(up, down, frame, frame.edges),
    )


def parts(
    up: Sequence[Span], down: Sequence[Span], frame: Frame, edges: Sequence[Instant]
) -> tuple[Part, ...]:
    """What was up and down between each two edges."""
    counted = (seconds_in_each(spans, edges) for spans in (up, down, frame.unknown))
    return tuple(map(Part, edges[:-1], edges[1:], *counted))


def _worst(up: Sequence[Span], down: Sequence[Span], frame: Frame) -> Part | None:
    if not down:
        return None
    first, last = frame.span
    hours = range((first // HOUR + 1) * HOUR, last, HOUR)
    found = max(parts(up, down, frame, [first, *hours, last]), key=lambda part: part.down)
    return found if found.down else None


def incidents_of(told: Iterable[tuple[Instant, str]], kept: Attendance) -> list[Incident]:
    """The incidents, oldest first; but for those in which nothing was lost.

    Args:
        told: when a mass drop was told, and what was said of it; by time.
        kept: who was there when.
    """
    near = round(INCIDENT * TICKS)
    tellings: list[list[tuple[Instant, str]]] = []
    for at, sentence in told:
        if tellings and at - tellings[-1][-1][0] <= near:
            tellings[-1].append((at, sentence))
        else:
            tellings.append([(at, sentence)])
    found = []
    for telling in tellings:
        span = telling[0][0] - near, telling[-1][0]
        stopped = [one for one in kept.absences if span[0] <= one.since <= span[1]]
        hit = tuple(one for one in stopped if one.ending is not Ending.HANDED_OVER)
        if stopped and not hit:
            continue
        at = min((one.since for one in hit), default=telling[0][0])
        sentences = tuple(sentence for _, sentence in telling)
        found.append(Incident(at, sentences, hit, *_where(hit), len(stopped) - len(hit)))
    return found


def _where(hit: Sequence[Absence]) -> tuple[str, bool, int]:
    """The place of more than half, whether that is a server, and how many they are."""
    records = [one.session.record for one in hit]
    hosts = Counter(one.host for one in records)
    regions = Counter(region_of(one.data_center) for one in records)
    for places in (hosts, regions):
        for place, count in places.items():
            if count * 2 > len(hit):
                return place, places is hosts, count
    return "", False, 0


def longest(kept: Attendance, frame: Frame, most: int) -> list[Absence]:
    """The longest absences that began in the span, handovers aside."""
    begun = [
        one
        for one in kept.absences
        if frame.span[0] <= one.since < frame.span[1] and one.ending is not Ending.HANDED_OVER
    ]
    return sorted(begun, key=lambda one: -one.seconds(frame.end))[:most]


def percent(share: float | None) -> str:
    """A share as people read it: rounded down, so that ``100 %`` means all of it.

    >>> [percent(share) for share in (1.0, 0.999999, 0.99934, 0.5, 0.0, None)]
    ['100 %', '99.99 %', '99.93 %', '50.00 %', '0 %', '-']
    """
    if share is None:
        return "-"
    if share in (0.0, 1.0):
        return f"{share * 100:.0f} %"
    # A hair more, lest a share that is exact in decimals loses its last digit.
    return f"{min(9_999, floor(share * 10_000 + 1e-9)) / 100:.2f} %"
