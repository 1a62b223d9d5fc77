"""A recording in a real PostgreSQL is read like a file."""

from pathlib import Path

import pytest

from tests.archive.made import CRASH, CUT, make_recording
from tests.core.test_history import as_told, in_order
from tui.archive.known import KnownBefore
from tui.archive.reading import Recording
from tui.archive.sets import SETS, Span, rows_of
from tui.archive.store import open_store


@pytest.mark.slow
def test_what_is_read_is_the_same_as_of_a_file(tmp_path: Path, database: str) -> None:
    file = str(tmp_path / "past.conntop")
    for where in (file, database):
        make_recording(where, connections=9)
    one, other = Recording(open_store(file)), Recording(open_store(database))
    whose = one.feed()
    assert (one.feeds(), one.span(whose)) == (other.feeds(), other.span(whose))
    moments = one.moments(whose)
    assert moments == other.moments(whose)
    for place in (0, CRASH, CUT, len(moments) - 1):
        first, second = (each.fleet_at(whose, place) for each in (one, other))
        assert first.log == second.log
        assert as_told(first) == as_told(second)
        at = moments[place].at
        assert KnownBefore(one, whose).at(at) == KnownBefore(other, whose).at(at)
    brought = [
        [in_order(outcome) for _, outcome in each.outcomes(whose, CRASH)] for each in (one, other)
    ]
    assert brought[0] == brought[1]
    for what in SETS.values():
        for since in (moments[0].at, moments[CRASH + 1].at):
            span = Span(whose, since, moments[-3].at)
            rows = [list(rows_of(what, each, span)) for each in (one, other)]
            assert rows[0] == rows[1]
            assert rows[0]
    one.close()
    other.close()
