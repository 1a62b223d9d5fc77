"""LastRecords: the last record of what has left an active answer, asked for by its id."""

import asyncio
import threading
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.strategies import NOON, connection
from tests.virtual_time import run
from tui.core.connection import Connection
from tui.core.instant import TICKS, Instant
from tui.core.query import Query
from tui.core.snapshot import Cost, Cut, Snapshot, Trouble
from tui.source.asking import Asking
from tui.source.base import SourceError
from tui.source.complete import Complete
from tui.source.last_records import LastRecords

ACTIVE = Query()
OTHER = Query(service="coinapi-ws")
ALL = Query(active_only=False)
DOWN = SourceError(Trouble.UNREACHABLE, "connection refused")
REFUSED = SourceError(Trouble.QUERY, "no such id can be")


def at(seconds: float) -> Instant:
    return NOON + round(seconds * TICKS)


def record(name: str, beat: float = 0.0, **changes: object) -> Connection:
    """A connection that started a while ago and beat last so many seconds after noon."""
    plain = connection(name, start=at(-900), last_heartbeat=at(beat), updated=at(beat))
    return replace(plain, **changes)


def ended(name: str, beat: float) -> Connection:
    """One that beat last so many seconds after noon, and has ended."""
    return record(name, beat, is_active=False)


def by_id(name: str) -> Query:
    return Query(connection_id=name, active_only=False)


class Endpoint:
    """Answers the question as scripted, and questions for one id by what it has of it."""

    def __init__(self, *last: Connection) -> None:
        self.answers: list[Snapshot | SourceError] = []
        self.last: dict[str, tuple[Connection, ...]] = {one.connection_id: (one,) for one in last}
        """What it has of an id."""
        self.failures: dict[str, SourceError] = {}
        """What asking for an id meets."""
        self.changes: dict[str, dict[str, object]] = {}
        """What else is so in the answer to an id."""
        self.takes = 0.0
        self.asked: list[str] = []
        """Ids, in the order asked."""
        self.under_way = 0
        self.most_under_way = 0
        self.closed = 0

    async def fetch(self, query: Query) -> Snapshot:
        name = query.connection_id
        if name is None:
            outcome = self.answers.pop(0)
            if isinstance(outcome, SourceError):
                raise outcome
            assert outcome.query == query
            return outcome
        assert query == by_id(name)
        self.asked.append(name)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(self.takes)
        self.under_way -= 1
        if name in self.failures:
            raise self.failures[name]
        records = self.last.get(name, ())
        plain = Snapshot(query, records, NOON, served=len(records), cost=Cost(0.1, 2, 30))
        return replace(plain, **self.changes.get(name, {}))

    async def aclose(self) -> None:
        self.closed += 1


def answer(
    seconds: float,
    *records: Connection | str,
    query: Query = ACTIVE,
    cut: Cut | None = None,
) -> Snapshot:
    """An answer so many seconds after noon; a name is one that has just beaten."""
    ones = [record(each, seconds) if isinstance(each, str) else each for each in records]
    return Snapshot(query, tuple(ones), at(seconds), cut, len(ones), cost=Cost(1.5, 3, 100))


class Polls:
    """A LastRecords and what it asked for in each poll."""

    def __init__(self, endpoint: Endpoint, lookups: int = 20, parts: int = 4) -> None:
        self.endpoint = endpoint
        self.source = LastRecords(endpoint, endpoint, lookups=lookups, parts=parts)

    def asks(self, given: Snapshot | SourceError, query: Query = ACTIVE) -> list[str]:
        """The ids that the poll with this answer asks for."""
        return self.poll(given, query)[1]

    def poll(
        self, given: Snapshot | SourceError, query: Query = ACTIVE
    ) -> tuple[Snapshot, list[str]]:
        """What a poll brings, and the ids that it asked for."""
        self.endpoint.answers.append(given)
        before = len(self.endpoint.asked)
        brought = run(self.source.fetch(given.query if isinstance(given, Snapshot) else query))
        return brought, self.endpoint.asked[before:]


