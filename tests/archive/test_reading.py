"""What is read of a recording is what was written."""

from collections.abc import Iterable
from math import floor
from pathlib import Path

import pytest
from hypothesis import given, settings
from msgspec.structs import replace
from sqlalchemy import Engine, StaticPool, create_engine, delete, insert, update

from tests.core.test_fold import Step, histories
from tests.core.test_history import as_told, in_order
from tests.strategies import NOON, connection, failure, snapshot
from tui.archive import schema
from tui.archive.reading import Recording
from tui.archive.recorder import Recorder
from tui.archive.store import RecordingError, make_store
from tui.archive.writer import Writer
from tui.core.connection import Connection, State
from tui.core.events import Event, EventKind
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS, Instant
from tui.core.past import moment_of
from tui.core.snapshot import Outcome, Snapshot

ORG = connection().organization_id


def recorded(store: Engine, outcomes: Iterable[Outcome]) -> list[Fleet]:
    """The fleets that were known after each outcome, which was written into ``store``."""
    fleet, fleets = Fleet(), []
    recorder = Recorder(Writer("", store), "prod", "api.example")
    for outcome in outcomes:
        fleet = fold(fleet, outcome)
        recorder.add(outcome, fleet)
        fleets.append(fleet)
    return fleets


@pytest.fixture
def store(tmp_path: Path) -> Engine:
    return make_store(str(tmp_path / "past.db"))


def beating(name: str, at: Instant) -> Connection:
    one = connection(name, at, start=NOON - 900 * TICKS)
    return replace(one, duration=float(floor(one.lifetime)))


def beats(count: int) -> list[Outcome]:
    """Polls of three connections, of which one leaves at the fifth and one poll fails."""
    outcomes: list[Outcome] = []
    for number in range(count):
        at = NOON + number * 10 * TICKS
        names = "abc" if number < 5 else "ab"
        records = [beating(name, at) for name in names]
        outcomes.append(replace(failure(), at=at) if number == 7 else snapshot(records, at))
    return outcomes


def as_written(events: Iterable[Event]) -> list[tuple[EventKind, str]]:
    return [(one.kind, one.evidence) for one in events]


def apart(steps: list[Step]) -> list[Step]:
    """The same, none at the same instant as another."""
    return [
        replace(one, at=one.at + number) if isinstance(one, Snapshot) else one
        for number, one in enumerate(steps)
    ]


@settings(max_examples=12)
@given(histories(min_size=1, max_size=8))
def test_each_moment_and_what_led_to_it_is_read_as_it_was(steps: list[Step]) -> None:
    # Nothing is recorded before the first answer.
    steps = [snapshot((), NOON - TICKS), *apart(steps)]
    store = create_engine("sqlite://", poolclass=StaticPool)
    schema.metadata.create_all(store)
    known = recorded(store, steps)
    recording = Recording(store)
    whose = recording.feed()
    moments = recording.moments(whose)
    assert moments == [
        moment_of(place, moment.at, fleet)
        for place, (moment, fleet) in enumerate(zip(moments, known, strict=True))
    ]
    for moment, fleet in zip(moments, known, strict=True):
        then = recording.fleet_at(whose, moment.place)
        assert as_written(then.events) == as_written(fleet.events)
        assert as_written(then.log) == as_written(fleet.log)
        bare = replace(then, events=(), log=())
        assert as_told(bare) == as_told(replace(fleet, events=(), log=()))
    brought = [in_order(one) for _, one in recording.outcomes(whose, 0)]
    assert brought == [in_order(one) for one in steps[1:]]
    store.dispose()


def test_an_event_has_its_connection_as_it_was_then(store: Engine) -> None:
    known = recorded(store, beats(7))
    then = Recording(store).fleet_at(ORG, 6).log
    assert then[-1].kind is EventKind.DROPPED
    one, was = then[-1].one, known[-1].log[-1].one
    assert one is not None
    assert was is not None
    assert (one.state, one.gone_at, one.connection) == (State.GONE, was.gone_at, was.connection)


def test_only_new_moments_are_read_and_those_let_go_are_gone(store: Engine) -> None:
    outcomes = beats(9)
    recorded(store, outcomes[:4])
    recording = Recording(store)
    before = recording.moments(ORG)
    assert [one.place for one in before] == [0, 1, 2, 3]
    polls = schema.polls
    with store.begin() as link:
        link.execute(delete(polls).where(polls.c.place < 2))
    assert [one.place for one in recording.moments(ORG)] == [2, 3]
    assert recording.moments(ORG, since=before[2].at, until=before[3].at) == before[2:]
    assert recording.moments(ORG, since=before[3].at + 1) == []
    assert recording.moments(ORG, until=before[0].at - 1) == []
    with pytest.raises(RecordingError, match="not kept any more"):
        recording.fleet_at(ORG, 1)


def test_a_time_finds_the_poll_before_it_and_the_first_where_there_is_none(store: Engine) -> None:
    recorded(store, beats(4))
    recording = Recording(store)
    assert recording.span(ORG) == (NOON, NOON + 30 * TICKS)
    assert recording.moment_at(ORG, NOON + 25 * TICKS).place == 2
    assert recording.moment_at(ORG, NOON + 20 * TICKS).place == 2
    assert recording.moment_at(ORG, NOON - TICKS).place == 0


def test_a_context_has_to_be_chosen_where_there_are_several(store: Engine) -> None:
    recording = Recording(store)
    with pytest.raises(RecordingError, match="nothing is recorded in it yet"):
        recording.feed()
    recorded(store, beats(1))
    row = {"organization": "other", "context": "eu", "host": "api.example", "made_at": NOON}
    with store.begin() as link:
        link.execute(insert(schema.feeds).values(row))
    with pytest.raises(RecordingError, match=r"several contexts: choose .*: eu, prod"):
        recording.feed()
    assert (recording.feed("eu"), recording.feed("prod")) == ("other", ORG)
    with pytest.raises(RecordingError, match="no context us; it has eu, prod"):
        recording.feed("us")
    with pytest.raises(RecordingError, match="nothing is recorded in it yet"):
        recording.span("other")


@pytest.mark.parametrize("damage", [b"", b"no delta at all"])
def test_damage_is_said_in_a_sentence_and_the_rest_is_read(store: Engine, damage: bytes) -> None:
    known = recorded(store, beats(6))
    recording = Recording(store)
    polls = schema.polls
    with store.begin() as link:
        link.execute(update(polls).where(polls.c.place == 3).values(delta=damage))
    assert as_told(replace(recording.fleet_at(ORG, 2), log=(), events=())) == as_told(
        replace(known[2], log=(), events=())
    )
    for read in (recording.fleet_at, recording.reached):
        with pytest.raises(RecordingError, match=r"damaged at .* look at another time"):
            read(ORG, 5)
    with pytest.raises(RecordingError, match="damaged"):
        list(recording.outcomes(ORG, 0))
    with store.begin() as link:
        link.execute(delete(polls).where(polls.c.place == 3))
    with pytest.raises(RecordingError, match="missing in the recording"):
        recording.fleet_at(ORG, 5)
    with store.begin() as link:
        link.execute(update(schema.keyframes).values(parts=damage))
    with pytest.raises(RecordingError, match="damaged"):
        recording.fleet_at(ORG, 0)


def test_what_the_database_refuses_is_said_in_a_sentence(store: Engine) -> None:
    with store.begin() as link:
        schema.polls.drop(link)
    with pytest.raises(RecordingError, match="cannot be read: no such table: polls"):
        Recording(store).moments(ORG)
