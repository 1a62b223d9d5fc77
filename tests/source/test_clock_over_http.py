"""Ages are right over a real socket, whatever is done to the clocks on both sides.

The test is the clock of the server and both clocks of this machine. Nothing waits.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from tests.source.scripted_server import ScriptedServer, answer
from tests.source.test_wire import served
from tui.core.instant import TICKS, Instant, as_served
from tui.core.query import Query
from tui.core.snapshot import Snapshot
from tui.source.console_api import ConsoleApi
from tui.source.secret import Secret

START = datetime(2024, 1, 15, 14, 30, 25, 400_000, tzinfo=UTC).timestamp()
BEAT_AGE = 10.0
"""Seconds since the heartbeat that the server tells of."""
NEAR = 1.5
"""Seconds by which an age may be wrong."""


class World:
    """The true time, and what the clocks make of it."""

    def __init__(self, start: float = START) -> None:
        self.true = start
        self.steady = 5_000.0
        self.wall_ahead = 0.0
        self.server_ahead = 0.0
        self.date: str | None = None
        """The ``Date`` header, where it is not the server's time."""
        self.age = ""
        """The ``Age`` header."""
        self.beat_age = BEAT_AGE
        self.is_active = True
        self.takes = 0.0
        """Seconds from a question to the server's answer."""
        self.api: ConsoleApi

    @property
    def wall(self) -> float:
        return self.true + self.wall_ahead

    @property
    def server(self) -> float:
        return self.true + self.server_ahead

    def passes(self, seconds: float) -> None:
        self.true += seconds
        self.steady += seconds

    async def serve(self, writer: asyncio.StreamWriter) -> bool:
        """One connection that had a beat ten seconds ago."""
        self.passes(self.takes)
        beat = as_served(round((self.server - self.beat_age) * TICKS))
        headers = {"Date": http_date(self.server) if self.date is None else self.date}
        body = json.dumps([served(lastHeartbeat=beat, isActive=self.is_active)]).encode()
        return await answer(body, headers={**headers, "Age": self.age})(writer)

    async def poll(self, after: float = 5.0) -> Snapshot:
        self.passes(after)
        return await self.api.fetch(Query())

    def error(self, snapshot: Snapshot) -> float:
        """Seconds by which the age of the heartbeat is wrong, now."""
        (record,) = snapshot.records
        now: Instant = snapshot.clock.at(self.steady)
        true = self.server - record.last_heartbeat / TICKS
        return record.beat_age(now) - true


def http_date(seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(int(seconds), UTC), usegmt=True)


@asynccontextmanager
async def world(start: float = START) -> AsyncIterator[World]:
    one = World(start)
    async with asyncio.timeout(20), ScriptedServer([one.serve]) as server:
        one.api = ConsoleApi(
            server.endpoint,
            lambda: Secret("key"),
            monotonic=lambda: one.steady,
            wall=lambda: one.wall,
        )
        try:
            yield one
        finally:
            await one.api.aclose()


# This machine's clock


@pytest.mark.parametrize("ahead", [3_600.0, -3_600.0, 7.0, -7.0, 86_400.0 * 365, 0.0])
async def test_a_wrong_clock_of_this_machine_is_measured_and_moves_no_age(ahead: float) -> None:
    async with world() as one:
        one.wall_ahead = ahead
        for _ in range(10):
            snapshot = await one.poll(5.13)
            assert abs(one.error(snapshot)) <= NEAR
            assert snapshot.local_skew == pytest.approx(ahead, abs=NEAR)


async def test_a_clock_of_this_machine_that_jumps_moves_no_age() -> None:
    async with world() as one:
        for ahead in (0.0, 3_600.0, -40.0, 0.0, -7_200.0):
            one.wall_ahead = ahead
            snapshot = await one.poll()
            assert abs(one.error(snapshot)) <= NEAR
            assert snapshot.local_skew == pytest.approx(ahead, abs=NEAR)
            one.wall_ahead += 1_000
            one.passes(4.0)
            assert abs(one.error(snapshot)) <= NEAR


async def test_a_suspended_laptop_finds_right_ages_before_and_after_its_first_poll() -> None:
    async with world() as one:
        asleep = await one.poll()
        one.passes(3_600.0)
        assert abs(one.error(asleep)) <= NEAR
        awake = await one.poll(0.0)
        assert abs(one.error(awake)) <= NEAR
        assert awake.clock.contradicted == 0


async def test_where_the_steady_clock_sleeps_too_the_second_answer_is_right() -> None:
    async with world() as one:
        await one.poll()
        one.true += 3_600.0
        assert one.error(await one.poll()) == pytest.approx(-3_600.0, abs=NEAR)
        assert abs(one.error(await one.poll())) <= NEAR


