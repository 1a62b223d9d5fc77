"""A long array is cut between its records; wherever else it is cut, that is found out."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.source.test_wire import RECORD, served
from tests.strategies import hostile_texts, wire_records
from tui.core.connection import FIELDS
from tui.source import wire
from tui.source.slices import exact_slices, slices
from tui.source.wire import NotAnAnswerError, Reading, read_body

SEPARATORS = st.sampled_from([(",", ":"), (", ", ": "), (",\n  ", ": ")])
EXTRAS = st.sampled_from(
    [{}, {"sequence": 1}, {"tags": [{"a": 1}, {"b": 2}]}, {"note": "x},{"}, {"note": '"},{"'}]
)


def in_slices(body: bytes, size: int) -> Reading:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire, "slices", lambda body: slices(body, size))
        return read_body(body)


def whole(body: bytes) -> Reading:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire, "slices", lambda body: iter((bytes(body),)))
        return read_body(body)


@given(st.lists(wire_records(), max_size=12), SEPARATORS, st.integers(0, 3_000))
def test_slices_hold_all_records_in_their_order(
    records: list[dict[str, object]], separators: tuple[str, str], size: int
) -> None:
    body = json.dumps(records, separators=separators).encode()
    cut = [json.loads(one) for one in slices(body, size)]
    assert [record for one in cut for record in one] == records
    if size == 0 and records:
        assert len(cut) == len(records)


@given(
    st.lists(st.tuples(wire_records(), EXTRAS, hostile_texts(12)), max_size=6),
    SEPARATORS,
    st.integers(0, 2_000),
)
def test_what_is_read_does_not_depend_on_where_it_is_cut(
    parts: list[tuple[dict[str, object], dict[str, object], str]],
    separators: tuple[str, str],
    size: int,
) -> None:
    records = [{**record, "host": host, **extra} for record, extra, host in parts]
    body = json.dumps(records, separators=separators).encode()
    assert in_slices(body, size) == whole(body)


@given(
    st.lists(st.tuples(wire_records(), EXTRAS, hostile_texts(12)), max_size=6),
    SEPARATORS,
    st.integers(0, 2_000),
)
def test_exact_slices_hold_all_elements_whatever_is_in_them(
    parts: list[tuple[dict[str, object], dict[str, object], str]],
    separators: tuple[str, str],
    size: int,
) -> None:
    elements = [{**record, **extra, "host": host} for record, extra, host in parts]
    elements += [extra for _, extra, _ in parts]
    body = json.dumps(elements, separators=separators).encode()
    cut = [json.loads(one) for one in exact_slices(body, size) if one is not None]
    assert [element for one in cut for element in one] == elements


@given(st.text('[]{}",:1 ab\\', max_size=30), st.integers(0, 8))
def test_exact_slices_are_all_good_only_if_the_whole_is(inside: str, size: int) -> None:
    body = f"[{inside}]".encode()
    try:
        whole: object = json.loads(body)
    except ValueError:
        whole = None
    try:
        cut = [json.loads(one) for one in exact_slices(body, size) if one is not None]
    except ValueError:
        cut = None
    assert (None if cut is None else [element for one in cut for element in one]) == whole


def test_an_element_that_would_fill_the_memory_is_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tui.source.slices.DENSEST", 50)
    body = json.dumps([{"a": 1}, {"b": 2}, {"c": [1] * 60}, {"d": 4}, {"e": [{}] * 30}]).encode()
    cut = [None if one is None else json.loads(one) for one in exact_slices(body)]
    assert cut == [[{"a": 1}, {"b": 2}], None, [{"d": 4}], None]


@given(st.data())
def test_a_body_that_is_cut_short_is_no_answer_wherever_it_is_sliced(data: st.DataObject) -> None:
    body = json.dumps([served(connectionId=f"c{n}") for n in range(5)]).encode()
    short = body[: data.draw(st.integers(0, len(body) - 1))]
    with pytest.raises(NotAnAnswerError):
        in_slices(short, data.draw(st.integers(0, 2_000)))


VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | hostile_texts(12)


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), VALUES), min_size=1, max_size=3))
def test_what_reads_ordinary_records_means_the_same_as_what_judges_the_others(
    changes: list[dict[str, object]],
) -> None:
    records = [{**RECORD, **one} for one in changes]
    body = json.dumps(records).encode()
    # Before something that is no record at all every slice goes to the judge.
    judged = whole(json.dumps([*records, 5]).encode())
    read = whole(body)
    assert read.records == judged.records
    assert read.garbled == judged.garbled
    assert {**read.unreadable, "record": 1} == judged.unreadable
