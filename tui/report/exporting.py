"""``export``: the rows of a recording as Parquet, CSV or NDJSON, written as they are read."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from functools import lru_cache, partial
from operator import add, call
from typing import cast

from tui.archive.sets import Kind, Row, What
from tui.core.absence import CHANGED, UNSEEN
from tui.core.connection import Connection, State
from tui.core.fleet import Tracked
from tui.core.grammar import Filter
from tui.core.instant import Instant, as_served
from tui.core.names import Names
from tui.core.records import json_text
from tui.report.records import csv_cell, csv_table

_REMEMBERED = 16_384
"""Texts, and times, that are kept as they are written."""


class _Unknown(Enum):
    """The further states of a recording."""

    UNSEEN = UNSEEN
    CHANGED = CHANGED


_STATES: Mapping[object, Enum] = {one.value: one for one in (*State, *_Unknown)}


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
    state = values["state"] or UNSEEN
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
    known = _STATES[state]
    # A filter reads the word of a state only.
    return Tracked(one, at, at, cast("State", known), labels=names.of(one))


def csv_pieces(what: What, rows: Iterable[Row], *, for_eyes: bool) -> Iterator[str]:
    """A header and a line for each row.

    Args:
        what: what the rows are.
        rows: as ``rows_of`` gives them.
        for_eyes: as in ``csv_lines``.
    """
    cells = _made(what, partial(csv_cell, for_eyes=for_eyes), as_served)
    return csv_table([field.name for field in what.fields], map(cells, rows))


def ndjson_pieces(what: What, rows: Iterable[Row]) -> Iterator[str]:
    """One row a line and nothing else."""
    names = [f"{json_text(field.name)}: " for field in what.fields]
    values = _made(what, json_text, lambda at: f'"{as_served(at)}"')
    for row in rows:
        yield f"{{{', '.join(map(add, names, values(row)))}}}\n"


def _made(
    what: What, make: Callable[[object], str], time: Callable[[Instant], str]
) -> Callable[[Row], Iterator[str]]:
    """What makes texts of the values of a row.

    Most values are there again and again, so that they are made once. Each kind is remembered by
    itself, since true and one are the same key.

    Args:
        what: what the rows are.
        make: makes those of most values.
        time: makes those of times.
    """

    def number(value: object) -> str:
        # A duration of whole seconds is written as one, as the API does.
        assert value is None or isinstance(value, float)
        return make(int(value) if value is not None and value.is_integer() else value)

    def instant(value: object) -> str:
        return make(None) if value is None else time(cast("Instant", value))

    ways: dict[Kind, Callable[[object], str]] = {
        kind: lru_cache(_REMEMBERED)({Kind.TIME: instant, Kind.NUMBER: number}.get(kind, make))
        for kind in Kind
    }
    fields = [ways[field.kind] for field in what.fields]
    return lambda row: map(call, fields, row)
