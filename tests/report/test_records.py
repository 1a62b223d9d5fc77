"""JSON, NDJSON and CSV: as served, valid whatever was served, harmless to look at."""

import csv
import io
import json
import math
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.samples import DATA, example
from tests.strategies import connection, hostile_connections, hostile_texts, wire_records
from tui.core.connection import FIELDS, Connection
from tui.core.names import Names
from tui.core.records import json_record
from tui.core.safe import safe
from tui.report.records import csv_lines, json_array, ndjson
from tui.source.wire import read_body


def test_the_example_of_the_documentation_comes_back_field_for_field() -> None:
    documented = json.loads((DATA / "example.json").read_bytes())
    printed = json.loads("".join(json_array(example())))
    assert printed == documented
    assert [list(record) for record in printed] == [list(record) for record in documented]
    assert [json.loads(line) for line in ndjson(example())] == documented


def test_nothing_is_an_empty_array_and_an_empty_stream() -> None:
    assert "".join(json_array([])) == "[]\n"
    assert "".join(ndjson([])) == ""
    assert "".join(csv_lines([])) == ",".join(FIELDS) + "\n"


@given(st.lists(wire_records(), unique_by=lambda one: one["connectionId"], max_size=4))
def test_whatever_was_served_is_printed_again(served: list[dict[str, object]]) -> None:
    records = read_body(json.dumps(served).encode()).records
    printed = json.loads("".join(json_array(records)))
    for record, before in zip(printed, served, strict=True):
        assert list(record) == list(before)
        assert record == before


@given(hostile_connections())
def test_json_is_valid_and_shows_a_terminal_nothing_to_act_upon(one: Connection) -> None:
    line = json_record(one)
    line.encode("utf-8")
    assert json.loads(line) == one.record()
    assert not any("\x7f" <= char <= "\x9f" or char < " " for char in line)
    for char in "\u200b\u2028\u202e\u2066\ufeff\U000e0041":
        assert char not in line


@given(hostile_texts(), st.sampled_from([math.nan, math.inf, -math.inf]))
def test_unknown_fields_cannot_break_the_json(text: str, number: float) -> None:
    one = connection(unusual={text: [{"deep": number}, text], "plain": number})
    record = json.loads(json_record(one), parse_constant=lambda name: pytest.fail(name))
    assert record[text] == [{"deep": None}, text]
    assert list(record)[:13] == list(FIELDS)


@given(st.lists(hostile_connections(), max_size=3))
def test_csv_holds_every_text_and_no_formula(records: list[Connection]) -> None:
    text = "".join(csv_lines(records))
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == list(FIELDS)
    for row, one in zip(rows[1:], records, strict=True):
        record = one.record()
        for cell, name in zip(row, FIELDS, strict=True):
            value = record[name]
            if isinstance(value, str):
                assert cell == value or cell == f"'{value}"
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


NAMES = Names(
    keys={"f1e2d3c4-b5a6-9879-8765-4321dcba0987": "=trading"},
    networks={ip_network("203.0.113.0/24"): "Frankfurt, Main"},
)


def test_names_stand_at_the_end_of_a_record_and_take_the_place_of_nothing_served() -> None:
    named, other = connection("a"), connection("b", api_key_id="x", unusual={"clientName": "y"})
    printed = [json.loads(line) for line in ndjson([named, other], NAMES)]
    assert printed == json.loads("".join(json_array([named, other], NAMES)))
    assert list(printed[0]) == [*FIELDS, "apikeyName", "clientName"]
    assert (printed[0]["apikeyName"], printed[0]["clientName"]) == ("=trading", "Frankfurt, Main")
    assert (printed[1]["apikeyName"], printed[1]["clientName"]) == (None, "y")


def test_a_name_is_a_cell_of_csv_and_no_formula() -> None:
    text = "".join(csv_lines([connection("a"), connection("b", api_key_id="x", client="y")], NAMES))
    head, first, second = csv.reader(io.StringIO(text, newline=""))
    assert head == [*FIELDS, "apikeyName", "clientName"]
    assert first[-2:] == ["'=trading", "Frankfurt, Main"]
    assert second[-2:] == ["", ""]


def test_names_that_nobody_uses_change_no_byte() -> None:
    context = Names(context="prod")
    for form in (json_array, ndjson, csv_lines):
        assert list(form(example(), context)) == list(form(example()))


@given(hostile_connections())
def test_csv_on_a_terminal_is_harmless(one: Connection) -> None:
    line = "".join(csv_lines([one], for_eyes=True))
    assert all(safe(char) == char for char in line.replace("\n", ""))


def test_csv_says_true_and_false_and_leaves_null_empty() -> None:
    one = connection(unusual={"isActive": None, "updatedAt": None, "region": "x"})
    _, line = csv_lines([one])
    assert line.endswith(",,899,\n")
    _, line = csv_lines([connection(is_active=False, duration=0.5)])
    assert line.endswith(",0.5,false\n")
