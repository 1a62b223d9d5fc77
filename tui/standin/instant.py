"""Instants as whole ticks of 100 ns since 1970, the resolution of the API's seven digits.

Whole numbers make every comparison exact, so a bound can be told inclusive from exclusive.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

TICKS = 10_000_000
"""Ticks in one second."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]"
    r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))?"
)


def seconds(amount: float) -> int:
    """Ticks in an amount of seconds."""
    return round(amount * TICKS)


def from_datetime(moment: datetime) -> int:
    """Ticks of an aware datetime."""
    gap = moment - _EPOCH
    return (gap.days * 86_400 + gap.seconds) * TICKS + gap.microseconds * 10


def to_datetime(ticks: int) -> datetime:
    """The UTC datetime of an instant, cut to its microseconds."""
    return _EPOCH + timedelta(microseconds=ticks // 10)


def parse_instant(text: str) -> int:
    """Read a date-time as RFC 3339 writes it; without a zone it is UTC (an assumption).

    Digits beyond the seventh of the fraction are cut. Raises ValueError for anything else.

    >>> parse_instant("1970-01-01T00:00:01.5Z")
    15000000
    """
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        raise ValueError("not a date-time such as 2024-01-15T14:30:25Z")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    fraction, sign, zone_hours, zone_minutes = match.groups()[6:]
    offset = 0
    if sign is not None:
        if int(zone_hours) > 23 or int(zone_minutes) > 59:
            raise ValueError("its offset from UTC is out of range")
        offset = (int(zone_hours) * 3600 + int(zone_minutes) * 60) * (-1 if sign == "-" else 1)
    whole = from_datetime(datetime(year, month, day, hour, minute, second, tzinfo=UTC))
    return whole - offset * TICKS + int((fraction or "0")[:7].ljust(7, "0"))


@lru_cache(maxsize=1 << 16)
def _second_text(second: int) -> str:
    return (_EPOCH + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")


def instant_text(ticks: int) -> str:
    """An instant as the API serves it: UTC, seven fractional digits and ``Z``.

    >>> instant_text(15_000_000)
    '1970-01-01T00:00:01.5000000Z'
    """
    second, fraction = divmod(ticks, TICKS)
    return f"{_second_text(second)}.{fraction:07d}Z"
