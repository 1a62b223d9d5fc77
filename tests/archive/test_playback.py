"""A recording is played as it was: every poll of it, in its time, and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import update

from tests.archive.made import BACK, CRASH, CUT, EVERY, OUTAGE, make_recording, script
from tests.core.test_history import as_told
from tests.virtual_time import now, run
from tui.archive import schema
from tui.archive.looking import ArchivePast
from tui.archive.playback import Playback, PlayClock, Replay, by_play
from tui.archive.reading import Recording
from tui.archive.recorder import Recorder
from tui.archive.store import make_store, open_store
from tui.archive.writer import Writer
from tui.core.connection import State
from tui.core.events import EventKind
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS
from tui.core.lineage import DEFAULT_CLIENT
from tui.core.names import NO_NAMES
from tui.core.past import PastError
from tui.core.query import Query
from tui.core.snapshot import Cut
from tui.source.following import follow

POLLS = 60


def passed() -> float:
    """Virtual seconds, also before the loop runs."""
    try:
        return now()
    except RuntimeError:
        return 0.0


class Player:
    """A recording that is played from a place on."""

    def __init__(self, path: Path, place: int = 0, speed: float = 1.0) -> None:
        self.recording = Recording(open_store(str(path)))
        self.organization = self.recording.feed()
        moment = self.recording.moments(self.organization)[place]
        fleet = self.recording.fleet_at(self.organization, place)
        assert fleet.last is not None
        self.start = replace(fleet, last=by_play(fleet.last, moment.at))
        self.clock = PlayClock(moment.at, speed, monotonic=passed)
        self.replay = Replay(self.recording, self.organization, moment, fleet, self.clock)
        self.poller = Playback(self.replay, fleet.query, self.clock)
        self.seen: list[tuple[float, Fleet]] = []

    def fleets(self) -> AsyncIterator[Fleet]:
        return follow(self.poller, self.start, monotonic=self.clock.now, recalled=False)

    async def play(self, polls: int) -> None:
        """Until so many were seen since the start."""
        async with aclosing(self.fleets()) as fleets:  # type: ignore[type-var]
            async for fleet in fleets:
                self.seen.append((now(), fleet))
                if len(self.seen) == polls:
                    break
        await self.replay.aclose()


@pytest.fixture(autouse=True)
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads have no place in virtual time."""

    async def at_once(work: Callable[..., object], *args: object) -> object:
        return work(*args)

    monkeypatch.setattr(asyncio, "to_thread", at_once)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "past.conntop"


@pytest.fixture
def known(path: Path) -> list[Fleet]:
    return make_recording(path, polls=POLLS, connections=9)


def plain(fleet: Fleet) -> Fleet:
    """A fleet without what belongs to the process that asked: clocks, and what a failure took."""
    told = as_told(replace(fleet, log=(), events=()))
    last, outage = told.last, told.outage
    assert last is not None
    if outage is not None:
        failure = replace(outage.failure, cost=known_cost)
        outage = replace(outage, failure=failure)
    return replace(told, last=replace(last, clock=known_clock), outage=outage)


known_clock, known_cost = next(iter(script(1, 1))).clock, next(iter(script(1, 1))).cost  # type: ignore[union-attr]


@pytest.mark.parametrize(("place", "speed"), [(0, 1.0), (CRASH + 1, 10.0), (OUTAGE + 1, 1000.0)])
def test_every_poll_is_folded_in_its_time(
    path: Path, known: list[Fleet], place: int, speed: float
) -> None:
    player = Player(path, place, speed)
    run(player.play(POLLS - 1 - place))
    later = known[place + 1 :]
    assert [plain(fleet) for _, fleet in player.seen] == [plain(fleet) for fleet in later]
    assert [fleet.events for _, fleet in player.seen] == [fleet.events for fleet in later]
    times = [at for at, _ in player.seen]
    assert times == pytest.approx([EVERY * (one + 1) / speed for one in range(len(later))])


def test_ages_are_those_of_then_and_go_on_as_fast_as_it_is_played(
    path: Path, known: list[Fleet]
) -> None:
    player = Player(path, speed=10.0)
    first = known[1].at
    assert first is not None

    async def look() -> list[float]:
        playing = asyncio.create_task(player.play(3))
        await asyncio.sleep(1.25)
        ages = [player.clock.now() - first / TICKS]
        player.poller.paused = True
        await asyncio.sleep(100)
        ages.append(player.clock.now() - first / TICKS)
        player.poller.paused = False
        player.poller.resume()
        await playing
        return ages

    assert run(look()) == pytest.approx([2.5, 2.5], abs=0.01)
    assert [at for at, _ in player.seen] == pytest.approx([1.0, 102.0, 103.0])
    fleet = player.seen[0][1]
    assert fleet.last is not None
    assert fleet.last.clock.at(first / TICKS + 2.5) - fleet.last.at == 25_000_000


