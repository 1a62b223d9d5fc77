"""What the dropped have in common is found, said with its counts, and never claimed by chance."""

import random
from collections.abc import Callable, Sequence
from math import exp

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.pty.stream import hostile_characters
from tests.strategies import HOSTILE, NOON, connection, failure, snapshot
from tui.core.connection import State
from tui.core.fleet import Fleet, Outage, Tracked
from tui.core.grammar import parse_filter
from tui.core.hypergeometric import log_chance
from tui.core.instant import TICKS
from tui.core.merge import merge
from tui.core.names import NO_LABELS, Labels
from tui.core.safe import safe
from tui.core.why import Explanation, explain, explain_rows
from tui.core.why_search import DOUBT, LIFT, Search


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


def test_who_opened_before_the_next_beats_were_due_could_have_been_struck() -> None:
    stopped = NOON - 100 * TICKS

    def opened(seconds: int) -> list[Tracked]:
        rows = struck(lambda n: n % 10 == 4, 120)
        return [
            one
            if one.state is State.SILENT
            else replace(one, connection=replace(one.connection, start=stopped + seconds * TICKS))
            for one in [replace(one, rhythm=10.0) for one in rows]
        ]

    assert explain(fleet_of(opened(9))).rest == 108
    assert explain(fleet_of(opened(11))).rest == 0


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


def test_each_context_is_known_as_of_its_own_last_answer() -> None:
    def part(first: int, at: int, host: str) -> Fleet:
        rows = [
            replace(row(n, State.SILENT if n % 10 == 4 and host == "ws-4" else State.LIVE), seen=at)
            for n in range(first, first + 120)
        ]
        rows[0] = replace(rows[0], seen=at - TICKS)
        answer = snapshot([one.connection for one in rows], at=at)
        return Fleet(tracked={one.connection_id: one for one in rows}, last=answer)

    parts = {"prod": part(0, NOON, "ws-4"), "eu": part(200, NOON + 3 * TICKS, "")}
    told = explain(merge(parts))
    assert told.rest == 226
    assert [line.causes[0] for line in told.lines] == [(("host", "ws-4"), ("context", "prod"))]
    blind = replace(parts["eu"], outage=Outage(failure=failure(), polls=1))
    told = explain(merge({**parts, "eu": blind}))
    assert told.caveats == ("eu is as of 14:30:28Z: its present is unknown.",)


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


FEW = ("a", "A", "b", "us/a", "us/b", "eu/c", "", *HOSTILE[:9], "=x", 'q"uo te', "back\\slash")
VALUES = st.sampled_from(FEW)


@st.composite
def odd_rows(draw: st.DrawFn) -> list[Tracked]:
    """Few values, hostile ones, and names that other values bear: everything may coincide."""
    rows = []
    for number in range(draw(st.integers(6, 40))):
        beat = NOON - draw(st.integers(0, 300)) * TICKS
        record = connection(
            f"conn_{number}",
            host=draw(VALUES),
            data_center=draw(VALUES),
            service=draw(VALUES),
            api_key_id=draw(VALUES),
            client=draw(st.sampled_from(("203.0.113.7", "2001:DB8:0:1::1", "2001:db8::5", "me"))),
            last_heartbeat=beat,
            start=beat - draw(st.sampled_from((0, 59, 60, 599, 600, 3_600, 90_000))) * TICKS,
        )
        rows.append(
            Tracked(
                record,
                NOON,
                NOON,
                draw(st.sampled_from(State)),
                rhythm=draw(st.sampled_from((None, 0.2, 1.49, 1.5, 29.6))),
                labels=draw(
                    st.builds(Labels, key=VALUES.map(safe), host=VALUES.map(safe))
                    | st.just(NO_LABELS)
                ),
            )
        )
    return rows


@given(odd_rows(), st.randoms(use_true_random=False))
def test_every_count_is_what_its_filter_finds_whatever_was_served(
    rows: list[Tracked], chance: random.Random
) -> None:
    # Whoever has the first one's host or service dropped, so that there is something to claim.
    first = rows[0].connection
    struck = [
        one
        for one in rows
        if one.connection.host == first.host or one.connection.service == first.service
    ]
    rest = [one for one in rows if one not in struck]
    search = Search(struck, rest, NOON)
    # Those that are not claimed, too: each value that was counted at all.
    for claim in search.singles:
        ((partition, _),) = claim.parts
        condition = parse_filter(partition.dimension.condition(claim.raws[0]))
        assert sum(condition.passes(one, NOON) for one in struck) == claim.hits
        assert sum(condition.passes(one, NOON) for one in rest) == claim.also
    told = explain_rows(struck, rest, NOON)
    for line in told.lines:
        condition = parse_filter(line.condition)
        assert sum(condition.passes(one, NOON) for one in struck) == line.covered
        assert sum(condition.passes(one, NOON) for one in rest) == line.also
        assert not hostile_characters(line.sentence + line.brief + line.what)
    chance.shuffle(struck)
    chance.shuffle(rest)
    assert explain_rows(struck, rest, NOON) == told


@given(st.integers(3, 40), st.integers(10, 300), st.data())
def test_a_line_is_never_likelier_by_chance_than_the_doubt_that_is_allowed(
    size: int, count: int, data: st.DataObject
) -> None:
    hit = data.draw(st.integers(0, size))
    struck = [row(n * 10 if n < hit else n) for n in range(size)]
    rest = [row(1_000 + n) for n in range(count)]
    for line in explain_rows(struck, rest, NOON).lines:
        chance = exp(log_chance(line.covered, size, line.covered + line.also, size + count))
        # At the least by the number of values of that size, times the ways that compare anything.
        fits = (size + count) / (line.covered + line.also)
        assert chance * fits <= line.chance * (1 + 1e-9)
        assert line.chance <= DOUBT
        assert line.lift >= LIFT
