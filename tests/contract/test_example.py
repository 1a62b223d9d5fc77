"""The documentation's example, served, comes back field for field."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.standin.asking import EXAMPLE, KEY, PATH
from tui.standin.clock import ManualClock
from tui.standin.embedded import serving
from tui.standin.instant import parse_instant
from tui.standin.records import load_records
from tui.standin.server import create_app
from tui.standin.settings import RECORD_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENTED = json.loads(EXAMPLE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    """A client of a server that has the example, a minute after its latest heartbeat."""
    clock = ManualClock(parse_instant("2024-01-15T14:31:25Z"))
    app = create_app(load_records(EXAMPLE), api_key=KEY, clock=clock)
    with (
        serving(app) as url,
        httpx.Client(base_url=url, headers={"Authorization": KEY}) as asking,
    ):
        yield asking


def ask(client: httpx.Client, **params: str) -> list[str]:
    """Ids of the records that a query finds."""
    answer = client.get(PATH, params=params)
    assert answer.status_code == 200
    return [record["connectionId"] for record in answer.json()]


def test_both_records_come_back_field_for_field(client: httpx.Client) -> None:
    answer = client.get(PATH)
    assert answer.headers["Content-Type"] == "application/json"
    records = answer.json()
    assert records == DOCUMENTED
    for served, documented in zip(records, DOCUMENTED, strict=True):
        assert list(served) == list(documented) == list(RECORD_FIELDS)
        assert [type(value) for value in served.values()] == [
            type(value) for value in documented.values()
        ]


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({}, "78"),
        ({"activeOnly": "true"}, "7"),
        ({"activeOnly": "false"}, "78"),
        ({"serviceName": "coinapi-ws"}, "7"),
        ({"serviceName": "coinapi"}, ""),
        ({"protocolName": "REST"}, "8"),
        ({"protocolName": "rest"}, ""),
        ({"dataCenter": "us-east-1/server-01"}, "7"),
        ({"dataCenter": "us-east-1"}, ""),
        ({"connectionId": "conn_8e7d6c5b4a321098"}, "8"),
        ({"apiKeyId": "f1e2d3c4-b5a6-9879-8765-4321dcba0987"}, "78"),
        ({"apiKeyId": "a1b2c3d4-e5f6-7890-abcd-ef1234567890"}, ""),
        ({"apikeyId": "a1b2c3d4-e5f6-7890-abcd-ef1234567890"}, "78"),
        ({"host": "ws-server-01.coinapi.io"}, "78"),
        ({"timeStart": "2024-01-15T14:15:10Z"}, "7"),
        ({"timeEnd": "2024-01-15T14:15:10Z"}, "78"),
        ({"timeEnd": "2024-01-15T15:15:09+01:00"}, "8"),
        ({"timeStart": "2024-01-15T13:30:15.0000001Z"}, "7"),
        ({"minutes": "16"}, ""),
        ({"minutes": "17"}, "7"),
        ({"minutes": "62"}, "78"),
        ({"minutes": "17", "timeStart": "2024-01-15T13:00:00Z"}, "78"),
        ({"limit": "1"}, "7"),
        ({"protocolName": "REST", "activeOnly": "true"}, ""),
    ],
)
def test_each_parameter_on_the_example(
    client: httpx.Client, params: dict[str, str], found: str
) -> None:
    assert "".join(name[5] for name in ask(client, **params)) == found


def test_the_two_minutes_end_after_exactly_two_minutes() -> None:
    clock = ManualClock(parse_instant("2024-01-15T14:32:25Z"))
    app = create_app(load_records(EXAMPLE), api_key=KEY, clock=clock)
    headers = {"Authorization": KEY}
    with serving(app) as url, httpx.Client(base_url=url, headers=headers) as client:
        assert ask(client, activeOnly="true") == ["conn_7f9a8b2c1d3e4f5a"]
        clock.advance(0.000001)
        assert ask(client, activeOnly="true") == []
