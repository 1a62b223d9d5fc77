"""Dimensions: by what connections can be compared and grouped, each told by a filter of ``/``."""

from collections.abc import Callable
from functools import lru_cache
from math import floor

from msgspec import Struct

from tui.core.fleet import Tracked
from tui.core.grammar import NAMED, TEXT_FIELDS, quote
from tui.core.instant import TICKS, Instant, as_served
from tui.core.places import network_of

_TEN_MINUTES = len("2024-01-15T14:3")
_SPAN = 600 * TICKS
AGES = ((60, "1m"), (600, "10m"), (3_600, "1h"), (21_600, "6h"), (86_400, "1d"))
"""Seconds at which the age of a connection is cut into bands, and how they are written."""


class Dimension(Struct, frozen=True):
    """One way to tell connections apart."""

    key: str
    """Its name in settings and messages."""
    title: str
    """Its name on screen."""
    read: Callable[[Tracked, Instant], str]
    """The value of a connection at an instant, as served, so hostile until ``safe``; ``""`` where
    it has none."""
    condition: Callable[[str], str]
    """The filter that lets through the connections with this value; of ``""`` those without one."""
    label: Callable[[Tracked], str] = lambda one: ""
    """What people call the value of this connection; ``""`` where they do not."""


def _field(key: str, title: str) -> Dimension:
    """A text field of the filter."""
    text = TEXT_FIELDS[key]
    return Dimension(
        key,
        title,
        lambda one, at: text(one),
        lambda value: f"{key}={quote(value)}",
        NAMED.get(key, lambda one: ""),
    )


def _network_condition(value: str) -> str:
    return f"net={value}" if value else "!net:0.0.0.0/0 !net:::/0"


def _start(one: Tracked, at: Instant) -> str:
    return _ten_minutes(one.connection.start // _SPAN)


@lru_cache(maxsize=4_096)
def _ten_minutes(number: int) -> str:
    """The ten minutes of that number since 1970, as an instant in them is served."""
    return as_served(number * _SPAN)[:_TEN_MINUTES]


def _age(one: Tracked, at: Instant) -> str:
    duration, low = one.duration(at), ""
    for seconds, text in AGES:
        if duration < seconds:
            return f"{low}-{text}"
        low = text
    return f"{low}-"


def _age_condition(value: str) -> str:
    low, _, high = value.partition("-")
    return " ".join([*([f"!up<{low}"] if low else []), *([f"up<{high}"] if high else [])])


def _rhythm(one: Tracked, at: Instant) -> str:
    return "" if one.rhythm is None else f"{max(1, floor(one.rhythm + 0.5))}s"


def _rhythm_condition(value: str) -> str:
    if not value:
        return "!rhythm>0 !rhythm<1d"
    seconds = int(value.removesuffix("s"))
    lowest = f"!rhythm<{seconds - 0.5} " if seconds > 1 else ""
    return f"{lowest}rhythm<{seconds + 0.5}"


DIMENSIONS = (
    _field("host", "host"),
    _field("dc", "data center"),
    _field("region", "region"),
    _field("service", "service"),
    _field("protocol", "protocol"),
    _field("key", "API key"),
    _field("client", "client"),
    Dimension(
        "net",
        "client network",
        lambda one, at: network_of(one.connection.client),
        _network_condition,
        NAMED["client"],
    ),
    Dimension("start", "start", _start, lambda value: f"start:{quote(value)}"),
    Dimension("nth", "session", lambda one, at: str(one.nth), lambda value: f"nth={value}"),
    Dimension("age", "age", _age, _age_condition),
    Dimension("rhythm", "rhythm", _rhythm, _rhythm_condition),
    _field("context", "context"),
)
"""All of them, the likeliest causes first."""

BY_KEY = {one.key: one for one in DIMENSIONS}
"""The dimensions by their key."""
