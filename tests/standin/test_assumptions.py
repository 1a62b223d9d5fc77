"""Every setting has an effect, and the documented default is what is served without it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.standin.asking import DEFAULT, KEY, T0, asking, asking_fleet, body
from tui.standin.clock import ManualClock
from tui.standin.instant import TICKS, instant_text, parse_instant
from tui.standin.query import Query
from tui.standin.records import load_records
from tui.standin.scenarios import Switch
from tui.standin.server import create_app
from tui.standin.settings import RECORD_FIELDS, AssumptionError, Assumptions, assume
from tui.standin.simulator import Fleet

FLEET = Fleet(seed=5, connections=200)


def ids(**assumed: object) -> list[str]:
    return [record["connectionId"] for record in body(FLEET, T0, **assumed)]


def starts(**assumed: object) -> list[str]:
    return [record["connectionStartTime"] for record in body(FLEET, T0, **assumed)]


def test_every_setting_is_described() -> None:
    for name, field in Assumptions.model_fields.items():
        assert field.description, name


def test_this_file_knows_every_setting() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    for name in Assumptions.model_fields:
        assert re.search(rf"\b{name}=", text), name


def test_order() -> None:
    assert starts() == sorted(starts(), reverse=True)
    assert starts(order="start-desc") == starts()
    assert starts(order="start-asc") == sorted(starts())
    assert ids(order="id") == sorted(ids())
    shuffled = ids(order="shuffled")
    assert sorted(shuffled) == sorted(ids())
    assert shuffled not in (ids(), ids(order="start-asc"), ids(order="id"))
    assert shuffled == ids(order="shuffled")


def test_the_order_says_which_records_a_limit_keeps() -> None:
    for order in ("start-desc", "start-asc", "id", "shuffled"):
        with asking_fleet(order=order) as (asker, _):
            everything = asker.records(limit="100000")
            assert asker.records(limit="7") == everything[:7]


def test_limit_cap() -> None:
    with asking_fleet(limit_cap=5) as (asker, _):
        assert len(asker.records()) == 5
        assert len(asker.records(limit="1000")) == 5
        assert len(asker.records(limit="4")) == 4


def test_minutes_and_window() -> None:
    window = {"timeStart": "2024-01-10T00:00:00Z", "timeEnd": "2024-01-15T11:00:00Z"}
    both = {**window, "minutes": "120"}
    with asking_fleet(300) as (asker, _):
        by_window = asker.records(**window)
        by_minutes = asker.records(minutes="120")
        assert asker.records(**both) == by_window
    with asking_fleet(300, minutes_and_window="minutes") as (asker, _):
        assert asker.records(**both) == by_minutes
        assert asker.records(**window) == by_window
    with asking_fleet(300, minutes_and_window="both") as (asker, _):
        assert asker.records(**both) == [each for each in by_window if each in by_minutes]
    assert len(by_window) != len(by_minutes)


def test_start_inclusive_and_end_inclusive() -> None:
    at = "2024-01-15T14:15:10.0000000Z"
    example = load_records(Path(__file__).parent.parent / "data" / "example.json")
    found = {}
    for inclusive in (True, False):
        assumed = Assumptions(start_inclusive=inclusive, end_inclusive=inclusive)
        app = create_app(example, api_key=KEY, assumptions=assumed, clock=ManualClock(T0))
        with asking(app) as asker:
            found[inclusive] = (
                len(asker.records(timeStart=at)),
                len(asker.records(timeEnd=at)),
                len(asker.records(timeStart="2024-01-15T14:15:09.9999999Z")),
                len(asker.records(timeEnd="2024-01-15T14:15:10.0000001Z")),
            )
    assert found == {True: (1, 2, 1, 2), False: (0, 1, 1, 2)}


def test_case_insensitive() -> None:
    with asking_fleet() as (asker, _):
        assert asker.records(serviceName="COINAPI-WS") == []
        exact = asker.records(serviceName="coinapi-ws")
        key = exact[0]["apikeyId"]
        assert asker.records(apiKeyId=key.upper()) == asker.records(apiKeyId=key) != []
    with asking_fleet(case_insensitive=True) as (asker, _):
        assert asker.records(serviceName="COINAPI-WS") == exact
        one = exact[0]
        assert asker.records(connectionId=one["connectionId"].upper()) == [one]


def test_data_center_prefix() -> None:
    with asking_fleet() as (asker, _):
        assert asker.records(dataCenter="us-east-1") == []
        full = asker.records(limit="10000")
    with asking_fleet(data_center_prefix=True) as (asker, _):
        found = asker.records(dataCenter="us-east-1", limit="10000")
    assert found == [each for each in full if each["dataCenter"].startswith("us-east-1")]


def test_null_fields() -> None:
    plain = body(FLEET, T0)
    for name in RECORD_FIELDS:
        nulled = body(FLEET, T0, null_fields={name})
        assert nulled == [{**record, name: None} for record in plain]
    with asking_fleet(null_fields={"serviceName", "isActive"}) as (asker, _):
        assert asker.records(serviceName="coinapi-ws")[0]["serviceName"] is None


def test_retention_seconds() -> None:
    for seconds in (0, 3600, 86_400, 7 * 86_400):
        beats = [
            T0 - parse_instant(record["lastHeartbeat"])
            for record in body(FLEET, T0, retention_seconds=seconds)
        ]
        ended = [age for age in beats if age > 120 * TICKS]
        assert all(age <= seconds * TICKS for age in ended)
        assert len(beats) >= 200
    assert len(ids(retention_seconds=0)) < len(ids(retention_seconds=3600)) < len(ids())
    assert len(ids()) < len(ids(retention_seconds=7 * 86_400))


def test_requests_per_minute() -> None:
    with asking_fleet() as (asker, _):
        assert {asker.get().status_code for _ in range(50)} == {200}
        assert "X-RateLimit-Limit" not in asker.get().headers
    with asking_fleet(requests_per_minute=3) as (asker, clock):
        clock.advance(15.5)
        answers = [asker.get() for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        left = [answer.headers["X-RateLimit-Remaining"] for answer in answers]
        assert left == ["2", "1", "0", "0"]
        assert answers[0].headers["X-RateLimit-Reset"] == "2024-01-15T12:01:00.0000000Z"
        assert answers[3].headers["Retry-After"] == "45"
        assert asker.get(key="wrong").status_code == 401
        clock.advance(45)
        assert asker.get().status_code == 200


def test_active_clock_skew_seconds() -> None:
    switch = Switch(T0, "server-crash")
    plain = {each["connectionId"]: each for each in body(FLEET, T0 + 100 * TICKS, switch)}
    ahead = body(FLEET, T0 + 100 * TICKS, switch, active_clock_skew_seconds=60)
    behind = body(FLEET, T0 + 200 * TICKS, switch, active_clock_skew_seconds=-100)
    changed = [each for each in ahead if each != plain[each["connectionId"]]]
    assert changed
    for record in changed:
        assert {**record, "isActive": True} == plain[record["connectionId"]]
    assert any(
        record["isActive"] and record["lastHeartbeat"] < instant_text(T0 + 80 * TICKS)
        for record in behind
    )


def test_close_marks_inactive() -> None:
    at = T0 + 6 * TICKS
    for scenario, marked in (("key-revoked", True), ("server-crash", False)):
        switch = Switch(T0, scenario)
        active = Query(active_only=True, limit=10_000)
        plain = FLEET.select(active, at, (switch,), DEFAULT)
        strict = FLEET.select(active, at, (switch,), Assumptions(close_marks_inactive=True))
        ended = [session for session in plain if T0 <= session.end <= at]
        assert ended
        still = [session for session in ended if session in strict]
        assert bool(still) is not marked
        served = body(FLEET, at, switch, close_marks_inactive=True)
        states = {record["connectionId"]: record["isActive"] for record in served}
        assert all(states[each.connection_id] is (each in strict) for each in ended)


def test_error_shape() -> None:
    kinds = {
        "error": "application/json",
        "empty": None,
        "problem": "application/problem+json",
    }
    for shape, kind in kinds.items():
        with asking_fleet(error_shape=shape, requests_per_minute=1) as (asker, _):
            refused = asker.get(key=None)
            asker.get()
            limited = asker.get()
        assert refused.headers.get("Content-Type") == limited.headers.get("Content-Type") == kind
        assert bool(refused.content) is (shape != "empty")
        if shape == "problem":
            assert limited.json()["status"] == 429
            assert refused.json()["title"] == "Unauthorized"


def test_gzip_min_size() -> None:
    for size, packed in ((0, True), (10, True), (100_000_000, False)):
        with asking_fleet(gzip_min_size=size) as (asker, _):
            answer = asker.get({"limit": "1"}, headers={"Accept-Encoding": "gzip"})
            assert ("Content-Encoding" in answer.headers) is packed


def test_assumptions_can_be_written_as_text() -> None:
    assumed = assume(
        ["order=id", "limit-cap=5", "null_fields=host,isActive", "case-insensitive=true"]
    )
    assert assumed == Assumptions(
        order="id",
        limit_cap=5,
        null_fields=frozenset({"host", "isActive"}),
        case_insensitive=True,
    )
    assert assume(["limit_cap=none", "order="]) == Assumptions()


@pytest.mark.parametrize(
    ("pair", "sentence"),
    [
        ("order", "An assumption is written name=value, not 'order'."),
        ("ordre=id", "There is no assumption 'ordre'; there are: order, "),
        ("order=random", "The assumption order is wrong: "),
        ("limit_cap=0", "The assumption limit_cap is wrong: "),
        ("null_fields=hosts", "The assumption null_fields is wrong: "),
        ("retention_seconds=1e12", "The assumption retention_seconds is wrong: "),
        ("active_clock_skew_seconds=nan", "The assumption active_clock_skew_seconds is wrong: "),
    ],
)
def test_an_assumption_that_cannot_be_made(pair: str, sentence: str) -> None:
    with pytest.raises(AssumptionError, match=f"^{re.escape(sentence)}"):
        assume([pair])


def test_assumptions_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        DEFAULT.order = "id"  # type: ignore[misc]
