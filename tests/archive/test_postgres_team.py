"""A team on one database: recorders by accident, restarts, and whoever watches meanwhile."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import OperationalError

from tests.archive.made import CONTEXT, HOST, script
from tests.archive.postgres import PostgresServer
from tui.archive.playback import PlayClock, Replay
from tui.archive.postgres import make_engine
from tui.archive.reading import Recording
from tui.archive.recorder import LEASE, Recorder
from tui.archive.schema import leases, metadata, polls
from tui.archive.store import RecordingError, address_of, make_store, open_store
from tui.archive.writer import Writer
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS
from tui.core.snapshot import Outcome
from tui.view.playing import Playing

pytestmark = pytest.mark.slow

OUTCOMES = list(script(80, 9))


@pytest.fixture(scope="module")
def store(server: PostgresServer) -> Iterator[Engine]:
    engine = make_store(server.make_database())
    yield engine
    engine.dispose()


@pytest.fixture
def empty(store: Engine) -> Engine:
    wipe(store)
    return store


def wipe(store: Engine) -> None:
    with store.begin() as link:
        for table in metadata.sorted_tables:
            if table.name != "recording":
                link.execute(table.delete())


class Station:
    """A machine that records: its own poller, its own link to the database."""

    def __init__(self, store: Engine, context: str = CONTEXT) -> None:
        self._writer = Writer("", store)
        self.said: list[str] = []
        self.recorder = Recorder(self._writer, context, HOST, say=self.said.append)
        self._fleet = Fleet()

    def writes(self) -> bool:
        return self.recorder.trouble is None

    def poll(self, outcome: Outcome) -> None:
        self._fleet = fold(self._fleet, outcome)
        self.recorder.add(outcome, self._fleet)


def pass_time(store: Engine, seconds: float) -> None:
    with store.begin() as link:
        link.execute(update(leases).values(until=leases.c.until - int(seconds * TICKS)))


def places(store: Engine) -> list[int]:
    with store.connect() as link:
        return list(link.execute(select(polls.c.place).order_by(polls.c.at)).scalars())


def assert_readable(store: Engine) -> None:
    """Every moment can be looked at."""
    recording = Recording(store)
    organization = recording.feed()
    for moment in recording.moments(organization):
        recording.fleet_at(organization, moment.place)


def test_a_second_recorder_stands_by_says_so_and_takes_over(empty: Engine) -> None:
    outcomes = iter(OUTCOMES)
    first, second = Station(empty), Station(empty, "another name of it")
    first.poll(next(outcomes))
    second.poll(next(outcomes))
    first.poll(next(outcomes))
    second.poll(next(outcomes))
    assert places(empty) == [0, 1]
    (told,) = second.said
    assert "is recorded by" in told
    assert told.endswith(": standing by")
    assert second.recorder.trouble == told
    pass_time(empty, LEASE)
    second.poll(next(outcomes))
    assert places(empty) == [0, 1, 2]
    assert "is recorded here now, after" in second.said[-1]
    assert second.writes()
    # The first one was only asleep.
    first.poll(next(outcomes))
    assert first.said[-1].endswith(": standing by")
    second.poll(next(outcomes))
    assert places(empty) == [0, 1, 2, 3]
    assert_readable(empty)


def test_who_ends_in_peace_is_followed_at_once(empty: Engine) -> None:
    outcomes = iter(OUTCOMES)
    first, second = Station(empty), Station(empty)
    first.poll(next(outcomes))
    second.poll(next(outcomes))
    first.recorder.close()
    second.poll(next(outcomes))
    assert places(empty) == [0, 1]
    assert second.recorder.holder is None


@example([0, 0, 1, "time", 1, 0, 1, 0])
@example([0, "dies", 1, 1, "time", 1, 0, "time", 0, 1])
@given(st.lists(st.sampled_from((0, 1, 0, 1, "time", "dies", "ends")), max_size=14))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_whatever_order_they_poll_pause_and_die_each_place_is_written_once(
    store: Engine, acts: list[int | str]
) -> None:
    wipe(store)
    outcomes = iter(OUTCOMES)
    stations = [Station(store), Station(store, "another name of it")]
    for act in acts:
        if act == "time":
            pass_time(store, LEASE)
        elif act == "dies":
            # Whoever polled last; another process comes in its place and knows nothing.
            stations = [stations[1], Station(store)]
        elif act == "ends":
            stations[0].recorder.close()
        else:
            before = places(store)
            station = stations[int(act)]
            station.poll(next(outcomes))
            kept = station.writes()
            assert places(store) == [*before, *([len(before)] if kept else [])]
            assert station.recorder.holder is not None or kept
    if places(store):
        assert_readable(store)


def test_a_restart_costs_the_recorder_nothing_and_is_told_to_whoever_reads(
    server: PostgresServer, database: str
) -> None:
    outcomes = iter(OUTCOMES)
    with opened(make_store(database)) as store, opened(open_store(database)) as read:
        station, watcher = Station(store), Recording(read)
        station.poll(next(outcomes))
        organization = watcher.feed()
        (moment,) = watcher.moments(organization)
        clock = PlayClock(moment.at, 1.0)
        play = Replay(watcher, organization, moment, watcher.fleet_at(organization, 0), clock)
        server.stop()
        try:
            for _ in range(3):
                station.poll(next(outcomes))
            assert not asyncio.run(play.look())
            words = Playing(database, trouble=play.trouble).sentence(moment.at, paused=False)
            assert words == "the recording cannot be read: Connection refused; it is tried again"
            with pytest.raises(RecordingError):
                watcher.moments(organization)
        finally:
            server.start()
        station.poll(next(outcomes))
        assert asyncio.run(play.look())
        assert play.trouble == ""
        name = database.rpartition("/")[2]
        assert [one.partition(":")[0] for one in station.said] == [
            f"127.0.0.1/{name} cannot be written to",
            f"127.0.0.1/{name} is written to again",
        ]
        assert [one.place for one in watcher.moments(organization)] == [0, 1, 2, 3, 4]
        watcher.fleet_at(organization, 4)


def test_a_server_that_stands_still_is_hung_up_on(server: PostgresServer, database: str) -> None:
    engine = make_engine(address_of(database), to_read=True, answer=0.3)
    with opened(engine), engine.connect() as link:
        assert link.scalar(text("SELECT 1")) == 1
        with server.standing_still(), pytest.raises(OperationalError):
            link.scalar(text("SELECT 2"))
        with engine.connect() as another:
            assert another.scalar(text("SELECT 3")) == 3


@contextmanager
def opened(store: Engine) -> Iterator[Engine]:
    yield store
    store.dispose()