# Who is asked for


def test_what_left_is_asked_for_by_its_id_among_all_that_there_ever_was() -> None:
    last = record("a", 3.5, is_active=False)
    polls = Polls(Endpoint(last))
    assert polls.asks(answer(0, "a", "b")) == []
    assert polls.asks(answer(5, "a", "b")) == []
    given = answer(10, "b")
    brought, asked = polls.poll(given)
    assert asked == ["a"]
    assert brought.ended == {"a": last}
    assert replace(brought, ended={}, cost=given.cost) == given


async def test_of_many_too_what_left_is_asked_for_and_they_are_looked_through_off_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[threading.Thread] = []
    note = LastRecords._note

    def noted(self: LastRecords, answer: Snapshot) -> bool:
        looked.append(threading.current_thread())
        return note(self, answer)

    monkeypatch.setattr(LastRecords, "_note", noted)
    many = [f"conn_{number:04}" for number in range(1_001)]
    endpoint = Endpoint(ended(many[0], 3))
    endpoint.answers += [answer(0, *many), answer(5, *many[1:])]
    source = LastRecords(endpoint, endpoint)
    for _ in range(2):
        brought = await source.fetch(ACTIVE)
    assert endpoint.asked == [many[0]]
    assert brought.ended == {many[0]: ended(many[0], 3)}
    assert len(looked) == 2
    assert threading.main_thread() not in looked


def test_each_is_asked_for_once() -> None:
    polls = Polls(Endpoint(ended("a", 3)))
    polls.poll(answer(0, "a", "b"))
    assert polls.asks(answer(5, "b")) == ["a"]
    assert polls.asks(answer(10, "b")) == []
    assert polls.asks(answer(15)) == ["b"]


def test_one_that_came_back_and_left_again_is_asked_for_again() -> None:
    polls = Polls(Endpoint(ended("a", 3)))
    polls.poll(answer(0, "a", "b"))
    assert polls.asks(answer(5, "b")) == ["a"]
    assert polls.asks(answer(10, "a", "b")) == []
    assert polls.asks(answer(15, "b")) == ["a"]


def test_one_poll_asks_for_so_many_and_those_that_left_first_come_first() -> None:
    polls = Polls(Endpoint(), lookups=2)
    polls.poll(answer(0, *"abcdef"))
    assert polls.asks(answer(5, *"def")) == ["a", "b"]
    assert polls.asks(answer(10, "f")) == ["c", "d"]
    assert polls.asks(answer(15, "f")) == ["e"]
    assert polls.asks(answer(20, "f")) == []


def test_one_that_returned_while_it_waited_is_not_asked_for() -> None:
    polls = Polls(Endpoint(), lookups=1)
    polls.poll(answer(0, *"abcd"))
    assert polls.asks(answer(5, "d")) == ["a"]
    assert polls.asks(answer(10, "b", "d")) == ["c"]
    assert polls.asks(answer(15, "b", "d")) == []


def test_without_lookups_nothing_is_asked_for() -> None:
    polls = Polls(Endpoint(), lookups=0)
    polls.poll(answer(0, "a"))
    assert polls.asks(answer(5)) == []
    assert isinstance(Asking(lookups=0).over(Endpoint()), Complete)
    assert isinstance(Asking().over(Endpoint()), LastRecords)


# What the answer to an id says


def test_it_is_none_where_the_endpoint_has_nothing_of_it_any_more() -> None:
    polls = Polls(Endpoint())
    polls.poll(answer(0, "a"))
    brought, asked = polls.poll(answer(5))
    assert (brought.ended, asked) == ({"a": None}, ["a"])
    assert polls.asks(answer(10)) == []


def test_another_id_in_the_answer_does_not_count() -> None:
    endpoint = Endpoint()
    endpoint.last = {
        "a": (record("A", 4), record("ab", 4)),
        "b": (record("B", 4), record("b", 3), record("bb", 4)),
    }
    polls = Polls(endpoint)
    polls.poll(answer(0, "a", "b"))
    brought, _ = polls.poll(answer(5))
    assert brought.ended == {"a": None, "b": record("b", 3)}


