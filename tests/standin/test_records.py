"""Records of a file, served as they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.standin.asking import EVERYTHING, EXAMPLE, T0
from tui.standin.instant import parse_instant
from tui.standin.query import Query
from tui.standin.records import BadRecordsError, load_records
from tui.standin.settings import Assumptions

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "records.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def served(path: Path, query: Query = EVERYTHING, at: int = T0, **assumed: object) -> str:
    return load_records(path).answer(query, at, (), Assumptions.model_validate(assumed)).decode()


def test_values_are_served_to_the_byte(tmp_path: Path) -> None:
    records = [
        '{"connectionId": "b", "connectionDurationSeconds": 915.500, "extra": {"a": [1, 2]}}',
        '{"connectionId":"\\ud800é", "big": 123456789012345678901234567890, "e": 1E400}',
        "{}",
    ]
    path = write(tmp_path, " [ \n" + " ,\n\t".join(records) + "\r\n ] ")
    assert served(path) == "[" + ",".join(records) + "]"


def test_a_byte_order_mark_is_overlooked(tmp_path: Path) -> None:
    assert served(write(tmp_path, b'\xef\xbb\xbf[{"a": 1}]')) == '[{"a": 1}]'


def test_an_empty_array(tmp_path: Path) -> None:
    assert served(write(tmp_path, "[]")) == "[]"


def test_the_order_of_the_file_unless_another_is_assumed(tmp_path: Path) -> None:
    records = [
        {"connectionId": name, "connectionStartTime": f"2024-01-{day}T00:00:00Z"}
        for name, day in (("b", 12), ("c", 11), ("a", 13), ("d", 10))
    ]
    path = write(tmp_path, json.dumps(records))

    def names(**assumed: object) -> str:
        found = json.loads(served(path, EVERYTHING, T0, **assumed))
        return "".join(each["connectionId"] for each in found)

    assert names() == "bcad"
    assert names(order="start-desc") == "abcd"
    assert names(order="start-asc") == "dcba"
    assert names(order="id") == "abcd"
    assert sorted(names(order="shuffled")) == list("abcd")


def test_active_only_is_the_two_minute_rule_to_the_tick() -> None:
    active = Query(active_only=True)
    beat = parse_instant("2024-01-15T14:30:25Z")
    for age, count in ((0, 1), (1_200_000_000, 1), (1_200_000_001, 0), (-5, 1)):
        found = json.loads(served(EXAMPLE, active, beat + age))
        assert len(found) == count, age
    assert len(json.loads(served(EXAMPLE, Query(active_only=False), beat))) == 2


def test_records_without_times_match_no_time_filter(tmp_path: Path) -> None:
    path = write(tmp_path, '[{"lastHeartbeat": null, "connectionStartTime": "soon"}, {"host": 1}]')
    assert len(json.loads(served(path))) == 2
    for query in (Query(active_only=True), Query(time_start=0), Query(time_end=T0)):
        assert served(path, query) == "[]"


def test_values_of_another_type_match_no_text(tmp_path: Path) -> None:
    path = write(tmp_path, '[{"serviceName": null, "apikeyId": null}, {"serviceName": 5}]')
    assert served(path, Query(service_name="5")) == "[]"
    assert served(path, Query(api_key_id="none")) == "[]"


def test_a_limit_cuts_and_nulls_are_served() -> None:
    assert len(json.loads(served(EXAMPLE, Query(limit=1)))) == 1
    for record in json.loads(served(EXAMPLE, null_fields={"host"})):
        assert record["host"] is None
        assert record["serviceName"].startswith("coinapi")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not JSON"),
        ("[{]", "is not JSON"),
        ("[{}] trailing", "is not JSON"),
        ('[{"a": NaN}]', "is not JSON: NaN is not a JSON value"),
        ('{"records": []}', "must hold a JSON array of records"),
        ("[{}, 5]", "Entry 2 of the records file"),
        (b"[\xff]", "cannot be read"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_bad_file_is_told_in_one_sentence(
    tmp_path: Path, text: str | bytes, sentence: str
) -> None:
    with pytest.raises(BadRecordsError, match=sentence) as caught:
        load_records(write(tmp_path, text))
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadRecordsError, match="cannot be read"):
        load_records(tmp_path / "none.json")
