"""The fold neither loses a connection nor invents an event."""

from random import Random
from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.strategies import NOON, answers, connection, failure, snapshot
from tui.core.connection import Connection, State
from tui.core.events import Event, EventKind
from tui.core.fleet import GONE_KEPT, Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS, Instant
from tui.core.query import Query
from tui.core.snapshot import Failure, Outcome, Snapshot

QUERIES = (
    Query(),
    Query(service="coinapi-ws"),
    Query(active_only=False),
    Query(minutes=10),
    Query(active_only=False, minutes=60),
)


OF_CLIENTS = (
    EventKind.RECONNECTED,
    EventKind.MOVED,
    EventKind.FLAPPING,
    EventKind.OVERLAPPING,
)
"""Told of a client's life, beside what is told of its connection's state."""

Step: TypeAlias = Snapshot | Failure

_QUERY = st.sampled_from(QUERIES)
_CHANGE = st.integers(0, 4)
_PAUSE = st.integers(0, 200 * TICKS)
_KIND = st.sampled_from(["whole", "whole", "whole", "cut", "failed"])


@st.composite
def histories(
    draw: st.DrawFn, min_size: int = 0, max_size: int = 6, one_query: bool = False
) -> list[Step]:
    """What several polls brought, in the order of time: whole and cut answers, and failures."""
    query, at = draw(_QUERY), NOON
    steps: list[Step] = []
    for _ in range(draw(st.integers(min_size, max_size))):
        if not one_query and draw(_CHANGE) == 0:
            query = draw(_QUERY)
        at += draw(_PAUSE)
        kind = draw(_KIND)
        if kind == "failed":
            steps.append(failure(query))
        else:
            records = draw(answers(at))
            steps.append(snapshot(records, at, query, complete=kind == "whole"))
    return steps


def after(steps: list[Step]) -> Fleet:
    """The fleet after all of ``steps``."""
    fleet = Fleet()
    for step in steps:
        fleet = fold(fleet, step)
    return fleet


def told(fleet: Fleet) -> list[Event]:
    """The events about connections."""
    return [event for event in fleet.events if event.one is not None]


def knows_the_poll_before(fleet: Fleet) -> bool:
    """Whether it was answered, wholly, by data that move."""
    return fleet.last is not None and fleet.last.complete and not fleet.is_blind


def moment(fleet: Fleet) -> Instant:
    """When the fleet was last seen."""
    return NOON if fleet.at is None else fleet.at


@given(histories(min_size=1))
def test_every_connection_of_the_answer_is_tracked_with_exactly_its_record(
    steps: list[Step],
) -> None:
    fleet = after(steps)
    if fleet.last is None:
        assert not fleet.tracked
        return
    for record in fleet.last.records:
        one = fleet.tracked[record.connection_id]
        assert one.connection == record
        assert one.seen == fleet.at
        assert one.state is not State.GONE
        assert one.gone_at is None


@given(histories(), histories(max_size=1))
def test_nothing_is_tracked_that_was_never_served(steps: list[Step], more: list[Step]) -> None:
    served = {
        (record.connection_id, record)
        for step in steps + more
        if isinstance(step, Snapshot)
        for record in step.records
    }
    tracked = after(steps + more).tracked
    assert {(name, one.connection) for name, one in tracked.items()} <= served
    assert all(name == one.connection_id for name, one in tracked.items())


@given(histories(max_size=5), st.data())
def test_a_connection_is_gone_only_where_a_whole_answer_to_the_same_query_lacks_it(
    steps: list[Step], data: st.DataObject
) -> None:
    before = after(steps)
    (step,) = data.draw(histories(1, 1))
    if isinstance(step, Snapshot):
        step = replace(step, at=moment(before) + 10 * TICKS)
    fleet = fold(before, step)
    for name, one in fleet.tracked.items():
        known = before.tracked.get(name)
        if one.state is not State.GONE or (known is not None and known.state is State.GONE):
            continue
        assert known is not None
        assert isinstance(step, Snapshot)
        assert step.complete
        assert step.query == before.query
        assert name not in {record.connection_id for record in step.records}
        assert not step.query.has_left_window(one.connection, step.at)
        assert one.gone_at == step.at
        assert one.connection == known.connection


