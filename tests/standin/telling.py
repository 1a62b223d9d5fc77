"""What records tell of their times, for tests."""

from __future__ import annotations

from typing import Any

from tui.standin.instant import TICKS, instant_text, parse_instant

ACTIVE = {"activeOnly": "true"}
HOUR = 3600 * TICKS
TIMES = ("lastHeartbeat", "connectionStartTime", "updatedAt")


def beat(record: dict[str, Any]) -> int:
    """A record's last heartbeat, in ticks."""
    return parse_instant(record["lastHeartbeat"])


def start(record: dict[str, Any]) -> int:
    """A record's start, in ticks."""
    return parse_instant(record["connectionStartTime"])


def shifted(record: dict[str, Any], seconds: float) -> dict[str, Any]:
    """A record with all its times moved."""
    by = round(seconds * TICKS)
    return record | {name: instant_text(parse_instant(record[name]) + by) for name in TIMES}