@pytest.mark.parametrize("change", [{"cut": Cut.SINGLE}, {"unreadable": {"isActive": 1}}])
def test_an_answer_that_may_lack_it_proves_nothing(change: dict[str, object]) -> None:
    endpoint = Endpoint()
    endpoint.changes["a"] = change
    polls = Polls(endpoint)
    polls.poll(answer(0, "a"))
    brought, asked = polls.poll(answer(5))
    assert (brought.ended, asked) == ({}, ["a"])
    endpoint.last["a"] = (record("a", 3),)
    brought, asked = polls.poll(answer(10))
    assert (brought.ended, asked) == ({"a": record("a", 3)}, ["a"])


def test_one_that_beats_on_is_asked_for_until_it_beats_no_more() -> None:
    endpoint = Endpoint(record("a", 4))
    polls = Polls(endpoint)
    polls.poll(answer(0, "a"))
    for seconds in (5, 10, 15):
        endpoint.last["a"] = (record("a", seconds - 1),)
        brought, asked = polls.poll(answer(seconds))
        assert (brought.ended, asked) == ({"a": record("a", seconds - 1)}, ["a"])
    endpoint.last["a"] = (ended("a", 14),)
    brought, asked = polls.poll(answer(20))
    assert (brought.ended, asked) == ({"a": ended("a", 14)}, ["a"])
    assert polls.asks(answer(25)) == []


def test_one_that_beats_on_is_asked_for_until_it_is_back() -> None:
    polls = Polls(Endpoint(record("a", 4)))
    polls.poll(answer(0, "a"))
    assert polls.asks(answer(5)) == ["a"]
    assert polls.asks(answer(10, "a")) == []


def test_one_that_is_active_by_its_own_record_casts_doubt_on_the_answer_that_lacked_it() -> None:
    endpoint = Endpoint(record("a", 0), ended("b", 4))
    doubts: list[str] = []
    source = LastRecords(endpoint, endpoint, doubt=lambda: doubts.append("doubt"))
    for brought, told in ((answer(0, "a", "b"), 0), (answer(5, "a"), 0), (answer(10), 1)):
        endpoint.answers.append(brought)
        run(source.fetch(ACTIVE))
        assert len(doubts) == told


@pytest.mark.parametrize("last", [ended("a", 0), ended("a", 4), record("a", -116)])
def test_one_that_does_not_beat_on_is_settled_at_once(last: Connection) -> None:
    polls = Polls(Endpoint(last))
    polls.poll(answer(0, "a"))
    assert polls.poll(answer(5))[0].ended == {"a": last}
    assert polls.asks(answer(10)) == []


def test_those_that_beat_on_leave_the_others_their_turn() -> None:
    endpoint = Endpoint()
    polls = Polls(endpoint, lookups=1)
    polls.poll(answer(0, "a", "b"))
    asked = []
    for seconds in range(5, 25, 5):
        endpoint.last["a"] = (record("a", seconds - 1),)
        asked += polls.asks(answer(seconds))
    assert asked == ["a", "b", "a", "a"]


def test_what_was_heard_while_the_data_stood_still_is_asked_for_again_when_they_move() -> None:
    """Its last heartbeats may have come while the endpoint took in nothing new."""
    endpoint = Endpoint(ended("a", 0), ended("c", 3))
    polls = Polls(endpoint)
    polls.poll(answer(0, "a", "b", "c"))
    stale = [record("b", 0), record("c", 0)]
    assert polls.asks(answer(5, *stale)) == ["a"]
    assert polls.asks(answer(10, *stale)) == []
    endpoint.last["a"] = (ended("a", 8),)
    brought, asked = polls.poll(answer(15, "b"))
    assert asked == ["a", "c"]
    assert brought.ended == {"a": ended("a", 8), "c": ended("c", 3)}
    assert polls.asks(answer(20, "b")) == []


