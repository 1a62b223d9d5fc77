"""Query: the nine parameters of the endpoint, checked, described and turned into a request."""

import re
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from tui.core.connection import Connection
from tui.core.instant import TICKS, Instant, as_served, day_text, parse_instant
from tui.core.names import NO_NAMES, Names

DEFAULT_LIMIT = 1000
"""Records in an answer when ``limit`` is not asked for (Console REST API, parameter ``limit``)."""

_INT32 = 2**31 - 1
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_AGO = re.compile(r"-?(\d{1,9})\s*(s|m|h|d)", re.ASCII)
_LONGEST = 2_000
"""Characters of a text that a request carries: servers refuse far longer addresses."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def is_uuid(text: str) -> bool:
    """Whether it has the form that an API key's id has."""
    return _UUID.fullmatch(text) is not None


class QueryError(ValueError):
    """A value that the endpoint would refuse; ``field`` names it as Query does."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


class Query(Struct, frozen=True):
    """One question to the endpoint. ``None`` leaves a parameter out of the request.

    Equality is the identity of a question: an answer whose query differs from the present one is
    late and is dropped, and nothing is concluded from two answers to two different questions.
    """

    api_key_id: str | None = None
    """Parameter ``apiKeyId``: a uuid."""
    connection_id: str | None = None
    """Parameter ``connectionId``."""
    service: str | None = None
    """Parameter ``serviceName``."""
    protocol: str | None = None
    """Parameter ``protocolName``."""
    data_center: str | None = None
    """Parameter ``dataCenter``."""
    active_only: bool = True
    """Parameter ``activeOnly``: heartbeat within the last two minutes. conntop's default is true;
    false leaves the parameter out, which asks for all."""
    time_start: Instant | None = None
    """Parameter ``timeStart``, on the connection's start."""
    time_end: Instant | None = None
    """Parameter ``timeEnd``, on the connection's start."""
    minutes: int | None = None
    """Parameter ``minutes``: back from now, the alternative to the two above."""
    limit: int | None = None
    """Parameter ``limit``: most records in the answer; the endpoint's default is 1000."""

    def __post_init__(self) -> None:
        if self.api_key_id is not None and not is_uuid(self.api_key_id):
            raise QueryError(
                "api_key_id", "an API key id is a uuid like f1e2d3c4-b5a6-9879-8765-4321dcba0987"
            )
        for name in ("connection_id", "service", "protocol", "data_center"):
            text = getattr(self, name)
            if not _is_sendable(text):
                raise QueryError(name, "this holds a character that no request can carry")
            if text is not None and len(text) > _LONGEST:
                raise QueryError(name, f"this is longer than {_LONGEST:,} characters")
        for name in ("minutes", "limit"):
            number = getattr(self, name)
            if number is not None and not 1 <= number <= _INT32:
                raise QueryError(name, f"{name} is a whole number from 1 to {_INT32}")
        if self.minutes is not None and (self.time_start, self.time_end) != (None, None):
            raise QueryError("minutes", "give either minutes or a start and end, not both")
        if (
            self.time_start is not None
            and self.time_end is not None
            and self.time_end < self.time_start
        ):
            raise QueryError("time_end", "the end lies before the start")

    @property
    def effective_limit(self) -> int:
        """The number of records at which an answer may have been cut."""
        return self.limit or DEFAULT_LIMIT

    @property
    def is_default(self) -> bool:
        """Whether nothing is narrowed: all active connections."""
        return self == Query()

    def to_params(self) -> dict[str, str]:
        """The query string, in the endpoint's spelling and the documentation's order.

        >>> Query(service="coinapi-ws", minutes=5).to_params()
        {'serviceName': 'coinapi-ws', 'activeOnly': 'true', 'minutes': '5'}
        """
        given: dict[str, str | None] = {
            "apiKeyId": self.api_key_id,
            "connectionId": self.connection_id,
            "serviceName": self.service,
            "protocolName": self.protocol,
            "dataCenter": self.data_center,
            "activeOnly": "true" if self.active_only else None,
            "timeStart": None if self.time_start is None else as_served(self.time_start),
            "timeEnd": None if self.time_end is None else as_served(self.time_end),
            "minutes": None if self.minutes is None else str(self.minutes),
            "limit": None if self.limit is None else str(self.limit),
        }
        return {name: value for name, value in given.items() if value is not None}

    def describe(self, names: Names = NO_NAMES) -> str:
        """The query in words, for the header and for notes; a key by its name, if it has one.

        >>> Query(service="coinapi-ws").describe()
        'live only · service coinapi-ws'
        """
        parts = ["live only" if self.active_only else "live and ended"]
        named = {
            "service": self.service,
            "protocol": self.protocol,
            "data center": self.data_center,
            "key": self.api_key_id and (names.key(self.api_key_id) or self.api_key_id),
            "connection": self.connection_id,
        }
        parts += [f"{name} {value}" for name, value in named.items() if value is not None]
        if self.minutes is not None:
            parts.append(f"started in the last {self.minutes} min")
        if self.time_start is not None:
            parts.append(f"started from {day_text(self.time_start)}")
        if self.time_end is not None:
            parts.append(f"started until {day_text(self.time_end)}")
        if self.limit is not None:
            parts.append(f"at most {self.limit:,}")
        return " · ".join(parts)

    def matches(self, connection: Connection) -> bool:
        """Whether the five exact filters let ``connection`` through.

        Used only to decide which departed rows stay visible under a new query; what is in an
        answer is the endpoint's word, whose case and prefix rules nobody outside knows.
        """
        pairs = (
            (self.api_key_id, connection.api_key_id),
            (self.connection_id, connection.connection_id),
            (self.service, connection.service),
            (self.protocol, connection.protocol),
            (self.data_center, connection.data_center),
        )
        return all(wanted is None or wanted == value for wanted, value in pairs)

    def has_left_window(self, connection: Connection, at: Instant) -> bool:
        """Whether ``connection`` may be absent at ``at`` only because the window has moved on.

        A ``minutes`` window slides over the start times; what slides out of it has not dropped.
        Ten seconds on its edge are left undecided, since its clock is the server's.
        """
        if self.minutes is None:
            return False
        return connection.start < at - (self.minutes * 60 - 10) * TICKS


