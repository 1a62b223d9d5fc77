"""What the dropped have in common is found, said with its counts, and never claimed by chance."""

import random
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from tests.strategies import NOON, connection, snapshot
from tui.core.connection import State
from tui.core.fleet import Fleet, Tracked
from tui.core.grammar import parse_filter
from tui.core.instant import TICKS
from tui.core.names import Labels
from tui.core.why import Explanation, explain, explain_rows


def row(number: int, state: State = State.LIVE) -> Tracked:
    """One of a plain fleet: ten hosts in two regions, three services, twenty networks."""
    host = number % 10
    beat = NOON - TICKS if state is State.LIVE else NOON - 100 * TICKS
    record = connection(
        f"conn_{number}",
        host=f"ws-{host}",
        data_center=f"{('us', 'eu')[host % 2]}/ws-{host}",
        service=("ws", "rest", "fix")[number // 10 % 3],
        client=f"198.51.{number // 7 % 20}.{number % 250}",
        api_key_id=f"key_{number // 3 % 11}",
        last_heartbeat=beat,
        start=NOON - (600 + number * 977 % 80_000) * TICKS,
    )
    return Tracked(record, NOON, NOON, state)


def fleet_of(rows: Sequence[Tracked], *, complete: bool = True) -> Fleet:
    answer = snapshot([one.connection for one in rows], complete=complete)
    return Fleet(tracked={one.connection_id: one for one in rows}, last=answer)


def struck(pick: Callable[[int], object], count: int = 300) -> list[Tracked]:
    """A fleet of which those that ``pick`` says are silent."""
    return [row(n, State.SILENT if pick(n) else State.LIVE) for n in range(count)]


def sentences(told: Explanation) -> list[str]:
    return [line.sentence for line in told.lines]


def test_a_host_that_died_is_named_with_its_counts() -> None:
    told = explain(fleet_of(struck(lambda n: n % 10 == 4, 120)))
    assert sentences(told) == [
        "all 12 dropped are on host ws-4 = data center us/ws-4; 0 of 108 healthy are"
    ]
    assert told.lines[0].condition == "host=ws-4"
    assert told.lines[0].brief == "all on host ws-4 (0 of 108 healthy)"


def test_two_causes_at_once_are_two_lines() -> None:
    told = explain(fleet_of(struck(lambda n: n % 10 in (3, 4), 300)))
    assert [line.condition for line in told.lines] == ["host=ws-3", "host=ws-4"]


def test_a_pair_is_told_where_it_says_clearly_more() -> None:
    told = explain(fleet_of(struck(lambda n: n % 2 == 0 and n // 10 % 3 == 1)))
    assert sentences(told) == [
        "all 50 dropped are in region us and of service rest; 0 of 250 healthy are"
    ]
    assert told.lines[0].condition == "region=us service=rest"


def test_two_are_too_few() -> None:
    told = explain(fleet_of(struck(lambda n: n in (4, 14))))
    assert told.lines == ()
    assert told.note == "2 dropped: too few to tell what they have in common."


def test_of_those_that_dropped_at_random_nothing_is_claimed() -> None:
    for seed in range(200):
        chance = random.Random(seed)
        lost = set(chance.sample(range(300), chance.randrange(3, 60)))
        told = explain(fleet_of(struck(lost.__contains__)))
        assert sentences(told) == [], seed
        assert "nothing in common" in told.note


def test_the_order_of_the_records_does_not_matter() -> None:
    rows = struck(lambda n: (n % 10 == 4 and n % 50) or n % 37 == 0)
    first = explain(fleet_of(rows))
    assert first.lines
    for seed in range(5):
        random.Random(seed).shuffle(rows)
        assert explain(fleet_of(rows)) == first


def test_what_the_last_answer_does_not_prove_is_not_compared_with() -> None:
    rows = struck(lambda n: n % 10 == 4, 120)
    rows[0] = replace(rows[0], seen=NOON - TICKS)
    told = explain(fleet_of(rows, complete=False))
    assert told.rest == 107
    assert told.caveats == ("The answer is cut: the rest is only the part of it that is known.",)


def test_names_are_said_with_the_value_beside() -> None:
    rows = struck(lambda n: n // 3 % 11 == 4)
    rows = [
        replace(one, labels=Labels(key="trading-prod"))
        if one.connection.api_key_id == "key_4"
        else one
        for one in rows
    ]
    (line,) = explain(fleet_of(rows)).lines
    assert "all 27 dropped are of API key trading-prod (key_4); 0 of 273" in line.sentence
    assert line.condition == "key=key_4"


def test_the_chosen_are_compared_with_all_others() -> None:
    rows = struck(lambda n: False)
    chosen = [one.connection_id for one in rows if one.connection.host == "ws-7"]
    told = explain(fleet_of(rows), chosen, called="marked")
    assert sentences(told) == [
        "all 30 marked are on host ws-7 = data center eu/ws-7; 0 of 270 others are"
    ]


def test_with_nothing_to_compare_with_nothing_is_claimed() -> None:
    told = explain_rows(struck(lambda n: True), [], NOON)
    assert told.note == "300 dropped, but there are none to compare them with."


def test_the_condition_finds_the_connections_of_the_line() -> None:
    rows = struck(lambda n: (n % 10 == 4 and n % 50) or n % 37 == 0)
    told = explain(fleet_of(rows))
    for line in told.lines:
        passing = [one for one in rows if parse_filter(line.condition).passes(one, NOON)]
        assert sum(one.state is State.SILENT for one in passing) == line.covered
        assert sum(one.state is State.LIVE for one in passing) == line.also
