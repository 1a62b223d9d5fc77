"""What is exported is read back by the tools it is for, to the seventh digit."""

import csv
import io
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import NOON, hostile_texts, instants
from tui import __version__
from tui.archive.sets import HEARTBEATS, SETS, STATES, Field, Kind, Row, Span, What
from tui.core.grammar import parse_filter
from tui.core.instant import TICKS, as_served, parse_instant
from tui.core.names import NO_NAMES, Names
from tui.report.export_docs import render
from tui.report.exporting import csv_pieces, ndjson_pieces, passing
from tui.report.parquet import BEYOND, schema_of, write_parquet
from tui.report.whole_file import whole_file

SPAN = Span("organization", NOON, NOON + TICKS)
VALUES: dict[Kind, st.SearchStrategy[object]] = {
    Kind.TIME: instants(),
    Kind.TEXT: hostile_texts(),
    Kind.WHOLE: st.integers(0, 2**63 - 1),
    Kind.NUMBER: st.floats(allow_nan=False, allow_infinity=False),
    Kind.FLAG: st.booleans(),
}


def any_rows(what: What) -> st.SearchStrategy[list[Row]]:
    """Whatever strangers may have had recorded."""
    fields = [st.none() | VALUES[field.kind] for field in what.fields]
    return st.lists(st.tuples(*fields), max_size=5)


