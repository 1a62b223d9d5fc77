"""What is exported of a recording is what was observed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.archive.made import BACK, CONTEXT, CRASH, EVERY, OUTAGE, ROUND, make_recording
from tests.strategies import NOON, connection, snapshot
from tui.archive.reading import Recording
from tui.archive.recorder import Recorder
from tui.archive.sets import (
    CONNECTIONS,
    EVENTS,
    GAPS,
    HEARTBEATS,
    POLLS,
    SETS,
    STATES,
    Row,
    Span,
    What,
    rows_of,
)
from tui.archive.store import open_store
from tui.archive.writer import Writer
from tui.core.connection import Connection
from tui.core.fleet import Fleet, Tracked
from tui.core.fold import fold
from tui.core.instant import MINUTE, TICKS, Instant
from tui.report import FILTERED
from tui.report import SETS as NAMES

POLLED = 2 * ROUND


def time_of(place: int) -> Instant:
    return NOON + place * EVERY * TICKS


class Recorded:
    """A recording, and what was known while it was made."""

    def __init__(self, path: Path) -> None:
        self.fleets = make_recording(path, polls=POLLED, connections=12)
        self.recording = Recording(open_store(str(path)))
        self.organization = self.recording.feed(CONTEXT)

    def rows(self, what: What, first: int = 0, last: int = POLLED - 1) -> list[Row]:
        """Those of a span of polls."""
        span = Span(self.organization, time_of(first), time_of(last))
        return list(rows_of(what, self.recording, span))

    def named(self, what: What, first: int = 0, last: int = POLLED - 1) -> list[dict[str, object]]:
        """The same by the names of the fields."""
        header = [field.name for field in what.fields]
        rows = self.rows(what, first, last)
        return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return Recorded(tmp_path_factory.mktemp("recorded") / "fleet.conntop")


def state_of(one: Tracked, fleet: Fleet) -> str:
    """Its state, where that was known: one that a cut answer lacks may be there or not."""
    return "unseen" if one.is_stale(fleet.at) else one.state.value


def observed(fleets: list[Fleet], first: int, last: int) -> Iterator[tuple[object, ...]]:
    """When which connection had which record and state, as the fleets of the polls have it."""
    whole, known = False, dict[str, tuple[Connection, str]]()
    for place in range(first, last + 1):
        fleet = fleets[place]
        now = {
            name: (one.connection, "unseen" if one.is_stale(fleet.at) else one.state.value)
            for name, one in fleet.tracked.items()
        }
        for name, (record, state) in now.items():
            is_new = place > first and known.get(name) != (record, state)
            in_first = not whole and not fleet.is_blind and fleet.tracked[name].seen == fleet.at
            if is_new or in_first:
                yield _row(place, record, state)
        whole, known = whole or not fleet.is_blind, now


def _row(place: int, record: Connection, state: str) -> tuple[object, ...]:
    values = [record.record()[field.name] for field in HEARTBEATS.fields[2:10]]
    return (
        time_of(place),
        state,
        *values,
        record.last_heartbeat,
        record.start,
        record.updated,
        record.duration,
        record.is_active,
    )


SPANS = [(0, POLLED - 1), (0, 0), (CRASH + 1, OUTAGE + 2), (OUTAGE + 1, BACK + 5), (25, 70)]


@pytest.mark.parametrize(("first", "last"), SPANS)
def test_each_heartbeat_and_state_that_was_observed_is_a_row(
    recorded: Recorded, first: int, last: int
) -> None:
    told = recorded.rows(HEARTBEATS, first, last)
    assert sorted(told, key=repr) == sorted(observed(recorded.fleets, first, last), key=repr)
    times = [row["at"] for row in recorded.named(HEARTBEATS, first, last)]
    assert times == sorted(times, key=lambda at: int(str(at)))


def test_while_nothing_is_known_there_is_no_row(recorded: Recorded) -> None:
    assert recorded.rows(HEARTBEATS, OUTAGE, BACK - 1) == []
    assert recorded.rows(STATES, OUTAGE, BACK - 1) == []


def test_states_are_the_changes_that_the_screen_showed(recorded: Recorded) -> None:
    changes = [
        (time_of(place), name, state_of(one, fleet))
        for place, fleet in enumerate(recorded.fleets)
        for name, one in fleet.tracked.items()
        if not place
        or name not in (before := recorded.fleets[place - 1]).tracked
        or state_of(before.tracked[name], before) != state_of(one, fleet)
    ]
    told = recorded.named(STATES)
    assert {(row["at"], row["connectionId"], row["state"]) for row in told} == set(changes)
    crash = recorded.named(STATES, CRASH, CRASH)
    assert {row["state"] for row in crash} == {"gone"}
    assert {row["host"] for row in crash} == {"ws-server-02"}


def test_connections_are_those_that_were_known_within_the_span(recorded: Recorded) -> None:
    told = {str(row["connectionId"]): row for row in recorded.named(CONNECTIONS)}
    tracked: dict[str, Tracked] = {}
    for fleet in recorded.fleets:
        tracked |= fleet.tracked
    assert set(told) == set(tracked)
    for name, one in tracked.items():
        row = told[name]
        assert (row["firstSeen"], row["goneAt"]) == (one.first_seen, one.gone_at)
        assert row["state"] == one.state.value
        assert row["connectionStartTime"] == one.connection.start
    before = recorded.named(CONNECTIONS, 0, CRASH - 1)
    assert {(row["state"], row["goneAt"]) for row in before} == {("live", None)}
    later = {row["connectionId"] for row in recorded.named(CONNECTIONS, CRASH + 1, CRASH + 2)}
    assert "conn_0000_0" in later
    assert "conn_0001_0" not in later


def test_events_are_those_that_were_told(recorded: Recorded) -> None:
    told = [
        (row["at"], row["kind"], row["evidence"], row["connectionId"])
        for row in recorded.named(EVENTS)
    ]
    events = [one for fleet in recorded.fleets for one in fleet.events]
    assert told == [(one.at, one.kind.value, one.evidence, one.connection_id) for one in events]
    groups = {row["kind"]: row["group"] for row in recorded.named(EVENTS)}
    assert groups["dropped"] == "drops"
    assert groups["link lost"] == "ours"


def test_polls_tell_what_was_asked_and_gaps_when_nothing_was_known(recorded: Recorded) -> None:
    polls = recorded.named(POLLS)
    assert [row["at"] for row in polls] == [time_of(place) for place in range(POLLED)]
    failed = [row for row in polls if row["outcome"] != "answer"]
    assert {row["at"] for row in failed} == {
        time_of(lap + place) for lap in (0, ROUND) for place in range(OUTAGE, BACK)
    }
    assert all(row["blind"] and row["sentence"] for row in failed)
    assert {row["query"] for row in polls} == {'{"activeOnly": "true"}'}
    assert sum(row["events"] == 0 for row in polls) < POLLED
    gaps = recorded.rows(GAPS)
    assert gaps == [
        (time_of(lap + OUTAGE - 1), time_of(lap + BACK), "unreachable") for lap in (0, ROUND)
    ]
    assert recorded.rows(GAPS, BACK + 1, BACK + 3) == []
    assert recorded.rows(GAPS, OUTAGE + 1, OUTAGE + 2) == gaps[:1]


def test_of_a_span_without_polls_there_is_nothing(recorded: Recorded) -> None:
    long_ago = Span(recorded.organization, 0, 1)
    for what in SETS.values():
        assert list(rows_of(what, recorded.recording, long_ago)) == []
    nobody = Span("nobody", NOON, time_of(POLLED))
    for what in SETS.values():
        assert list(rows_of(what, recorded.recording, nobody)) == []


def test_every_row_has_a_value_for_each_field(recorded: Recorded) -> None:
    assert set(SETS) == set(NAMES)
    for what in SETS.values():
        rows = recorded.rows(what)
        assert rows
        assert {len(row) for row in rows} == {len(what.fields)}
    assert all(
        {"state", "lastHeartbeat"} <= {one.name for one in SETS[name].fields} for name in FILTERED
    )


ORDER = ("live", "late", "silent", "gone")
ODD = ("nul\0", "half \ud800 of it", "plain", "\N{SYMBOL FOR NULL}")


def test_texts_that_no_table_holds_are_told_as_they_were_served(tmp_path: Path) -> None:
    path, fleet = tmp_path / "odd.conntop", Fleet()
    writer = Writer(str(path))
    recorder = Recorder(writer, CONTEXT, "host")
    for place in range(9):
        at = NOON + place * MINUTE
        # From the fourth poll on they do not beat; with the last one they have left.
        beat = min(at, NOON + 3 * MINUTE)
        ones = [connection(name, beat, start=NOON) for name in ODD] if place < 8 else []
        last = connection(ODD[0], beat + 1, start=NOON)
        answer = replace(snapshot(ones, at), ended={} if ones else {ODD[0]: last})
        fleet = fold(fleet, answer)
        recorder.add(answer, fleet)
    writer.close()
    recording = Recording(open_store(str(path)))
    span = Span(recording.feed(), NOON, NOON + 60 * MINUTE)
    told = list(rows_of(HEARTBEATS, recording, span))
    for name in ODD:
        states = [str(row[1]) for row in told if row[2] == name]
        assert states[0] == "live"
        assert states[-2:] == ["silent", "gone"]
        assert states == sorted(states, key=lambda one: ORDER.index(one))
    beats = {row[2]: row[10] for row in told}
    assert beats[ODD[0]] == NOON + 3 * MINUTE + 1 - TICKS
    assert beats[ODD[1]] == NOON + 3 * MINUTE - TICKS
    shown = [row[3] for row in rows_of(CONNECTIONS, recording, span)]
    assert len(shown) == len(ODD)
