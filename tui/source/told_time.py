"""Told time: what the headers of an answer tell of the server's clock, and whether it can be."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from tui.core.instant import TICKS, Instant, from_datetime, parse_instant

_EARLIEST: Final = parse_instant("2000-01-01T00:00:00Z")
_LATEST: Final = parse_instant("9000-01-01T00:00:00Z")
_AGELESS: Final = 2**31
"""What a cache gives as ``Age`` that can count no further (RFC 9111, 1.2.2)."""
_INCREDIBLE: Final = 600 * TICKS
"""Age of the newest heartbeat of all that no endpoint calls active: five times its own limit."""


@dataclass(frozen=True, slots=True)
class Told:
    """A second, or some, in which the server's time lay while it answered."""

    date: Instant
    within: float = 1.0
    """Seconds from ``date`` on."""


def told_time(date: str | None, age: str | None) -> Told | None:
    """What the ``Date`` header tells, and the ``Age`` with which a cache passes it on."""
    told = _parse_date(date)
    if told is None:
        return None
    seconds = _parse_age(age)
    if seconds is not None:
        # A cache may round either way.
        told += (seconds - 1) * TICKS
    # A clock at the end of the calendar would soon run past it.
    if seconds == _AGELESS or not _EARLIEST <= told <= _LATEST:
        return None
    return Told(told) if seconds is None else Told(told, within=3.0)


class Belief:
    """Whether the ``Date`` of the answers is by the clock that stamps their records."""

    def __init__(self) -> None:
        self._is_belied = False

    def denies(self, told: Told, beats: Collection[Instant], known: Instant) -> bool:
        """Whether an answer's ``Date`` is not to be believed.

        Its records give the lie to it when no connection that it calls active has beaten about the
        time that it tells, but some have about the time that was known without it. Where none has
        beaten about either, as in data that stand still or where one that has gone was asked for,
        such a ``Date`` is what the last answer that could be judged has made of it.

        Args:
            told: what the headers tell.
            beats: the last heartbeats of those that the answer calls active.
            known: the server's time without this answer, or where it is not known, this machine's.
        """
        newest = max(beats, default=None)
        if newest is not None:
            if abs(newest - told.date) <= _INCREDIBLE:
                self._is_belied = False
            elif abs(newest - known) <= _INCREDIBLE:
                self._is_belied = True
        return self._is_belied and abs(told.date - known) > _INCREDIBLE


def _parse_date(text: str | None) -> Instant | None:
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _parse_age(text: str | None) -> int | None:
    """Whole seconds; of a list the first counts, and junk counts for nothing (RFC 9111, 5.1)."""
    first = (text or "").split(",")[0].strip()
    if not (first.isascii() and first.isdigit()):
        return None
    # Python reads no number of thousands of digits.
    return min(int(first), _AGELESS) if len(first) <= 10 else _AGELESS
