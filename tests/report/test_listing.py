"""What ``list`` writes where: records on stdout, notes on stderr."""

import io
import json
import sys
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from tests import strategies
from tests.report.samples import mixed
from tests.strategies import connection
from tui.core.clock import ServerClock
from tui.core.connection import Connection
from tui.core.grammar import NO_FILTER, parse_filter
from tui.core.query import Query
from tui.core.snapshot import Cut, Snapshot
from tui.report import FORMATS
from tui.report.listing import write_list
from tui.report.output import NoOutputError


def snapshot(records: Sequence[Connection] = (), query: Query | None = None) -> Snapshot:
    """One answer with a ``Date``."""
    answer = strategies.snapshot(records, query=query)
    return replace(answer, clock=ServerClock().observe(answer.at, 0.0, 0.0))


def told(answer: Snapshot, form: str = "json", condition: str = "") -> list[str]:
    """The notes about an answer."""
    notes: list[str] = []
    write_list(answer, parse_filter(condition), form, notes.append)
    return notes


@pytest.mark.parametrize("form", FORMATS)
def test_an_ordinary_answer_needs_no_note(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(snapshot(mixed()), form) == []
    out, err = capsys.readouterr()
    assert "conn_live" in out
    assert err == ""


@pytest.mark.parametrize("form", FORMATS)
def test_the_filter_holds_for_every_format(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(snapshot(mixed()), form, "id:live") == []
    out = capsys.readouterr().out
    assert "conn_live" in out
    assert "conn_7f9a8b2c1d3e4f5a" not in out


def test_the_order_served_is_kept_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    records = tuple(connection(identity) for identity in ("b", "a", "c"))
    told(snapshot(records), "json")
    assert [one["connectionId"] for one in json.loads(capsys.readouterr().out)] == ["b", "a", "c"]


def test_whose_clock_the_ages_go_by_is_told_where_ages_matter() -> None:
    timeless = replace(snapshot(mixed()), clock=ServerClock())
    note = ["the server tells no time: ages go by the clock of this machine"]
    said = {form: told(timeless, form) for form in FORMATS}
    assert said == {"table": note, "wide": note, "json": [], "ndjson": [], "csv": []}
    assert told(replace(timeless, belied=True), "wide") == [
        "the server's Date header and its heartbeats are of different times: ages go by the clock "
        "of this machine"
    ]


def test_an_answer_that_may_be_cut_is_told() -> None:
    whole = snapshot([connection("a"), connection("b", service="EMS")])
    # What is still underway is only shown on screen, and what was recorded has words of its own.
    reasons = set(Cut) - {Cut.UNDERWAY, Cut.CONTEXT, Cut.RECORDED}
    said = {reason: told(replace(whole, cut=reason)) for reason in reasons}
    assert said == {
        Cut.LIMIT: [
            "2 records shown: the answer may be cut at the limit; narrow the query or raise --limit"
        ],
        Cut.SINGLE: [
            "2 records shown: the answer may be cut; leave out --no-split, or narrow the query"
        ],
        Cut.BUDGET: ["2 records shown: the answer is cut; raise --budget, or narrow the query"],
        Cut.PILE: [
            "2 records shown: the answer may be cut: more than one answer holds started at one "
            "and the same instant; narrow the query"
        ],
        Cut.SHIFT: ["2 records shown: the answer may be cut: its parts do not add up; ask again"],
    }
    assert told(replace(whole, cut=Cut.BUDGET), "csv", "service:EMS") == [
        "1 of 2 records shown: the answer is cut; raise --budget, or narrow the query"
    ]


def test_records_that_cannot_be_read_are_told() -> None:
    answer = Snapshot(Query(), (), 0, unreadable={"lastHeartbeat": 2, "connectionId": 1})
    assert told(answer) == ["3 records unreadable: lastHeartbeat (2), connectionId (1)"]


@pytest.mark.parametrize("form", ["table", "wide"])
def test_people_are_told_that_there_is_nothing(form: str) -> None:
    empty = snapshot(query=Query(service="EMS"))
    assert told(empty, form) == ["no connection matches: live only · service EMS"]
    assert told(empty, "csv") == []


def test_data_is_utf_8_whatever_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    answer = snapshot([connection("é", unusual={"lone": "\ud800"})])
    write_list(answer, NO_FILTER, "ndjson", lambda note: None)
    record = json.loads(raw.getvalue().decode("utf-8"))
    assert (record["connectionId"], record["lone"]) == ("é", "\ud800")


def test_csv_of_a_lone_surrogate_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    write_list(snapshot([connection("\ud800")]), NO_FILTER, "csv", lambda note: None)
    assert b"\n\\ud800," in raw.getvalue()


def test_a_table_in_a_poor_locale_still_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    write_list(snapshot([connection()]), NO_FILTER, "table", lambda note: None)
    assert b"\\u25cf live" in raw.getvalue()


@pytest.mark.parametrize("form", FORMATS)
def test_a_closed_stdout_is_an_error(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(NoOutputError, match="stdout is closed"):
        told(snapshot(mixed()), form)