def test_one_that_had_only_left_data_that_stood_still_is_not_asked_for_again() -> None:
    polls = Polls(Endpoint(record("a", 0)))
    polls.poll(answer(0, "a", "b"))
    assert polls.asks(answer(5, record("b", 0))) == ["a"]
    assert polls.asks(answer(10, "a", "b")) == []
    assert polls.asks(answer(15, "a", "b")) == []


# What is asked for in vain


@pytest.mark.parametrize("error", [DOWN, REFUSED])
def test_a_lookup_that_fails_is_no_failed_poll_and_has_its_turn_again(error: SourceError) -> None:
    endpoint = Endpoint(record("a", 3))
    polls = Polls(endpoint)
    polls.poll(answer(0, "a", "b"))
    endpoint.failures["a"] = error
    given = answer(5, "b")
    brought, asked = polls.poll(given)
    assert asked == ["a"]
    assert brought.ended == {}
    assert brought.records == given.records
    del endpoint.failures["a"]
    brought, asked = polls.poll(answer(10, "b"))
    assert (brought.ended, asked) == ({"a": record("a", 3)}, ["a"])


def test_an_endpoint_in_trouble_is_not_asked_for_more_in_this_poll_and_none_loses_its_place() -> (
    None
):
    endpoint = Endpoint()
    polls = Polls(endpoint, parts=2)
    polls.poll(answer(0, *"abcde"))
    endpoint.failures = dict.fromkeys("abcde", SourceError(Trouble.RATE, "asked too often"))
    assert polls.asks(answer(5)) == ["a", "b"]
    endpoint.failures = {}
    brought, asked = polls.poll(answer(10))
    assert asked == list("abcde")
    assert brought.ended == dict.fromkeys("abcde")


def test_an_id_that_is_refused_holds_up_no_other_and_is_given_up_in_the_end() -> None:
    endpoint = Endpoint()
    polls = Polls(endpoint, lookups=1)
    polls.poll(answer(0, "a", "b"))
    endpoint.failures["a"] = REFUSED
    asked = [polls.asks(answer(seconds)) for seconds in range(5, 45, 5)]
    assert asked == [["a"], ["b"], ["a"], ["a"], ["a"], ["a"], [], []]


def test_an_endpoint_that_stays_in_trouble_is_asked_again_and_again() -> None:
    endpoint = Endpoint()
    polls = Polls(endpoint)
    polls.poll(answer(0, "a"))
    endpoint.failures["a"] = DOWN
    assert all(polls.asks(answer(seconds)) == ["a"] for seconds in range(5, 100, 5))


def test_an_id_that_no_request_can_carry_is_no_failed_poll() -> None:
    polls = Polls(Endpoint())
    polls.poll(answer(0, "\ud800", "a"))
    brought, asked = polls.poll(answer(5))
    assert (brought.ended, asked) == ({"a": None}, ["a"])


# When absence says nothing


def test_nothing_is_asked_for_across_two_questions() -> None:
    polls = Polls(Endpoint(), lookups=1)
    polls.poll(answer(0, "a", "b", "c"))
    assert polls.asks(answer(5, "c")) == ["a"]
    assert polls.asks(answer(10, query=OTHER)) == []
    assert polls.asks(answer(15, query=OTHER)) == []
    assert polls.asks(answer(20)) == []


def test_nothing_is_asked_for_where_all_records_are_in_the_answer() -> None:
    polls = Polls(Endpoint())
    polls.poll(answer(0, "a", query=ALL))
    assert polls.asks(answer(5, query=ALL)) == []
    polls.poll(answer(10, "a"))
    assert polls.asks(answer(15, query=ALL)) == []
    assert polls.asks(answer(20)) == []


def test_what_slid_out_of_a_window_of_minutes_has_not_left() -> None:
    query = Query(minutes=5)
    polls = Polls(Endpoint())
    old, young = record("a", 0, start=at(-290)), record("b", 0, start=at(-60))
    polls.poll(answer(0, old, young, query=query))
    assert polls.asks(answer(5, query=query)) == ["b"]


