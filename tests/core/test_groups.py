"""Groups: each connection is in one, the filter of a group is its members, the worst come first."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.strategies import (
    NOON,
    connection,
    connections,
    failure,
    hostile_connections,
    seconds_before,
    snapshot,
    tracked,
)
from tui.core.clock import ServerClock
from tui.core.connection import State
from tui.core.dimensions import BY_KEY, DIMENSIONS, Dimension
from tui.core.fleet import GONE_KEPT, Fleet, Outage, Tracked
from tui.core.grammar import Filter, parse_filter
from tui.core.groups import BUCKET, BUCKETS, Group, Grouping, group
from tui.core.instant import TICKS, Instant
from tui.core.lineage import Session
from tui.core.merge import merge
from tui.core.names import Labels

HOST = BY_KEY["host"]


def fleet_of(ones: list[Tracked], at: Instant = NOON) -> Fleet:
    """A fleet that knows them."""
    return Fleet(tracked={one.connection_id: one for one in ones}, last=snapshot(at=at))


def row(
    number: int, state: State = State.LIVE, age: float = 1.0, host: str = "a", start: Instant = NOON
) -> Tracked:
    """A connection whose last heartbeat is ``age`` seconds old."""
    beat = NOON - round(age * TICKS)
    record = connection(f"conn_{number}", host=host, last_heartbeat=beat, start=start)
    return Tracked(record, NOON - 3_600 * TICKS, NOON, state)


@st.composite
def fleets(draw: st.DrawFn) -> Fleet:
    """Some connections in any states, of few values each, or of hostile ones."""
    records = st.one_of(connections(st.integers(0, 99).map(str)), hostile_connections())
    ones = draw(
        st.lists(tracked(records), max_size=12, unique_by=lambda one: one.connection_id),
    )
    return fleet_of(
        [
            replace(
                one,
                rhythm=draw(st.none() | st.sampled_from([5.0, 10.2, 30.0])),
                first_seen=draw(seconds_before(NOON, 600.0)),
            )
            for one in ones
        ]
    )


FILTERS = st.sampled_from(["", "!state:gone", "service:coinapi", "beat>60", "ws-server-01"])


def members(grouping: Grouping, one: Group, fleet: Fleet, condition: Filter) -> list[Tracked]:
    """Who passes the filter of a group together with the one that was there."""
    text = f"{grouping.condition(one)} {condition.text}"
    return [each for each in fleet.tracked.values() if parse_filter(text).passes(each, NOON)]


@pytest.mark.parametrize("dimension", DIMENSIONS, ids=lambda one: one.key)
@settings(max_examples=12)  # for each dimension
@given(fleet=fleets(), condition=FILTERS.map(parse_filter))
def test_every_connection_that_passes_is_in_one_group_and_its_filter_is_its_members(
    dimension: Dimension, fleet: Fleet, condition: Filter
) -> None:
    grouping = group(fleet, dimension, condition)
    passing = [one for one in fleet.tracked.values() if condition.passes(one, NOON)]
    assert (grouping.passing, grouping.total) == (len(passing), len(fleet.tracked))
    found: list[str] = []
    for one in grouping.groups:
        mine = members(grouping, one, fleet, condition)
        assert [one.count(state) for state in State] == [
            sum(each.state is state for each in mine) for state in State
        ]
        there = [each.connection.last_heartbeat for each in mine if each.state is not State.GONE]
        assert one.oldest == min(there, default=None)
        assert one.dropped == sum(
            each.state is not State.LIVE and each.connection.beat_age(NOON) <= GONE_KEPT
            for each in mine
        )
        assert one.value in {dimension.read(each, NOON) for each in mine}
        found += [each.connection_id for each in mine]
    assert sorted(found) == sorted(one.connection_id for one in passing)


@given(fleets(), st.sampled_from(DIMENSIONS), st.randoms(use_true_random=False))
def test_the_order_is_total_and_does_not_hang_on_that_of_the_records(
    fleet: Fleet, dimension: Dimension, rng: random.Random
) -> None:
    grouping = group(fleet, dimension)
    ones = list(fleet.tracked.values())
    rng.shuffle(ones)
    assert group(fleet_of(ones), dimension) == grouping
    lowered = [one.value.lower() for one in grouping.groups]
    assert len(set(lowered)) == len(lowered)
    assert [grouping.place_of(one.value) for one in grouping.groups] == list(range(len(lowered)))


def test_the_worst_come_first_but_one_of_one_not_before_forty_of_fifty() -> None:
    def many(host: str, well: int, gone: int) -> list[Tracked]:
        states = [State.LIVE] * well + [State.GONE] * gone
        start = 1_000 * len(host)
        return [row(start + n, state, host=host) for n, state in enumerate(states)]

    sizes = {"a": (900, 5), "bb": (0, 1), "ccc": (10, 40), "dddd": (0, 4), "eeeee": (30, 0)}
    ones = [one for host, (well, gone) in sizes.items() for one in many(host, well, gone)]
    ones += many("ffffff", 30, 0)
    grouping = group(fleet_of(ones), HOST)
    assert [one.value for one in grouping.groups] == ["dddd", "ccc", "bb", "a", "eeeee", "ffffff"]


def test_two_spellings_of_a_value_are_one_group_as_they_are_to_a_filter() -> None:
    grouping = group(fleet_of([row(1, host="ws-A"), row(2, host="WS-a")]), HOST)
    assert [(one.value, one.size) for one in grouping.groups] == [("WS-a", 2)]
    assert grouping.place_of("ws-a") == 0
    assert grouping.place_of("ws-b") is None


def test_drops_are_told_by_when_they_beat_last_and_not_by_when_that_was_noticed() -> None:
    ones = [
        *(row(n, State.GONE, 140.0) for n in range(8)),
        row(10, State.SILENT, 290.0),
        row(11, State.SILENT, 301.0),
        row(12, State.LATE, 40.0),
        row(13, State.LIVE, 20.0),
        row(14, State.SILENT, -30.0),
    ]
    grouping = group(fleet_of(ones), HOST)
    (one,) = grouping.groups
    assert one.dropped == 11
    # NOON is ten seconds into a block.
    places = {BUCKETS - 1 - (age + 4) // BUCKET: count for age, count in ((140, 8), (40, 1))}
    assert one.drops[-1] == 1
    assert {place: one.drops[place] for place in places} == places
    trend = grouping.trend(one)
    assert len(trend) == BUCKETS
    assert trend[BUCKETS - 1 - 144 // BUCKET] == "█"
    assert sum(block != "▁" for block in trend) == 4


def test_when_nobody_looked_is_no_time_without_drops() -> None:
    ones = [replace(row(1, State.LATE, 45.0), first_seen=NOON - 60 * TICKS)]
    grouping = group(fleet_of(ones), HOST)
    trend = grouping.trend(grouping.groups[0])
    assert trend.startswith("·" * (BUCKETS - 6))
    assert trend.count("█") == 1
    assert "·" not in trend[-4:]


def test_who_came_back_lately_is_counted_and_who_opened_for_the_first_time_is_not() -> None:
    def session(one: Tracked, number: int) -> Tracked:
        return replace(one, session=Session(one.connection_id, NOON, "a", "dc", number))

    lately = NOON - 100 * TICKS
    ones = [
        session(row(1, start=lately), 2),
        session(row(2, start=lately), 1),
        session(row(3, start=NOON - 400 * TICKS), 3),
        row(4, start=lately),
    ]
    (one,) = group(fleet_of(ones), HOST).groups
    assert one.back == 1


@pytest.mark.parametrize(
    ("names", "label"),
    [([], ""), (["Oslo"], "Oslo"), (["Oslo", "", "Bern"], "Bern, Oslo"), ("dcba", "a, b, c, …")],
)
def test_a_group_goes_by_the_names_that_people_gave_its_parts(names: list[str], label: str) -> None:
    ones = [replace(row(n), labels=Labels(client=name)) for n, name in enumerate(names)] + [row(99)]
    (one,) = group(fleet_of(ones), BY_KEY["net"]).groups
    assert one.label == label


AHEAD = 3_600 * TICKS
"""The clock of one context's endpoint is an hour ahead."""


