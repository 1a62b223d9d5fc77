"""What is shown, in an order in which no row jumps about."""

from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import NOON, answers, connection, connections, snapshot, tracked
from tui.core.arrangement import Arrangement, Order, arrange
from tui.core.columns import BY_KEY
from tui.core.connection import Connection, State
from tui.core.fleet import Fleet, Tracked
from tui.core.fold import fold
from tui.core.grammar import parse_filter
from tui.core.instant import TICKS

ORDERS = st.builds(Order, st.sampled_from(sorted(BY_KEY)), st.booleans())
ROWS = st.lists(
    tracked(connections(ids=st.integers(0, 99).map("conn_{:02d}".format))),
    max_size=12,
    unique_by=lambda one: one.connection_id,
)


@given(ORDERS, ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_depend_on_the_order_they_came_in(
    order: Order, rows: list[Tracked], chance: Random
) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert order.arrange(rows, NOON) == order.arrange(shuffled, NOON)


@given(ORDERS, ROWS)
def test_arranging_neither_loses_nor_doubles_a_row(order: Order, rows: list[Tracked]) -> None:
    arranged = order.arrange(iter(rows), NOON)
    assert sorted(one.connection_id for one in arranged) == sorted(
        one.connection_id for one in rows
    )


@given(ORDERS, ROWS)
def test_rows_stand_by_their_key_and_by_id_where_that_is_equal(
    order: Order, rows: list[Tracked]
) -> None:
    column = BY_KEY[order.key]
    arranged = order.arrange(rows, NOON)
    for first, second in pairwise(arranged):
        one, other = column.sort(first, NOON), column.sort(second, NOON)
        if one == other:
            assert first.connection_id < second.connection_id
        else:
            assert (one > other) if order.reverse else (one < other)


@given(st.sampled_from(sorted(BY_KEY)), ROWS)
def test_an_inverted_order_has_the_last_first(key: str, rows: list[Tracked]) -> None:
    column = BY_KEY[key]
    down = [column.sort(one, NOON) for one in Order(key).arrange(rows, NOON)]
    up = [column.sort(one, NOON) for one in Order(key, reverse=True).arrange(rows, NOON)]
    assert up == down[::-1]


def test_by_state_the_worst_stand_first_and_among_them_the_latest() -> None:
    def row(name: str, state: State, beat: int = 1) -> Tracked:
        return Tracked(connection(name, last_heartbeat=NOON - beat * TICKS), NOON, NOON, state)

    rows = [
        row("a", State.LIVE, 5),
        row("b", State.LIVE, 1),
        row("c", State.LATE),
        row("d", State.SILENT),
        row("e", State.GONE, 90),
        row("f", State.GONE, 10),
    ]
    assert [one.connection_id for one in Order().arrange(rows, NOON)] == list("fedcab")


def test_by_beat_the_oldest_heartbeat_is_the_first_and_the_arrow_says_so() -> None:
    rows = [
        Tracked(connection(str(age), last_heartbeat=NOON - age), NOON, NOON, State.LIVE)
        for age in (3, 1, 2)
    ]
    order = Order("beat")
    assert [one.connection_id for one in order.arrange(rows, NOON)] == ["3", "2", "1"]
    assert (order.arrow, Order("beat", reverse=True).arrow) == ("▼", "▲")
    assert (Order("service").arrow, Order("service", reverse=True).arrow) == ("▲", "▼")


@given(answers(), st.sampled_from(["", "state:late", "!service:rest", "beat>60"]), ORDERS)
def test_shown_are_those_that_pass_in_order_and_each_knows_its_place(
    records: tuple[Connection, ...], text: str, order: Order
) -> None:
    fleet, condition = fold(Fleet(), snapshot(records)), parse_filter(text)
    shown = arrange(fleet, order, condition)
    passing = [one for one in fleet.tracked.values() if condition.passes(one, NOON)]
    assert list(shown.rows) == order.arrange(passing, NOON)
    assert all(shown.rows[place].connection_id == name for name, place in shown.places.items())
    assert len(shown.places) == len(shown.rows)
    assert (shown.total, shown.counts, shown.at) == (len(records), fleet.counts(), NOON)
    assert sum(shown.facets["service"].values()) == len(records)


@given(answers(), st.permutations([f"conn_{n}" for n in range(5)]))
def test_held_rows_keep_their_places_and_new_ones_come_after(
    records: tuple[Connection, ...], held: list[str]
) -> None:
    places = {name: place for place, name in enumerate(held)}
    shown = arrange(fold(Fleet(), snapshot(records)), Order("beat"), held=places)
    names = [one.connection_id for one in shown.rows]
    kept = [name for name in names if name in places]
    assert names[: len(kept)] == kept == sorted(kept, key=places.__getitem__)
    rest = [one for one in shown.rows if one.connection_id not in places]
    assert rest == Order("beat").arrange(rest, NOON)


def test_before_the_first_answer_nothing_is_shown() -> None:
    assert arrange(Fleet(), Order()) == Arrangement()
