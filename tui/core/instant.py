"""Instants: points in time, exact to the seven fractional digits that the API serves.

``datetime`` keeps six digits, so an Instant is a plain ``int``: the number of 100 ns ticks
since 1970-01-01T00:00:00Z, UTC. Plain integers are exact, hashable, cheap at 100,000 rows, and
never drag a time zone along.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import TypeAlias

Instant: TypeAlias = int
"""100 ns ticks since 1970-01-01T00:00:00Z."""

TICKS = 10_000_000
"""Ticks in one second."""

MINUTE = 60 * TICKS
"""Ticks in one minute."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = -62_135_596_800 * TICKS
_LAST = 253_402_300_800 * TICKS - 1
_SHAPE = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?\s?(Z|z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)


def parse_instant(text: str) -> Instant:
    """The Instant that an ISO 8601 date-time names; without a zone it is read as UTC.

    Digits past the seventh are dropped, as the API never serves them.

    Raises:
        ValueError: ``text`` is no date-time, or lies outside the years 1 to 9999.

    >>> parse_instant("1970-01-01T00:00:01.0000001Z")
    10000001
    >>> parse_instant("1970-01-01T02:00:00+02:00")
    0
    """
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise ValueError("not a date-time like 2024-01-15T14:30:25Z")
    day, minute, second, fraction, zone = match.groups()
    moment = datetime.fromisoformat(f"{day}T{minute}:{second or '00'}+00:00")
    ticks = _whole_seconds(moment) * TICKS
    if fraction:
        ticks += int(fraction[:7].ljust(7, "0"))
    if zone and zone not in "Zz":
        hours, minutes = int(zone[1:3]), int(zone[-2:])
        if hours > 23 or minutes > 59:
            raise ValueError("not a time zone offset like +02:00")
        shift = (hours * 3600 + minutes * 60) * TICKS
        ticks += -shift if zone[0] == "+" else shift
    if not _FIRST <= ticks <= _LAST:
        raise ValueError("outside the years 1 to 9999")
    return ticks


def _whole_seconds(moment: datetime) -> int:
    gap = moment - _EPOCH
    return gap.days * 86_400 + gap.seconds


def from_datetime(moment: datetime) -> Instant:
    """The Instant of an aware ``datetime``."""
    gap = moment.astimezone(UTC) - _EPOCH
    return (gap.days * 86_400 + gap.seconds) * TICKS + gap.microseconds * 10


def to_datetime(instant: Instant, zone: tzinfo | None = UTC) -> datetime:
    """The aware ``datetime`` in ``zone`` (``None``: the machine's), cut to microseconds.

    Near the ends of the calendar an instant that has no local time is given in UTC.
    """
    moment = _EPOCH + timedelta(microseconds=instant // 10)
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment


def as_served(instant: Instant) -> str:
    """The instant as the API writes it: seven fractional digits and ``Z``.

    >>> as_served(parse_instant("2024-01-15T14:30:25.0000000Z"))
    '2024-01-15T14:30:25.0000000Z'
    """
    seconds, fraction = divmod(instant, TICKS)
    return f"{_second_text(seconds)}.{fraction:07d}Z"


@lru_cache(maxsize=10_000)
def _second_text(seconds: int) -> str:
    """Many instants of a fleet are of the same seconds."""
    moment = _EPOCH + timedelta(seconds=seconds)
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")


def clock_text(instant: Instant, zone: tzinfo | None = UTC) -> str:
    """Time of day for people, ``14:30:25``; in UTC with a ``Z``.

    >>> clock_text(parse_instant("2024-01-15T14:30:25Z"))
    '14:30:25Z'
    """
    text = to_datetime(instant, zone).strftime("%H:%M:%S")
    return text + "Z" if zone is UTC else text


def day_text(instant: Instant, zone: tzinfo | None = UTC) -> str:
    """Date and time for people, ``2024-01-15 14:30:25``; in UTC with a ``Z``."""
    text = to_datetime(instant, zone).isoformat(sep=" ", timespec="seconds")[:19]
    return text + "Z" if zone is UTC else text


def seconds_between(earlier: Instant, later: Instant) -> float:
    """Seconds from ``earlier`` to ``later``; negative when they stand the other way round."""
    return (later - earlier) / TICKS


def span_text(seconds: float) -> str:
    """A span of time in at most seven cells: seconds up to two minutes and the two largest units.

    Two minutes stay in seconds because 120 s is the documented limit of a heartbeat. No span
    reads longer than 999,999 days: what claims more is a stranger's nonsense.

    >>> [span_text(s) for s in (0.4, 119, 131, 910, 5400, 100_000, 9_000_000)]
    ['0s', '119s', '131s', '15m10s', '1h30m', '1d03h', '104d']
    """
    whole = int(seconds)
    if whole < 0:
        return "0s"
    if whole < 180:
        return f"{whole}s"
    if whole < 3_600:
        return f"{whole // 60}m{whole % 60:02d}s"
    if whole < 86_400:
        return f"{whole // 3_600}h{whole % 3_600 // 60:02d}m"
    days, rest = divmod(whole, 86_400)
    return f"{days}d{rest // 3_600:02d}h" if days < 100 else f"{min(days, 999_999)}d"


def age_text(seconds: float) -> str:
    """An age that grows on screen, in at most six cells: from a minute on it grows by the minute.

    Each change of each row is written to the terminal; the exact age is told by the detail view.

    >>> [age_text(s) for s in (0.4, 59, 131, 910, 5400, 100_000, 9_000_000)]
    ['0s', '59s', '2m', '15m', '1h30m', '1d03h', '104d']
    """
    whole = int(seconds)
    return f"{whole // 60}m" if 60 <= whole < 3_600 else span_text(seconds)


def rough_age_text(seconds: float) -> str:
    """As ``age_text``, but by ten seconds below a minute; never less than the age.

    A healthy connection beats every few seconds: like this it reads the same all the time.

    >>> [rough_age_text(s) for s in (0.4, 9.9, 10, 59, 60, 910)]
    ['<10s', '<10s', '<20s', '<60s', '1m', '15m']
    """
    return f"<{int(seconds) // 10 * 10 + 10}s" if 0 <= seconds < 60 else age_text(seconds)


def span_words(seconds: float) -> str:
    """A span of time in words for the detail view.

    >>> span_words(910)
    '15 min 10 s'
    """
    whole = max(0, int(seconds))
    parts: list[str] = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        count, whole = divmod(whole, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])
