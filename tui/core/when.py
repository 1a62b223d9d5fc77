"""When: an instant as people name it, by a time of day, a date, or how long ago it was."""

import re

from tui.core.instant import MINUTE, TICKS, Instant, parse_instant
from tui.core.safe import safe

_DAY = 1_440 * MINUTE
_UNITS = {"d": _DAY, "h": 60 * MINUTE, "m": MINUTE, "s": TICKS}
_AGO = re.compile(
    r"-?\s?(?=\d)(?:(\d{1,7})d)?(?:(\d{1,7})h)?(?:(\d{1,7})m(?:in)?)?(?:(\d{1,7})s)?(?:\s?ago)?",
    re.ASCII,
)
_CLOCK = re.compile(r"(?:(today|yesterday)\s)?(\d?\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s?z?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_FIRST = parse_instant("0001-01-01T00:00:00Z")
_SHOWN = 40


class WhenError(Exception):
    """A text names no instant; in one sentence for people, which says what does."""


def parse_when(text: str, now: Instant) -> Instant:
    """The instant that ``text`` names, in UTC where it names no zone.

    ``03:12`` and ``03:12:30`` are the last such time that is not after ``now``, ``-15m``, ``15m``
    and ``1h30m`` are so long before it; ``yesterday 03:12``, ``2026-11-27`` (its first moment),
    ``2026-11-27 03:12``, ISO 8601 and ``now`` are what they say.

    Raises:
        WhenError: it names none.

    >>> from tui.core.instant import as_served
    >>> now = parse_instant("2026-11-27T10:00:00Z")
    >>> for text in ("03:12", "10:00:01", "-15m", "1h30m", "yesterday 03:12", "2026-11-26"):
    ...     print(as_served(parse_when(text, now))[:19])
    2026-11-27T03:12:00
    2026-11-26T10:00:01
    2026-11-27T09:45:00
    2026-11-27T08:30:00
    2026-11-26T03:12:00
    2026-11-26T00:00:00
    """
    words = " ".join(text.split()).lower()
    if words == "now":
        return now
    if ago := _AGO.fullmatch(words):
        counts = zip(ago.groups(), _UNITS.values(), strict=True)
        return _in_calendar(now - sum(int(count) * unit for count, unit in counts if count))
    midnight = now - now % _DAY
    if words in ("today", "yesterday"):
        return _in_calendar(midnight - _DAY * (words == "yesterday"))
    if clock := _CLOCK.fullmatch(words):
        day, hour, minute, second = clock.groups()
        if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59:
            raise WhenError(f"there is no such time of day: {_shown(text)}")
        since = int(hour) * 60 * MINUTE + int(minute) * MINUTE + int(second or 0) * TICKS
        at = midnight + since
        if day == "yesterday" or (day is None and at > now):
            at -= _DAY
        return _in_calendar(at)
    try:
        return parse_instant(f"{words} 00:00" if _DATE.fullmatch(words) else words)
    except ValueError:
        said = f"{_shown(text)} is no time" if words else "a time is missing"
        raise WhenError(f"{said}: write one like 03:12, -15m or 2026-11-27 03:12 (UTC)") from None


def _in_calendar(at: Instant) -> Instant:
    if at < _FIRST:
        raise WhenError("that is before the year 1")
    return at


def _shown(text: str) -> str:
    return repr(safe(text.strip(), _SHOWN))
