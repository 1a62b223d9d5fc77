"""The numbers of a fleet: nothing is lost in them, and there are never too many."""

from bisect import bisect_right
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import (
    HOSTILE,
    NOON,
    answers,
    connection,
    hostile_connections,
    snapshot,
    tracked,
)
from tui.core.connection import State
from tui.core.fleet import Fleet, Tracked
from tui.core.fold import fold
from tui.core.instant import TICKS
from tui.core.safe import safe
from tui.report.metrics.tally import (
    AGES,
    EMPTY_KEPT,
    GROUPS_KEPT,
    LABEL_KEPT,
    OTHER,
    Tally,
    tally,
)

ALIVE = (State.LIVE, State.LATE)


def fleet_of(*rows: Tracked) -> Fleet:
    """These rows, whatever their ids."""
    return Fleet(tracked={str(place): row for place, row in enumerate(rows)}, last=snapshot())


def served(*centers: str, at: int = NOON) -> Fleet:
    """A fleet with a live connection in each of these data centers."""
    records = [
        connection(f"conn_{place}", at, data_center=center) for place, center in enumerate(centers)
    ]
    return fold(Fleet(), snapshot(records, at))


def totals(told: Tally) -> dict[State, int]:
    """Connections by state over all groups."""
    counts = dict.fromkeys(State, 0)
    for group in told.groups.values():
        for state, count in group.counts.items():
            counts[state] += count
    return counts


rows = st.lists(tracked(hostile_connections()) | tracked(), max_size=6)


@given(rows, rows)
def test_the_groups_add_up_to_the_fleet(before: list[Tracked], now: list[Tracked]) -> None:
    fleet = fleet_of(*now)
    assert totals(tally(fleet, tally(fleet_of(*before), Tally()))) == fleet.counts()


@given(rows)
def test_the_ages_are_those_of_the_live_and_the_late(found: list[Tracked]) -> None:
    told = tally(fleet_of(*found), Tally())
    ages = sorted(max(0.0, one.connection.beat_age(NOON)) for one in found if one.state in ALIVE)
    assert told.ages == (*(bisect_right(ages, bound) for bound in AGES), len(ages))
    assert list(told.ages) == sorted(told.ages)
    assert abs(told.ages_sum - sum(ages)) <= 1e-6 * max(1.0, sum(ages))
    oldest = [group.oldest for group in told.groups.values() if group.oldest is not None]
    assert max(oldest, default=None) == max(ages, default=None)


@given(rows)
def test_whatever_strangers_call_it_a_label_is_short_and_harmless(found: list[Tracked]) -> None:
    for place in tally(fleet_of(*found), Tally()).groups:
        for label in place:
            assert label == safe(label)
            assert len(label) <= LABEL_KEPT
            label.encode()


@given(answers(), answers(NOON + 5 * TICKS))
def test_no_label_is_a_key_an_address_a_host_or_an_id(
    first: tuple[object, ...], second: tuple[object, ...]
) -> None:
    known = Tally()
    for records in (first, second):
        fleet = fold(Fleet(), snapshot(records))  # type: ignore[arg-type]  # records of answers()
        known = tally(fleet, known)
        labels = {label for place in known.groups for label in place}
        for one in fleet.tracked.values():
            record = one.connection
            assert not labels & {
                record.connection_id,
                record.organization_id,
                record.api_key_id,
                record.client,
                record.host,
            }


def test_what_looks_the_same_is_one_group() -> None:
    told = tally(served("east\x1b/1", "east␛/1", "x" * 100, "x" * 200), Tally())
    assert {place.data_center: group.size for place, group in told.groups.items()} == {
        "east␛/1": 2,
        "x" * 79 + "…": 2,
    }


def test_a_group_is_of_a_service_a_protocol_and_a_data_center_and_tells_its_region() -> None:
    (place,) = tally(served("us-east-1/server-01"), Tally()).groups
    assert place == ("coinapi-ws", "WebSocket", "us-east-1", "us-east-1/server-01")


def test_beyond_so_many_groups_the_smaller_ones_are_other() -> None:
    many = [f"center-{number:03}" for number in range(GROUPS_KEPT + 50)]
    told = tally(served(*many, *many[-10:]), Tally())
    assert len(told.groups) == GROUPS_KEPT + 1
    assert told.folded == 50
    assert told.groups[OTHER].size == 50
    names = {place.data_center for place in told.groups}
    assert names >= set(many[-10:]), "the larger ones have a place"
    assert sum(totals(told).values()) == len(many) + 10


def test_who_has_a_place_keeps_it() -> None:
    many = [f"center-{number:03}" for number in range(GROUPS_KEPT)]
    first = tally(served(*many), Tally())
    second = tally(served(*many, *["larger"] * 9), first)
    assert {place.data_center for place in second.groups} == {*many, "other"}
    assert (second.folded, second.groups[OTHER].size) == (1, 9)


def test_an_empty_group_is_told_as_zeros_for_an_hour() -> None:
    first = tally(served("one", "two"), Tally())
    soon = NOON + round(EMPTY_KEPT * TICKS)
    second = tally(served("one", at=soon), first)
    (gone,) = [group for place, group in second.groups.items() if place.data_center == "two"]
    assert (gone.size, gone.oldest) == (0, None)
    third = tally(served("one", at=soon + TICKS), second)
    assert {place.data_center for place in third.groups} == {"one"}


def test_a_stranger_that_is_called_other_is_counted_with_the_others() -> None:
    records = [
        connection("conn", service="other", protocol="other", data_center="other"),
        *(connection(f"c{n}", data_center=f"center-{n}") for n in range(GROUPS_KEPT + 4)),
    ]
    told = tally(fold(Fleet(), snapshot(records)), Tally())
    assert sum(totals(told).values()) == GROUPS_KEPT + 5
    assert Counter(place == OTHER for place in told.groups)[True] == 1


def test_hostile_names_are_no_more_groups_than_ordinary_ones() -> None:
    records = [
        connection(f"c{n}", service=f"{HOSTILE[n % len(HOSTILE)]}{n}")
        for n in range(GROUPS_KEPT * 2)
    ]
    told = tally(fold(Fleet(), snapshot(records)), Tally())
    assert len(told.groups) <= GROUPS_KEPT + 1
    assert sum(totals(told).values()) == GROUPS_KEPT * 2
