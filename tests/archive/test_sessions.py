"""What a recording tells of who was there, held to the script that it was made of."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.archive.made import (
    BACK,
    CRASH,
    CUT,
    EVERY,
    OUTAGE,
    RETURN,
    ROUND,
    WHOLE,
    make_recording,
)
from tests.strategies import NOON
from tui.archive.reading import Recording
from tui.archive.sessions import Observed, observed
from tui.archive.store import open_store
from tui.core.absence import Ending, attendance
from tui.core.availability import all_of, frame_of, groups_of, incidents_of
from tui.core.instant import TICKS, Instant
from tui.core.lineage import Lineage
from tui.core.names import Names
from tui.core.spans import Span

CONNECTIONS = 30
CRASHING = CONNECTIONS // 3
NAMES = Names(hosts={"ws-server-02": "gateway two"})


def at(place: int) -> Instant:
    """When the poll of that place was."""
    return NOON + place * EVERY * TICKS


@contextmanager
def opened(path: Path) -> Iterator[Recording]:
    store = open_store(str(path))
    try:
        yield Recording(store)
    finally:
        store.dispose()


def read(path: Path, span: Span) -> Observed:
    with opened(path) as recording:
        return observed(recording, recording.feed(), span, 3_600, Lineage(), NAMES)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "two.conntop"
    make_recording(path, polls=2 * ROUND, connections=CONNECTIONS)
    return path


def test_who_was_there_dropped_and_came_back_is_who_did(path: Path) -> None:
    span = at(0), at(2 * ROUND - 1)
    seen = read(path, span)
    kept = attendance(seen.sessions, seen.end)
    frame = frame_of(span, seen.unknown, seen.end)
    whole = all_of(kept, frame)
    assert whole.connections == CONNECTIONS + 2 * CRASHING
    assert (whole.drops, whole.back, whole.handed_over) == (2 * CRASHING, 2 * CRASHING, 0)
    # First they go to another server, then they stay on it.
    assert whole.moved == CRASHING
    absences = [one for one in kept.absences if one.is_drop]
    for one in absences:
        lap = (one.since - NOON) // (ROUND * EVERY * TICKS)
        crash, back = at(lap * ROUND + CRASH), at(lap * ROUND + RETURN)
        assert crash - 15 * TICKS < one.since < crash
        assert one.until is not None
        assert back - 10 * TICKS <= one.until < back
        assert one.ending is (Ending.RECONNECTED if lap else Ending.MOVED)
        assert one.session.labels.host == ("" if lap else "gateway two")
    assert whole.down == pytest.approx(sum(one.seconds(seen.end) for one in absences))
    assert {one.value for one in groups_of(kept, frame, lambda one: one.record.service)} == {
        "coinapi-ws",
        "coinapi-rest",
        "coinapi-fix",
    }


def test_what_was_not_known_is_the_outage_of_the_link_and_what_was_cut(path: Path) -> None:
    span = at(0), at(2 * ROUND - 1)
    seen = read(path, span)
    frame = frame_of(span, seen.unknown, seen.end)
    outages = [(at(lap + OUTAGE - 1), at(lap + BACK)) for lap in (0, ROUND)]
    assert list(frame.unknown) == outages
    assert (seen.polls, seen.cut) == (2 * ROUND - 1, 2 * (WHOLE - CUT))
    assert seen.failures == {"unreachable": 2 * (BACK - OUTAGE)}
    whole = all_of(attendance(seen.sessions, seen.end), frame)
    hidden = CONNECTIONS * sum(last - first for first, last in outages) / TICKS
    # Half of them were in the cut answers; of the others nobody knows from a last heartbeat on.
    lost = CONNECTIONS / 2 * 2 * (WHOLE - CUT + 1) * EVERY
    assert hidden + lost * 0.7 < whole.unknown < hidden + lost * 1.3


def test_a_mass_drop_is_told_as_it_was_then(path: Path) -> None:
    seen = read(path, (at(0), at(ROUND)))
    [(_, sentence)] = seen.mass_drops
    assert sentence.startswith(f"{CRASHING} gone since 14:31:51Z: all on host ws-server-02")
    kept = attendance(seen.sessions, seen.end)
    [incident] = incidents_of(seen.mass_drops, kept)
    assert (incident.where, incident.there, incident.back) == ("ws-server-02", CRASHING, CRASHING)


def test_what_lies_outside_of_the_recording_is_not_known(path: Path) -> None:
    before, after = at(0) - 600 * TICKS, at(2 * ROUND - 1) + 600 * TICKS
    seen = read(path, (before, after))
    unknown = frame_of((before, after), seen.unknown, seen.end).unknown
    assert (unknown[0], unknown[-1]) == ((before, at(0)), (at(2 * ROUND - 1), after))
    assert read(path, (after, after + TICKS)).polls == 0


def test_a_drop_at_the_end_of_the_span_is_followed_into_what_comes_after(path: Path) -> None:
    span = at(0), at(CRASH + 1)
    seen = read(path, span)
    kept = attendance(seen.sessions, seen.end)
    whole = all_of(kept, frame_of(span, seen.unknown, seen.end))
    assert (whole.drops, whole.back) == (CRASHING, CRASHING)
    # What came after is not in the span.
    assert 0 < whole.down < CRASHING * 25


def test_an_outage_that_has_not_ended_is_not_known_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "blind.conntop"
    make_recording(path, polls=OUTAGE + 2, connections=6)
    span = at(0), at(OUTAGE + 1)
    seen = read(path, span)
    assert frame_of(span, seen.unknown, seen.end).unknown == ((at(OUTAGE - 1), span[1]),)
    assert seen.end == at(OUTAGE - 1)