@given(histories(min_size=1, one_query=True), st.integers(1, 100))
def test_a_whole_answer_that_lacks_a_connection_shows_it_as_gone(
    steps: list[Step], seconds: int
) -> None:
    before = after(steps)
    if before.last is None:
        return
    at = moment(before) + seconds * TICKS
    fleet = fold(before, snapshot((connection("moves", at),), at, before.query))
    left = set()
    for name, known in before.tracked.items():
        if known.state is State.GONE:
            continue
        if not before.query.active_only or before.query.has_left_window(known.connection, at):
            assert name not in fleet.tracked
        else:
            assert fleet.tracked[name].state is State.GONE
            left.add(name)
    told = {event.connection_id for event in fleet.events if event.kind is EventKind.DROPPED}
    assert told == (left if knows_the_poll_before(before) else set())
    assert fleet.pulses[-1].lost == len(left)


def test_what_slides_out_of_a_minutes_window_has_not_dropped() -> None:
    old = connection("old", start=NOON - 595 * TICKS)
    young = connection("young", start=NOON - 60 * TICKS)
    query = Query(minutes=10)
    before = fold(Fleet(), snapshot((old, young), NOON, query))
    fleet = fold(before, snapshot((), NOON + 10 * TICKS, query))
    assert [event.connection_id for event in fleet.events] == ["young"]
    assert set(fleet.tracked) == {"young"}


@given(histories(max_size=5), answers(NOON + 2_000 * TICKS))
def test_a_cut_answer_makes_nothing_gone(
    steps: list[Step], records: tuple[Connection, ...]
) -> None:
    before = after(steps)
    fleet = fold(before, snapshot(records, moment(before) + TICKS, before.query, complete=False))
    assert not told(fleet)
    for name, known in before.tracked.items():
        if fleet.tracked[name].state is State.GONE:
            assert known.state is State.GONE


def test_what_a_cut_answer_lacks_stays_as_it_was_and_is_called_stale() -> None:
    records = (connection("a"), connection("b"))
    before = fold(Fleet(), snapshot(records))
    at = NOON + 200 * TICKS
    fleet = fold(before, snapshot((connection("a", at),), at, complete=False))
    assert fleet.tracked["b"] == before.tracked["b"]
    assert fleet.tracked["b"].is_stale(fleet.at)
    assert not fleet.tracked["a"].is_stale(fleet.at)


def test_what_cut_answers_lack_for_long_is_forgotten_without_an_event() -> None:
    fleet = fold(Fleet(), snapshot((connection("a"),)))
    for seconds, known in ((GONE_KEPT, True), (GONE_KEPT + 1, False)):
        at = NOON + int(seconds) * TICKS
        later = fold(fleet, snapshot((), at, complete=False))
        assert ("a" in later.tracked) is known
        assert not told(later)


@given(histories())
def test_a_failed_poll_changes_nothing_but_the_outage(steps: list[Step]) -> None:
    before = after(steps)
    fleet = fold(before, failure())
    assert not told(fleet)
    assert fleet.outage is not None
    assert fleet.outage.failure == failure()
    assert fleet.outage.polls == (before.outage.polls + 1 if before.outage else 1)
    with_us_left_out = [
        replace(one, outage=None, events=(), log=(), verdicts=()) for one in (before, fleet)
    ]
    assert with_us_left_out[0] == with_us_left_out[1]


@given(histories(max_size=4), answers())
def test_an_answer_ends_the_outage(steps: list[Step], records: tuple[Connection, ...]) -> None:
    fleet = fold(after([*steps, failure()]), snapshot(records, NOON + 10**11))
    assert fleet.outage is None


@given(histories(), st.sampled_from(QUERIES))
def test_across_a_change_of_query_nothing_has_opened_and_nothing_left(
    steps: list[Step], query: Query
) -> None:
    before = after(steps)
    if query == before.query and before.last is not None:
        return
    at = moment(before) + TICKS
    fleet = fold(before, snapshot((connection("new", at),), at, query))
    assert not told(fleet)
    assert fleet.pulses == before.pulses
    assert not any(one.fresh for one in fleet.tracked.values())
    assert fleet.tracked["new"].states == ((at, State.LIVE),)
    for name, one in fleet.tracked.items():
        if one.state is State.GONE:
            assert replace(before.tracked[name], session=one.session) == one
            assert query.matches(one.connection)


