"""Records from a file, served as they are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from tui.standin.clients import mix
from tui.standin.instant import parse_instant
from tui.standin.query import ACTIVE_WITHIN, Query, answer_limit, start_window, text_test

if TYPE_CHECKING:
    from pathlib import Path

    from tui.standin.endpoint_clock import Reading
    from tui.standin.scenarios import Switch
    from tui.standin.settings import Assumptions

_SPACE = " \t\r\n"


class BadRecordsError(ValueError):
    """A file does not hold an array of records."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file: its text to serve, and its values to filter by."""

    text: str
    """The record exactly as the file writes it, unknown fields and long numbers included."""
    values: dict[str, object]
    start: int | None
    """``connectionStartTime`` in ticks; None if the record has none that can be read."""
    beat: int | None
    """``lastHeartbeat`` in ticks; None if the record has none that can be read."""


class Records:
    """Records of a file as a source of answers. They never age; only the filters use the clock."""

    plays_fleet_scenarios = False
    seed: int | None = None

    def __init__(self, records: list[Record]) -> None:
        self.records = records
        self.connections = len(records)

    def answer(
        self,
        query: Query,
        at: int,
        switches: tuple[Switch, ...],
        assumptions: Assumptions,
        reading: Reading | None = None,
    ) -> bytes:
        """The body of the endpoint's answer: a bare JSON array of the records that match."""
        del switches  # nothing happens to a file
        now = at if reading is None else reading.shown
        found = [
            record
            for record in self._ordered(assumptions)
            if _fits(record, query, now, assumptions)
        ]
        kept = found[: answer_limit(query, assumptions)]
        return f"[{','.join(_served(record, assumptions) for record in kept)}]".encode()

    def _ordered(self, assumptions: Assumptions) -> list[Record]:
        match assumptions.order:
            case None:
                return self.records
            case "id":
                return sorted(self.records, key=lambda each: str(each.values.get("connectionId")))
            case "shuffled":
                places = sorted(range(len(self.records)), key=lambda place: mix(0, place))
                return [self.records[place] for place in places]
            case order:
                return sorted(
                    self.records,
                    key=lambda each: each.start or 0,
                    reverse=order == "start-desc",
                )


def _fits(record: Record, query: Query, at: int, assumptions: Assumptions) -> bool:
    low, high = start_window(query, at, assumptions)
    if low is not None and (record.start is None or record.start < low):
        return False
    if high is not None and (record.start is None or record.start > high):
        return False
    if query.active_only and (record.beat is None or at - record.beat > ACTIVE_WITHIN):
        return False
    key = record.values.get("apikeyId")
    # A uuid means the same in either case, whatever holds for other texts.
    if query.api_key_id is not None and (
        not isinstance(key, str) or key.lower() != query.api_key_id
    ):
        return False
    tests = (
        ("connectionId", text_test(query.connection_id, assumptions)),
        ("serviceName", text_test(query.service_name, assumptions)),
        ("protocolName", text_test(query.protocol_name, assumptions)),
        ("dataCenter", text_test(query.data_center, assumptions, data_center=True)),
    )
    return all(test(record.values.get(name)) for name, test in tests)


def _served(record: Record, assumptions: Assumptions) -> str:
    if not assumptions.null_fields:
        return record.text
    return json.dumps(record.values | dict.fromkeys(assumptions.null_fields))


def _instant(value: object) -> int | None:
    if not isinstance(value, str):
        return None
    try:
        return parse_instant(value)
    except ValueError:
        # A file is served as it is, strange times too; they only match no time filter.
        return None


def load_records(path: Path) -> Records:
    """Read a JSON array of records; what is wrong with it is said in a BadRecordsError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as reason:
        raise BadRecordsError(f"The records file {path} cannot be read: {reason}.") from reason
    try:
        whole = json.loads(text, parse_constant=_no_constant)
    except ValueError as reason:
        raise BadRecordsError(f"The records file {path} is not JSON: {reason}.") from reason
    except RecursionError as reason:
        raise BadRecordsError(f"The records file {path} is nested too deeply.") from reason
    if not isinstance(whole, list):
        raise BadRecordsError(f"The records file {path} must hold a JSON array of records.")
    for place, each in enumerate(whole, start=1):
        if not isinstance(each, dict):
            raise BadRecordsError(f"Entry {place} of the records file {path} is not an object.")
    return Records([_record(part, values) for part, values in _parts(text, whole)])


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON value")


def _parts(text: str, whole: list[object]) -> list[tuple[str, dict[str, object]]]:
    """Each entry's own piece of the text: what is never rewritten cannot come out different."""
    decoder = json.JSONDecoder()
    parts: list[tuple[str, dict[str, object]]] = []
    at = text.index("[") + 1
    for _ in whole:
        while text[at] in _SPACE + ",":
            at += 1
        values, end = decoder.raw_decode(text, at)
        parts.append((text[at:end], cast("dict[str, object]", values)))
        at = end
    return parts


def _record(text: str, values: dict[str, object]) -> Record:
    return Record(
        text=text,
        values=values,
        start=_instant(values.get("connectionStartTime")),
        beat=_instant(values.get("lastHeartbeat")),
    )
