"""docs/recording.md: it has every table and column, and its questions are answered rightly."""

import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.strategies import NOON, connection, failure, snapshot
from tui.archive.recorder import Recorder
from tui.archive.schema import metadata
from tui.archive.writer import Writer
from tui.core.connection import Connection
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS

PAGE = (Path(__file__).parents[2] / "docs/recording.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
UP, SILENCES, DROPS = range(3)
END = 500
OUTAGE = range(400, 440, 10)


def one(name: str, key: int, beat: int, start: int = -900) -> Connection:
    at = NOON + beat * TICKS
    return replace(
        connection(name, at, api_key_id=f"key-{key}", host=f"host-{name[0]}", client=name[0]),
        start=NOON + start * TICKS,
        last_heartbeat=at,
        updated=at,
    )


def records(second: int) -> list[Connection]:
    """Who is there so many seconds after the beginning, all known by their answers only.

    a falls silent at 100 and beats again at 300; b is gone at 200, and its client back at 260; c
    goes while our link is down; d stops at 450, and e at 350, which nobody sees end.
    """
    there = [
        one("a", 1, 100 if 100 <= second < 300 else second),
        one("d", 4, min(second, 450)),
        one("e", 4, 350 if 350 <= second < 440 else second),
    ]
    if second < 200:
        there.append(one("b", 2, second))
    if second >= 260:
        there.append(one("b2", 2, second, start=255))
    if second < 400:
        there.append(one("c", 3, second))
    return there


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("asked") / "fleet.conntop"
    writer, fleet = Writer(str(path)), Fleet()
    recorder = Recorder(writer, "prod", "api.example")
    for second in range(0, END + 1, 10):
        at = NOON + second * TICKS
        outcome = failure(at=at) if second in OUTAGE else snapshot(records(second), at)
        fleet = fold(fleet, outcome)
        recorder.add(outcome, fleet)
        assert recorder.trouble is None
    writer.close()
    return path


ANSWERS: dict[int, list[tuple[object, ...]]] = {
    # Known are 500 s but for the 50 s from the last answer before the outage to the first after.
    # key-1 is silent from the first answer that is more than 125 s after its heartbeat until 300.
    UP: [
        ("key-1", round(100 * (450 - 70) / 450, 2), 450),
        ("key-2", round(100 * (450 - 60) / 450, 2), 450),
        ("key-3", round(100 * (450 - 60) / 450, 2), 450),
        ("key-4", 100.0, 450),
    ],
    SILENCES: [
        ("a", "host-a", 200, "live"),
        ("d", "host-d", 50, "still silent"),
        ("e", "host-e", 40, "not known"),
    ],
    DROPS: [
        ("2024-01-15 14:00", "host-b", 1, 0, 7),
        ("2024-01-15 14:00", "host-c", 0, 1, 7),
    ],
}


@pytest.mark.parametrize("number", ANSWERS)
def test_each_question_is_answered_as_by_hand(path: Path, number: int) -> None:
    with closing(sqlite3.connect(path)) as link:
        assert link.execute(QUERIES[number]).fetchall() == ANSWERS[number]


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="there is no sqlite3 shell here")
@pytest.mark.parametrize("number", ANSWERS)
def test_the_shell_says_the_same(path: Path, number: int) -> None:
    said = subprocess.run(
        ["sqlite3", str(path)], input=QUERIES[number], capture_output=True, text=True, timeout=30
    )
    assert said.stderr == ""
    told = ["|".join(map(str, row)) for row in ANSWERS[number]]
    assert said.stdout.splitlines() == told


def test_every_table_and_column_is_told_of() -> None:
    assert len(QUERIES) == len(ANSWERS)
    tables = PAGE.partition("## Tables")[2].partition("## Three")[0]
    words = set(re.findall(r"`([a-z_]+)`", tables))
    for table in metadata.tables.values():
        assert f"- **`{table.name}`**" in tables
        if table.name not in ("leases", "keyframes"):
            assert {column.name for column in table.columns} <= words, table.name
