"""What befalls the file while it is written: it is said, and recording goes on."""

import os
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.archive.made import BACK, CONTEXT, CRASH, HOST, make_recording, script
from tui.archive.reading import Recording
from tui.archive.recorder import HELD, Recorder
from tui.archive.store import RecordingError, open_store
from tui.archive.writer import Writer
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.snapshot import Outcome

pytestmark = pytest.mark.fault(22)


class Recorded:
    """A recorder that is fed by the script, poll by poll, and what it has said."""

    def __init__(self, path: Path, held: int = HELD) -> None:
        self.path = path
        self.writer = Writer(str(path))
        self.said: list[str] = []
        self.recorder = Recorder(self.writer, CONTEXT, HOST, say=self.said.append, held=held)
        self.fleet = Fleet()
        self._script: Iterator[Outcome] = script(40, 30)

    def polls(self, count: int) -> None:
        """Let so many polls come."""
        for _ in range(count):
            outcome = next(self._script)
            self.fleet = fold(self.fleet, outcome)
            self.recorder.add(outcome, self.fleet)

    def full(self, is_full: bool = True) -> None:
        """The database may take no further page, or as many as it likes."""
        pages = 1 if is_full else 4_294_967_294
        # Never less than it has; SQLite says the same as of a disk without room.
        self.set(f"PRAGMA max_page_count={pages}")

    def set(self, pragma: str) -> None:
        """Set something for the one connection that writes."""
        engine = self.writer._engine
        assert engine is not None
        with closing(engine.raw_connection()) as link:
            link.cursor().execute(pragma)

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.path)) as link:
            return link.execute(sql).fetchall()


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[Recorded]:
    one = Recorded(tmp_path / "fleet.conntop")
    yield one
    one.writer.close()


def places(recorded: Recorded) -> list[object]:
    return [place for (place,) in recorded.ask("SELECT place FROM polls ORDER BY at")]


def test_while_the_disk_is_full_polls_are_held_and_written_later(recorded: Recorded) -> None:
    recorded.polls(5)
    recorded.full()
    recorded.polls(BACK - 5)
    assert len(places(recorded)) < BACK
    recorded.full(is_full=False)
    recorded.polls(1)
    assert recorded.recorder.trouble is None
    assert places(recorded) == list(range(BACK + 1))
    name = recorded.writer.name
    assert recorded.said == [
        f"{name} cannot be written to: database or disk is full; it is tried again with each poll",
        f"{name} is written to again: all is kept",
    ]
    # The outage of the link in between, and no gap of ours.
    assert recorded.ask("SELECT why FROM gaps") == [("unreachable",)]


def test_what_is_too_much_to_hold_is_a_gap_that_is_told(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path / "fleet.conntop", held=10_000)
    recorded.polls(5)
    recorded.full()
    recorded.polls(CRASH - 2)
    there = places(recorded)
    recorded.full(is_full=False)
    recorded.polls(2)
    now = places(recorded)
    assert now == list(range(len(there) + 2))
    assert recorded.said[-1].endswith(" polls not")
    [(since, until, why)] = recorded.ask("SELECT since, until, why FROM gaps")
    times = [at for (at,) in recorded.ask("SELECT at FROM polls ORDER BY at")]
    assert (since, until, why) == (times[len(there) - 1], times[len(there)], "not recorded")
    store = open_store(str(recorded.path))
    recording = Recording(store)
    whose = recording.feed()
    # All that is there leads on from poll to poll, across the gap, too.
    assert [one.place for one, _ in recording.outcomes(whose, 0)] == now[1:]
    last = recording.fleet_at(whose, recording.moments(whose)[-1].place)
    assert set(last.tracked) == set(recorded.fleet.tracked)
    store.dispose()
    recorded.writer.close()


