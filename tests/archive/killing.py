"""``python -m tests.archive.killing FILE TIMES SEED``: record, and be killed, over and over.

Each time a child goes on with the recording and tells of each poll once it is written; it is killed
at a random moment, and what it has left behind is looked at. A child is forked from this process,
which has loaded everything and has no threads, so that a kill costs a few milliseconds.
"""

import json
import os
import random
import signal
import sqlite3
import struct
import sys
import time
from pathlib import Path

from msgspec.structs import replace

from tests.strategies import NOON, connection, snapshot
from tui.archive.bounds import Bounds
from tui.archive.position import feed_of, position_of
from tui.archive.reading import Recording
from tui.archive.recorder import Recorder
from tui.archive.store import open_store
from tui.archive.writer import Writer
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS
from tui.core.lineage import DEFAULT_CLIENT
from tui.core.names import NO_NAMES
from tui.core.snapshot import Snapshot

EVERY = 10
CLIENTS = 12
KEPT = Bounds(age=EVERY * 400.0)
"""So much that letting go of the oldest is killed, too."""
DEEP = 5
"""Each how many-th time it is looked at as a whole: that takes as long as all the rest."""
_FEED = "prod", "api.example"


def answer(number: int) -> Snapshot:
    """What the poll of that number brings: each client opens another connection now and then."""
    at = NOON + number * EVERY * TICKS
    records = []
    for client in range(CLIENTS):
        life = (number + client) // 20
        start = NOON + ((life * 20 - client) * EVERY - 1) * TICKS
        records.append(
            replace(
                connection(f"conn_{client}_{life}", at, client=f"198.51.100.{client}"),
                start=start,
                last_heartbeat=at - (number * 7_919 + client * 104_729) % TICKS,
            )
        )
    return snapshot(records, at)


def record(path: Path, told: int) -> None:
    """Go on with the recording without end, and tell the number of each poll that is written."""
    recorder = Recorder(Writer(str(path)), *_FEED, bounds=KEPT)
    fleet = recorder.go_on(DEFAULT_CLIENT, NO_NAMES) or Fleet()
    number = 0 if fleet.at is None else (fleet.at - NOON) // (EVERY * TICKS) + 1
    while True:
        outcome = answer(number)
        fleet = fold(fleet, outcome)
        recorder.add(outcome, fleet)
        if recorder.trouble is not None:
            raise SystemExit(recorder.trouble)
        os.write(told, struct.pack("q", number))
        number += 1


def look(path: Path, told: int, *, deep: bool) -> str | None:
    """What is wrong with what was left behind; ``None`` where nothing is.

    Args:
        path: the recording.
        told: the number of the last poll that was told to be written; -1 before any was.
        deep: whether to see what a further run and a reader make of it, too.
    """
    if not path.exists():
        return None if told < 0 else "the file is gone"
    link = sqlite3.connect(path)
    try:
        [verdict] = link.execute("PRAGMA integrity_check").fetchone()
        if verdict != "ok":
            return f"integrity: {verdict}"
        if not link.execute("SELECT 1 FROM sqlite_master").fetchone():
            return None if told < 0 else "it is empty"
        polls = link.execute("SELECT place, at FROM polls ORDER BY at").fetchall()
        rows, ids = link.execute(
            "SELECT count(*), count(DISTINCT connection_id) FROM connections"
        ).fetchone()
        lost = link.execute(
            "SELECT count(*) FROM states LEFT JOIN connections USING (organization, number) "
            "WHERE connection_id IS NULL"
        ).fetchone()[0]
        gaps = link.execute("SELECT count(*) FROM gaps").fetchone()[0]
    finally:
        link.close()
    if not polls:
        return None if told < 0 else "no poll is there"
    places, last = [place for place, _ in polls], (polls[-1][1] - NOON) // (EVERY * TICKS)
    if places != list(range(places[0], places[0] + len(places))):
        return "polls are missing between others"
    # Of what was told nothing is missing; one more may have been written and not told.
    if last not in (told, told + 1):
        return f"the last poll is {last}, and {told} was told"
    if places[-1] != last or gaps or rows != ids or lost:
        return f"place {places[-1]} of {last}, {gaps} gaps, {rows} rows of {ids}, {lost} lost"
    return _reached(path, last) if deep else None


def _reached(path: Path, last: int) -> str | None:
    """What is wrong with the fleet at the end."""
    store = open_store(str(path))
    try:
        with store.connect() as link:
            whose = feed_of(link, *_FEED)
            assert whose is not None
            fleet = position_of(link, whose, DEFAULT_CLIENT, NO_NAMES).fleet
        known = {one.connection_id: one for one in answer(last).records}
        there = {name: one.connection for name, one in fleet.tracked.items() if name in known}
        if there != known:
            return "the fleet at the end is another one"
        recording = Recording(store)
        recording.fleet_at(whose, recording.moments(whose)[0].place)
    finally:
        store.dispose()
    return None


def kill(path: Path, rng: random.Random) -> int:
    """Have a child go on, and kill it; the number of the last poll that it told, or -1."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        record(path, writer)
    os.close(writer)
    with os.fdopen(reader, "rb", buffering=0) as pipe:
        # A fifth is killed while it opens the recording, however long that takes here.
        raw = b"" if rng.random() < 0.2 else pipe.read(8)
        # No condition to wait for: it is to be any moment.
        time.sleep(rng.uniform(0.0, 0.03))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raw += pipe.read()
    return max((number for (number,) in struct.iter_unpack("q", raw)), default=-1)


def main(path: Path, times: int, seed: int) -> int:
    """Do it so often; the verdict as JSON."""
    rng, told, wrong = random.Random(seed), -1, list[str]()
    for turn in range(times):
        told = max(told, kill(path, rng))
        problem = look(path, told, deep=turn % DEEP == DEEP - 1)
        if problem is not None:
            wrong.append(f"kill {turn}: {problem}")
            break
        told = max(told, _last(path))
    print(json.dumps({"wrong": wrong, "polls": told + 1, "kept": _kept(path)}))
    return 0


def _last(path: Path) -> int:
    """The number of the last poll that is there: told or not, it is not to be lost by the next."""
    link = sqlite3.connect(path)
    try:
        if not link.execute("SELECT 1 FROM sqlite_master").fetchone():
            return -1
        [at] = link.execute("SELECT max(at) FROM polls").fetchone()
    finally:
        link.close()
    return -1 if at is None else int((at - NOON) // (EVERY * TICKS))


def _kept(path: Path) -> int:
    link = sqlite3.connect(path)
    try:
        return int(link.execute("SELECT count(*) FROM polls").fetchone()[0])
    finally:
        link.close()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
