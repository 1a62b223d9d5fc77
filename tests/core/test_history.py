"""The past that is kept in memory is the past that was."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.core.test_fold import Step, histories
from tui.core.deltas import Deltas, open_keyframe, outcomes_after
from tui.core.fleet import Fleet, Tracked
from tui.core.fold import fold
from tui.core.history import History
from tui.core.lineage import DEFAULT_CLIENT
from tui.core.snapshot import Outcome, Snapshot


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


def rhythms(fleet: Fleet) -> dict[str, float | None]:
    return {name: one.rhythm for name, one in fleet.tracked.items()}


@given(histories(max_size=12), st.integers(0, 11))
def test_what_is_kept_of_each_poll_is_what_it_brought(steps: list[Step], place: int) -> None:
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


@given(histories(max_size=12), st.data())
def test_the_fleet_of_any_moment_is_the_one_that_was_known(
    steps: list[Step], data: st.DataObject
) -> None:
    fleet, history, known = Fleet(), History(Fleet()), []
    for outcome in steps:
        fleet = fold(fleet, outcome)
        history.add(outcome, fleet)
        known.append(fleet)
    assert [one.place for one in history.moments()] == list(range(len(steps)))
    for place in data.draw(st.permutations(range(len(steps)))):
        then = history.fleet_at(place)
        assert as_told(then) == as_told(known[place])
        for name, rhythm in rhythms(known[place]).items():
            kept = rhythms(then)[name]
            assert (kept is None) == (rhythm is None)
            assert kept is None or rhythm is None or abs(kept - rhythm) <= 0.11 * rhythm