@pytest.mark.parametrize("what", ["removed", "replaced", "moved", "folder"])
def test_a_file_that_is_taken_away_is_followed_by_another(recorded: Recorded, what: str) -> None:
    recorded.polls(4)
    path = recorded.path
    if what == "folder":
        path.parent.rename(path.parent.with_name("elsewhere"))
        recorded.polls(1)
        assert recorded.said[-1].startswith(f"{recorded.writer.name} cannot be written to: No such")
        path.parent.mkdir()
    elif what == "moved":
        elsewhere = path.rename(path.with_name("elsewhere.conntop"))
        recorded.polls(1)
        with closing(sqlite3.connect(elsewhere)) as link:
            assert link.execute("SELECT count(*) FROM polls").fetchone() == (4,)
    else:
        path.unlink()
        if what == "replaced":
            path.write_bytes(b"not a recording, and nobody's to write over")
            recorded.polls(2)
            assert path.read_bytes().startswith(b"not a recording")
            assert "is no recording of conntop and is left as it is" in recorded.said[-1]
            path.unlink()
    recorded.polls(2)
    assert recorded.recorder.trouble is None
    assert places(recorded) == list(range(3 if what == "moved" else 2))
    assert any("removed or replaced" in one for one in recorded.said)


def test_a_file_that_may_not_be_written_is_said_and_tried_again(recorded: Recorded) -> None:
    recorded.polls(3)
    # As for a file or a system that is read-only, which root does not feel.
    recorded.set("PRAGMA query_only=1")
    recorded.polls(2)
    assert "cannot be written to: attempt to write a readonly database" in recorded.said[-1]
    recorded.set("PRAGMA query_only=0")
    recorded.polls(1)
    assert places(recorded) == list(range(6))


def test_a_second_recorder_is_refused_and_told_who_has_it(recorded: Recorded) -> None:
    recorded.polls(1)
    # Another name of the same file, too.
    other = recorded.path.with_name("link.conntop")
    other.symlink_to(recorded.path)
    for path in (recorded.path, other):
        with pytest.raises(RecordingError, match=rf"being recorded by process {os.getpid()} on "):
            Writer(str(path)).open()
    recorded.writer.close()
    again = Writer(str(recorded.path))
    again.open()
    again.close()
    assert not list(recorded.path.parent.glob("*.lock"))


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """No file of this process may become larger: writes fail as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def as_nobody() -> Iterator[None]:
    """As somebody to whom permissions apply, which root does not feel."""
    if os.geteuid():
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_system_that_takes_no_more_in_the_middle_of_a_write_is_said_and_survived(
    recorded: Recorded,
) -> None:
    recorded.polls(3)
    beside = recorded.path.with_name(f"{recorded.path.name}-wal")
    # In the middle of a page of the next poll.
    with no_room_beyond(beside.stat().st_size + 5_000):
        recorded.polls(BACK - 3)
        assert places(recorded) == [0, 1, 2]
        assert recorded.ask("PRAGMA integrity_check") == [("ok",)]
    recorded.polls(1)
    name = recorded.writer.name
    assert recorded.said == [
        f"{name} cannot be written to: disk I/O error; it is tried again with each poll",
        f"{name} is written to again: all is kept",
    ]
    assert places(recorded) == list(range(BACK + 1))
    assert recorded.ask("PRAGMA integrity_check") == [("ok",)]


def test_without_room_for_the_tables_no_file_is_left(tmp_path: Path) -> None:
    path = tmp_path / "fleet.conntop"
    writer = Writer(str(path))
    with no_room_beyond(50_000):
        with pytest.raises(RecordingError, match="cannot be written to: disk I/O error"):
            writer.open()
        assert list(tmp_path.iterdir()) == []
    writer.open()
    writer.close()


@pytest.fixture
def everybodys() -> Iterator[Path]:
    """A folder which others can get to."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_one_may_not_write_is_said_and_left_as_it_is(everybodys: Path, what: str) -> None:
    path = everybodys / "fleet.conntop"
    make_recording(path, polls=2, connections=3)
    path.chmod(0o444)
    everybodys.chmod(0o777 if what == "file" else 0o555)
    before = path.read_bytes()
    writer = Writer(str(path))
    with as_nobody():
        with pytest.raises(RecordingError, match="cannot be written to: Permission denied"):
            writer.open()
        assert list(everybodys.iterdir()) == [path]
        open_store(str(path)).dispose()
    assert path.read_bytes() == before


def test_what_becomes_read_only_while_it_is_recorded_is_written_to_the_end(
    everybodys: Path,
) -> None:
    everybodys.chmod(0o777)
    with as_nobody():
        recorded = Recorded(everybodys / "fleet.conntop")
        recorded.polls(2)
    recorded.path.chmod(0o444)
    everybodys.chmod(0o555)
    with as_nobody():
        recorded.polls(2)
        recorded.writer.close()
        assert recorded.said == []
        assert places(recorded) == [0, 1, 2, 3]
