"""A fleet that was kept and recalled tells what the same fleet would have told."""

from ipaddress import ip_network

from hypothesis import given
from hypothesis import strategies as st
from msgspec import convert, to_builtins
from msgspec.structs import replace

from tests.core.test_fold import Step, after, histories
from tests.strategies import NOON, connection, failure, snapshot
from tui.core.events import EventKind
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS
from tui.core.lineage import DEFAULT_CLIENT
from tui.core.memory import Memory, failed_at, recall, remember, with_lapse
from tui.core.names import NO_NAMES, Names

MINUTE = 60 * TICKS


def later(fleet: Fleet, names: Names = NO_NAMES) -> Fleet:
    """``fleet`` as a later process has it."""
    written = to_builtins(remember(fleet))
    return recall(convert(written, type=Memory), fleet.lineage.client, names)


@given(histories(max_size=8), st.integers(0, 8))
def test_it_goes_on_as_if_nothing_had_been(steps: list[Step], place: int) -> None:
    fleet = after(steps[:place])
    recalled = later(fleet)
    for step in steps[place:]:
        fleet, recalled = fold(fleet, step), fold(recalled, step)
        assert [one.line for one in recalled.events] == [one.line for one in fleet.events]
        assert recalled.verdicts == fleet.verdicts
        assert recalled.lineage == fleet.lineage
        assert {name: (one.state, one.session) for name, one in recalled.tracked.items()} == {
            name: (one.state, one.session) for name, one in fleet.tracked.items()
        }


def test_a_rhythm_stays_known() -> None:
    fleet = after(
        [snapshot([connection(at=NOON + n * MINUTE)], NOON + n * MINUTE) for n in (0, 1, 2, 3)]
    )
    one = later(fleet).tracked["conn_1"]
    assert one.rhythm == fleet.tracked["conn_1"].rhythm == 60.0
    assert one.gaps == ()


def test_what_changed_while_nothing_ran_is_summed_up() -> None:
    one, other = connection("conn_1"), connection("conn_2")
    recalled = later(after([snapshot([one, other])]))
    assert recalled.last is not None
    then = NOON + 10 * MINUTE
    answer = snapshot([connection("conn_2", then), connection("conn_3", then)], then)
    fleet = fold(recalled, with_lapse(recalled.last, answer, 5.0))
    assert [event.kind for event in fleet.events] == [EventKind.UNWATCHED]
    assert fleet.events[0].evidence == (
        "nothing was asked for 10m00s since 14:30:25Z: paused, stopped or asleep; "
        "meanwhile 1 left (conn_1), 1 came (conn_3)"
    )


def test_a_quick_restart_is_no_lapse() -> None:
    recalled = later(after([snapshot([connection("conn_1")])]))
    assert recalled.last is not None
    then = NOON + 8 * TICKS
    answer = with_lapse(recalled.last, snapshot([], then), 5.0)
    assert answer.lapse == 3.0
    assert [event.kind for event in fold(recalled, answer).events] == [EventKind.DROPPED]


def test_a_clock_set_back_meanwhile_is_a_lapse() -> None:
    recalled = later(after([snapshot([connection("conn_1")])]))
    assert recalled.last is not None
    answer = with_lapse(recalled.last, snapshot([], NOON - MINUTE), 5.0)
    assert [event.kind for event in fold(recalled, answer).events] == [EventKind.UNWATCHED]


def test_an_outage_that_goes_on_is_not_told_again() -> None:
    fleet = after([snapshot([connection()]), failure(at=NOON + MINUTE)])
    assert [event.kind for event in fleet.events] == [EventKind.LINK_LOST]
    recalled = fold(later(fleet), failure(at=NOON + 9 * MINUTE))
    assert recalled.events == ()
    back = fold(recalled, snapshot([connection(at=NOON + 10 * MINUTE)], NOON + 10 * MINUTE))
    assert [event.kind for event in back.events] == [EventKind.LINK_BACK]
    assert back.events[0].evidence.startswith("after 2 failed polls, 9m00s since 14:31:25Z")


def test_a_failure_before_the_first_answer_has_the_time_of_this_machine() -> None:
    last = snapshot([])
    assert failed_at(last, NOON + MINUTE) == NOON + MINUTE
    assert failed_at(replace(last, local_skew=-30.0), NOON) == NOON + MINUTE // 2
    # It is not older than what was told before.
    assert failed_at(last, NOON - MINUTE) == NOON


def test_names_are_those_of_now() -> None:
    fleet = after([snapshot([connection(client="203.0.113.195")])])
    office = Names(networks={ip_network("203.0.113.0/24"): "office"})
    named = later(fleet, office)
    assert named.tracked["conn_1"].labels.client == "office"
    assert later(named).tracked["conn_1"].labels.client == ""


def test_lives_told_by_something_else_are_forgotten() -> None:
    fleet = after([snapshot([connection()])])
    assert fleet.lineage.lines
    recalled = recall(remember(fleet), ("host",))
    assert recalled.lineage.client == ("host",)
    assert not recalled.lineage.lines
    assert recall(remember(fleet), DEFAULT_CLIENT).lineage == fleet.lineage
