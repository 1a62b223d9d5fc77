"""What is different between two moments is told, and nothing that nobody knows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.core.test_history import outcomes
from tests.strategies import NOON, connection, failure, hostile_connections, snapshot
from tui.core.connection import Connection, State
from tui.core.difference import Difference, Turn, difference
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS, Instant
from tui.core.merge import merge
from tui.core.query import Query
from tui.core.safe import safe

LATER = NOON + 60 * TICKS


def after(*steps: object, start: Fleet | None = None) -> Fleet:
    """The fleet after these outcomes."""
    fleet = start or Fleet()
    for step in steps:
        fleet = fold(fleet, step)  # type: ignore[arg-type]
    return fleet


def beating(*names: str, at: Instant = NOON, **changes: object) -> tuple[Connection, ...]:
    """Connections of a client each, all of which beat."""
    return tuple(
        connection(name, at, client=f"198.51.100.{ord(name[-1])}", **changes) for name in names
    )


THEN = after(snapshot(beating("a", "b", "c"), NOON))


def turns(found: Difference) -> dict[str, Turn]:
    """What became of whom."""
    return {row.one.connection_id: row.turn for row in found.rows}


def test_who_left_who_came_and_who_stayed() -> None:
    new = beating("d", at=LATER, start=LATER - TICKS)
    now = after(snapshot((*beating("a", "b", at=LATER), *new), LATER), start=THEN)
    found = difference(THEN, now)
    assert turns(found) == {"c": Turn.GONE, "d": Turn.NEW}
    assert (found.same, found.unknown, found.notes) == (2, 0, ())
    assert "left by" in found.rows[0].evidence
    assert "started" in found.rows[1].evidence


def test_a_client_that_is_on_another_server_has_moved_and_nobody_is_gone_for_it() -> None:
    [old] = beating("c", at=LATER)
    there = replace(old, connection_id="d", host="ws-2", start=LATER - TICKS)
    again = replace(old, connection_id="e", start=LATER - TICKS)
    rest = beating("a", "b", at=LATER)
    for one, turn in ((there, Turn.MOVED), (again, Turn.BACK)):
        found = difference(THEN, after(snapshot((*rest, one), LATER), start=THEN))
        assert turns(found) == {one.connection_id: turn}
        assert "took the place of c" in found.rows[0].evidence
    # Long after, when nobody remembers the one that left, its client tells it still.
    much_later = LATER + 7_200 * TICKS
    one = replace(there, start=LATER, last_heartbeat=much_later)
    late = after(snapshot((*beating("a", "b", at=much_later), one), much_later))
    assert turns(difference(THEN, late)) == {"d": Turn.MOVED}


def test_the_same_connection_on_another_server_has_moved() -> None:
    records = beating("a", "b", at=LATER) + beating("c", at=LATER, host="ws-2")
    found = difference(THEN, after(snapshot(records, LATER), start=THEN))
    assert turns(found) == {"c": Turn.MOVED}
    assert "from ws-server-01.coinapi.io to ws-2" in found.rows[0].evidence


def test_who_is_in_another_state_is_told_with_its_last_beat() -> None:
    at = NOON + 130 * TICKS
    slow = replace(beating("c", at=at)[0], last_heartbeat=NOON, is_active=False)
    now = after(snapshot((*beating("a", "b", at=at), slow), at, Query(active_only=False)))
    then = after(snapshot(beating("a", "b", "c"), NOON, Query(active_only=False)))
    [row] = difference(then, now).rows
    assert (row.turn, row.one.connection_id) == (Turn.SILENT, "c")
    assert row.evidence == "was live, last beat 14:30:25Z, 130s before"
    [row] = difference(now, then).rows
    assert row.evidence.startswith("was silent, is live")


def test_of_a_cut_answer_nobody_is_called_gone_or_new() -> None:
    whole = after(snapshot(beating("a", "b", "d", at=LATER), LATER))
    cut = after(snapshot(beating("a", "d", at=LATER), LATER, complete=False))
    found = difference(THEN, cut)
    assert (turns(found), found.unknown) == ({"d": Turn.NEW}, 2)
    assert "of 2 connections nobody knows" in found.notes[0]
    back = difference(after(snapshot(beating("a"), NOON, complete=False)), whole)
    assert (turns(back), back.unknown) == ({}, 2)
    # What has started since is new, whatever was cut off then.
    young = beating("e", at=LATER, start=NOON + TICKS)
    cut_then = after(snapshot(beating("a"), NOON, complete=False))
    grown = after(snapshot((*beating("a", at=LATER), *young), LATER))
    assert turns(difference(cut_then, grown)) == {"e": Turn.NEW}


def test_of_answers_to_two_questions_only_those_in_both_are_compared() -> None:
    query = Query(service="coinapi-ws")
    found = difference(THEN, after(snapshot(beating("a", "d", at=LATER), LATER, query)))
    assert (turns(found), found.same, found.unknown) == ({}, 1, 3)
    assert "another question was asked then" in found.notes[0]


@pytest.mark.parametrize("blind_then", [True, False])
def test_that_we_were_blind_is_said_and_nothing_is_made_of_it(blind_then: bool) -> None:
    blind = after(failure(at=NOON + TICKS), start=THEN)
    found = difference(blind, THEN) if blind_then else difference(THEN, blind)
    assert (found.rows, found.same) == ((), 3)
    when = "was not known then" if blind_then else "is not known now"
    assert found.notes == (f"the present {when}: it is compared as last known at 14:30:25Z",)


def test_where_nothing_was_known_nothing_is_compared() -> None:
    for then, now in ((Fleet(), THEN), (THEN, Fleet())):
        found = difference(then, now)
        assert not found.rows
        assert "nothing is known" in found.notes[0]


@given(outcomes(), st.integers(0, 12), st.booleans())
def test_each_connection_is_counted_once_and_none_is_called_gone_that_is_there(
    steps: list[object], place: int, several: bool
) -> None:
    then, now = after(*steps[:place]), after(*steps)
    if several:
        then, now = merge({"a": then, "b": Fleet()}), merge({"a": now, "b": Fleet()})
    found = difference(then, now)
    if then.at is None or now.at is None:
        return
    # The one whose place was taken is told of with its successor.
    names = [row.one.connection_id for row in found.rows]
    names += [row.before.connection_id for row in found.rows if row.before is not None]
    there = {name for name, one in now.tracked.items() if one.state is not State.GONE}
    was = {name for name, one in then.tracked.items() if one.state is not State.GONE}
    known = there | was
    assert set(names) <= known
    assert len(set(names)) + found.same + found.unknown == len(known)
    for row in found.rows:
        if row.turn is Turn.GONE:
            assert row.one.connection_id not in there
        if row.turn is Turn.NEW:
            assert row.one.connection_id not in was
    if steps[place:] == [] or then is now:
        assert not found.rows


@given(st.lists(hostile_connections(), max_size=4, unique_by=lambda one: one.connection_id))
def test_what_strangers_served_is_told_safely(records: list[Connection]) -> None:
    at = NOON + 60 * TICKS
    then = after(snapshot(records, NOON))
    now = after(snapshot([replace(one, host="elsewhere") for one in records[1:]], at), start=then)
    for row in difference(then, now).rows:
        assert row.evidence == safe(row.evidence)