def several(*, blind: bool = False) -> Fleet:
    """A connection of each of two contexts, on the same host: beaten 5 and 20 seconds ago."""
    parts = {}
    for name, at, age in (("a", NOON, 5), ("b", NOON + AHEAD, 20)):
        record = connection(name, at, host="h", last_heartbeat=at - age * TICKS)
        clock = ServerClock(at / TICKS, at / TICKS, 0.0)
        last = replace(snapshot((record,), at), clock=clock)
        one = Tracked(record, at, at, State.LIVE)
        parts[name] = Fleet(tracked={name: one}, last=last)
    if blind:
        parts["b"] = replace(parts["b"], outage=Outage(failure(), 1))
    return merge(parts)


def test_of_several_contexts_each_beats_by_its_own_clock() -> None:
    fleet = several()
    (one,) = group(fleet, HOST).groups
    assert (one.live, one.unseen, one.oldest) == (2, 0, NOON + AHEAD - 20 * TICKS)
    both = group(fleet, BY_KEY["context"]).groups
    assert [(each.value, each.oldest) for each in both] == [
        ("a", NOON + AHEAD - 5 * TICKS),
        ("b", NOON + AHEAD - 20 * TICKS),
    ]
    assert group(fleet, HOST, parse_filter("beat<10")).passing == 1


@pytest.mark.parametrize(("blind", "stale"), [(True, ()), (False, ("b",))])
def test_of_a_context_that_is_blind_nothing_is_said_to_grow_old(
    blind: bool, stale: tuple[str, ...]
) -> None:
    fleet = several(blind=blind)
    (one,) = group(fleet, HOST, stale=stale).groups
    assert (one.live, one.unseen, one.oldest) == (2, 1, NOON + AHEAD - 5 * TICKS)
    a, b = group(fleet, BY_KEY["context"], stale=stale).groups
    assert (a.unseen, b.unseen, b.oldest) == (0, 1, None)


def test_what_a_cut_answer_leaves_out_is_not_said_to_grow_old_either() -> None:
    ones = [row(1, age=5.0), replace(row(2, age=90.0), seen=NOON - 60 * TICKS)]
    (one,) = group(fleet_of(ones), HOST).groups
    assert (one.size, one.unseen, one.oldest) == (2, 1, NOON - 5 * TICKS)


@pytest.mark.parametrize("read", [lambda: Fleet(), lambda: fleet_of([])])
def test_of_nothing_there_are_no_groups(read: Callable[[], Fleet]) -> None:
    assert group(read(), HOST).groups in ((), [])