def _is_sendable(text: str | None) -> bool:
    """Whether UTF-8 can say it: a lone surrogate, from a garbled command line, it cannot."""
    return text is None or text.isascii() or _SURROGATE.search(text) is None


def parse_query(
    texts: Mapping[str, str], now: Instant | None = None, names: Names = NO_NAMES
) -> Query:
    """A Query from what somebody typed, by Query's field names; empty text means "not set".

    Args:
        texts: raw input; ``active_only`` is "true" or "false".
        now: the server's time, for spans like ``15m`` in ``time_start`` and ``time_end``.
        names: by which an API key may be called, too.

    Raises:
        QueryError: names the field and says in words what it takes.
    """
    known = set(Query.__struct_fields__)
    values: dict[str, object] = {}
    for name, raw in texts.items():
        text = raw.strip()
        if name not in known:
            raise QueryError(name, f"there is no parameter {name}")
        if not text:
            continue
        if name in ("minutes", "limit"):
            if not re.fullmatch(r"\d{1,10}", text, re.ASCII):
                raise QueryError(name, f"{name} is a whole number from 1 to {_INT32}")
            values[name] = int(text)
        elif name in ("time_start", "time_end"):
            values[name] = _parse_bound(name, text, now)
        elif name == "active_only":
            if text not in ("true", "false"):
                raise QueryError(name, "say true or false")
            values[name] = text == "true"
        elif name == "api_key_id":
            values[name] = _parse_key(text, names)
        else:
            values[name] = text
    return replace(Query(), **values)


def _parse_key(text: str, names: Names) -> str:
    if not names.keys or is_uuid(text):
        return text
    called = names.keys_called(text)
    if not called:
        raise QueryError(
            "api_key_id",
            "this is neither an API key id, a uuid like f1e2d3c4-b5a6-9879-8765-4321dcba0987, "
            "nor a name under [names.keys] in the settings",
        )
    if len(called) > 1:
        ids = ", ".join(called[:3]) + (", …" if len(called) > 3 else "")
        raise QueryError(
            "api_key_id", f"{len(called)} API keys are called that: give an id ({ids})"
        )
    return called[0]


def _parse_bound(name: str, text: str, now: Instant | None) -> Instant:
    ago = _AGO.fullmatch(text)
    try:
        if ago and now is not None:
            bound = now - int(ago[1]) * _UNITS[ago[2]] * TICKS
            as_served(bound)
            return bound
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            text += "T00:00:00Z"
        return parse_instant(text)
    except (ValueError, OverflowError):
        word = "start" if name == "time_start" else "end"
        raise QueryError(
            name, f"the {word} is a UTC time like 2024-01-15T14:30:25Z, or a span back like 15m"
        ) from None
