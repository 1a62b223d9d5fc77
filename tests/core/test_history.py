"""The past that is kept in memory is the past that was."""

import gc
import tracemalloc
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.core.test_fold import QUERIES
from tests.strategies import (
    NOON,
    answers,
    connection,
    failure,
    hostile_connections,
    hostile_texts,
    snapshot,
)
from tui.core.connection import Connection
from tui.core.deltas import Deltas, open_keyframe, outcomes_after
from tui.core.fleet import Fleet, Tracked
from tui.core.fold import fold
from tui.core.history import POLLS, History, Room
from tui.core.instant import TICKS, Instant
from tui.core.lineage import DEFAULT_CLIENT
from tui.core.merge import with_context
from tui.core.past import PastError
from tui.core.snapshot import Outcome, Snapshot

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**200), 2**200)
    | st.floats(allow_nan=False)
    | hostile_texts(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(hostile_texts(8), inner, max_size=3)
    ),
    max_leaves=6,
)
"""What a stranger may have put into any field."""
ALWAYS = 1e15
"""Seconds: longer than any clock is wrong."""


@dataclass
class Known:
    """A poll of a past that is folded, and what was known after it."""

    outcome: Outcome
    fleet: Fleet


def calm(at: Instant) -> tuple[Connection, ...]:
    """Six that beat, on two hosts: enough to be missed when their data stand still."""
    return tuple(connection(f"calm_{n}", at, host=f"ws-server-0{n % 2}") for n in range(6))


@st.composite
def hostile_answers(draw: st.DrawFn) -> tuple[Connection, ...]:
    """Records whose every text, number and further field a stranger chose."""
    records = draw(
        st.lists(hostile_connections(), max_size=3, unique_by=lambda one: one.connection_id)
    )
    unusual = st.none() | st.dictionaries(hostile_texts(8), JSON, max_size=2)
    return tuple(replace(one, unusual=draw(unusual)) for one in records)


SCENES = ("whole", "whole", "cut", "failed", "calm", "calm", "still", "still", "hostile")
NAMES = (*(f"conn_{number}" for number in range(10)), *(one.connection_id for one in calm(NOON)))


@st.composite
def outcomes(draw: st.DrawFn, scenes: int = 4) -> list[Outcome]:
    """What polls can bring, scene by scene, to several questions.

    Answers are cut, garbled, hostile or stand still, and clocks are set back or far off.
    """
    query, at = draw(st.sampled_from(QUERIES)), NOON
    found: list[Outcome] = []
    before: tuple[Connection, ...] = calm(NOON)
    for scene in draw(st.lists(st.sampled_from(SCENES), max_size=scenes)):
        if draw(st.integers(0, 3)) == 0:
            query = draw(st.sampled_from(QUERIES))
        if draw(st.integers(0, 7)) == 0:
            at = draw(st.sampled_from([at - 3_600 * TICKS, NOON, NOON + 2**60, -(2**59)]))
        step = draw(st.sampled_from([0, 5, 20, 70])) * TICKS
        for _ in range(draw(st.integers(1, 3))):
            at += step
            if scene == "failed":
                found.append(failure(query, at=draw(st.sampled_from([None, at]))))
                continue
            if scene == "calm":
                before = calm(at)[: draw(st.integers(3, 6))]
            elif scene == "hostile":
                before = draw(hostile_answers())
            elif scene != "still":
                before = draw(answers(at))
            found.append(draw(with_oddities(snapshot(before, at, query, complete=scene != "cut"))))
    return found


@st.composite
def with_oddities(draw: st.DrawFn, answer: Snapshot) -> Snapshot:
    """The answer with records that cannot be read, and with last records of those that left."""
    there = {one.connection_id for one in answer.records}
    others = st.sets(st.sampled_from([name for name in NAMES if name not in there]), max_size=2)
    garbled: frozenset[str] = frozenset(draw(others) if draw(st.booleans()) else ())
    lasts = [None, *(connection("", answer.at - age * TICKS) for age in (1, 130))]
    ended = {name: draw(st.sampled_from(lasts)) for name in sorted(draw(others))}
    return replace(
        answer,
        garbled=garbled,
        unreadable={"host": len(garbled)} if garbled else {},
        ended={name: one and replace(one, connection_id=name) for name, one in ended.items()},
        lapse=draw(st.sampled_from([0.0, 0.0, 60.0])),
    )


@st.composite
def pasts(draw: st.DrawFn) -> list[Known]:
    """Polls, and the fleet after each; what the context is called may change between them."""
    fleet, found = Fleet(), []
    for outcome in draw(outcomes()):
        if draw(st.integers(0, 6)) == 0:
            fleet = with_context(fleet, draw(st.sampled_from(["prod", "staging"])))
        fleet = fold(fleet, outcome)
        found.append(Known(outcome, fleet))
    return found


def in_order(outcome: Outcome | None) -> Outcome | None:
    """The same in an order that says nothing."""
    if not isinstance(outcome, Snapshot):
        return outcome
    records = sorted(outcome.records, key=lambda one: one.connection_id)
    return replace(outcome, records=tuple(records))


def as_kept(one: Tracked) -> Tracked:
    """A connection without what is not kept of its heartbeats."""
    return replace(one, gaps=(), rhythm=None)


