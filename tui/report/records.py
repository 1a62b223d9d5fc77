"""Records for programs: JSON, NDJSON and CSV, as the API serves them.

Where the settings have names, each record says them in further fields of its own, at its end.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Protocol

from tui.core.connection import FIELDS, Connection
from tui.core.names import NO_LABELS, NO_NAMES, Names
from tui.core.records import json_record
from tui.core.safe import safe, safe_csv


def json_array(connections: Iterable[Connection], names: Names = NO_NAMES) -> Iterator[str]:
    """One array, with a record a line; ``[]`` when there is none."""
    before = "[\n"
    for connection in connections:
        yield f"{before}{json_record(connection, names.fields(names.of(connection)))}"
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def ndjson(connections: Iterable[Connection], names: Names = NO_NAMES) -> Iterator[str]:
    """One record a line and nothing else."""
    for connection in connections:
        yield f"{json_record(connection, names.fields(names.of(connection)))}\n"


def csv_lines(
    connections: Iterable[Connection], names: Names = NO_NAMES, *, for_eyes: bool = False
) -> Iterator[str]:
    """A header with the thirteen field names and those of names, and a line for each record.

    What is null stays empty; fields that the documentation does not have are left out.

    Args:
        connections: the records.
        names: what people call keys, networks and hosts.
        for_eyes: it goes to a terminal, so that text has to be harmless there.
    """
    rows = (_values(connection, names) for connection in connections)
    return csv_table((*FIELDS, *names.fields(NO_LABELS)), rows, for_eyes=for_eyes)


def _values(connection: Connection, names: Names) -> list[object]:
    record = connection.record()
    return [*(record[field] for field in FIELDS), *names.fields(names.of(connection)).values()]


def csv_table(
    header: Iterable[str], rows: Iterable[Iterable[object]], *, for_eyes: bool = False
) -> Iterator[str]:
    """A header and a line for each row. No spreadsheet runs what is in it as a formula.

    Args:
        header: the names of the columns.
        rows: their values; ``None`` is an empty cell.
        for_eyes: as in ``csv_lines``.
    """
    line = io.StringIO(newline="")
    # Only what is in the line's end is quoted, and a lone carriage return has to be.
    writer = csv.writer(line, lineterminator="\r\n")
    yield _row(line, writer, header)
    for row in rows:
        yield _row(line, writer, [_cell(value, for_eyes) for value in row])


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
