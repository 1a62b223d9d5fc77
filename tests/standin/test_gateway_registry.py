"""What the gateways report, as the registry answers it; no process is needed for that."""

from __future__ import annotations

import json
from typing import Any

from tests.standin.asking import T0
from tui.standin.endpoint_clock import Reading
from tui.standin.gateway_clock import ServerClock, real_ticks
from tui.standin.gateway_registry import GatewayHost, Registry
from tui.standin.instant import TICKS, parse_instant
from tui.standin.query import Query
from tui.standin.settings import Assumptions

HERE = GatewayHost("gw-01.coinapi.io", "us-east-1/gateway-01")
THERE = GatewayHost("gw-02.coinapi.io", "eu-central-1/gateway-01")


def registry(*starts: int) -> Registry:
    """A registry that heard of connections 1, 2, … on two gateways in turn, in ticks from T0."""
    known = Registry("org", len(starts), 1)
    for number, start in enumerate(starts, 1):
        host = HERE if number % 2 else THERE
        opened = {"event": "opened", "key": "k", "address": "192.0.2.1", "at": T0 + start}
        known.hear(host, opened | {"id": f"conn_{number:016x}"})
    return known


def beat(known: Registry, number: int, at: int) -> None:
    known.hear(HERE, {"event": "beat", "id": f"conn_{number:016x}", "at": T0 + at})


def shown(known: Registry, at: int, **assumed: Any) -> list[dict[str, Any]]:
    """The records at some ticks after T0."""
    body = known.answer(Query(), T0 + at, (), Assumptions(**assumed), Reading(T0 + at))
    records: list[dict[str, Any]] = json.loads(body)
    return records


def numbers(records: list[dict[str, Any]]) -> list[int]:
    return [int(each["connectionId"][5:], 16) for each in records]


def test_an_answer_holds_nothing_later_than_its_instant() -> None:
    known = registry(0, 50)
    beat(known, 1, 30)
    beat(known, 1, 70)
    assert numbers(shown(known, 40)) == [1]
    assert parse_instant(shown(known, 40)[0]["lastHeartbeat"]) == T0 + 30


def test_an_instant_that_stands_still_goes_on_showing_the_same() -> None:
    known = registry(0)
    before = shown(known, 100)
    for at in range(101, 140):
        beat(known, 1, at)
    assert shown(known, 100) == before
    assert shown(known, 200) != before


def test_every_order_can_be_had() -> None:
    known = registry(5, 9, 1)
    assert numbers(shown(known, 10)) == [2, 1, 3]
    assert numbers(shown(known, 10, order="start-asc")) == [3, 1, 2]
    assert numbers(shown(known, 10, order="id")) == [1, 2, 3]
    assert sorted(numbers(shown(known, 10, order="shuffled"))) == [1, 2, 3]
    assert (
        numbers(shown(known, 10, order="shuffled", limit_cap=2))
        == (numbers(shown(known, 10, order="shuffled"))[:2])
    )


def test_only_a_connection_that_may_beat_again_outlasts_the_retention() -> None:
    known = registry(0, 0)
    known.hear_no_more(THERE)
    minute = 60 * TICKS
    assert numbers(shown(known, minute, retention_seconds=60)) == [1, 2]
    assert shown(known, 2 * minute, retention_seconds=60) == []
    beat(known, 1, 2 * minute)
    assert numbers(shown(known, 3 * minute)) == [1]


def test_a_fast_clock_is_the_same_in_all_processes() -> None:
    start = real_ticks() - 10 * TICKS
    first, second = ServerClock(start, 30), ServerClock(start, 30)
    assert first.now() - start >= 300 * TICKS
    assert first.now() <= second.now()
    assert first.real(60) == 2
    assert abs(ServerClock(start).now() - real_ticks()) < TICKS
