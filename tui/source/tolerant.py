"""What is not exactly the documented record: extra fields, wrong types, broken texts.

Here pydantic judges, record by record where the array as a whole does not pass, and says which
field is wrong. It is slower by far than what reads ordinary records, and imported when first
needed.
"""

from collections import Counter
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, FiniteFloat, TypeAdapter, ValidationError

from tui.source.lenient_json import flawed, read_array
from tui.source.wire_record import WireRecord


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


_ARRAY = TypeAdapter(list[_Wire])
_KNOWN = frozenset(_Wire.model_fields)


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
    except ValidationError:
        return _read_one_by_one(array, unreadable, garbled)
    records: list[tuple[WireRecord, Mapping[str, object]]] = []
    for wire in wires:
        extra = wire.model_extra or {}
        flaw = flawed(extra)
        if flaw is None:
            records.append((_record(wire), extra))
        else:
            unreadable[flaw] += 1
            garbled.add(wire.connectionId)
    return records, len(wires)


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
) -> tuple[list[tuple[WireRecord, Mapping[str, object]]], int]:
    items, broken = read_array(array)
    records: list[tuple[WireRecord, Mapping[str, object]]] = []
    for item in items:
        try:
            records.append(_read_one(item, broken))
        except _FlawError as flaw:
            unreadable[flaw.field] += 1
            if isinstance(item, dict) and isinstance(item.get("connectionId"), str):
                garbled.add(item["connectionId"])
    return records, len(items)


class _FlawError(ValueError):
    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def _read_one(item: object, broken: bool) -> tuple[WireRecord, Mapping[str, object]]:
    if not isinstance(item, dict):
        raise _FlawError("record")
    flaw = flawed(item, broken=broken)
    if flaw is not None:
        raise _FlawError(flaw)
    known = {name: value for name, value in item.items() if name in _KNOWN}
    extra = {name: value for name, value in item.items() if name not in _KNOWN}
    # What stands in a text is not judged: pydantic refuses half of a surrogate pair.
    texts = {name: value for name, value in known.items() if isinstance(value, str)}
    try:
        wire = _Wire.model_validate({**known, **dict.fromkeys(texts, "")})
    except ValidationError as error:
        place = error.errors(include_input=False, include_url=False)[0]["loc"]
        raise _FlawError(str(place[0])) from None
    return _record(wire.model_copy(update=texts)), extra
