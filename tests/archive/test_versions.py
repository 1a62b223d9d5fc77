"""A recording of each version of the tables is kept, and every later conntop goes on with it."""

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.archive.made import CONTEXT, CRASH, CUT, EVERY, HOST, OUTAGE, ROUND, script
from tui.archive.reading import Recording
from tui.archive.recorder import Recorder
from tui.archive.schema import VERSION
from tui.archive.store import open_store
from tui.archive.writer import Writer
from tui.core.fold import fold
from tui.core.instant import TICKS
from tui.core.lineage import DEFAULT_CLIENT
from tui.core.memory import with_lapse
from tui.core.names import NO_NAMES
from tui.core.snapshot import Snapshot

DATA = Path(__file__).parents[1] / "data"
CONNECTIONS = 6


@pytest.mark.parametrize("version", range(1, VERSION + 1))
def test_a_recording_of_an_older_conntop_is_opened_read_and_gone_on_with(
    tmp_path: Path, version: int
) -> None:
    """The file was made once, by the conntop that had that version, and is never made anew.

    ``python -c "from tests.archive.made import *; make_recording('r', connections=6)"`` made it,
    and ``gzip -9n < r > tests/data/recording-1.conntop.gz``.
    """
    path = tmp_path / "fleet.conntop"
    kept = DATA / f"recording-{version}.conntop.gz"
    path.write_bytes(gzip.decompress(kept.read_bytes()))
    writer = Writer(str(path))
    recorder = Recorder(writer, CONTEXT, HOST)
    fleet = recorder.go_on(DEFAULT_CLIENT, NO_NAMES)
    assert fleet is not None
    assert fleet.last is not None
    for turn, outcome in enumerate(script(3, CONNECTIONS)):
        assert isinstance(outcome, Snapshot)
        later = replace(outcome, at=outcome.at + 3_600 * TICKS)
        later = later if turn else with_lapse(fleet.last, later, EVERY)
        fleet = fold(fleet, later)
        recorder.add(later, fleet)
        assert recorder.trouble is None
    writer.close()

    with closing(sqlite3.connect(path)) as link:
        assert link.execute("SELECT version FROM recording").fetchall() == [(VERSION,)]
        gaps = link.execute("SELECT why FROM gaps ORDER BY since").fetchall()
    assert gaps == [("unreachable",), ("not recorded",)]
    store = open_store(str(path))
    recording = Recording(store)
    whose = recording.feed()
    moments = recording.moments(whose)
    assert [one.place for one in moments] == list(range(ROUND + 3))
    assert [one.place for one in moments if one.blind] == list(range(OUTAGE, OUTAGE + 4))
    assert sum(one.drops for one in moments) == CONNECTIONS // 3
    for place, outcome in enumerate(script(ROUND, CONNECTIONS)):
        if isinstance(outcome, Snapshot):
            then = recording.fleet_at(whose, place).tracked
            there = {name: one.connection for name, one in then.items() if one.gone_at is None}
            assert {one.connection_id: one for one in outcome.records}.items() <= there.items()
            assert len(there) == CONNECTIONS - (2 if CRASH <= place < CRASH + 3 else 0)
    assert recording.fleet_at(whose, CUT).last.complete is False  # type: ignore[union-attr]
    store.dispose()
