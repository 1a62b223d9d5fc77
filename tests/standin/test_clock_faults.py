"""``--fault``: clocks that are wrong from the start on, alone and together with scenarios."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.standin.asking import (
    DEFAULT,
    EVERYTHING,
    EXAMPLE,
    KEY,
    NOON,
    PATH,
    T0,
    asking,
    asking_fleet,
)
from tests.standin.telling import ACTIVE, HOUR, beat, shifted, start
from tui.standin.clock import ManualClock
from tui.standin.clock_faults import FaultError, Faults, fault_help, read_faults
from tui.standin.embedded import serving
from tui.standin.endpoint_clock import EndpointClock
from tui.standin.instant import TICKS, parse_instant
from tui.standin.query import Query
from tui.standin.records import load_records
from tui.standin.scenarios import SCENARIOS, Script, Switch
from tui.standin.server import create_app
from tui.standin.settings import Assumptions
from tui.standin.simulator import Fleet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.standin.asking import Asker

FLEET = Fleet(seed=7, connections=200)


@contextmanager
def asking_with(*faults: str, **assumed: Any) -> Iterator[tuple[Asker, ManualClock]]:
    """An Asker and the clock of a fleet of 200 with these faults."""
    clock = ManualClock(NOON)
    app = create_app(
        Fleet(seed=7, connections=200),
        api_key=KEY,
        assumptions=Assumptions(**assumed),
        clock=clock,
        faults=read_faults(faults),
    )
    with asking(app) as asker:
        yield asker, clock


@pytest.mark.parametrize("skew", [3600, -3600, 0.25, -86_400 * 30])
def test_skew_shows_the_same_fleet_at_another_time(skew: float) -> None:
    with asking_with(f"skew={skew}") as (asker, clock), asking_fleet(200) as (true, same_clock):
        for _ in range(2):
            for more in ({}, ACTIVE, {"minutes": "90"}):
                assert asker.records(**more) == [
                    shifted(each, skew) for each in true.records(**more)
                ]
            clock.advance(100)
            same_clock.advance(100)


def test_skew_is_in_the_date_of_every_answer() -> None:
    with asking_with("skew=-90.5") as (asker, clock):
        clock.advance(0.5)
        for path in (PATH, "/standin", "/nowhere"):
            date = asker.request("GET", path).headers["Date"]
            assert date == "Mon, 15 Jan 2024 11:58:30 GMT"


def test_skew_adds_to_a_clock_that_is_ahead() -> None:
    with asking_with("skew=-600") as (asker, _):
        asker.play("clock-ahead")
        assert asker.get().headers["Date"] == "Mon, 15 Jan 2024 12:50:00 GMT"


def test_the_server_of_a_file_judges_it_by_its_skewed_clock() -> None:
    clock = ManualClock(parse_instant("2024-01-15T14:30:30Z"))
    # The younger heartbeat of the example is five seconds old.
    for skew, found in ((0, 1), (115, 1), (116, 0)):
        app = create_app(load_records(EXAMPLE), api_key=KEY, clock=clock, faults=Faults(skew=skew))
        with asking(app) as asker:
            assert asker.records() == json.loads(EXAMPLE.read_bytes())
            assert len(asker.records(**ACTIVE)) == found


def test_date_stuck_never_moves_while_the_answers_do() -> None:
    with (
        asking_with("date-stuck", "skew=60") as (asker, clock),
        asking_with("skew=60") as (
            other,
            same_clock,
        ),
    ):
        for _ in range(3):
            answer = asker.get()
            assert answer.headers["Date"] == "Mon, 15 Jan 2024 12:01:00 GMT"
            assert answer.content == other.get().content
            clock.advance(700)
            same_clock.advance(700)


def test_no_date_leaves_the_header_out_of_every_answer() -> None:
    with asking_with("no-date") as (asker, _):
        for path in (PATH, "/standin", "/nowhere"):
            assert "Date" not in asker.request("GET", path).headers
        assert "Date" not in asker.get().headers
        asker.play("api-down")
        assert "Date" not in asker.get().headers
    app = create_app(FLEET, api_key=KEY, faults=Faults(no_date=True))
    with serving(app) as url:
        assert "Date" not in httpx.get(url + PATH, headers={"Authorization": KEY}).headers


def test_start_grain_rounds_every_start_down_so_that_many_are_the_same() -> None:
    with asking_with("start-grain=3600") as (asker, clock), asking_fleet(200) as (true, _):
        assert clock.datetime == NOON
        records, others = asker.records(), true.records()
        assert len({start(record) for record in records}) < len(records) * 0.9
        for record, other in zip(records, others, strict=True):
            assert start(record) == start(other) // HOUR * HOUR
            assert record["lastHeartbeat"] == other["lastHeartbeat"]
            assert record["connectionDurationSeconds"] == (beat(record) - start(record)) // TICKS


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    low=st.integers(-30 * 60, 30 * 60),
    width=st.integers(-60, 40 * 60),
    tick=st.integers(-1, 1),
    grain=st.sampled_from([0, 0.5, 60, 900]),
    skew=st.sampled_from([0, 7, -3600]),
    inclusive=st.booleans(),
)
def test_the_time_filters_see_the_starts_that_are_told(
    low: int, width: int, tick: int, grain: float, skew: float, inclusive: bool
) -> None:
    faults, script = Faults(start_grain=grain, skew=skew), Script()
    reading = EndpointClock(ManualClock(NOON), script, faults).reading(T0)
    assumed = Assumptions(start_inclusive=inclusive, end_inclusive=inclusive)
    first = T0 - 20 * HOUR + low * 60 * TICKS + tick
    last = first + width * 60 * TICKS
    whole = FLEET.select(EVERYTHING, T0, (), DEFAULT, reading)
    told = [(reading.told_start(session.start), session) for session in whole]
    between = [
        session for at, session in told if (first <= at <= last if inclusive else first < at < last)
    ]
    asked = Query(time_start=first, time_end=last, limit=10_000)
    assert FLEET.select(asked, T0, (), assumed, reading) == between


def test_the_time_filters_find_what_shares_one_start() -> None:
    with asking_with("start-grain=86400") as (asker, _):
        records = asker.records()
        minute = records[50]["connectionStartTime"]
        found = asker.records(timeStart=minute, timeEnd=minute)
        assert len(found) > 10
        assert found == [each for each in records if each["connectionStartTime"] == minute]


def test_future_stamps_every_heartbeat_ahead_of_the_date() -> None:
    with asking_with("future=2.5") as (asker, clock), asking_fleet(200) as (true, _):
        records, others = asker.records(), true.records()
        for record, other in zip(records, others, strict=True):
            assert beat(record) == beat(other) + 25 * TICKS // 10
            assert start(record) == start(other)
        assert any(beat(record) > clock.now() for record in records)
        assert asker.get().headers["Date"] == "Mon, 15 Jan 2024 12:00:00 GMT"


def test_a_heartbeat_from_the_future_is_active_for_longer() -> None:
    with asking_with("future=30") as (asker, clock):
        asker.play("blackout")
        clock.advance(148)
        assert asker.records(**ACTIVE)
        assert any(record["isActive"] for record in asker.records())
        clock.advance(3)
        assert asker.records(**ACTIVE) == []
        assert not any(record["isActive"] for record in asker.records())


def test_future_adds_to_future_beats() -> None:
    with asking_with("future=2") as (asker, clock), asking_fleet(200) as (true, same_clock):
        asker.play("future-beats")
        clock.advance(60)
        same_clock.advance(60)
        moved = {
            beat(record) - beat(other)
            for record, other in zip(asker.records(), true.records(), strict=True)
        }
        assert moved == {2 * TICKS, 10 * TICKS}


@pytest.mark.slow
@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    faults=st.builds(
        Faults,
        skew=st.sampled_from([0, 3600, -5]),
        date_stuck=st.booleans(),
        start_grain=st.sampled_from([0, 60]),
        future=st.sampled_from([0, 8]),
    ),
    names=st.lists(st.sampled_from(sorted(SCENARIOS)), max_size=4),
    at=st.integers(T0, T0 + HOUR),
    later=st.sampled_from(sorted(SCENARIOS)),
)
def test_an_answer_is_a_function_of_seed_script_faults_and_instant(
    faults: Faults, names: list[str], at: int, later: str
) -> None:
    def told(*switches: Switch) -> tuple[bytes, int]:
        clock, script = ManualClock(NOON), Script(switches)
        time = EndpointClock(clock, script, faults)
        clock.set(at)
        fleet = Fleet(seed=3, connections=40)
        body = fleet.answer(EVERYTHING, time.data(at), switches, DEFAULT, time.reading(at))
        return body, time.now()

    switches = [Switch(T0 + place * 600 * TICKS, name) for place, name in enumerate(names)]
    past = [switch for switch in switches if switch.at <= at]
    assert told(*past) == told(*past, Switch(at + 1, later))


def test_faults_are_read_from_texts() -> None:
    assert read_faults([]) == Faults()
    assert read_faults(["skew=-1.5", "date-stuck", "no-date", "start-grain=60", "future=8"]) == (
        Faults(skew=-1.5, date_stuck=True, no_date=True, start_grain=60, future=8)
    )
    assert read_faults(["skew=1", "skew=2"]) == Faults(skew=2)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("lies=1", "There is no fault 'lies'; there are: skew=SECONDS, date-stuck, no-date, "),
        ("skew", "The fault skew takes a number of seconds from -31536000 to 31536000, as "),
        ("skew=1e9", "as skew=SECONDS, not '1e+09'."),
        ("date-stuck=yes", "The fault date-stuck takes no value."),
    ],
)
def test_a_fault_that_cannot_be_read(text: str, sentence: str) -> None:
    with pytest.raises(FaultError) as refused:
        read_faults([text])
    assert sentence in str(refused.value)


def test_a_value_out_of_range_is_refused_in_code_too() -> None:
    with pytest.raises(FaultError, match="future takes a number of seconds from 0 to 86400"):
        Faults(future=-1)


@pytest.mark.parametrize("text", ["start-grain=60", "future=8"])
def test_the_records_of_a_file_cannot_show_a_fault_of_records(text: str) -> None:
    with pytest.raises(FaultError, match="needs a simulated fleet"):
        create_app(load_records(EXAMPLE), api_key=KEY, faults=read_faults([text]))


def test_every_fault_is_explained() -> None:
    told = fault_help()
    for name in ("skew=SECONDS", "date-stuck", "no-date", "start-grain=SECONDS", "future=SECONDS"):
        assert f"{name}: " in told
    assert told.count(". ") + 1 == 5
