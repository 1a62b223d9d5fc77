"""The payload of the endpoint, read into Connections: tolerant of extras, exact about the rest.

A body is read slice by slice, so that a long one holds up nobody else in the process for more than
a millisecond: one call that parses 100,000 records keeps Python's lock for a quarter of a second
or longer, in whatever thread it runs. msgspec reads what is exactly the documented record; a slice
with anything else in it is read again by ``tolerant``, which says what is wrong with it. One bad
record never costs the others.
"""

import math
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from tui.core.connection import Connection
from tui.core.instant import Instant, parse_instant, seconds_between
from tui.source.slices import UncertainError, exact_slices, slices, start_of
from tui.source.wire_record import NotAnAnswerError, WireRecord

__all__ = ["NotAnAnswerError", "Reading", "read_body", "read_start"]

_NONE: Mapping[str, object] = {}
MOST = 250_000
"""Records of one answer that are read: whole ones would not even fit into ``Limits.body``."""


class _TooManyError(NotAnAnswerError):
    """More records than anybody serves."""


class Reading(Struct, frozen=True):
    """What a body held."""

    records: tuple[Connection, ...]
    """The readable ones, one for each id (the last one served), in the order served."""
    unreadable: Mapping[str, int]
    """Records left out: how many, by the field that could not be read."""
    garbled: frozenset[str]
    """Ids of those left out, where at least the id can be read."""
    served: int
    """Records in the body, readable or not: what ``limit`` is compared with."""


_DECODER = msgspec.json.Decoder(list[WireRecord])


def read_body(body: bytes | bytearray) -> Reading:
    """All records of a response body.

    Raises:
        NotAnAnswerError: the body is no JSON array.
    """
    if body.startswith(BOM_UTF8):  # noqa: FURB188  # what it would be replaced by always copies
        body = body[len(BOM_UTF8) :]
    reader, one = _Reader(), b""
    try:
        for one in slices(body):
            reader.read(one)
    except _TooManyError:
        raise
    except (NotAnAnswerError, UncertainError):
        if len(one) == len(body):
            raise
        # Perhaps it only was cut where it must not be.
        return _read_exactly(body)
    return reader.reading()


def _read_exactly(body: bytes | bytearray) -> Reading:
    reader = _Reader()
    try:
        for one in exact_slices(body):
            if one is None:
                reader.pass_over()
            else:
                reader.read(one)
    except UncertainError:
        raise NotAnAnswerError("the answer is not an array of records") from None
    return reader.reading()


def read_start(body: bytes | bytearray, size: int) -> tuple[Connection, ...]:
    """The first readable records of a body that is still coming in; none if it cannot be read."""
    array = start_of(body, size)
    if array is None:
        return ()
    reader = _Reader()
    try:
        reader.read(array)
    except NotAnAnswerError:
        return ()
    return reader.reading().records


class _Reader:
    """Takes one JSON array of records after the other."""

    def __init__(self) -> None:
        self._records: dict[str, Connection] = {}
        self._unreadable: Counter[str] = Counter()
        self._garbled: set[str] = set()
        self._served = 0
        # What many records share is kept once: texts, and the instants of whole minutes.
        self._texts: dict[str, str] = {}
        self._minutes: dict[str, Instant] = {}

    def read(self, array: bytes) -> None:
        """Take in what ``array`` holds.

        Raises:
            NotAnAnswerError: it is no JSON array.
        """
        try:
            records = _DECODER.decode(array)
        except (ValueError, RecursionError):
            # Also every error of msgspec's own.
            self._read_tolerantly(array)
            return
        self._count(len(records))
        for record in records:
            self._take(record, _NONE)

    def pass_over(self) -> None:
        """Take in that there is a record which nobody can read."""
        self._unreadable["record"] += 1
        self._count(1)

    def _count(self, records: int) -> None:
        self._served += records
        if self._served > MOST:
            raise _TooManyError(f"the answer holds more than {MOST:,} records")

    def reading(self) -> Reading:
        """All that was taken in."""
        records = self._records
        return Reading(
            tuple(records.values()),
            dict(self._unreadable),
            frozenset(self._garbled - records.keys()),
            self._served,
        )

    def _read_tolerantly(self, array: bytes) -> None:
        from tui.source.tolerant import read_tolerantly

        records, served = read_tolerantly(array, self._unreadable, self._garbled)
        self._count(served)
        for record, extra in records:
            self._take(record, extra)

    def _take(self, record: WireRecord, extra: Mapping[str, object]) -> None:
        try:
            connection = self._connection(record, dict(extra))
        except _UnreadableError as error:
            self._unreadable[error.field] += 1
            self._garbled.add(record.connection_id)
        else:
            self._records[connection.connection_id] = connection

    def _connection(self, record: WireRecord, unusual: dict[str, object]) -> Connection:
        heartbeat = self._instant(record.last_heartbeat, "lastHeartbeat", unusual)
        start = self._instant(record.connection_start_time, "connectionStartTime", unusual)
        updated = self._instant(record.updated_at, "updatedAt", unusual)
        if heartbeat is None or start is None:
            # A connection without a heartbeat yet is as old as its start, and the other way round.
            known = start if heartbeat is None else heartbeat
            if known is None:
                raise _UnreadableError("connectionStartTime")
            heartbeat = start = known
        duration = _duration(record.connection_duration_seconds, unusual)
        if record.is_active is None:
            unusual["isActive"] = None
        if not record.connection_id:
            raise _UnreadableError("connectionId")
        text = self._text
        return Connection(
            record.connection_id,
            text(record.organization_id, "organizationId", unusual),
            text(record.apikey_id, "apikeyId", unusual),
            text(record.host, "host", unusual),
            text(record.ip_address, "ipAddress", unusual),
            text(record.protocol_name, "protocolName", unusual),
            text(record.service_name, "serviceName", unusual),
            text(record.data_center, "dataCenter", unusual),
            heartbeat,
            start,
            heartbeat if updated is None else updated,
            seconds_between(start, heartbeat) if duration is None else duration,
            # Not said: then the two-minute rule on the heartbeat decides alone.
            record.is_active is not False,
            unusual or None,
        )

    def _text(self, value: str | None, field: str, unusual: dict[str, object]) -> str:
        if value is None:
            unusual[field] = None
            return ""
        return self._texts.setdefault(value, value)

    def _instant(self, text: str | None, field: str, unusual: dict[str, object]) -> Instant | None:
        if text is None:
            unusual[field] = None
            return None
        plain = len(text) == 28 and text[10] == "T" and text[27] == "Z" and text[20:27].isdecimal()
        if plain and text[17:19] in _SECONDS and text[19] == "." and text.isascii():
            minute = self._minutes.get(text[:17])
            if minute is not None:
                return minute + int(text[17:19] + text[20:27])
        try:
            instant = parse_instant(text)
        except ValueError:
            raise _UnreadableError(field) from None
        if plain:
            self._minutes[text[:17]] = instant - int(text[17:19] + text[20:27])
        else:
            unusual[field] = text
        return instant


_SECONDS = frozenset(f"{second:02d}" for second in range(60))


class _UnreadableError(ValueError):
    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def _duration(value: float | None, unusual: dict[str, object]) -> float | None:
    field = "connectionDurationSeconds"
    if value is None:
        unusual[field] = None
        return None
    try:
        seconds = float(value)
    except OverflowError:
        raise _UnreadableError(field) from None
    if seconds != value or math.copysign(1.0, seconds) < 0 == seconds:
        unusual[field] = value
    return seconds
