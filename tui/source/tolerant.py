"""What is not exactly the documented record: extra fields, wrong types, broken texts.

Here pydantic judges, record by record where the array as a whole does not pass, and says which
field is wrong. It is slower by far than what reads ordinary records, and imported when first
needed.
"""

import json
from collections import Counter
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, FiniteFloat, TypeAdapter, ValidationError

from tui.source.wire_record import NotAnAnswerError, WireRecord


class _Wire(BaseModel):
    """A WireRecord, with whatever else the endpoint serves."""

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

_ARRAY = TypeAdapter(list[_Wire])


def read_tolerantly(
    array: bytes, unreadable: Counter[str], garbled: set[str]
) -> tuple[list[tuple[WireRecord, Mapping[str, object]]], int]:
    """The readable records of an array with their unknown fields, and how many it has in all.

    Args:
        array: JSON.
        unreadable: records left out are counted here, by the field that is wrong.
        garbled: the ids of those are noted here, where at least the id can be read.

    Raises:
        NotAnAnswerError: it is no JSON array.
    """
    try:
        wires = _ARRAY.validate_json(array)
        served = len(wires)
    except ValidationError:
        wires, served = _read_one_by_one(array, unreadable, garbled)
    return [(_record(wire), wire.model_extra or {}) for wire in wires], served


def _record(wire: _Wire) -> WireRecord:
    return WireRecord(
        wire.connectionId,
        wire.organizationId,
        wire.apikeyId,
        wire.host,
        wire.ipAddress,
        wire.protocolName,
        wire.serviceName,
        wire.dataCenter,
        wire.lastHeartbeat,
        wire.connectionStartTime,
        wire.updatedAt,
        wire.connectionDurationSeconds,
        wire.isActive,
    )


def _read_one_by_one(
    array: bytes, unreadable: Counter[str], garbled: set[str]
) -> tuple[list[_Wire], int]:
    try:
        document = json.loads(array, parse_int=_integer)
    except (ValueError, RecursionError):
        raise NotAnAnswerError("the answer is not JSON") from None
    if not isinstance(document, list):
        raise NotAnAnswerError("the answer is not an array of records")
    wires = []
    for item in document:
        try:
            wires.append(_Wire.model_validate(item))
        except ValidationError as error:
            place = error.errors(include_input=False, include_url=False)[0]["loc"]
            unreadable[str(place[0]) if place else "record"] += 1
            if isinstance(item, dict) and isinstance(item.get("connectionId"), str):
                garbled.add(item["connectionId"])
    return wires, len(document)


def _integer(digits: str) -> float | int:
    return int(digits) if len(digits) <= _MOST_DIGITS else float("inf")