@given(histories())
def test_the_same_answer_again_tells_no_change(steps: list[Step]) -> None:
    fleet = after(steps)
    if fleet.last is None:
        return
    again = fold(fleet, fleet.last)
    assert not told(again)
    assert {
        name: (one.state, one.connection, one.states) for name, one in again.tracked.items()
    } == {name: (one.state, one.connection, one.states) for name, one in fleet.tracked.items()}


@given(histories(min_size=1), st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(steps: list[Step], chance: Random) -> None:
    def shuffled(step: Step) -> Outcome:
        if isinstance(step, Failure):
            return step
        records = list(step.records)
        chance.shuffle(records)
        return replace(step, records=tuple(records))

    assert replace(after([shuffled(step) for step in steps]), last=None) == replace(
        after(steps), last=None
    )


@given(histories())
def test_equal_input_gives_equal_state_and_the_input_stays_as_it_was(steps: list[Step]) -> None:
    fleet = after(steps)
    copy = replace(fleet, tracked=dict(fleet.tracked), rhythms=dict(fleet.rhythms))
    step = snapshot((connection("a"),), moment(fleet) + TICKS, fleet.query)
    assert fold(fleet, step) == fold(copy, step)
    assert fleet == copy


@given(histories(min_size=1))
def test_a_change_is_told_once_and_as_it_was(steps: list[Step]) -> None:
    before, fleet = after(steps[:-1]), after(steps)
    changed = {
        name: one.state
        for name, one in fleet.tracked.items()
        if name not in before.tracked or before.tracked[name].state is not one.state
    }
    of_states = [event for event in told(fleet) if event.kind not in OF_CLIENTS]
    names = [event.connection_id for event in of_states]
    assert len(set(names)) == len(names)
    if not told(fleet):
        return
    assert set(names) == set(changed)
    for event in of_states:
        assert event.at == fleet.at
        assert event.one is not None
        assert event.one.states[-1] == (event.at, changed[event.one.connection_id])


@given(histories(min_size=1))
def test_counts_cover_every_tracked_connection(steps: list[Step]) -> None:
    fleet = after(steps)
    counts = fleet.counts()
    assert set(counts) == set(State)
    assert sum(counts.values()) == len(fleet.tracked)


def test_before_the_first_answer_nothing_is_known() -> None:
    assert Fleet().at is None
    assert fold(Fleet(), failure()).tracked == {}


def test_one_whose_record_cannot_be_read_is_there_all_the_same() -> None:
    before = fold(Fleet(), snapshot((connection("a"), connection("b"))))
    at = NOON + 5 * TICKS
    answer = replace(
        snapshot((connection("b", at),), at),
        unreadable={"lastHeartbeat": 1},
        garbled=frozenset({"a"}),
    )
    fleet = fold(before, answer)
    assert fleet.tracked["a"].state is State.LIVE
    assert fleet.tracked["a"].is_stale(fleet.at)
    assert not told(fleet)


def test_of_a_record_without_an_id_nobody_knows_whose_it_is() -> None:
    before = fold(Fleet(), snapshot((connection("a"), connection("b"))))
    at = NOON + 5 * TICKS
    answer = replace(snapshot((connection("b", at),), at), unreadable={"connectionId": 1})
    fleet = fold(before, answer)
    assert fleet.tracked["a"].state is State.LIVE
    assert fleet.tracked["a"].is_stale(fleet.at)
    assert not told(fleet)


def test_beside_a_record_without_an_id_what_was_asked_for_by_its_own_has_left() -> None:
    before = fold(Fleet(), snapshot((connection("a"), connection("b"))))
    at = NOON + 5 * TICKS
    answer = replace(
        snapshot((connection("b", at),), at), unreadable={"connectionId": 1}, ended={"a": None}
    )
    assert fold(before, answer).tracked["a"].state is State.GONE


def test_of_two_answers_of_one_instant_the_second_counts() -> None:
    before = fold(Fleet(), snapshot((connection("a"), connection("b"))))
    answer = replace(snapshot((connection("b"), connection("c"))), ended={"a": None})
    assert fold(before, answer).tracked["a"].state is State.GONE
