"""``export``: the rows of a recording as Parquet, CSV or NDJSON, written as they are read."""

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from tui.archive.sets import Kind, Row, What
from tui.core.connection import Connection, State
from tui.core.fleet import Tracked
from tui.core.grammar import Filter
from tui.core.instant import Instant, as_served
from tui.core.names import Names
from tui.core.records import json_text
from tui.report.records import csv_table


class Count:
    """Counts what passes through it."""

    def __init__(self) -> None:
        self.rows = 0

    def over(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The same rows."""
        for row in rows:
            self.rows += 1
            yield row


def passing(
    what: What, rows: Iterable[Row], condition: Filter, names: Names, until: Instant
) -> Iterator[Row]:
    """The rows of ``report.FILTERED`` sets that pass a filter, each as of its own time.

    Args:
        what: what the rows are.
        rows: as ``rows_of`` gives them.
        condition: what lets them through.
        names: what people call keys, networks and hosts.
        until: the end of the span: rows of connections are as of then, or of when they left.
    """
    header = [field.name for field in what.fields]
    for row in rows:
        values = dict(zip(header, row, strict=True))
        at = cast("Instant", values.get("at") or values.get("goneAt") or until)
        if condition.passes(_tracked(values, at, names), at):
            yield row


def _tracked(values: Mapping[str, object], at: Instant, names: Names) -> Tracked:
    """The connection of a row, as the filter of the screen is asked about it."""
    beat = cast("Instant", values["lastHeartbeat"])
    state = values["state"]
    text = cast("Mapping[str, str]", values)
    one = Connection(
        text["connectionId"],
        text["organizationId"],
        text["apikeyId"],
        text["host"],
        text["ipAddress"],
        text["protocolName"],
        text["serviceName"],
        text["dataCenter"],
        beat,
        cast("Instant", values["connectionStartTime"]),
        beat,
        0.0,
        is_active=True,
    )
    # Who is forgotten without proof is not there either.
    known = State.GONE if state in (None, "unseen") else State(state)
    return Tracked(one, at, at, known, labels=names.of(one))


def csv_pieces(what: What, rows: Iterable[Row], *, for_eyes: bool) -> Iterator[str]:
    """A header and a line for each row.

    Args:
        what: what the rows are.
        rows: as ``rows_of`` gives them.
        for_eyes: as in ``csv_lines``.
    """
    header = [field.name for field in what.fields]
    return csv_table(header, _as_served(what, rows), for_eyes=for_eyes)


def ndjson_pieces(what: What, rows: Iterable[Row]) -> Iterator[str]:
    """One row a line and nothing else."""
    header = [field.name for field in what.fields]
    for row in _as_served(what, rows):
        yield f"{json_text(dict(zip(header, row, strict=True)))}\n"


def _as_served(what: What, rows: Iterable[Row]) -> Iterator[list[object]]:
    """The values as the API writes them."""
    times = [place for place, one in enumerate(what.fields) if one.kind is Kind.TIME]
    numbers = [place for place, one in enumerate(what.fields) if one.kind is Kind.NUMBER]
    for row in rows:
        values = list(row)
        for place in times:
            at = values[place]
            if at is not None:
                values[place] = as_served(cast("Instant", at))
        for place in numbers:
            number = cast("float", values[place])
            if number.is_integer():
                values[place] = int(number)
        yield values
