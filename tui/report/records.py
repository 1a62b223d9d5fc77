"""Records for programs: JSON, NDJSON and CSV, as the API serves them.

Where the settings have names, each record says them in further fields of its own, at its end.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from functools import lru_cache

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
    rows = (
        [csv_cell(value, for_eyes=for_eyes) for value in _values(connection, names)]
        for connection in connections
    )
    return csv_table((*FIELDS, *names.fields(NO_LABELS)), rows)


def _values(connection: Connection, names: Names) -> Iterator[object]:
    record = connection.record()
    yield from (record[field] for field in FIELDS)
    yield from names.fields(names.of(connection)).values()


def csv_table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """A header and a line for each row.

    Args:
        header: the names of the columns.
        rows: cells, as ``csv_cell`` makes them.
    """
    yield f"{','.join(map(csv_cell, header))}\n"
    for row in rows:
        yield f"{','.join(row)}\n"


def csv_cell(value: object, *, for_eyes: bool = False) -> str:
    """A value as a cell that no spreadsheet runs as a formula; ``None`` is an empty one.

    Args:
        value: what was served.
        for_eyes: as in ``csv_lines``.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(safe_csv(safe(value) if for_eyes else value))
    return str(value)


@lru_cache(maxsize=10_000)
def _quoted(text: str) -> str:
    if not text:
        return text
    line = io.StringIO(newline="")
    # Only what is in the line's end is quoted, and a lone carriage return has to be.
    csv.writer(line, lineterminator="\r\n").writerow([text])
    return line.getvalue().removesuffix("\r\n")