def as_told(fleet: Fleet) -> Fleet:
    """A fleet, but for the order of what has none, and for what is not kept."""
    last = in_order(fleet.last)
    assert last is None or isinstance(last, Snapshot)
    tracked = {name: as_kept(one) for name, one in fleet.tracked.items()}
    return replace(fleet, last=last, tracked=tracked)


def is_as_known(then: Fleet, known: Fleet) -> None:
    """Check a former fleet against what was known."""
    assert as_told(then) == as_told(known)
    for name, rhythm in rhythms(known).items():
        kept = rhythms(then)[name]
        assert (kept is None) == (rhythm is None)
        assert kept is None or rhythm is None or abs(kept - rhythm) <= 0.11 * rhythm


def rhythms(fleet: Fleet) -> dict[str, float | None]:
    return {name: one.rhythm for name, one in fleet.tracked.items()}


@given(outcomes(), st.integers(0, 11))
def test_what_is_kept_of_each_poll_is_what_it_brought(steps: list[Outcome], place: int) -> None:
    fleet, deltas, kept = Fleet(), Deltas(Fleet()), []
    parts = deltas.keyframe()
    for number, outcome in enumerate(steps):
        fleet = fold(fleet, outcome)
        kept.append(deltas.add(outcome, fleet))
        if number + 1 == place:
            parts = deltas.keyframe()
    first = place if place <= len(steps) else 0
    _, roll = open_keyframe(parts, DEFAULT_CLIENT)
    brought = [in_order(one) for one in outcomes_after(roll, kept[first:])]
    assert brought == [in_order(one) for one in steps[first:]]


@given(pasts(), st.data())
def test_the_fleet_of_any_moment_is_the_one_that_was_known(
    past: list[Known], data: st.DataObject
) -> None:
    history = History(Fleet(), Room(ALWAYS))
    for known in past:
        history.add(known.outcome, known.fleet)
    assert [one.place for one in history.moments()] == list(range(len(past)))
    for place in data.draw(st.permutations(range(len(past)))):
        is_as_known(history.fleet_at(place), past[place].fleet)


def polls(count: int) -> list[Known]:
    """A fleet that beats at each poll, with a reconnect now and then."""
    fleet, found = Fleet(), []
    for number in range(count):
        at = NOON + number * 5 * TICKS
        ids = [*range(8), 100 + number // 7]
        records = tuple(connection(f"conn_{one}", at, host=f"ws-{one % 3}") for one in ids)
        answer = snapshot(records, at)
        fleet = fold(fleet, answer)
        found.append(Known(answer, fleet))
    return found


def test_what_is_older_than_the_span_goes_stretch_by_stretch_and_the_places_stay() -> None:
    past = polls(4 * POLLS)
    history = History(Fleet(), Room(span=POLLS * 5.0))
    for known in past:
        history.add(known.outcome, known.fleet)
        first, last = history.moments()[0], history.moments()[-1]
        assert first.place % POLLS == 0
        assert (last.at - first.at) / TICKS == history.span < 2 * POLLS * 5.0
    places = [one.place for one in history.moments()]
    assert places == list(range(places[0], len(past)))
    for place in (places[0], places[0] + 1, places[-1]):
        is_as_known(history.fleet_at(place), past[place].fleet)
    with pytest.raises(PastError, match="not kept any more"):
        history.fleet_at(places[0] - 1)


def test_the_histories_of_several_contexts_share_one_room() -> None:
    room = Room(ALWAYS, 200_000)
    busy, quiet = History(Fleet(), room), History(Fleet(), room)
    for number, known in enumerate(polls(5 * POLLS)):
        busy.add(known.outcome, known.fleet)
        if not number % 30:
            quiet.add(known.outcome, known.fleet)
        assert busy.size + quiet.size <= room.size
    # Whose is the oldest does not matter, only how old it is.
    assert busy.moments()[0].place > 0
    assert quiet.moments()[0].place == 0
    assert busy.size > room.size // 2


@given(st.integers(1, 12_000))
def test_however_little_room_there_is_the_last_poll_can_be_looked_at(size: int) -> None:
    history, past = History(Fleet(), Room(ALWAYS, size)), polls(8)
    for known in past:
        history.add(known.outcome, known.fleet)
    places = [one.place for one in history.moments()]
    assert places == list(range(places[0], 8))
    is_as_known(history.fleet_at(7), past[7].fleet)


def test_without_room_nothing_is_kept() -> None:
    for room in (Room(span=0), Room(size=0)):
        history = History(Fleet(), room)
        for known in polls(3):
            history.add(known.outcome, known.fleet)
        assert not history.moments()
        assert not history.keeps


def test_a_poll_that_cannot_be_kept_is_the_only_one() -> None:
    history, past = History(Fleet(), Room(ALWAYS)), polls(30)
    for number, known in enumerate(past):
        if number in (0, 12, 13):
            broken = replace(known.fleet, moved_at=object())
            with pytest.raises(TypeError):
                history.add(known.outcome, broken)
            continue
        history.add(known.outcome, known.fleet)
        # What was told of a poll that is not kept is not told of it later.
        then = history.fleet_at(history.moments()[-1].place)
        is_as_known(replace(then, log=()), replace(known.fleet, log=()))
    assert len(history.moments()) == 27


def test_it_takes_what_it_claims() -> None:
    past = polls(3 * POLLS)
    gc.collect()
    tracemalloc.start()
    history = History(Fleet(), Room(ALWAYS))
    for known in past:
        history.add(known.outcome, known.fleet)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.8 < history.size / taken < 1.25
