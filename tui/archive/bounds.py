"""Bounds: how much of the past a recording keeps."""

import re

from msgspec import Struct

DAY = 86_400.0
_AGE = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*(h|d)", re.ASCII | re.IGNORECASE)
_SIZE = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*(MB|GB)", re.ASCII | re.IGNORECASE)
_SECONDS = {"h": 3_600.0, "d": DAY}
_BYTES = {"mb": 10**6, "gb": 10**9}


class Bounds(Struct, frozen=True):
    """What is older, or beyond the size, goes."""

    age: float = 14 * DAY
    """Seconds back from the last poll."""
    size: int = 2 * 10**9
    """Bytes that a file may hold. A database has no such bound: what is deleted there does not make
    it smaller at once."""


def parse_age(text: str) -> float:
    """Seconds of an age.

    Raises:
        ValueError: it is none.

    >>> parse_age("14d"), parse_age("1.5h")
    (1209600.0, 5400.0)
    """
    match = _AGE.fullmatch(text.strip())
    seconds = float(match[1]) * _SECONDS[match[2].lower()] if match else 0.0
    if not seconds:
        raise ValueError("it takes hours or days, such as 36h or 14d")
    return seconds


def parse_size(text: str) -> int:
    """Bytes of a size.

    Raises:
        ValueError: it is none, or too small for anything to be kept.

    >>> parse_size("2GB"), parse_size("500 MB")
    (2000000000, 500000000)
    """
    match = _SIZE.fullmatch(text.strip())
    size = int(float(match[1]) * _BYTES[match[2].lower()]) if match else 0
    if size < 10**6:
        raise ValueError("it takes a size from 1MB on, such as 500MB or 2GB")
    return size
