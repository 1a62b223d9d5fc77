"""The scenarios that leave the fleet alone: what a client sees of them over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.standin.asking import KEY, NOON, T0, asking, asking_fleet
from tests.standin.telling import ACTIVE, HOUR, beat, shifted, start
from tui.standin.clock import ManualClock
from tui.standin.instant import TICKS
from tui.standin.records import Records
from tui.standin.scenarios import SCENARIOS
from tui.standin.server import create_app

if TYPE_CHECKING:
    from tests.standin.asking import Asker

DATE_AT_SWITCH = "Mon, 15 Jan 2024 12:00:00 GMT"
SLOWEST_RHYTHM = 34
"""Seconds that include a heartbeat of every open connection."""


def seen(asker: Asker) -> list[tuple[bytes, str]]:
    """Body and date of some answers: all there is to compare."""
    answers = [
        asker.get({"limit": "5000", **more})
        for more in ({}, ACTIVE, {"minutes": "90"}, {"serviceName": "coinapi-ws"})
    ]
    return [(answer.content, answer.headers["Date"]) for answer in answers]


@pytest.mark.parametrize(
    "name", [each.name for each in SCENARIOS.values() if each.act is None and not each.beats_ahead]
)
def test_when_it_ends_all_is_as_if_nothing_had_been(name: str) -> None:
    with asking_fleet() as (asker, clock), asking_fleet() as (untouched, same_clock):
        clock.advance(60)
        asker.play(name)
        clock.advance(400)
        asker.play("calm")
        same_clock.advance(460)
        assert seen(asker) == seen(untouched)


def test_frozen_stands_still_while_the_date_goes_on() -> None:
    with asking_fleet() as (asker, clock):
        asker.play("frozen")
        first = asker.get(ACTIVE)
        clock.advance(600)
        second = asker.get(ACTIVE)
        assert first.content == second.content
        assert first.headers["Date"] == DATE_AT_SWITCH
        assert second.headers["Date"] == "Mon, 15 Jan 2024 12:10:00 GMT"
        asker.play("calm")
        assert asker.get(ACTIVE).content != second.content


def test_stalled_takes_in_no_heartbeat_and_no_connection_while_the_date_goes_on() -> None:
    def recent(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """All but what retention will have dropped within the hour, without the activity."""
        return [each | {"isActive": None} for each in records if beat(each) >= T0 - 22 * HOUR]

    with asking_fleet(200) as (asker, clock):
        before = asker.records()
        asker.play("stalled")
        clock.advance(3600)
        answer = asker.get()
        assert answer.headers["Date"] == "Mon, 15 Jan 2024 13:00:00 GMT"
        assert recent(answer.json()) == recent(before)
        asker.play("calm")
        assert max(map(start, asker.records())) > T0 >= max(map(start, before))


def test_stalled_leaves_nothing_active_after_two_minutes_though_the_fleet_lives() -> None:
    with asking_fleet(200) as (asker, clock):
        count = len(asker.records(**ACTIVE))
        asker.play("stalled")
        assert len(asker.records(**ACTIVE)) == count
        clock.advance(60)
        assert len(asker.records(**ACTIVE)) > count - 20
        clock.advance(55)
        assert 0 < len(asker.records(**ACTIVE)) < count
        clock.advance(6)
        assert asker.records(**ACTIVE) == []
        assert not any(each["isActive"] for each in asker.records())
        asker.play("calm")
        assert len(asker.records(**ACTIVE)) > count - 5


def test_stalled_counts_minutes_by_the_clock_that_goes_on() -> None:
    with asking_fleet(200) as (asker, clock):
        asker.play("stalled")
        assert asker.records(minutes="90")
        clock.advance(91 * 60)
        assert asker.records(minutes="90") == []


def test_cached_repeats_the_answers_of_the_switch_byte_by_byte() -> None:
    questions: list[dict[str, str]] = [{}, ACTIVE, {"minutes": "60"}, {"limit": "3"}]
    with asking_fleet(requests_per_minute=6) as (asker, clock):
        asker.play("cached")
        first = [asker.get(question) for question in questions]
        for _ in range(5):
            clock.advance(1000)
            again = [asker.get(question) for question in questions]
            assert [each.content for each in again] == [each.content for each in first]
            assert [each.headers.raw for each in again] == [each.headers.raw for each in first]
        assert {each.headers["Date"] for each in first} == {DATE_AT_SWITCH}
        assert {each.status_code for each in first} == {200}
        asker.play("calm")
        assert asker.get().headers["Date"] == "Mon, 15 Jan 2024 13:23:20 GMT"


def test_cached_still_wants_the_key() -> None:
    with asking_fleet() as (asker, _):
        asker.play("cached")
        assert asker.get(key="demo-wrong").status_code == 401


def test_limit_cap_serves_a_hundred_records_and_does_not_say_so() -> None:
    with asking_fleet(300) as (asker, _):
        whole = asker.get({"limit": "5000"})
        asker.play("limit-cap")
        cut = asker.get({"limit": "5000"})
        assert cut.json() == whole.json()[:100]
        assert cut.headers.keys() == whole.headers.keys()
        assert cut.headers["Date"] == DATE_AT_SWITCH
        assert len(asker.records()) == 100
        assert len(asker.records(limit="101")) == 100
        assert len(asker.records(limit="7")) == 7
        asker.play("calm")
        assert asker.get({"limit": "5000"}).content == whole.content


def test_limit_cap_keeps_those_that_the_assumed_order_puts_first() -> None:
    for order in ("start-asc", "id", "shuffled"):
        with asking_fleet(300, order=order) as (asker, _):
            whole = asker.records(limit="5000")
            asker.play("limit-cap")
            assert asker.records(limit="5000") == whole[:100]


def test_limit_cap_does_not_raise_a_lower_cap() -> None:
    with asking_fleet(300, limit_cap=40) as (asker, _):
        asker.play("limit-cap")
        assert len(asker.records()) == 40


def test_clock_ahead_shows_the_same_fleet_an_hour_later() -> None:
    with asking_fleet(200) as (asker, clock):
        before = [asker.records(**more) for more in ({}, ACTIVE, {"minutes": "90"})]
        asker.play("clock-ahead")
        answer = asker.get()
        assert answer.headers["Date"] == "Mon, 15 Jan 2024 13:00:00 GMT"
        after = [answer.json(), asker.records(**ACTIVE), asker.records(minutes="90")]
        assert after == [[shifted(each, 3600) for each in records] for records in before]
        clock.advance(10)
        assert asker.get().headers["Date"] == "Mon, 15 Jan 2024 13:00:10 GMT"
        asker.play("calm")
        assert asker.get().headers["Date"] == "Mon, 15 Jan 2024 12:00:10 GMT"


def test_clock_ahead_reads_the_time_filters_by_the_times_it_tells() -> None:
    with asking_fleet(200) as (asker, _):
        asker.play("clock-ahead")
        told = [record["connectionStartTime"] for record in asker.records()]
        found = asker.records(timeStart=told[30], timeEnd=told[10])
        assert [record["connectionStartTime"] for record in found] == told[10:31]


def test_clock_ahead_goes_for_the_rate_limit_too() -> None:
    with asking_fleet(requests_per_minute=5) as (asker, _):
        asker.play("clock-ahead")
        assert asker.get().headers["X-RateLimit-Reset"] == "2024-01-15T13:01:00.0000000Z"


def test_future_beats_come_from_a_clock_eight_seconds_ahead_of_the_date() -> None:
    with asking_fleet(200) as (asker, clock), asking_fleet(200) as (untouched, same_clock):
        asker.play("future-beats")
        # What was stamped before the clock went wrong is as it was.
        assert asker.get().content == untouched.get().content
        clock.advance(SLOWEST_RHYTHM)
        same_clock.advance(SLOWEST_RHYTHM)
        answer = asker.get(ACTIVE)
        assert answer.headers["Date"] == "Mon, 15 Jan 2024 12:00:34 GMT"
        true = {each["connectionId"]: each for each in untouched.records(**ACTIVE)}
        ahead = 0
        for record in answer.json():
            other = true[record["connectionId"]]
            if beat(record) != beat(other):
                assert beat(record) == beat(other) + 8 * TICKS
                ahead += 1
            assert record["updatedAt"] == record["lastHeartbeat"]
            assert record["connectionStartTime"] == other["connectionStartTime"]
            assert record["connectionDurationSeconds"] == (beat(record) - start(record)) // TICKS
        assert ahead >= len(true) - 5
        instant = clock.now()
        assert sum(beat(each) > instant for each in answer.json()) > 100


def test_after_future_beats_each_new_heartbeat_is_right_again() -> None:
    with asking_fleet(200) as (asker, clock), asking_fleet(200) as (untouched, same_clock):
        asker.play("future-beats")
        clock.advance(300)
        before = asker.records()
        asker.play("calm")
        # A heartbeat keeps the stamp it got.
        assert asker.records() == before
        clock.advance(130)
        same_clock.advance(430)
        assert asker.get(ACTIVE).content == untouched.get(ACTIVE).content


def test_a_blackout_leaves_nothing_active_after_two_minutes_and_returns_within_30_s() -> None:
    with asking_fleet(200) as (asker, clock):
        count = len(asker.records(**ACTIVE))
        asker.play("blackout")
        clock.advance(121)
        answer = asker.get(ACTIVE)
        assert answer.content == b"[]"
        assert answer.headers["Date"] == "Mon, 15 Jan 2024 12:02:01 GMT"
        known = {record["connectionId"] for record in asker.records()}
        asker.play("calm")
        clock.advance(31)
        back = asker.records(**ACTIVE)
        assert len(back) > count - 5
        assert not known & {record["connectionId"] for record in back}


def test_a_file_can_be_cached_and_its_server_can_be_ahead() -> None:
    clock = ManualClock(NOON)
    with asking(create_app(Records([]), api_key=KEY, clock=clock)) as asker:
        asker.play("cached")
        clock.advance(60)
        assert asker.get().headers["Date"] == DATE_AT_SWITCH
        asker.play("clock-ahead")
        assert asker.get().headers["Date"] == "Mon, 15 Jan 2024 13:01:00 GMT"
        assert asker.play("stalled").status_code == 400
