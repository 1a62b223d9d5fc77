"""The documented endpoint over HTTP, and the stand-in's own controls."""

from __future__ import annotations

import gzip
import io
from typing import Any

import httpx
import pytest

from tests.standin.asking import KEY, NOON, PATH, asking, asking_fleet
from tui.standin.clock import ManualClock, RealClock
from tui.standin.embedded import serving
from tui.standin.envelope import wants_gzip
from tui.standin.records import Records
from tui.standin.server import create_app
from tui.standin.simulator import Fleet

PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    "key", [None, "", "demo-wrong", KEY.upper(), KEY + " x", f"Bearer {KEY}", f"bearer {KEY}"]
)
def test_only_the_raw_key_opens(key: str | None) -> None:
    with asking_fleet() as (asker, _):
        answer = asker.get(key=key)
        assert answer.status_code == 401
        assert answer.json() == {"error": "API key is missing or invalid."}
        assert asker.get().status_code == 200


def test_a_key_in_the_address_opens_nothing() -> None:
    with asking_fleet() as (asker, _):
        assert asker.get({"Authorization": KEY, "apiKey": KEY}, key=None).status_code == 401


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("apiKeyId", "not-a-uuid"),
        ("apiKeyId", "f1e2d3c4b5a698798765432​1dcba0987"),
        ("apiKeyId", "{f1e2d3c4-b5a6-9879-8765-4321dcba0987}"),
        ("activeOnly", "yes"),
        ("activeOnly", "1"),
        ("timeStart", "yesterday"),
        ("timeStart", "2024-02-30T00:00:00Z"),
        ("timeEnd", "2024-01-15"),
        ("timeEnd", "1705329025"),
        ("minutes", "ten"),
        ("minutes", "1.5"),
        ("minutes", "2147483648"),
        ("minutes", "-2147483649"),
        ("minutes", "9" * 5000),
        ("limit", "0"),
        ("limit", "-1"),
        ("limit", "1e3"),
        ("limit", "١٠"),
        ("limit", "2147483648"),
    ],
)
def test_a_value_that_cannot_be_read_is_named(name: str, value: str) -> None:
    with asking_fleet() as (asker, _):
        answer = asker.get({name: value})
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == PROBLEM
    problem = answer.json()
    assert list(problem) == ["type", "title", "status", "errors"]
    assert problem["status"] == 400
    assert list(problem["errors"]) == [name]
    assert len(problem["errors"][name]) == 1
    assert name in problem["errors"][name][0]


def test_all_wrong_values_are_named_at_once() -> None:
    with asking_fleet() as (asker, _):
        answer = asker.get({"apiKeyId": "x", "activeOnly": "x", "minutes": "x", "limit": "x"})
    assert set(answer.json()["errors"]) == {"apiKeyId", "activeOnly", "minutes", "limit"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("minutes", "2147483647"),
        ("minutes", "-2147483648"),
        ("limit", "2147483647"),
        ("activeOnly", "TRUE"),
        ("activeOnly", "false"),
        ("timeStart", "0001-01-01T00:00:00+23:59"),
        ("timeEnd", "9999-12-31T23:59:59.9999999-23:59"),
        ("apiKeyId", "F1E2D3C4-B5A6-9879-8765-4321DCBA0987"),
    ],
)
def test_the_outermost_values_are_read(name: str, value: str) -> None:
    with asking_fleet() as (asker, _):
        assert asker.get({name: value}).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "apiKeyId",
        "connectionId",
        "serviceName",
        "protocolName",
        "dataCenter",
        "activeOnly",
        "timeStart",
        "timeEnd",
        "minutes",
        "limit",
        "unknown",
    ],
)
def test_an_empty_value_is_an_absent_one(name: str) -> None:
    with asking_fleet() as (asker, _):
        assert asker.get({name: ""}).content == asker.get().content


def test_of_a_repeated_parameter_the_first_counts() -> None:
    with asking_fleet() as (asker, _):
        assert len(asker.get([("limit", "3"), ("limit", "x")]).json()) == 3
        assert asker.get([("limit", "x"), ("limit", "3")]).status_code == 400


def test_the_default_limit_is_a_thousand() -> None:
    with asking_fleet(1500) as (asker, _):
        assert len(asker.records()) == 1000
        assert len(asker.records(limit="1001")) == 1001


def test_an_answer_is_a_bare_array_of_json() -> None:
    with asking_fleet(2) as (asker, _):
        answer = asker.get({"serviceName": "nothing"})
        assert answer.content == b"[]"
        assert answer.headers["Content-Type"] == "application/json"


def test_every_answer_has_the_date_of_the_servers_clock() -> None:
    with asking_fleet() as (asker, clock):
        clock.advance(61.9)
        for path in (PATH, "/standin", "/nowhere", "/openapi.json"):
            answer = asker.request("GET", path)
            assert answer.headers.get_list("Date") == ["Mon, 15 Jan 2024 12:01:01 GMT"]


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("deflate, GZIP", True),
        ("*", True),
        ("", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("identity, *;q=0", False),
    ],
)
def test_who_wants_gzip(header: str, wanted: bool) -> None:
    assert wants_gzip(header) is wanted
    with asking_fleet(50) as (asker, _):
        answer = asker.get(headers={"Accept-Encoding": header})
        plain = asker.get(headers={"Accept-Encoding": "identity"})
    assert (answer.headers.get("Content-Encoding") == "gzip") is wanted
    assert answer.content == plain.content
    assert "Accept-Encoding" in answer.headers["Vary"]
    if wanted:
        assert int(answer.headers["Content-Length"]) < len(plain.content) / 3
        assert gzip.decompress(gzip.compress(plain.content)) == answer.content


