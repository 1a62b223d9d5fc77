"""Beside a screen what is asked is recorded by a thread, which may fall behind and says so."""

import sqlite3
from contextlib import closing
from itertools import islice
from pathlib import Path
from threading import Event

import pytest

from tests.archive.made import CONTEXT, HOST, script
from tests.standin.real_fleet import until
from tests.strategies import NOON, failure
from tui.archive import scribe as module
from tui.archive.bounds import Bounds
from tui.archive.recorder import Recorder
from tui.archive.scribe import Scribe
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.snapshot import Outcome


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fleet.conntop"


class Screen:
    """Shows the script's polls to a scribe."""

    def __init__(self, scribe: Scribe) -> None:
        self._keep = scribe.keep(CONTEXT, HOST)
        self._script = script(40, 6)
        self._fleet = Fleet()

    def polls(self, count: int) -> None:
        for outcome in islice(self._script, count):
            self._fleet = fold(self._fleet, outcome)
            self._keep(outcome, self._fleet)


def ask(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as link:
        return link.execute(sql).fetchall()


def told(scribe: Scribe) -> tuple[str, ...]:
    return scribe.troubles


class Slow:
    """A disk that takes a poll only once it is let."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.go = Event(), Event()
        add = Recorder.add

        def add_slowly(recorder: Recorder, outcome: Outcome, fleet: Fleet) -> None:
            self.reached.set()
            assert self.go.wait(10)
            add(recorder, outcome, fleet)

        monkeypatch.setattr(Recorder, "add", add_slowly)


def test_all_is_written_by_the_end(path: Path) -> None:
    scribe = Scribe(str(path), Bounds())
    Screen(scribe).polls(12)
    scribe.close()
    assert told(scribe) == ()
    assert ask(path, "SELECT count(*) FROM polls") == [(12,)]


def test_what_cannot_be_recorded_at_all_is_said(tmp_path: Path) -> None:
    scribe = Scribe(str(tmp_path), Bounds())
    Screen(scribe).polls(2)
    scribe.close()
    assert told(scribe) == (f"{tmp_path} cannot be written to: Is a directory",)


def test_while_it_is_behind_polls_are_left_out_which_is_said_and_is_a_gap_in_the_recording(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAITING", 4)
    slow = Slow(monkeypatch)
    scribe = Scribe(str(path), Bounds())
    screen = Screen(scribe)
    screen.polls(1)
    assert slow.reached.wait(10)
    # One is being written, four wait, and the rest is left out without a wait.
    screen.polls(4)
    assert told(scribe) == ()
    screen.polls(3)
    assert told(scribe) == (f"{path} takes too long to be written: polls are left out",)
    slow.go.set()
    until(scribe._polls.empty, "it has caught up")
    screen.polls(2)
    assert told(scribe) == ()
    scribe.close()
    times = [at for (at,) in ask(path, "SELECT at FROM polls ORDER BY at")]
    assert len(times) == 5 + 2
    assert ask(path, "SELECT since, until, why FROM gaps") == [(times[4], times[5], "not recorded")]


def test_what_is_lost_at_the_end_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    slow = Slow(monkeypatch)
    scribe = Scribe(str(path), Bounds())
    Screen(scribe).polls(2)
    assert slow.reached.wait(10)
    scribe.close()
    assert told(scribe) == (f"{path} takes too long to be written: the last polls are lost",)
    slow.go.set()
    assert scribe._thread is not None
    scribe._thread.join(10)


def test_where_nothing_was_ever_known_no_file_is_left(path: Path) -> None:
    scribe = Scribe(str(path), Bounds())
    keep = scribe.keep(CONTEXT, HOST)
    outcome = failure(at=NOON)
    keep(outcome, fold(Fleet(), outcome))
    scribe.close()
    assert told(scribe) == ()
    assert list(path.parent.iterdir()) == []
