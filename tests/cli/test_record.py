"""``conntop record`` against a real server, in this process and in some that are told to end."""

from __future__ import annotations

import re
import signal
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.archive.made import make_recording
from tests.cli.program import KEY, Run, start

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Served

CALM = r"conntop: recording 1 connection every 1 s to {}: live only"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "recordings"
    folder.mkdir()
    return folder / "fleet.conntop"


def polls(path: Path) -> int:
    """How many polls there are in a file that is whole, with nothing left beside it."""
    assert list(path.parent.iterdir()) == [path]
    with closing(sqlite3.connect(path)) as link:
        assert link.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        places = [place for (place,) in link.execute("SELECT place FROM polls ORDER BY at")]
    assert places == list(range(len(places)))
    return len(places)


def test_it_ends_by_itself_after_a_time_and_goes_on_the_next_time(
    run: Run, example: Served, path: Path
) -> None:
    ran = run("record", "--to", str(path), "--every", "1", "--for", "1.3s")
    first, last = ran.err.splitlines()
    assert (ran.code, ran.out) == (0, "")
    assert re.fullmatch(CALM.format(path), first)
    made = polls(path)
    assert made == len(example.log.getvalue().splitlines()) > 1
    assert last == f"conntop: recorded {made} polls to {path}"
    ran = run("record", "--to", str(path), "--for", "0.3s")
    assert ran.code == 0
    assert re.search(r": live only, going on from 2024-01-15 14:30:3\dZ\n", ran.err)
    assert ran.err.endswith(f"conntop: recorded 1 poll to {path}\n")
    assert polls(path) == made + 1


@pytest.mark.usefixtures("example")
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 0, marks=pytest.mark.slow)],
)
def test_told_to_end_it_leaves_what_was_asked(run: Run, path: Path, number: int, code: int) -> None:
    with start("record", "--to", str(path), "--every", "1") as process:
        try:
            assert process.stderr is not None
            assert re.fullmatch(CALM.format(path), process.stderr.readline().rstrip())
            before = path.read_bytes()
            second = run("record", "--to", str(path))
            assert (second.code, second.out) == (2, "")
            assert second.sentence.startswith(
                f"{path} is being recorded by process {process.pid} on "
            )
            assert second.sentence.endswith(": name another file, or end that first")
            assert path.read_bytes() == before
            process.send_signal(number)
            out, err = process.communicate(timeout=20)
        finally:
            process.kill()
    assert (process.returncode, out) == (code, "")
    made = re.fullmatch(rf"conntop: recorded (\d+) polls? to {path}\n", err)
    assert made, err
    assert polls(path) == int(made[1])


@pytest.mark.usefixtures("example")
@pytest.mark.parametrize("there", [False, True])
def test_a_wrong_key_leaves_the_folder_as_it_was(
    run: Run, path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    if there:
        make_recording(path, polls=1, connections=2)
    monkeypatch.setenv("CONNTOP_API_KEY", KEY + "x")
    ran = run("record", "--to", str(path))
    assert (ran.code, ran.out) == (1, "")
    assert ran.sentence.startswith("the API key was refused (401)")
    assert list(path.parent.iterdir()) == [path] * there
    assert not there or polls(path) == 1


def test_what_cannot_be_recorded_to_is_left_as_it_is(run: Run, example: Served, path: Path) -> None:
    missing, folder = path.parent / "none" / "it", path.parent / "folder"
    other, database, newer = (path.parent / name for name in ("other", "database", "newer"))
    folder.mkdir()
    other.write_text("a diary\n" * 100)
    with closing(sqlite3.connect(database)) as link:
        link.execute("CREATE TABLE mine (value)")
    make_recording(newer, polls=1, connections=2)
    with closing(sqlite3.connect(newer)) as link:
        link.execute("UPDATE recording SET version = 99")
        link.commit()
    before = {one: one.is_file() and one.read_bytes() for one in path.parent.iterdir()}
    for where, sentence in (
        (missing, r"cannot be written to: No such file or directory"),
        (folder, r"cannot be written to: Is a directory"),
        (other, r"is no recording of conntop and is left as it is: name another"),
        (database, r"is no recording of conntop and is left as it is: name another"),
        (newer, r"was recorded by a newer conntop \(version 99 .*\): update conntop"),
    ):
        ran = run("record", "--to", str(where))
        assert (ran.code, ran.out) == (2, "")
        assert re.fullmatch(f"conntop: {re.escape(str(where))} {sentence}\n", ran.err), ran.err
    assert {one: one.is_file() and one.read_bytes() for one in path.parent.iterdir()} == before
    for args, sentence in (
        (["--to", ""], "it is empty"),
        (["--to", "mysql://x/y"], "the URL of the database cannot be read"),
        (["--to", str(path), "--keep", "1y"], "it takes hours or days, such as 36h or 14d"),
        (["--to", str(path), "--keep-size", "1kB"], "it takes a size from 1MB on"),
    ):
        ran = run("record", *args)
        assert (ran.code, ran.out) == (2, "")
        assert sentence in ran.sentence
    assert not path.exists()
    assert example.log.getvalue() == ""