def test_a_small_answer_is_not_compressed() -> None:
    with asking_fleet(50) as (asker, _):
        answer = asker.get({"limit": "1"}, headers={"Accept-Encoding": "gzip"})
        assert "Content-Encoding" not in answer.headers


def test_other_methods_are_refused() -> None:
    with asking_fleet() as (asker, _):
        assert asker.request("POST", PATH).status_code == 405


def test_the_log_has_every_request_and_never_the_key() -> None:
    log = io.StringIO()
    app = create_app(Fleet(seed=1, connections=10), api_key=KEY, clock=RealClock(), log=log)
    with asking(app) as asker:
        asker.get({"serviceName": "coinapi ws", "limit": "2"})
        asker.get({"key": KEY}, key="wrong")
        asker.get({"limit": "x"}, key=KEY)
    lines = log.getvalue().splitlines()
    assert len(lines) == 3
    method, url, status, spent, unit = lines[0].split()
    assert method == "GET"
    assert url == f"http://127.0.0.1:8000{PATH}?serviceName=coinapi+ws&limit=2"
    assert status == "200"
    assert float(spent) >= 0
    assert unit == "ms"
    assert " 401 " in lines[1]
    assert " 400 " in lines[2]
    assert KEY not in log.getvalue()


def test_the_control_tells_its_state() -> None:
    with asking_fleet(60, seed=7) as (asker, _):
        state = asker.request("GET", "/standin").json()
    assert list(state) == ["scenario", "scenarios", "connections", "seed", "now"]
    assert state["scenario"] == "calm"
    assert state["connections"] == 60
    assert state["seed"] == 7
    assert state["now"] == "2024-01-15T12:00:00.0000000Z"
    assert {"name", "description"} == set(state["scenarios"][0])


def test_a_scenario_is_switched_by_name() -> None:
    with asking_fleet() as (asker, _):
        assert asker.play("server-crash").json()["scenario"] == "server-crash"
        unknown = asker.play("storm")
        assert unknown.status_code == 400
        assert unknown.json()["error"].startswith("There is no scenario 'storm' here; there are: ")
        assert asker.request("GET", "/standin").json()["scenario"] == "server-crash"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"name": 1}', b'{"nom": "calm"}', b"\xff"])
def test_a_switch_that_cannot_be_read(content: bytes) -> None:
    with asking_fleet() as (asker, _):
        answer = asker.request("POST", "/standin/scenario", content=content)
        assert answer.status_code == 400
        assert answer.json() == {"error": 'The body must be {"name": a scenario}.'}


def test_records_of_a_file_play_only_the_endpoints_scenarios() -> None:
    app = create_app(Records([]), api_key=KEY, clock=ManualClock(NOON))
    with asking(app) as asker:
        names = [each["name"] for each in asker.request("GET", "/standin").json()["scenarios"]]
        assert names == [
            *("calm", "api-down", "api-slow", "api-429", "api-flaky"),
            *("frozen", "cached", "limit-cap", "clock-ahead"),
        ]
        assert asker.play("server-crash").status_code == 400


def test_a_manual_clock_can_be_advanced() -> None:
    with asking_fleet() as (asker, clock):
        answer = asker.request("POST", "/standin/clock", json={"advance": 90})
        assert answer.json()["now"] == "2024-01-15T12:01:30.0000000Z"
        assert clock.datetime.minute == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"advance": "1"}', "The body must be"),
        (b'{"advance": true}', "The body must be"),
        (b"{}", "The body must be"),
        (b'{"advance": Infinity}', "between the years"),
        (b'{"advance": 1e13}', "between the years"),
    ],
)
def test_a_clock_that_cannot_be_advanced_so(content: bytes, sentence: str) -> None:
    with asking_fleet() as (asker, _):
        answer = asker.request("POST", "/standin/clock", content=content)
        assert answer.status_code == 400
        assert sentence in answer.json()["error"]


def test_the_real_clock_cannot_be_advanced() -> None:
    app = create_app(Fleet(seed=1, connections=2), api_key=KEY)
    with asking(app) as asker:
        answer = asker.request("POST", "/standin/clock", json={"advance": 1})
        assert answer.status_code == 409


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "[x"]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/standin"), ("POST", "/standin/scenario"), ("POST", "/standin/clock")],
)
def test_the_controls_answer_to_this_machine_only(host: str, method: str, path: str) -> None:
    with asking_fleet() as (asker, _):
        body: dict[str, Any] = {"name": "api-down", "advance": 5}
        answer = asker.request(method, path, headers={"Host": host}, json=body)
        assert answer.status_code == 403
        assert asker.request("GET", "/standin").json()["scenario"] == "calm"


async def test_the_controls_refuse_another_machine() -> None:
    app = create_app(Fleet(seed=1, connections=2), api_key=KEY)
    transport = httpx.ASGITransport(app, client=("198.51.100.7", 40_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        assert (await client.get("/standin")).status_code == 403


def test_the_controls_are_not_in_the_description() -> None:
    with asking_fleet() as (asker, _):
        assert list(asker.request("GET", "/openapi.json").json()["paths"]) == [PATH]


def answers(url: str) -> bool:
    try:
        httpx.get(url)
    except httpx.ConnectError:
        return False
    return True


def test_over_a_real_socket() -> None:
    app = create_app(Fleet(seed=1, connections=50), api_key=KEY, clock=ManualClock(NOON))
    with serving(app) as url:
        answer = httpx.get(url + PATH, headers={"Authorization": KEY})
        assert answer.status_code == 200
        assert answer.headers.get_list("Date") == ["Mon, 15 Jan 2024 12:00:00 GMT"]
        assert "Server" not in answer.headers
        assert httpx.get(f"{url}/standin").json()["connections"] == 50
    # It ends by itself, a moment later.
    while answers(url):
        pass
