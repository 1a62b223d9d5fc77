"""``conntop serve --from``: any client asks the past, and gets exactly what was recorded."""

import io
import json
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from tests.archive.made import BACK, CRASH, CUT, EVERY, OUTAGE, RETURN, make_recording
from tests.cli.program import KEY, Run, start
from tests.strategies import NOON
from tui.archive import schema
from tui.archive.reading import Recording
from tui.archive.store import make_store, open_store
from tui.cli.recorded import EndClock, RecordedFleet, RunningClock
from tui.core.connection import Connection
from tui.core.fleet import Fleet
from tui.core.instant import TICKS, Instant, as_served
from tui.standin.app import create_app
from tui.standin.clock import ManualClock
from tui.standin.embedded import serving
from tui.standin.query import Query
from tui.standin.settings import Assumptions

POLLS, CONNECTIONS = 60, 12
ASSUMED = Assumptions()


class Recorded:
    """A recording, and the fleets that were known when it was made."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fleets = make_recording(path, polls=POLLS, connections=CONNECTIONS)
        self.recording = Recording(open_store(str(path)))
        self.source = RecordedFleet(self.recording, self.recording.feed())

    def at(self, place: int, later: float = 0.0) -> Instant:
        return NOON + round((place * EVERY + later) * TICKS)

    def everybody(self, place: int) -> dict[str, Connection]:
        """Each connection that was seen until then, as it was seen last."""
        return {
            one.connection_id: one
            for fleet in self.fleets[: place + 1]
            if fleet.last is not None
            for one in fleet.last.records
        }


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    one = Recorded(tmp_path_factory.mktemp("served") / "past.conntop")
    yield one
    one.recording.close()


def present(fleet: Fleet) -> list[Connection]:
    assert fleet.last is not None
    return sorted(fleet.last.records, key=lambda one: one.connection_id)


@pytest.mark.parametrize("place", [0, CRASH, RETURN + 1, OUTAGE + 2, BACK, CUT, POLLS - 1])
def test_what_is_listed_of_it_is_what_was_recorded_to_the_digit(
    recorded: Recorded, run: Run, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    clock = ManualClock(recorded.at(place, 3.5))
    app = create_app(recorded.source, api_key=KEY, clock=clock, log=io.StringIO())
    monkeypatch.setenv("CONNTOP_API_KEY", KEY)
    with serving(app) as url:
        listed = run("list", "-o", "json", "--url", url)
    records = sorted(json.loads(listed.out), key=lambda one: str(one["connectionId"]))
    assert records == [one.record() for one in present(recorded.fleets[place])]


@settings(max_examples=60)
@given(st.data())
def test_every_query_finds_what_a_plain_filter_finds(
    recorded: Recorded, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, POLLS - 1))
    at = recorded.at(place, data.draw(st.floats(0, EVERY - 0.001)))
    everybody = recorded.everybody(place)
    names = sorted(everybody)
    window = st.none() | st.integers(NOON - 4_000 * TICKS, NOON + 600 * TICKS)
    query = Query(
        connection_id=data.draw(st.none() | st.sampled_from(names)),
        service_name=data.draw(st.sampled_from((None, None, "coinapi-ws", "coinapi-fix"))),
        data_center=data.draw(st.sampled_from((None, None, "us-east-1/server-01"))),
        active_only=data.draw(st.booleans()),
        time_start=data.draw(window),
        time_end=data.draw(window),
        minutes=data.draw(st.sampled_from((None, 1, 5, 61))),
        limit=data.draw(st.sampled_from((1_000, 2))),
    )
    since, until = query.time_start, query.time_end
    if query.minutes is not None and since is None and until is None:
        since = at - query.minutes * 60 * TICKS
    active = {one.connection_id for one in present(recorded.fleets[place])}
    wanted = [
        one
        for one in everybody.values()
        if query.connection_id in (None, one.connection_id)
        and query.service_name in (None, one.service)
        and query.data_center in (None, one.data_center)
        and (since is None or one.start >= since)
        and (until is None or one.start <= until)
        and (one.connection_id in active or not query.active_only)
    ]
    found = json.loads(recorded.source.answer(query, at, (), ASSUMED))
    starts = [str(one["connectionStartTime"]) for one in found]
    assert starts == sorted(starts, reverse=True)
    assert len(found) == min(query.limit, len(wanted))
    if len(wanted) <= query.limit:
        told = {str(one["connectionId"]): one for one in found}
        assert told.keys() == {one.connection_id for one in wanted}
        for one in wanted:
            expected, got = one.record(), dict(told[one.connection_id])
            if one.connection_id not in active:
                # That it has left is known from its absence only, and not of a cut answer.
                expected.pop("isActive")
                got.pop("isActive")
            assert got == expected


def test_who_left_long_ago_is_known_by_its_last_record_as_not_active(recorded: Recorded) -> None:
    """At the end even the rows that a screen keeps for a while are forgotten."""
    for place in (CRASH, POLLS - 1):
        body = recorded.source.answer(Query(), recorded.at(place), (), ASSUMED)
        crashed = [one for one in json.loads(body) if one["host"] == "ws-server-02"]
        assert len(crashed) == CONNECTIONS // 3
        for one in crashed:
            assert one["isActive"] is False
            known = recorded.everybody(place)[one["connectionId"]]
            assert one["lastHeartbeat"] == as_served(known.last_heartbeat)


def test_the_clock_may_go_back_as_well(recorded: Recorded) -> None:
    fresh = RecordedFleet(recorded.recording, recorded.recording.feed())
    for place in (POLLS - 1, 0, CRASH + 1):
        body = fresh.answer(Query(), recorded.at(place), (), ASSUMED)
        assert {one["connectionId"] for one in json.loads(body)} == set(recorded.everybody(place))


def test_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds, end = [0.0], [NOON + 60 * TICKS]
    monkeypatch.setattr("tui.cli.recorded.monotonic", lambda: seconds[0])
    last = EndClock(lambda: end[0])
    running = RunningClock(NOON, 10.0, last)
    assert (last.now(), running.now()) == (end[0], NOON)
    seconds[0] = 2.0
    assert running.now() == NOON + 20 * TICKS
    seconds[0] = 9.0
    assert running.now() == end[0]
    end[0] += 5 * TICKS
    seconds[0] = 10.0
    assert (last.now(), running.now()) == (end[0], end[0])


def test_damage_is_answered_with_503_and_a_sentence(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "past.conntop"
    make_recording(path, polls=5, connections=3)
    store, polls = make_store(str(path)), schema.polls
    with store.begin() as link:
        link.execute(update(polls).where(polls.c.place == 2).values(delta=b"nonsense"))
    store.dispose()
    recording = Recording(open_store(str(path)))
    source = RecordedFleet(recording, recording.feed())
    app = create_app(source, api_key=KEY, clock=ManualClock(NOON + 40 * TICKS), log=io.StringIO())
    with serving(app) as url:
        where = f"{url}/api/connection-analytics/query"
        request = urllib.request.Request(where, headers={"Authorization": KEY})
        with pytest.raises(urllib.request.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=20)
    with refused.value as answer:
        assert answer.code == 503
        assert "damaged at 2024-01-15 14:31:05Z" in json.load(answer)["error"]
    recording.close()
    ran = run("serve", "--port", "0", "--from", str(path))
    assert (ran.code, ran.out) == (1, "")
    assert "damaged at" in ran.sentence


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["--from", "{path}", "--scenario", "server-crash"], "--from serves a recording"),
        (["--from", "{path}", "--fault", "date-stuck"], "--from serves a recording"),
        (["--from", "{path}", "--connections", "5"], "--from serves a recording"),
        (["--from", "{path}", "--gateways", "2"], "--from serves a recording"),
        (["--from", "{path}", "--retention-seconds", "5"], "--from serves a recording"),
        (["--from", "{path}", "--speed", "0"], "a number from 0.1 to 1000"),
        (["--from", "{path}", "--speed", "nan"], "a number from 0.1 to 1000"),
        (["--from", "{path}", "--at", "noon"], "no time"),
        (["--from", "{path}", "--at", "2023-01-01"], "begins at 2024-01-15 14:30:25Z"),
        (["--from", "{path}", "--context", "eu"], "no context eu; it has prod"),
        (["--from", "{path}.not"], "No such file"),
        (["--from", __file__], "no recording of conntop"),
        (["--context", "prod"], "it goes with --from"),
        (["--speed", "2"], "--gateways"),
    ],
)
def test_what_does_not_go_together_is_refused(
    recorded: Recorded, run: Run, args: list[str], sentence: str
) -> None:
    ran = run("serve", "--port", "0", *(one.format(path=recorded.path) for one in args))
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.sentence


@pytest.mark.parametrize(
    ("args", "at"),
    [
        ([], (POLLS - 1) * EVERY),
        (["--at", "14:32:07"], 102),
        (["--at", "-1m"], (POLLS - 1) * EVERY - 60),
        (["--speed", "1000"], 0),
    ],
)
def test_it_begins_where_it_is_told(
    recorded: Recorded,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    args: list[str],
    at: float,
) -> None:
    told: dict[str, Any] = {}
    monkeypatch.setattr("tui.standin.server.run", lambda **values: told.update(values))
    monkeypatch.setattr("tui.cli.recorded.monotonic", lambda: 0.0)
    assert run("serve", "--from", str(recorded.path), "--context", "prod", *args).code == 0
    source, clock = told["recorded"]
    assert clock.now() == NOON + at * TICKS
    assert (told["at"], isinstance(source, RecordedFleet)) == (None, True)


@pytest.mark.slow
def test_the_command_serves_it(recorded: Recorded) -> None:
    args = ["serve", "--port", "0", "--from", str(recorded.path), "--at", "14:31:00"]
    with start(*args, "--until-stdin-closes", stdin=subprocess.PIPE) as process:
        assert process.stdout is not None
        first = re.fullmatch(r"conntop stand-in (\S+) key (\S+)\n", process.stdout.readline())
        assert first is not None
        url, key = first.groups()
        request = urllib.request.Request(
            f"{url}/api/connection-analytics/query?activeOnly=true", headers={"Authorization": key}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert len(json.load(answer)) == CONNECTIONS
            assert answer.headers["Date"] == "Mon, 15 Jan 2024 14:31:00 GMT"
        process.communicate(timeout=20)
    assert process.returncode == 0