def test_r_takes_the_next_poll_and_plus_plays_faster(path: Path, known: list[Fleet]) -> None:
    player = Player(path)

    async def steer() -> None:
        playing = asyncio.create_task(player.play(4))
        await asyncio.sleep(1)
        player.poller.refresh()
        await asyncio.sleep(1)
        player.poller.paused = True
        player.poller.refresh()
        await asyncio.sleep(1)
        player.poller.paused = False
        for _ in range(3):
            player.poller.step(1)
        await playing

    run(steer())
    assert player.clock.speed == 10.0
    assert [at for at, _ in player.seen] == pytest.approx([1.0, 2.0, 4.0, 5.0])
    assert [fleet.at for _, fleet in player.seen] == [fleet.at for fleet in known[1:5]]


def test_another_query_is_answered_at_once_and_no_poll_is_lost(
    path: Path, known: list[Fleet]
) -> None:
    player = Player(path)
    narrow, wide = Query(service="coinapi-fix"), Query(active_only=False)

    async def ask() -> None:
        playing = asyncio.create_task(player.play(4))
        await asyncio.sleep(15)
        player.poller.query = narrow
        await asyncio.sleep(10)
        player.poller.query = wide
        await playing

    run(ask())
    assert [at for at, _ in player.seen] == pytest.approx([10.0, 15.0, 20.0, 25.0])
    assert [fleet.at for _, fleet in player.seen] == [known[at].at for at in (1, 1, 2, 2)]
    services = {name: one.connection.service for name, one in known[2].tracked.items()}
    assert player.seen[2][1].tracked.keys() == {
        name for name, service in services.items() if service == narrow.service
    }
    last = player.seen[3][1].last
    assert last is not None
    assert (last.query, last.cut) == (wide, Cut.RECORDED)


def test_where_the_recorder_asked_another_question_so_does_the_play(path: Path) -> None:
    writer, fleet = Writer(str(path)), Fleet()
    recorder = Recorder(writer, "prod", "host")
    for place, outcome in enumerate(script(6, 9)):
        query = Query(service="coinapi-ws") if place >= 3 else Query()
        fleet = fold(fleet, replace(outcome, query=query))
        recorder.add(replace(outcome, query=query), fleet)
    writer.close()
    player = Player(path)
    run(player.play(5))
    assert player.poller.query == Query(service="coinapi-ws")
    assert player.seen[-1][1].query == player.poller.query


def test_what_is_recorded_meanwhile_is_followed(path: Path) -> None:
    make_recording(path, polls=3, connections=9)
    player = Player(path)
    outcomes = list(script(6, 9))

    async def tail() -> None:
        playing = asyncio.create_task(player.play(5))
        await asyncio.sleep(50)
        assert player.replay.ended
        assert player.clock.now() == player.replay.here.at / TICKS
        player.poller.refresh()
        await asyncio.sleep(10)
        assert len(player.seen) == 2
        writer = Writer(str(path))
        recorder = Recorder(writer, "prod", "api-console.apibricks.io")
        fleet = recorder.go_on(DEFAULT_CLIENT, NO_NAMES)
        assert fleet is not None
        for outcome in outcomes[3:]:
            fleet = fold(fleet, outcome)
            recorder.add(outcome, fleet)
        writer.close()
        await playing

    run(tail())
    assert [fleet.at for _, fleet in player.seen] == [one.at for one in outcomes[1:]]
    # As soon as it is noticed, and not as late after each other as they were recorded.
    assert [at for at, _ in player.seen[2:]] == pytest.approx([61.0] * 3, abs=1.1)


def test_over_a_time_that_nobody_recorded_nothing_is_concluded(path: Path) -> None:
    outcomes = list(script(CRASH + 4, 9))
    for part in (outcomes[:3], outcomes[CRASH:]):
        # The second one begins anew, as after a crash.
        writer, fleet = Writer(str(path)), Fleet()
        recorder = Recorder(writer, "prod", "host")
        for outcome in part:
            fleet = fold(fleet, outcome)
            recorder.add(outcome, fleet)
        writer.close()
    player = Player(path, speed=100)
    run(player.play(3))
    assert [event.kind for event in player.seen[2][1].events] == [EventKind.UNWATCHED]
    gone = [one for one in player.seen[2][1].tracked.values() if one.state is State.GONE]
    assert len(gone) == 3


def test_damage_ends_the_play_and_is_said(path: Path, known: list[Fleet]) -> None:
    store, polls = make_store(str(path)), schema.polls
    with store.begin() as link:
        link.execute(update(polls).where(polls.c.place == 3).values(delta=b"nonsense"))
    store.dispose()
    player = Player(path)

    async def watch() -> None:
        playing = asyncio.create_task(player.play(99))
        await asyncio.sleep(60)
        playing.cancel()
        await player.replay.aclose()

    run(watch())
    assert len(player.seen) == 2
    assert "damaged at 2024-01-15" in player.replay.trouble


def test_the_past_of_a_play_is_all_that_lies_before_it(path: Path, known: list[Fleet]) -> None:
    recording = Recording(open_store(str(path)))
    here = iter((BACK, CUT))
    past = ArchivePast(recording, recording.feed(), lambda: next(here))
    for last in (BACK, CUT):
        assert [one.place for one in past.moments()] == list(range(last + 1))
    assert plain(past.fleet_at(CRASH)) == plain(known[CRASH])
    with pytest.raises(PastError, match="not kept"):
        past.fleet_at(POLLS)
    recording.close()
    path.write_bytes(b"something else")
    with pytest.raises(PastError, match="cannot be read"):
        past.moments()
