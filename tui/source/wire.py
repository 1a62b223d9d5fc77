"""The payload of the endpoint, read into Connections: tolerant of extras, exact about the rest.

One bad record never costs the others: when the document as a whole does not validate, it is read
record by record, and what cannot be read is counted by the field that is wrong.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, FiniteFloat, TypeAdapter, ValidationError

from tui.core.connection import Connection
from tui.core.instant import Instant, parse_instant, seconds_between


class NotAnAnswerError(ValueError):
    """The body is no JSON array of records."""


class WireConnection(BaseModel):
    """One record as served (Console REST API, Connection Analytics, response body).

    The documentation does not say which fields may be null. Only what a row cannot do without is
    demanded: an id, and a start or a heartbeat.
    """

    model_config = ConfigDict(extra="allow", strict=True, hide_input_in_errors=True)

    connectionId: str  # noqa: N815
    organizationId: str | None = None  # noqa: N815
    apikeyId: str | None = None  # noqa: N815
    host: str | None = None
    ipAddress: str | None = None  # noqa: N815
    protocolName: str | None = None  # noqa: N815
    serviceName: str | None = None  # noqa: N815
    dataCenter: str | None = None  # noqa: N815
    lastHeartbeat: str | None = None  # noqa: N815
    connectionStartTime: str | None = None  # noqa: N815
    updatedAt: str | None = None  # noqa: N815
    connectionDurationSeconds: FiniteFloat | int | None = None  # noqa: N815
    isActive: bool | None = None  # noqa: N815


_MOST_DIGITS = 4_000
"""Longest integer that is read: Python refuses one of 4,300 digits, at the whole body's cost."""

_DOCUMENT = TypeAdapter(list[WireConnection])


@dataclass(frozen=True, slots=True)
class Reading:
    """What a body held."""

    records: tuple[Connection, ...]
    """The readable ones, one for each id (the last one served), in the order served."""
    unreadable: Mapping[str, int]
    """Records left out: how many, by the field that could not be read."""
    garbled: frozenset[str]
    """Ids of those left out, where at least the id can be read."""
    served: int
    """Records in the body, readable or not: what ``limit`` is compared with."""


def read_body(body: bytes) -> Reading:
    """All records of a response body.

    Raises:
        NotAnAnswerError: the body is no JSON array.
    """
    unreadable: Counter[str] = Counter()
    garbled: set[str] = set()
    try:
        wires = _DOCUMENT.validate_json(body)
        served = len(wires)
    except ValidationError:
        wires, served = _read_one_by_one(body, unreadable, garbled)
    records: dict[str, Connection] = {}
    for wire in wires:
        try:
            connection = _connection(wire)
        except _UnreadableError as error:
            unreadable[error.field] += 1
            garbled.add(wire.connectionId)
        else:
            records[connection.connection_id] = connection
    return Reading(
        tuple(records.values()), dict(unreadable), frozenset(garbled - records.keys()), served
    )


def _read_one_by_one(
    body: bytes, unreadable: Counter[str], garbled: set[str]
) -> tuple[list[WireConnection], int]:
    try:
        document = json.loads(body, parse_int=_integer)
    except (ValueError, RecursionError):
        raise NotAnAnswerError("the answer is not JSON") from None
    if not isinstance(document, list):
        raise NotAnAnswerError("the answer is not an array of records")
    wires = []
    for item in document:
        try:
            wires.append(WireConnection.model_validate(item))
        except ValidationError as error:
            place = error.errors(include_input=False, include_url=False)[0]["loc"]
            unreadable[str(place[0]) if place else "record"] += 1
            if isinstance(item, dict) and isinstance(item.get("connectionId"), str):
                garbled.add(item["connectionId"])
    return wires, len(document)


def _integer(digits: str) -> float | int:
    return int(digits) if len(digits) <= _MOST_DIGITS else float("inf")


class _UnreadableError(ValueError):
    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def _connection(wire: WireConnection) -> Connection:
    unusual: dict[str, object] = dict(wire.model_extra or {})
    heartbeat = _instant(wire.lastHeartbeat, "lastHeartbeat", unusual)
    start = _instant(wire.connectionStartTime, "connectionStartTime", unusual)
    updated = _instant(wire.updatedAt, "updatedAt", unusual)
    if start is None and heartbeat is None:
        raise _UnreadableError("connectionStartTime")
    # A connection without a heartbeat yet is as old as its start, and the other way round.
    start = heartbeat if start is None else start
    heartbeat = start if heartbeat is None else heartbeat
    assert start is not None
    assert heartbeat is not None
    duration = _duration(wire.connectionDurationSeconds, unusual)
    if wire.isActive is None:
        unusual["isActive"] = None
    if not wire.connectionId:
        raise _UnreadableError("connectionId")
    return Connection(
        connection_id=wire.connectionId,
        organization_id=_text(wire.organizationId, "organizationId", unusual),
        api_key_id=_text(wire.apikeyId, "apikeyId", unusual),
        host=_text(wire.host, "host", unusual),
        client=_text(wire.ipAddress, "ipAddress", unusual),
        protocol=_text(wire.protocolName, "protocolName", unusual),
        service=_text(wire.serviceName, "serviceName", unusual),
        data_center=_text(wire.dataCenter, "dataCenter", unusual),
        last_heartbeat=heartbeat,
        start=start,
        updated=heartbeat if updated is None else updated,
        duration=seconds_between(start, heartbeat) if duration is None else duration,
        # Not said: then the two-minute rule on the heartbeat decides alone.
        is_active=wire.isActive is not False,
        unusual=unusual or None,
    )


def _text(value: str | None, field: str, unusual: dict[str, object]) -> str:
    if value is None:
        unusual[field] = None
        return ""
    return value


def _duration(value: float | None, unusual: dict[str, object]) -> float | None:
    field = "connectionDurationSeconds"
    if value is None:
        unusual[field] = None
        return None
    try:
        seconds = float(value)
    except OverflowError:
        raise _UnreadableError(field) from None
    if seconds != value:
        unusual[field] = value
    return seconds


def _instant(text: str | None, field: str, unusual: dict[str, object]) -> Instant | None:
    if text is None:
        unusual[field] = None
        return None
    try:
        instant = parse_instant(text)
    except ValueError:
        raise _UnreadableError(field) from None
    plain = len(text) == 28 and text[10] == "T" and text[20:27].isdecimal() and text[27] == "Z"
    if not plain:
        unusual[field] = text
    return instant