@pytest.fixture
def _berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_berlin")
@pytest.mark.parametrize("change", ["2024-03-31T01:00:00Z", "2024-10-27T01:00:00Z"])
async def test_daylight_saving_time_changes_nothing(change: str) -> None:
    at = datetime.fromisoformat(change).timestamp()
    offsets = [time.localtime(at + seconds).tm_gmtoff for seconds in (-1, 1)]
    assert offsets[0] != offsets[1]
    async with world(at - 12.6) as one:
        for _ in range(5):
            snapshot = await one.poll()
            assert abs(one.error(snapshot)) <= NEAR
            assert snapshot.local_skew == pytest.approx(0.0, abs=NEAR)
            assert snapshot.clock.contradicted == 0


async def test_another_time_zone_in_the_middle_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with world() as one:
        await one.poll()
        try:
            monkeypatch.setenv("TZ", "XST+9")
            time.tzset()
            snapshot = await one.poll()
        finally:
            monkeypatch.undo()
            time.tzset()
        assert abs(one.error(snapshot)) <= NEAR
        assert snapshot.local_skew == pytest.approx(0.0, abs=NEAR)


# The server's clock


@pytest.mark.parametrize("step", [3_600.0, -3_600.0, 30.0, -30.0])
async def test_a_server_whose_clock_is_set_is_followed_with_the_second_answer(step: float) -> None:
    async with world() as one:
        await one.poll()
        one.server_ahead = step
        first = await one.poll()
        assert one.error(first) == pytest.approx(-step, abs=NEAR)
        assert first.clock.contradicted == 1
        second = await one.poll()
        assert abs(one.error(second)) <= NEAR
        assert second.local_skew == pytest.approx(-step, abs=NEAR)


async def test_a_date_that_stands_still_stops_no_age() -> None:
    async with world() as one:
        before = await one.poll()
        one.date = http_date(one.server)
        for number in range(1, 10):
            snapshot = await one.poll()
            assert abs(one.error(snapshot)) <= NEAR
            assert snapshot.local_skew == pytest.approx(0.0, abs=NEAR)
            assert snapshot.clock.contradicted == number
        assert (before.clock.stands_still, snapshot.clock.stands_still) == (False, True)
        one.date = None
        snapshot = await one.poll()
        assert abs(one.error(snapshot)) <= NEAR
        assert snapshot.clock.contradicted == 0


async def test_two_servers_in_turn_keep_the_clock_of_the_first() -> None:
    async with world() as one:
        for number in range(10):
            one.server_ahead = 8.0 * (number % 2)
            snapshot = await one.poll()
            assert snapshot.local_skew == pytest.approx(0.0, abs=NEAR)


async def test_the_time_of_a_slow_answer_is_no_worse_than_what_was_known() -> None:
    async with world() as one:
        await one.poll()
        one.takes = 9.0
        for _ in range(5):
            assert abs(one.error(await one.poll())) <= NEAR


# No date


@pytest.mark.parametrize("date", ["", "soon", "Thu, 01 Jan 1970 00:00:00 GMT"])
async def test_without_a_date_this_machines_clock_counts_once_and_the_steady_one_goes_on(
    date: str,
) -> None:
    async with world() as one:
        one.date, one.takes = date, 2.0
        for ahead in (0.0, 3_600.0, -3_600.0):
            one.wall_ahead = ahead
            snapshot = await one.poll()
            assert abs(one.error(snapshot)) <= 0.01
            assert not snapshot.clock.known
            assert snapshot.local_skew is None


async def test_a_date_that_comes_later_is_believed_at_once() -> None:
    async with world() as one:
        one.date, one.wall_ahead = "", 3_600.0
        assert one.error(await one.poll()) == pytest.approx(3_600.0, abs=NEAR)
        one.date = None
        snapshot = await one.poll()
        assert abs(one.error(snapshot)) <= NEAR
        assert snapshot.local_skew == pytest.approx(3_600.0, abs=NEAR)


async def test_where_a_date_is_missing_once_the_skew_is_still_measured() -> None:
    async with world() as one:
        await one.poll()
        one.date, one.wall_ahead = "", 60.0
        assert (await one.poll()).local_skew == pytest.approx(60.0, abs=NEAR)


# A Date that the records give the lie to


@pytest.mark.parametrize("ahead", [3_600.0, -3_600.0, 86_400.0])
async def test_a_date_by_another_clock_than_that_of_the_records_moves_no_age(ahead: float) -> None:
    async with world() as one:
        for good in (True, False, False, False, True, False):
            one.date = None if good else http_date(one.server + ahead)
            snapshot = await one.poll()
            assert abs(one.error(snapshot)) <= NEAR
            assert snapshot.clock.contradicted == 0
            assert snapshot.belied != good


