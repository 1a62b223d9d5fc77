"""The endpoint's parameters: read from a URL, and turned into tests on values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from tui.standin.instant import TICKS, parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tui.standin.settings import Assumptions

DEFAULT_LIMIT = 1000
"""Records in an answer when the query names no ``limit`` (Console REST API, ``limit``)."""

ACTIVE_WITHIN = 120 * TICKS
"""The age up to which a heartbeat counts as active (Console REST API, ``activeOnly``).

An age of exactly two minutes still counts, which is an assumption.
"""

_T = TypeVar("_T")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_INTEGER = re.compile(r"-?[0-9]+")
_INT32 = range(-(2**31), 2**31)


class ParameterError(ValueError):
    """Some parameters cannot be read. ``errors`` has a list of sentences for each one's name."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__("; ".join(f"{name}: {texts[0]}" for name, texts in errors.items()))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Query:
    """One request as the endpoint understands it. None is a parameter that was not given."""

    api_key_id: str | None = None
    """Exact id of an API key, in lower case (Console REST API, ``apiKeyId``)."""
    connection_id: str | None = None
    """Console REST API, ``connectionId``."""
    service_name: str | None = None
    """Console REST API, ``serviceName``."""
    protocol_name: str | None = None
    """Console REST API, ``protocolName``."""
    data_center: str | None = None
    """Console REST API, ``dataCenter``."""
    active_only: bool = False
    """Only connections whose heartbeat is at most two minutes old (``activeOnly``)."""
    time_start: int | None = None
    """Earliest start of a connection, in ticks (``timeStart``)."""
    time_end: int | None = None
    """Latest start of a connection, in ticks (``timeEnd``)."""
    minutes: int | None = None
    """Minutes back from now, on a connection's start (``minutes``). A negative one finds none."""
    limit: int = DEFAULT_LIMIT
    """The most records to answer with (``limit``)."""


def _uuid(text: str) -> str:
    if _UUID.fullmatch(text) is None:
        raise ValueError("not a uuid")
    return text.lower()


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError("neither true nor false")
    return text.lower() == "true"


def _int32(text: str) -> int:
    # Its length is looked at first: Python refuses to read thousands of digits.
    if _INTEGER.fullmatch(text) is None or len(text) > 1000 or int(text) not in _INT32:
        raise ValueError("not a whole number of 32 bits")
    return int(text)


def _limit(text: str) -> int:
    number = _int32(text)
    # The documentation names no lowest limit; that 0 and below are refused is an assumption.
    if number < 1:
        raise ValueError("less than 1")
    return number


def parse_query(pairs: Iterable[tuple[str, str]]) -> Query:
    """Read a query string's pairs, or raise ParameterError naming every one that is wrong.

    An empty value equals an absent one, of a repeated parameter the first counts, and unknown
    ones are overlooked: all three are assumptions.
    """
    given: dict[str, str] = {}
    for name, value in pairs:
        given.setdefault(name, value)
    errors: dict[str, list[str]] = {}

    def read(name: str, reader: Callable[[str], _T], absent: _T) -> _T:
        text = given.get(name, "")
        if not text:
            return absent
        try:
            return reader(text)
        except ValueError as reason:
            errors[name] = [f"The value '{text}' is not valid for {name}: {reason}."]
            return absent

    query = Query(
        api_key_id=read("apiKeyId", _uuid, None),
        connection_id=given.get("connectionId") or None,
        service_name=given.get("serviceName") or None,
        protocol_name=given.get("protocolName") or None,
        data_center=given.get("dataCenter") or None,
        active_only=read("activeOnly", _boolean, False),
        time_start=read("timeStart", parse_instant, None),
        time_end=read("timeEnd", parse_instant, None),
        minutes=read("minutes", _int32, None),
        limit=read("limit", _limit, DEFAULT_LIMIT),
    )
    if errors:
        raise ParameterError(errors)
    return query


def start_window(query: Query, now: int, assumptions: Assumptions) -> tuple[int | None, int | None]:
    """First and last tick a connection may have started at, both inclusive; None is no bound."""
    explicit = query.time_start is not None or query.time_end is not None
    rule = assumptions.minutes_and_window
    lows: list[int] = []
    highs: list[int] = []
    if query.minutes is not None and not (explicit and rule == "window"):
        lows.append(now - query.minutes * 60 * TICKS)
    if not (query.minutes is not None and rule == "minutes"):
        if query.time_start is not None:
            lows.append(query.time_start)
        if query.time_end is not None:
            highs.append(query.time_end)
    low = max(lows) + (not assumptions.start_inclusive) if lows else None
    high = min(highs) - (not assumptions.end_inclusive) if highs else None
    return low, high


def text_test(
    wanted: str | None, assumptions: Assumptions, *, data_center: bool = False
) -> Callable[[object], bool]:
    """The test a text filter puts to a field's value; without a filter every value passes."""
    if wanted is None:
        return lambda _value: True
    fold = str.casefold if assumptions.case_insensitive else str
    target = fold(wanted)
    if data_center and assumptions.data_center_prefix:
        return lambda value: isinstance(value, str) and fold(value).startswith(target)
    return lambda value: isinstance(value, str) and fold(value) == target


def answer_limit(query: Query, assumptions: Assumptions) -> int:
    """The most records this query is answered with, a silent cap included."""
    return min(query.limit, assumptions.limit_cap or query.limit)
