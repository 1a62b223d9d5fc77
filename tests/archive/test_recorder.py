"""A recording goes on where it ended, keeps what it is to keep, and takes whatever is served."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection as Link

from tests.archive.made import CONTEXT, EVERY, HOST, make_recording, script
from tests.core.test_history import as_told
from tests.strategies import HOSTILE, NOON, connection, snapshot
from tui.archive import pages
from tui.archive.bounds import Bounds
from tui.archive.migration import FIRST, STEPS
from tui.archive.reading import Recording
from tui.archive.recorder import Recorder
from tui.archive.schema import VERSION
from tui.archive.store import RecordingError, make_store, open_store
from tui.archive.writer import Writer
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS
from tui.core.lineage import DEFAULT_CLIENT
from tui.core.memory import with_lapse
from tui.core.names import NO_NAMES
from tui.core.snapshot import Outcome, Snapshot


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fleet.conntop"


def ask(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as link:
        return link.execute(sql).fetchall()


def later(outcomes: Iterator[Outcome], seconds: float, fleet: Fleet) -> Iterator[Outcome]:
    """The same so much later, the first one as ``following`` gives it to what is recalled."""
    for number, one in enumerate(outcomes):
        assert one.at is not None
        moved = replace(one, at=one.at + round(seconds * TICKS))
        if not number and isinstance(moved, Snapshot) and fleet.last is not None:
            moved = with_lapse(fleet.last, moved, EVERY)
        yield moved


@pytest.mark.parametrize("how", ["recalled", "anew"])
def test_a_further_run_goes_on_and_the_time_between_is_a_gap(path: Path, how: str) -> None:
    make_recording(path, polls=8, connections=6)
    writer = Writer(str(path))
    recorder = Recorder(writer, CONTEXT, HOST)
    fleet = Fleet()
    if how == "recalled":
        known = recorder.go_on(DEFAULT_CLIENT, NO_NAMES)
        assert known is not None
        assert len(known.tracked) == 6
        fleet = known
    # All but the first of the connections are there again ten minutes later.
    outcomes = [replace(one, records=one.records[1:]) for one in script(3, 6)]  # type: ignore[union-attr]
    for outcome in later(iter(outcomes), 600, fleet):
        fleet = fold(fleet, outcome)
        recorder.add(outcome, fleet)
    recorder.close()
    writer.close()
    assert [place for (place,) in ask(path, "SELECT place FROM polls ORDER BY at")] == [*range(11)]
    last, back = NOON + 7 * EVERY * TICKS, NOON + 600 * TICKS
    assert ask(path, "SELECT since, until, why FROM gaps") == [(last, back, "not recorded")]
    # Nobody has a second row, and who was not there any more is gone since the first answer.
    assert ask(path, "SELECT count(*), count(DISTINCT connection_id) FROM connections") == [(6, 6)]
    gone = "SELECT connection_id, at FROM states JOIN connections USING (number) WHERE state='gone'"
    assert ask(path, gone) == [("conn_0000_0", back)]
    store = open_store(str(path))
    recording = Recording(store)
    whose = recording.feed()
    there = [recording.fleet_at(whose, one.place) for one in recording.moments(whose)]
    assert {one.connection_id for one in there[-1].tracked.values() if one.gone_at is None} == {
        f"conn_{number:04d}_0" for number in range(1, 6)
    }
    store.dispose()


def test_what_is_too_old_goes_and_all_that_stays_opens(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So few polls to a stretch that the test is short.
    monkeypatch.setattr(pages, "POLLS", 20)
    writer, fleet = Writer(str(path)), Fleet()
    recorder = Recorder(writer, CONTEXT, HOST, bounds=Bounds(age=EVERY * 25.0))
    total, fleets = 67, list[Fleet]()
    for outcome in script(total, 6):
        fleet = fold(fleet, outcome)
        fleets.append(fleet)
        recorder.add(outcome, fleet)
    assert recorder.trouble is None
    first = (total - 1 - 25) // 20 * 20
    assert ask(path, "SELECT min(place), max(place) FROM polls") == [(first, total - 1)]
    [(since,)] = ask(path, f"SELECT at FROM polls WHERE place = {first}")
    for table in ("keyframes", "events"):
        assert ask(path, f"SELECT min(at) >= {since} FROM {table}") == [(1,)]
    # Who was there then has its last state from before, and who had left is not known any more.
    before = ask(path, f"SELECT count(*), count(DISTINCT number) FROM states WHERE at < {since}")
    there = [one for one in fleets[first].tracked.values() if one.gone_at is None]
    assert before == [(len(there), len(there))]
    alone = "SELECT count(*) FROM connections WHERE number NOT IN (SELECT number FROM states)"
    assert ask(path, alone) == [(0,)]
    store = open_store(str(path))
    recording = Recording(store)
    whose = recording.feed()
    for moment in recording.moments(whose):
        recording.fleet_at(whose, moment.place)
    store.dispose()
    recorder.close()
    writer.close()


def test_a_file_over_its_bound_shrinks_on_the_disk_and_all_that_stays_opens(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A stretch takes so few polls that the file needs not be large to hold several.
    monkeypatch.setattr(pages, "POLLS", 8)
    fleets, outcomes = list[Fleet](), script(64, 200)
    fleet, sizes = Fleet(), list[int]()
    for count, bound in ((48, 10**9), (16, 400_000)):
        writer = Writer(str(path))
        recorder = Recorder(writer, CONTEXT, HOST, bounds=Bounds(size=bound))
        fleet = recorder.go_on(DEFAULT_CLIENT, NO_NAMES) or fleet
        for outcome in islice(outcomes, count):
            fleet = fold(fleet, outcome)
            fleets.append(fleet)
            recorder.add(outcome, fleet)
        assert recorder.trouble is None
        recorder.close()
        # What is beside is written into the file by this, and gone.
        writer.close()
        assert [one.name for one in path.parent.iterdir()] == [path.name]
        sizes.append(path.stat().st_size)
    assert sizes[1] <= 400_000 < sizes[0]
    store = open_store(str(path))
    recording = Recording(store)
    whose = recording.feed()
    moments = recording.moments(whose)
    assert moments[0].place % 8 == 0
    assert moments[0].place > 16
    assert moments[-1].place == 63
    for moment in (moments[0], moments[-1]):
        then, was = recording.fleet_at(whose, moment.place), fleets[moment.place]
        assert as_told(replace(then, events=(), log=())) == as_told(replace(was, events=(), log=()))
    store.dispose()


def test_whatever_is_served_is_recorded(path: Path) -> None:
    records = [
        connection(
            f"conn_{number}",
            organization_id=text,
            host=text,
            client=text,
            service=text,
            protocol=text,
            data_center=text,
            api_key_id=text,
        )
        for number, text in enumerate(HOSTILE)
    ]
    records += [connection(text) for text in HOSTILE]
    writer = Writer(str(path))
    recorder = Recorder(writer, "\ud800\x00", "host\x00")
    fleet = Fleet()
    for second in (0, 10):
        answer = snapshot(records, NOON + second * TICKS)
        fleet = fold(fleet, answer)
        recorder.add(answer, fleet)
        assert recorder.trouble is None
    writer.close()
    assert ask(path, "SELECT count(*) FROM connections") == [(2 * len(HOSTILE),)]
    hosts = {host for (host,) in ask(path, "SELECT host FROM connections")}
    assert {
        "a\b\r\n\t␀\x7f".replace("a\b", "\a\b"),
        "\\ud800lone\\udfff",
        "=cmd|'/c calc'!A1",
    } <= hosts
    store = open_store(str(path))
    recording = Recording(store)
    whose = recording.feed()
    assert recording.fleet_at(whose, 1).tracked.keys() == fleet.tracked.keys()
    store.dispose()


def test_older_tables_are_taken_further_all_or_nothing(path: Path) -> None:
    make_recording(path, polls=2, connections=2)
    assert FIRST + len(STEPS) == VERSION

    def more(link: Link) -> None:
        link.exec_driver_sql("ALTER TABLE feeds ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'")

    def broken(link: Link) -> None:
        link.exec_driver_sql("UPDATE feeds SET none = 1")

    with pytest.raises(RecordingError, match="no such column: none"):
        make_store(str(path), [*STEPS, more, broken])
    version, columns = "SELECT version FROM recording", "SELECT * FROM feeds"
    assert ask(path, version) == [(VERSION,)]
    assert "blue" not in ask(path, columns)[0]
    make_store(str(path), [*STEPS, more]).dispose()
    assert ask(path, version) == [(VERSION + 1,)]
    assert "blue" in ask(path, columns)[0]
    for use in (make_store, open_store):
        with pytest.raises(RecordingError, match=r"by a newer conntop .*: update conntop"):
            use(str(path))
    assert ask(path, version) == [(VERSION + 1,)]


def test_what_is_no_recording_is_left_as_it_is(path: Path) -> None:
    with closing(sqlite3.connect(path)) as link:
        link.execute("CREATE TABLE mine (value)")
    before = path.read_bytes()
    with pytest.raises(RecordingError, match="is no recording of conntop and is left as it is"):
        make_store(str(path))
    assert path.read_bytes() == before
