"""The payload is read exactly, and given back as it was served."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import wire_records
from tui.core.connection import FIELDS
from tui.core.instant import parse_instant
from tui.source.wire import read_body

EXAMPLE = Path(__file__).parent.parent / "data" / "example.json"
RECORD: dict[str, object] = json.loads(EXAMPLE.read_bytes())[0]


def served(**changes: object) -> dict[str, object]:
    """The first record of the documentation with some fields changed."""
    return {**RECORD, **changes}


def back(record: dict[str, object]) -> dict[str, object]:
    """What becomes of one served record on its way through conntop."""
    (connection,) = read_body(json.dumps([record]).encode()).records
    return connection.record()


def test_the_documentations_example_comes_back_field_for_field() -> None:
    reading = read_body(EXAMPLE.read_bytes())
    documents = json.loads(EXAMPLE.read_bytes())
    assert [one.record() for one in reading.records] == documents
    assert [list(one.record()) for one in reading.records] == [list(FIELDS)] * 2
    assert (reading.served, reading.unreadable) == (2, {})
    assert all(one.unusual is None for one in reading.records)


def test_the_documentations_example_means_what_the_documentation_says() -> None:
    first, second = read_body(EXAMPLE.read_bytes()).records
    assert first.connection_id == "conn_7f9a8b2c1d3e4f5a"
    assert first.organization_id == "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
    assert first.api_key_id == "f1e2d3c4-b5a6-9879-8765-4321dcba0987"
    assert first.host == "ws-server-01.coinapi.io"
    assert first.client == "203.0.113.195"
    assert first.protocol == "WebSocket"
    assert first.service == "coinapi-ws"
    assert first.data_center == "us-east-1/server-01"
    assert first.last_heartbeat == parse_instant("2024-01-15T14:30:25Z")
    assert first.start == parse_instant("2024-01-15T14:15:10Z")
    assert first.updated == first.last_heartbeat
    assert first.duration == first.lifetime == 915.0
    assert (first.is_active, second.is_active) == (True, False)


@given(st.lists(wire_records(), max_size=4, unique_by=lambda record: record["connectionId"]))
def test_any_ordinary_records_come_back_as_served(records: list[dict[str, object]]) -> None:
    reading = read_body(json.dumps(records).encode())
    assert [one.record() for one in reading.records] == records
    again = json.dumps([one.record() for one in reading.records]).encode()
    assert read_body(again).records == reading.records


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=6,
)


@given(wire_records(), st.dictionaries(st.text("xyz_", min_size=1), JSON, max_size=3))
def test_unknown_fields_come_back_as_served(
    record: dict[str, object], extra: dict[str, object]
) -> None:
    assert back({**record, **extra}) == {**record, **extra}


@pytest.mark.parametrize(
    "name", ["model_extra", "model_config", "copy", "json", "__dict__", "connection_id", "limit"]
)
def test_an_unknown_field_may_have_any_name(name: str) -> None:
    assert back(served(**{name: {"a": [1]}})) == served(**{name: {"a": [1]}})


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2024-01-15T16:30:25.0000000+02:00", "2024-01-15T14:30:25Z"),
        ("2024-01-15T14:30:25Z", "2024-01-15T14:30:25Z"),
        ("2024-01-15T14:30:25.5Z", "2024-01-15T14:30:25.5Z"),
        ("2024-01-15T14:30:25.000000 Z", "2024-01-15T14:30:25Z"),
        ("2024-01-15 14:30:25.0000000Z", "2024-01-15T14:30:25Z"),
        ("2024-01-15T14:30:25.0000000z", "2024-01-15T14:30:25Z"),
        ("2024-01-15T14:30:25.123456789Z", "2024-01-15T14:30:25.1234567Z"),
    ],
)
@pytest.mark.parametrize("field", ["lastHeartbeat", "connectionStartTime", "updatedAt"])
def test_a_time_in_another_shape_is_understood_and_comes_back_as_served(
    field: str, text: str, same: str
) -> None:
    (one,) = read_body(json.dumps([served(**{field: text})]).encode()).records
    assert one.record() == served(**{field: text})
    instants = {"lastHeartbeat": one.last_heartbeat, "connectionStartTime": one.start}
    assert instants.get(field, one.updated) == parse_instant(same)


@pytest.mark.parametrize("number", [0, -1, 915.5, 1e-7, 1e22, 2**53 + 1, 10**30, -0.5, 1e308])
def test_a_duration_comes_back_to_the_last_digit(number: float) -> None:
    assert back(served(connectionDurationSeconds=number))["connectionDurationSeconds"] == number


def test_a_whole_duration_is_written_without_a_fraction() -> None:
    assert json.dumps(back(served())["connectionDurationSeconds"]) == "915"


@pytest.mark.parametrize("field", [name for name in FIELDS if name != "connectionId"])
def test_a_null_field_is_tolerated_and_comes_back_as_null(field: str) -> None:
    assert back(served(**{field: None})) == served(**{field: None})


def test_where_a_field_says_nothing_the_others_speak() -> None:
    def read(**changes: object) -> tuple[int, int, int, float, bool]:
        (one,) = read_body(json.dumps([served(**changes)]).encode()).records
        return one.start, one.last_heartbeat, one.updated, one.duration, one.is_active

    beat, start = (
        parse_instant(str(RECORD["lastHeartbeat"])),
        parse_instant(str(RECORD["connectionStartTime"])),
    )
    assert read(lastHeartbeat=None)[:2] == (start, start)
    assert read(connectionStartTime=None)[:2] == (beat, beat)
    assert read(updatedAt=None)[2] == beat
    assert read(connectionDurationSeconds=None)[3] == 915.0
    assert read(isActive=None)[4] is True


def test_of_two_records_with_one_id_the_last_counts_and_both_were_served() -> None:
    body = json.dumps([served(host="first"), served(connectionId="b"), served(host="last")])
    reading = read_body(body.encode())
    assert [(one.connection_id, one.host) for one in reading.records] == [
        (RECORD["connectionId"], "last"),
        ("b", RECORD["host"]),
    ]
    assert reading.served == 3
