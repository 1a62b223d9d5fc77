"""Parquet: rows as columns, with times in nanoseconds and each text held once."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import IO, Any

import pyarrow as pa
from pyarrow.compute import multiply_checked
from pyarrow.parquet import ParquetWriter

from tui import __version__
from tui.archive.sets import Kind, Row, Span, What
from tui.core.instant import Instant, as_served
from tui.core.records import json_text

ROWS = 65_536
"""Rows of a row group: no more are held at once."""
BEYOND = "timesBeyondRange"
"""The column for times before 1677 or after 2262, which nanoseconds cannot say: these are null in
their own columns, and stand here as JSON, by column, as the API writes them."""

_MOST = (2**63 - 1) // 100
_TIME = pa.timestamp("ns", tz="UTC")
_TEXT = pa.dictionary(pa.int32(), pa.string())
_TYPES = {
    Kind.TIME: _TIME,
    Kind.TEXT: _TEXT,
    Kind.WHOLE: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.FLAG: pa.bool_(),
}


def schema_of(what: What) -> Any:
    """The Arrow schema of a set."""
    fields = [(field.name, _TYPES[field.kind]) for field in what.fields]
    return pa.schema([*fields, (BEYOND, pa.string())])


def write_parquet(out: IO[bytes], what: What, rows: Iterable[Row], span: Span) -> None:
    """Write the rows, a row group at a time.

    Args:
        out: takes the bytes; it need not know its place, so that it may be a pipe.
        what: what the rows are.
        rows: as ``rows_of`` gives them.
        span: whose they are, and of which time: that goes into the metadata of the file.

    Raises:
        OSError: they cannot be written.
    """
    schema = schema_of(what).with_metadata(
        {
            "conntop": __version__,
            "what": what.name,
            "since": as_served(span.since),
            "until": as_served(span.until),
        }
    )
    sink = _Sink(out)
    with ParquetWriter(sink, schema, compression="zstd") as writer:
        for batch in _batches(rows):
            writer.write_batch(_columns(what, batch, schema), row_group_size=ROWS)


class _Sink:
    """A file for Arrow that counts for itself how far it is."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._place = 0
        self.closed = False

    def write(self, data: bytes) -> int:
        self._out.write(data)
        self._place += len(data)
        return len(data)

    def tell(self) -> int:
        return self._place

    def flush(self) -> None:
        self._out.flush()

    def close(self) -> None:
        self.closed = True


def _batches(rows: Iterable[Row]) -> Iterator[Sequence[Row]]:
    rest = iter(rows)
    while batch := list(islice(rest, ROWS)):
        yield batch


def _columns(what: What, rows: Sequence[Row], schema: Any) -> Any:
    beyond: dict[int, dict[str, str]] = {}
    arrays = []
    for field, values in zip(what.fields, zip(*rows, strict=True), strict=True):
        if field.kind is Kind.TIME:
            arrays.append(_times(field.name, values, beyond))
        elif field.kind is Kind.TEXT:
            arrays.append(_texts(values))
        else:
            arrays.append(pa.array(values, _TYPES[field.kind]))
    words: list[str | None] = [None] * len(rows)
    for place, times in beyond.items():
        words[place] = json_text(times)
    return pa.RecordBatch.from_arrays([*arrays, pa.array(words, pa.string())], schema=schema)


def _times(name: str, values: Sequence[Instant | None], beyond: dict[int, dict[str, str]]) -> Any:
    try:
        return multiply_checked(pa.array(values, pa.int64()), 100).view(_TIME)
    except pa.ArrowInvalid:
        kept = list(values)
    for place, at in enumerate(values):
        if at is not None and abs(at) > _MOST:
            kept[place] = None
            beyond.setdefault(place, {})[name] = as_served(at)
    return multiply_checked(pa.array(kept, pa.int64()), 100).view(_TIME)


def _texts(values: Sequence[str | None]) -> Any:
    try:
        return pa.array(values, _TEXT)
    except UnicodeEncodeError:
        # Lone surrogates, which UTF-8 cannot hold, as everywhere else where it is written.
        return pa.array(
            [
                None if value is None else value.encode(errors="backslashreplace").decode()
                for value in values
            ],
            _TEXT,
        )