@pytest.mark.parametrize("ahead", [3_600.0, -3_600.0])
async def test_such_a_date_from_the_start_is_no_time_that_is_told(ahead: float) -> None:
    async with world() as one:
        one.date = http_date(one.server + ahead)
        snapshot = await one.poll()
        assert abs(one.error(snapshot)) <= NEAR
        assert not snapshot.clock.known
        assert snapshot.belied
        one.date = None
        assert (await one.poll()).clock.known


@pytest.mark.parametrize("ahead", [3_600.0, -3_600.0])
async def test_such_a_date_is_not_believed_of_one_that_has_gone_either(ahead: float) -> None:
    async with world() as one:
        for is_active, beat_age in (
            *((True, BEAT_AGE), (False, 240.0), (False, 1e6), (True, BEAT_AGE)),
            *((True, 1_800.0), (False, 240.0), (True, BEAT_AGE)),
        ):
            one.is_active, one.beat_age = is_active, beat_age
            one.date = http_date(one.server + ahead)
            snapshot = await one.poll()
            assert abs(one.error(snapshot)) <= NEAR
            assert snapshot.belied


async def test_data_that_stand_still_never_give_a_right_date_the_lie() -> None:
    async with world() as one:
        for _ in range(40):
            snapshot = await one.poll(29.7)
            one.beat_age += 29.7
            assert abs(one.error(snapshot)) <= NEAR
            assert not snapshot.belied


async def test_what_is_gone_alone_gives_no_date_the_lie() -> None:
    async with world() as one:
        one.is_active, one.beat_age, one.wall_ahead = False, 3_600.0, -3_600.0
        snapshot = await one.poll()
        assert abs(one.error(snapshot)) <= NEAR
        assert not snapshot.belied


async def test_a_date_that_is_right_again_is_believed_at_once_of_whatever_it_tells() -> None:
    async with world() as one:
        one.date = http_date(one.server + 3_600.0)
        assert (await one.poll()).belied
        one.date, one.is_active, one.beat_age = None, False, 240.0
        snapshot = await one.poll()
        assert snapshot.clock.known
        assert not snapshot.belied


async def test_where_no_record_is_news_the_date_is_believed() -> None:
    async with world() as one:
        one.beat_age = 3_600.0
        for _ in range(3):
            snapshot = await one.poll()
            assert abs(one.error(snapshot)) <= NEAR
            assert snapshot.clock.known
            assert not snapshot.belied


# A cache on the way


async def test_a_cache_that_tells_the_age_of_its_answer_moves_no_age() -> None:
    async with world() as one:
        one.date = http_date(one.server)
        for age in range(0, 60, 7):
            one.age = str(age)
            snapshot = await one.poll(7.0 if age else 0.0)
            assert abs(one.error(snapshot)) <= NEAR
            assert snapshot.clock.contradicted == 0


@pytest.mark.parametrize(
    ("age", "seconds"),
    [
        *(("0", 0), ("40", 40), (" 040 ", 40), ("40, 7", 40), ("2147483647", 2**31 - 1)),
        *((junk, None) for junk in ("-5", "old", "4.5", "1e3", ", 40", "4_0", "\xb2", "+40")),
    ],
)
async def test_of_the_age_header_the_first_whole_number_counts(
    age: str, seconds: int | None
) -> None:
    async with world() as one:
        # This machine's clock agrees: nothing speaks against so odd a time.
        one.age, one.wall_ahead = age, float(seconds or 0)
        snapshot = await one.poll()
    told = int(one.server) + (0.5 if seconds is None else seconds + 0.5)
    assert snapshot.at / TICKS == pytest.approx(told, abs=0.001)
    width = snapshot.clock.highest - snapshot.clock.lowest
    assert width == pytest.approx(1.0 if seconds is None else 3.0)


@pytest.mark.parametrize("age", ["2147483648", "9" * 40, "9" * 5_000], ids=len)
async def test_an_age_past_counting_tells_no_time(age: str) -> None:
    async with world() as one:
        one.age = age
        snapshot = await one.poll()
    assert not snapshot.clock.known
    assert snapshot.local_skew is None


# Many questions at once


async def test_answers_to_many_questions_at_once_agree() -> None:
    async with world() as one:
        for _ in range(3):
            one.passes(5.0)
            for snapshot in await asyncio.gather(*(one.api.fetch(Query()) for _ in range(8))):
                assert abs(one.error(snapshot)) <= NEAR
                assert snapshot.clock.contradicted == 0
