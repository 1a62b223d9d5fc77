"""Records for programs: JSON, NDJSON and CSV, as the API serves them."""

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from tui.core.connection import FIELDS, Connection
from tui.core.safe import safe, safe_csv

_HIDDEN = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    "\U000e0000-\U000e0fff]"
)
"""Characters that JSON lets through, but that a terminal acts upon or UTF-8 cannot hold."""


def json_record(connection: Connection) -> str:
    """One record as JSON in one line: field names, order and seven digits as served.

    Invisible characters are written as escapes. That changes no value, and keeps a terminal out
    of danger when the text is looked at.
    """
    record = connection.record()
    try:
        text = _dump(record)
    except ValueError:
        # Unknown fields may hold NaN or infinity, for which JSON has no word.
        text = _dump(_finite(record))
    return text if text.isascii() and "\x7f" not in text else _HIDDEN.sub(_escape, text)


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _escape(match: re.Match[str]) -> str:
    return json.dumps(match[0], ensure_ascii=True)[1:-1] if match[0] != "\x7f" else "\\u007f"


def json_array(connections: Iterable[Connection]) -> Iterator[str]:
    """One array, with a record a line; ``[]`` when there is none."""
    before = "[\n"
    for connection in connections:
        yield f"{before}{json_record(connection)}"
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def ndjson(connections: Iterable[Connection]) -> Iterator[str]:
    """One record a line and nothing else."""
    for connection in connections:
        yield f"{json_record(connection)}\n"


def csv_lines(connections: Iterable[Connection], *, for_eyes: bool = False) -> Iterator[str]:
    """A header with the thirteen field names, and a line for each record.

    What is null stays empty; fields that the documentation does not have are left out.

    Args:
        connections: the records.
        for_eyes: it goes to a terminal, so that text has to be harmless there.
    """
    line = io.StringIO(newline="")
    # Only what is in the line's end is quoted, and a lone carriage return has to be.
    writer = csv.writer(line, lineterminator="\r\n")
    yield _row(line, writer, FIELDS)
    for connection in connections:
        record = connection.record()
        yield _row(line, writer, [_cell(record[name], for_eyes) for name in FIELDS])


class _Writer(Protocol):
    """What ``csv.writer`` gives; its type has no public name."""

    def writerow(self, row: Iterable[str], /) -> object: ...


def _row(line: io.StringIO, writer: _Writer, cells: Iterable[str]) -> str:
    writer.writerow(cells)
    text = line.getvalue().removesuffix("\r\n") + "\n"
    line.seek(0)
    line.truncate()
    return text


def _cell(value: object, for_eyes: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return safe_csv(safe(value) if for_eyes else value)
    return str(value)
