"""One bad record never costs the others, and no body at all brings the reader down."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.source.test_wire import RECORD, served
from tests.strategies import hostile_texts
from tui.core.connection import FIELDS
from tui.source.wire import NotAnAnswerError, Reading, read_body

GOOD = served(connectionId="good")
WRONG: dict[str, list[object]] = {
    "connectionId": [None, 5, "", ["a"]],
    "lastHeartbeat": [5, "yesterday", "", True],
    "connectionStartTime": [1705329010, "2024-13-01T00:00:00Z", {}],
    "updatedAt": ["0000-00-00T00:00:00Z", 0.5],
    "connectionDurationSeconds": ["915", True, [], 10**400],
    "isActive": ["true", 1, "yes"],
}
TEXTS = [
    "organizationId",
    "apikeyId",
    "host",
    "ipAddress",
    "protocolName",
    "serviceName",
    "dataCenter",
]
WRONG |= {name: [5, True, ["a"], {"a": 1}] for name in TEXTS}


def read_beside_a_good_one(record: object) -> Reading:
    """The reading of a body that has ``record`` between two good ones."""
    body = json.dumps([GOOD, record, served(connectionId="other")])
    reading = read_body(body.encode())
    assert [reading.records[0].record(), reading.records[-1].record()] == [
        GOOD,
        served(connectionId="other"),
    ]
    assert reading.served == 3
    return reading


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field in FIELDS for value in WRONG[field]], ids=repr
)
def test_a_field_of_the_wrong_type_costs_its_record_and_is_counted_by_name(
    field: str, value: object
) -> None:
    reading = read_beside_a_good_one(served(**{field: value}))
    assert reading.unreadable == {field: 1}
    assert len(reading.records) == 2
    # Who it is about can be told all the same, if that is not what is wrong.
    assert reading.garbled - {""} == (
        {RECORD["connectionId"]} if field != "connectionId" else set()
    )


@pytest.mark.parametrize("field", FIELDS)
def test_a_missing_field_costs_nothing_but_the_id(field: str) -> None:
    reading = read_beside_a_good_one({k: v for k, v in RECORD.items() if k != field})
    if field == "connectionId":
        assert reading.unreadable == {field: 1}
    else:
        assert reading.unreadable == {}
        assert reading.records[1].record() == {**RECORD, field: None}


def test_a_record_without_any_time_cannot_be_read() -> None:
    reading = read_beside_a_good_one(served(lastHeartbeat=None, connectionStartTime=None))
    assert reading.unreadable == {"connectionStartTime": 1}


@pytest.mark.parametrize("item", [None, 5, "text", [], True])
def test_what_is_no_record_at_all_is_counted_as_such(item: object) -> None:
    assert read_beside_a_good_one(item).unreadable == {"record": 1}


def test_several_bad_records_are_counted_by_field() -> None:
    bad = [served(host=5), served(host=6), served(isActive="yes"), served(updatedAt="never")]
    reading = read_body(json.dumps([*bad, GOOD]).encode())
    assert reading.unreadable == {"host": 2, "isActive": 1, "updatedAt": 1}
    assert (len(reading.records), reading.served) == (1, 5)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5_000])
def test_a_number_that_is_none_costs_its_record_alone(number: str) -> None:
    bad = json.dumps(served(connectionDurationSeconds=0)).replace(" 0,", f" {number},")
    reading = read_body(f"[{bad}, {json.dumps(GOOD)}]".encode())
    assert reading.unreadable == {"connectionDurationSeconds": 1}
    assert [one.record() for one in reading.records] == [GOOD]


@pytest.mark.parametrize("bad", [5, served(host=5)], ids=["no record", "bad field"])
def test_a_large_number_comes_back_exactly_beside_a_bad_record_too(bad: object) -> None:
    record = served(sequence=10**40, connectionDurationSeconds=10**25)
    (one,) = read_body(json.dumps([bad, record]).encode()).records
    assert one.record() == record


def test_a_lone_surrogate_costs_nobody_else() -> None:
    for text in ('"\\ud800"', '"\\udfff x"'):
        body = json.dumps([served(host="HOST"), GOOD]).replace('"HOST"', text)
        reading = read_body(body.encode())
        assert reading.records[-1].record() == GOOD
        assert len(reading.records) + sum(reading.unreadable.values()) == 2
    keyed = json.dumps([{**RECORD, "KEY": 1}, GOOD]).replace("KEY", "\\ud800")
    assert read_body(keyed.encode()).records[-1].record() == GOOD


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_another_unicode_encoding_is_read_all_the_same(encoding: str) -> None:
    (one,) = read_body(json.dumps([GOOD]).encode(encoding)).records
    assert one.record() == GOOD


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"{}",
        b'"text"',
        b"17",
        json.dumps(GOOD).encode(),
        json.dumps({"data": [GOOD]}).encode(),
        json.dumps([GOOD]).encode()[:-1],
        json.dumps([GOOD]).encode() + b"x",
        b"<!doctype html><title>Sign in</title>",
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'[{"connectionId":' * 50_000,
        b"\xff\xfe\xfd",
        b"\x1f\x8b\x08\x00",
        b"[\x00]",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_no_array_of_records_is_no_answer(body: bytes) -> None:
    with pytest.raises(NotAnAnswerError, match="the answer is not"):
        read_body(body)


def test_an_empty_array_is_an_answer_without_records() -> None:
    assert read_body(b"[]") == Reading((), {}, frozenset(), 0)


@given(st.binary(max_size=200) | hostile_texts().map(lambda text: json.dumps([text]).encode()))
def test_no_body_brings_the_reader_down(body: bytes) -> None:
    try:
        reading = read_body(body)
    except NotAnAnswerError:
        return
    assert reading.served == len(reading.records) + sum(reading.unreadable.values())


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | hostile_texts(12)


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), VALUES), max_size=4))
def test_any_records_are_read_or_counted(changes: list[dict[str, object]]) -> None:
    records = [{**RECORD, "connectionId": f"c{n}", **one} for n, one in enumerate(changes)]
    reading = read_body(json.dumps([*records, GOOD]).encode())
    assert reading.records[-1].record() == GOOD
    assert reading.served == len(records) + 1
    ids = {one.connection_id for one in reading.records}
    assert len(ids) == len(reading.records)
    assert len(reading.records) + sum(reading.unreadable.values()) <= reading.served
    assert set(reading.unreadable) <= set(FIELDS)
