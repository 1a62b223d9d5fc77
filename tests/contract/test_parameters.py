"""The endpoint's parameters, one by one and combined, against a filter written here.

The filter works on what the endpoint itself served without a filter, and on the documentation;
it shares nothing with the stand-in's own.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.standin.asking import KEY, NOON, PATH, Asker, asking
from tui.standin.clock import ManualClock
from tui.standin.embedded import serving
from tui.standin.server import create_app
from tui.standin.simulator import Fleet

if TYPE_CHECKING:
    from collections.abc import Iterator

Record = dict[str, Any]
APP = create_app(Fleet(seed=11, connections=150), api_key=KEY, clock=ManualClock(NOON))
TEXT_FILTERS = {
    "apiKeyId": "apikeyId",
    "connectionId": "connectionId",
    "serviceName": "serviceName",
    "protocolName": "protocolName",
    "dataCenter": "dataCenter",
}


def everything() -> list[Record]:
    """All records, as the endpoint serves them without a filter."""
    with asking(APP) as asker:
        return asker.records(limit="100000")


RECORDS = everything()


@pytest.fixture(scope="module")
def asker() -> Iterator[Asker]:
    with asking(APP) as asking_it:
        yield asking_it


def digits(text: str) -> tuple[datetime, int]:
    """A served time as its whole second and the seven digits that follow."""
    assert text[19] == "."
    assert text[27:] == "Z"
    return datetime.fromisoformat(text[:19] + "+00:00"), int(text[20:27])


def moment(at: datetime) -> tuple[datetime, int]:
    """An instant in the same form."""
    return at.replace(microsecond=0), at.microsecond * 10


def expected(params: dict[str, str]) -> list[Record]:
    """What the documentation says these parameters find, the newest start first."""
    found = []
    for record in RECORDS:
        start = digits(record["connectionStartTime"])
        wanted = [
            record[field] == params[name] for name, field in TEXT_FILTERS.items() if name in params
        ]
        if params.get("activeOnly") == "true":
            wanted.append(digits(record["lastHeartbeat"]) >= moment(NOON - timedelta(minutes=2)))
        explicit = "timeStart" in params or "timeEnd" in params
        if "timeStart" in params:
            wanted.append(start >= moment(datetime.fromisoformat(params["timeStart"])))
        if "timeEnd" in params:
            wanted.append(start <= moment(datetime.fromisoformat(params["timeEnd"])))
        if "minutes" in params and not explicit:
            wanted.append(start >= moment(NOON - timedelta(minutes=int(params["minutes"]))))
        if all(wanted):
            found.append(record)
    return found[: int(params.get("limit", "1000"))]


def served(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted({record[name] for record in RECORDS}))


def times() -> st.SearchStrategy[str]:
    near = st.timedeltas(timedelta(days=-10), timedelta(days=1)).map(lambda by: NOON + by)
    at_a_start = served("connectionStartTime").map(lambda text: datetime.fromisoformat(text))
    return st.one_of(near, at_a_start).map(lambda at: at.isoformat())


VALUES: dict[str, st.SearchStrategy[str]] = {
    "apiKeyId": served("apikeyId"),
    "connectionId": served("connectionId"),
    "serviceName": served("serviceName"),
    "protocolName": served("protocolName"),
    "dataCenter": served("dataCenter"),
    "activeOnly": st.sampled_from(["true", "false"]),
    "timeStart": times(),
    "timeEnd": times(),
    "minutes": st.integers(-5, 20_000).map(str),
    "limit": st.integers(1, 1200).map(str),
}


def test_the_fleet_is_a_fair_ground() -> None:
    assert 300 < len(RECORDS) < 1000
    active = [record for record in RECORDS if record["isActive"]]
    assert 150 <= len(active) < len(RECORDS)
    assert expected({}) == RECORDS


@pytest.mark.parametrize("name", sorted(VALUES))
@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_each_parameter_alone(asker: Asker, name: str, data: st.DataObject) -> None:
    params = {name: data.draw(VALUES[name])}
    assert asker.records(**params) == expected(params)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(params=st.fixed_dictionaries({}, optional=VALUES))
def test_parameters_combined(asker: Asker, params: dict[str, str]) -> None:
    assert asker.records(**params) == expected(params)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(data=st.data())
def test_parameters_that_fit_one_record_combined(asker: Asker, data: st.DataObject) -> None:
    record = data.draw(st.sampled_from(RECORDS))
    names = data.draw(st.sets(st.sampled_from(sorted(TEXT_FILTERS)), min_size=2))
    params = {name: record[TEXT_FILTERS[name]] for name in sorted(names)}
    if record["isActive"]:
        params["activeOnly"] = "true"
    found = asker.records(**params)
    assert found == expected(params)
    assert record in found


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    name=st.sampled_from(["connectionId", "serviceName", "protocolName", "dataCenter"]),
    value=st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable()),
)
def test_text_that_nobody_has_finds_nothing(asker: Asker, name: str, value: str) -> None:
    assert asker.records(**{name: value}) == expected({name: value})


def test_over_a_real_socket() -> None:
    questions: list[dict[str, str]] = [
        {},
        {"activeOnly": "true", "serviceName": "coinapi-ws"},
        {"timeStart": "2024-01-15T10:00:00+00:00", "limit": "5"},
        {"minutes": "60"},
        {"dataCenter": RECORDS[0]["dataCenter"], "apiKeyId": RECORDS[0]["apikeyId"]},
    ]
    headers = {"Authorization": KEY}
    with serving(APP) as url, httpx.Client(base_url=url, headers=headers) as client:
        for params in questions:
            answer = client.get(PATH, params=params)
            assert answer.headers["Content-Encoding"] == "gzip"
            assert answer.json() == expected(params)