def test_a_cut_answer_starts_no_lookup() -> None:
    polls = Polls(Endpoint())
    polls.poll(answer(0, "a", "b"))
    assert polls.asks(answer(5, "b", cut=Cut.BUDGET)) == []
    assert polls.asks(answer(10, "c", cut=Cut.BUDGET)) == []
    assert polls.asks(answer(15, "b")) == ["a", "c"]


def test_those_that_wait_already_are_asked_for_with_a_cut_answer_too() -> None:
    polls = Polls(Endpoint(), lookups=1)
    polls.poll(answer(0, "a", "b"))
    assert polls.asks(answer(5)) == ["a"]
    assert polls.asks(answer(10, cut=Cut.LIMIT)) == ["b"]


def test_what_was_not_seen_for_minutes_of_cut_answers_is_forgotten() -> None:
    polls = Polls(Endpoint())
    polls.poll(answer(0, "a"))
    for seconds in range(0, 500, 20):
        polls.poll(answer(seconds, "b" if seconds == 400 else "c", cut=Cut.SINGLE))
    assert polls.asks(answer(500, "c")) == ["b"]


def test_a_failed_poll_neither_asks_nor_forgets() -> None:
    polls = Polls(Endpoint())
    polls.poll(answer(0, "a", "b"))
    with pytest.raises(SourceError, match="refused"):
        polls.poll(DOWN)
    assert polls.endpoint.asked == []
    assert polls.asks(answer(60, "b")) == ["a"]


# What it takes


def test_the_cost_counts_the_lookups_failed_ones_too() -> None:
    endpoint = Endpoint()
    polls = Polls(endpoint)
    polls.poll(answer(0, "a", "b"))
    endpoint.failures["b"] = REFUSED
    brought, _ = polls.poll(answer(5))
    assert brought.cost == Cost(1.5, 3 + 2 + 1, 100 + 30)


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_so_many_are_under_way_at_once(parts: int) -> None:
    endpoint = Endpoint()
    endpoint.takes = 1.0
    polls = Polls(endpoint, parts=parts)
    polls.poll(answer(0, *"abcdefg"))
    assert polls.asks(answer(5)) == list("abcdefg")
    assert endpoint.most_under_way == parts


def test_it_closes_what_it_asks_once() -> None:
    endpoint = Endpoint()
    run(LastRecords(endpoint, endpoint).aclose())
    assert endpoint.closed == 1


# Whatever happens

NAMES = "abcdef"


@settings(max_examples=50)
@given(
    st.lists(st.sets(st.sampled_from(NAMES)), min_size=2, max_size=12),
    st.integers(1, 4),
    st.data(),
)
@pytest.mark.slow
def test_everyone_that_left_is_settled_once_if_it_stays_away_and_nobody_else_is_asked_for(
    presences: list[set[str]], lookups: int, data: st.DataObject
) -> None:
    endpoint = Endpoint(*(ended(name, -1) for name in NAMES))
    polls = Polls(endpoint, lookups=lookups)
    # One that is always there beats, so that the data are never suspected to stand still.
    away: dict[str, int] = {}
    settled: dict[str, int] = {}
    presences += [presences[-1]] * 12
    for number, present in enumerate(presences):
        names = data.draw(st.sets(st.sampled_from(NAMES))) if number < len(presences) - 12 else ()
        endpoint.failures = dict.fromkeys(names, DOWN)
        before = presences[number - 1] if number else set()
        for name in present:
            away.pop(name, None)
        away |= dict.fromkeys(before - present, number)
        for name in present | (before - present):
            settled.pop(name, None)
        brought, asked = polls.poll(answer(number, "x", *_shuffled(present, data)))
        assert len(asked) == len(set(asked)) <= lookups
        assert set(asked) <= away.keys() - settled.keys()
        assert brought.ended == {name: ended(name, -1) for name in asked if name not in names}
        settled |= dict.fromkeys(brought.ended, number)
    assert settled.keys() == away.keys()


def _shuffled(names: Iterable[str], data: st.DataObject) -> list[str]:
    return data.draw(st.permutations(sorted(names)))