def parquet(what: What, rows: Sequence[Row]) -> list[dict[str, object]]:
    """The rows as they are read back, times as ticks."""
    out = io.BytesIO()
    write_parquet(out, what, rows, SPAN)
    table = pq.read_table(io.BytesIO(out.getvalue()))
    assert table.schema.equals(schema_of(what))
    columns = {
        name: [
            one.value if str(table.schema.field(name).type).startswith("timestamp") else one.as_py()
            for one in table.column(name)
        ]
        for name in table.schema.names
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def as_text(value: str) -> str:
    """A text as UTF-8 can hold it."""
    return value.encode(errors="backslashreplace").decode()


def expected(field: Field, value: object, beyond: dict[str, str]) -> object:
    """What is read back of a value from Parquet."""
    if value is None:
        return None
    if field.kind is Kind.TEXT:
        return as_text(str(value))
    if field.kind is Kind.TIME:
        assert isinstance(value, int)
        if abs(value * 100) < 2**63:
            return value * 100
        beyond[field.name] = as_served(value)
        return None
    return value


@settings(max_examples=25)
@given(st.data())
def test_parquet_gives_back_each_value_whatever_it_is(data: st.DataObject) -> None:
    what = data.draw(st.sampled_from(list(SETS.values())))
    rows = data.draw(any_rows(what))
    back = parquet(what, rows)
    assert len(back) == len(rows)
    for row, read in zip(rows, back, strict=True):
        beyond: dict[str, str] = {}
        for field, value in zip(what.fields, row, strict=True):
            assert read[field.name] == expected(field, value, beyond)
        words = read[BEYOND]
        assert (json.loads(str(words)) if words else {}) == beyond


@settings(max_examples=25)
@given(st.data())
def test_ndjson_gives_back_each_value_whatever_it_is(data: st.DataObject) -> None:
    what = data.draw(st.sampled_from(list(SETS.values())))
    rows = data.draw(any_rows(what))
    text = "".join(ndjson_pieces(what, rows))
    assert text.count("\n") == len(rows)
    for row, line in zip(rows, text.split("\n")[:-1], strict=True):
        read = json.loads(line)
        assert list(read) == [field.name for field in what.fields]
        for field, value in zip(what.fields, row, strict=True):
            back = read[field.name]
            if field.kind is Kind.TIME and value is not None:
                assert as_served(parse_instant(back)) == back
                back = parse_instant(back)
            assert back == value


@settings(max_examples=25)
@given(st.data())
def test_csv_gives_back_each_value_and_no_formula(data: st.DataObject) -> None:
    what = data.draw(st.sampled_from(list(SETS.values())))
    rows = data.draw(any_rows(what))
    text = "".join(csv_pieces(what, rows, for_eyes=False))
    header, *lines = csv.reader(io.StringIO(text, newline=""))
    assert header == [field.name for field in what.fields]
    for row, cells in zip(rows, lines, strict=True):
        for field, value, cell in zip(what.fields, row, cells, strict=True):
            if value is None:
                assert cell == ""
            elif field.kind is Kind.TIME:
                assert parse_instant(cell) == value
            elif field.kind is Kind.TEXT:
                assert cell.removeprefix("'") == str(value).removeprefix("'")
                assert cell[:1] not in ("=", "+", "-", "@", "\t", "\r") or cell[:1] == ""
            elif field.kind is Kind.FLAG:
                assert cell == str(value).lower()
            else:
                assert (int(cell) if isinstance(value, int) else float(cell)) == value


def test_the_page_of_the_columns_is_current() -> None:
    page = Path(__file__).parents[2] / "docs/export.md"
    told = "run python -m tui.report.export_docs > docs/export.md"
    assert page.read_text(encoding="utf-8") == render(), told


def test_parquet_has_times_as_times_texts_once_and_says_what_it_is() -> None:
    out = io.BytesIO()
    write_parquet(out, HEARTBEATS, [], SPAN)
    file = pq.ParquetFile(io.BytesIO(out.getvalue()))
    types = {name: str(file.schema_arrow.field(name).type) for name in file.schema_arrow.names}
    assert types["at"] == types["lastHeartbeat"] == "timestamp[ns, tz=UTC]"
    assert types["connectionId"].startswith("dictionary<values=string")
    assert (types["connectionDurationSeconds"], types["isActive"]) == ("double", "bool")
    told = file.schema_arrow.metadata
    assert told[b"conntop"].decode() == __version__
    assert told[b"what"] == b"heartbeats"
    assert told[b"since"].decode() == as_served(NOON)


def test_no_more_rows_are_held_than_make_a_row_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.report.parquet.ROWS", 10)
    out, read, sizes = io.BytesIO(), 0, []

    def rows() -> Iterator[Row]:
        nonlocal read
        for number in range(35):
            read += 1
            sizes.append((read, out.tell()))
            yield NOON + number, None, "frozen"

    write_parquet(out, SETS["gaps"], rows(), SPAN)
    file = pq.ParquetFile(io.BytesIO(out.getvalue()))
    assert [file.metadata.row_group(each).num_rows for each in range(4)] == [10, 10, 10, 5]
    written = dict(sizes)
    assert written[10] < written[11] < written[21] < written[31]


def test_a_reader_that_has_had_enough_of_parquet_is_told_by_the_usual_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with pytest.raises(BrokenPipeError), open(writer, "wb", buffering=0) as out:  # noqa: PTH123
        write_parquet(out, SETS["gaps"], [(NOON, None, "frozen")], SPAN)


def beat(at: int, state: str, host: str) -> Row:
    """A row of ``states``."""
    texts = ("conn_1", "organization", "f1e2d3c4", host, "203.0.113.7", "FIX", "EMS", "us-east-1")
    return (at, state, *texts, at - 60 * TICKS, at - 600 * TICKS)


@pytest.mark.parametrize(
    ("condition", "states"),
    [
        ("host:one", ["live"]),
        ('host:"gateway one"', ["live"]),
        ("!state:live", ["silent", "gone", "unseen"]),
        ("beat>59 beat<61 up<11m", ["live", "silent", "gone", "unseen"]),
        ("net:203.0.113.0/24 /EM[S]/ start:2024", ["live", "silent", "gone", "unseen"]),
        ("beat>5m", []),
    ],
)
def test_a_filter_is_asked_about_each_row_as_of_its_time(condition: str, states: list[str]) -> None:
    rows = [beat(NOON, "live", "one")]
    rows += [beat(NOON + each * TICKS, state, "two") for each, state in enumerate(GONE)]
    names = Names(hosts={"one": "gateway one"})
    passed = passing(STATES, rows, parse_filter(condition), names, NOON + 9 * TICKS)
    assert [row[1] for row in passed] == states


GONE = ("silent", "gone", "unseen")


def test_a_connection_is_filtered_as_of_when_it_left_or_of_the_end() -> None:
    texts = beat(NOON, "live", "one")[2:]
    rows: list[Row] = [(0, NOON, "gone", *texts), (0, None, "live", *texts)]
    end = NOON + 100 * TICKS
    passed = passing(SETS["connections"], rows, parse_filter("beat>150"), NO_NAMES, end)
    assert [row[2] for row in passed] == ["live"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError, SystemExit])
def test_a_file_is_there_as_a_whole_or_not_at_all(
    tmp_path: Path, error: type[BaseException]
) -> None:
    path = tmp_path / "fleet.csv"

    def write() -> None:
        with whole_file(path) as file:
            file.write(b"half")
            assert not path.exists()
            raise error

    with pytest.raises(error):
        write()
    assert list(tmp_path.iterdir()) == []
    with whole_file(path) as file:
        file.write(b"all")
    assert path.read_bytes() == b"all"
    assert path.stat().st_mode & 0o777 == 0o666 & ~_mask()
    with pytest.raises(FileExistsError), whole_file(path) as file:
        file.write(b"another")
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [b"all"]


def _mask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
