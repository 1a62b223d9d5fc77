"""Where the stand-in's time comes from: the real clock, or one that is set by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from tui.standin.instant import from_datetime, instant_text, seconds, to_datetime

_EARLIEST = from_datetime(datetime(1980, 1, 1, tzinfo=UTC))
_LATEST = from_datetime(datetime(9990, 1, 1, tzinfo=UTC))


class InstantError(ValueError):
    """A clock was set to a time the simulated fleet cannot live in."""


class Clock(Protocol):
    """The one source of every time the server tells, the ``Date`` header included."""

    def now(self) -> int:
        """The instant in ticks."""
        ...


class RealClock:
    """UTC as this machine has it."""

    def now(self) -> int:
        """The instant in ticks."""
        return from_datetime(datetime.now(UTC))


class ManualClock:
    """A clock that stands still until told otherwise. One that nobody advances is frozen."""

    def __init__(self, at: datetime | int) -> None:
        self._at = 0
        self.set(at)

    def now(self) -> int:
        """The instant in ticks."""
        return self._at

    def set(self, at: datetime | int) -> None:
        """Put the clock at an aware datetime, or at an instant in ticks, forward or back."""
        if isinstance(at, datetime) and at.tzinfo is None:
            raise InstantError(f"The instant {at} has no time zone.")
        ticks = at if isinstance(at, int) else from_datetime(at)
        if not _EARLIEST <= ticks <= _LATEST:
            raise InstantError("The clock can only be set between the years 1980 and 9990.")
        self._at = ticks

    def advance(self, by: float) -> None:
        """Move the clock on by an amount of seconds."""
        # Compared before it becomes ticks, which no infinity can.
        if not abs(by) < 1e12:
            raise InstantError("The clock can only be set between the years 1980 and 9990.")
        self.set(self._at + seconds(by))

    def __repr__(self) -> str:
        return f"ManualClock({instant_text(self._at)})"

    @property
    def datetime(self) -> datetime:
        """The instant as an aware datetime, for tests that count in those."""
        return to_datetime(self._at)
