"""merge: several contexts in one fleet, none of which is touched by another."""

from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec.structs import replace

from tests.strategies import NOON, answers, connection, snapshot
from tui.core.arrangement import Order, arrange
from tui.core.clock import ServerClock
from tui.core.connection import State
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.grammar import parse_filter
from tui.core.instant import TICKS
from tui.core.merge import merge, with_context
from tui.core.names import Names
from tui.core.query import Query
from tui.core.safe import safe
from tui.core.snapshot import Cut, Failure, Outcome, Trouble
from tui.core.verdict import VerdictKind

HOUR = 3_600 * TICKS
DOWN = Failure(Query(), Trouble.UNREACHABLE, "cannot reach it: refused.", at=NOON + 30 * TICKS)


def polled(outcomes: Sequence[Outcome]) -> Fleet:
    fleet = Fleet()
    for outcome in outcomes:
        fleet = fold(fleet, outcome)
    return fleet


@st.composite
def fleets(draw: st.DrawFn) -> Fleet:
    """A fleet after a few polls, some of which failed or were cut."""
    outcomes: list[Outcome] = []
    for number in range(draw(st.integers(0, 3))):
        at = NOON + number * 5 * TICKS
        if draw(st.integers(0, 3)):
            complete = draw(st.booleans())
            outcomes.append(snapshot(draw(answers(at, max_size=5)), at, complete=complete))
        else:
            outcomes.append(replace(DOWN, at=at))
    return polled(outcomes)


CONTEXTS: SearchStrategy[dict[str, Fleet]] = st.dictionaries(
    st.sampled_from(["eu", "prod", "test", "\u202eworse"]), fleets(), min_size=2, max_size=3
)


@given(fleets())
def test_merging_one_fleet_changes_nothing(fleet: Fleet) -> None:
    assert merge({"prod": fleet}) is fleet


@given(CONTEXTS, st.randoms(use_true_random=False))
def test_which_context_is_named_first_makes_no_difference(
    contexts: dict[str, Fleet], random: object
) -> None:
    turned = dict(reversed(contexts.items()))
    assert merge(turned) == merge(contexts)


@given(CONTEXTS)
def test_counts_add_up_but_for_connections_that_several_contexts_see(
    contexts: dict[str, Fleet],
) -> None:
    merged = merge(contexts)
    ids = Counter(identity for fleet in contexts.values() for identity in fleet.tracked)
    assert merged.tracked.keys() == ids.keys()
    assert sum(merged.counts().values()) == len(ids)
    if all(count == 1 for count in ids.values()):
        for state in State:
            assert merged.counts()[state] == sum(one.counts()[state] for one in contexts.values())


@given(CONTEXTS)
def test_each_row_is_the_row_of_its_context_with_the_context_on_it(
    contexts: dict[str, Fleet],
) -> None:
    merged = merge(contexts)
    for identity, one in merged.tracked.items():
        own = contexts[one.labels.context].tracked[identity]
        assert replace(one, labels=own.labels) == own
        part = merged.part_of(one)
        assert part.at == contexts[one.labels.context].at
        assert merged.rhythm_of(one) == contexts[one.labels.context].rhythm_of(own)


@given(CONTEXTS, st.data())
def test_a_failure_in_one_leaves_the_rows_of_the_others_as_they_are(
    contexts: dict[str, Fleet], data: st.DataObject
) -> None:
    struck = data.draw(st.sampled_from(sorted(contexts)))
    before = merge(contexts)
    after = merge({**contexts, struck: fold(contexts[struck], DOWN)})
    for identity, one in before.tracked.items():
        if one.labels.context != struck:
            assert after.tracked[identity] == one
        else:
            # Its own stay as they were, or are another context's that sees them.
            now = after.tracked[identity]
            assert now == one or now.labels.context != struck


@given(CONTEXTS)
def test_it_is_blind_where_all_are_and_whole_where_all_are(contexts: dict[str, Fleet]) -> None:
    merged = merge(contexts)
    assert merged.is_blind == all(one.is_blind for one in contexts.values())
    known = [one.last for one in contexts.values() if one.last is not None]
    assert (merged.last is None) == (not known)
    if merged.last is not None:
        whole = len(known) == len(contexts) and all(one.complete for one in known)
        assert merged.last.complete == whole
        assert merged.at == max(one.at for one in known)


@given(CONTEXTS)
def test_events_are_all_there_in_the_order_of_time_with_their_context(
    contexts: dict[str, Fleet],
) -> None:
    merged = merge(contexts)
    assert [event.at for event in merged.log] == sorted(event.at for event in merged.log)
    assert len(merged.log) == sum(len(one.log) for one in contexts.values())
    for event in merged.log:
        if event.one is not None:
            assert event.evidence.startswith(f"{safe(event.one.labels.context, 24)}: ")


def test_what_was_merged_before_keeps_its_log_and_tells_new_events_once() -> None:
    prod = polled([snapshot([connection("a")], NOON)])
    eu = polled([snapshot([connection("b")], NOON)])
    contexts = {"prod": with_context(prod, "prod"), "eu": with_context(eu, "eu")}
    first = merge(contexts)
    later = NOON + 5 * TICKS
    grown = fold(contexts["eu"], snapshot([connection("b", later), connection("c", later)], later))
    second = merge({**contexts, "eu": grown}, first)
    [event] = second.events
    assert event.line == (
        "14:30:30Z recovered c: eu: not in the answers before, though it started 15m00s ago"
    )
    third = merge({**contexts, "eu": grown}, second)
    assert third.events == ()
    assert third.log is second.log


def test_a_verdict_says_whose_it_is() -> None:
    contexts = {"prod": polled([snapshot([connection("a")])]), "eu": polled([DOWN])}
    verdict, *others = merge(contexts).verdicts
    assert [one.kind for one in others] == [VerdictKind.SKEW]
    assert verdict.kind is VerdictKind.LINK_DOWN
    assert verdict.sentence == "eu: cannot reach it: refused"


def test_one_that_has_not_answered_leaves_the_whole_a_part() -> None:
    merged = merge({"prod": polled([snapshot([connection("a")])]), "eu": Fleet()})
    assert merged.last is not None
    assert merged.last.cut is Cut.CONTEXT


def test_a_connection_of_two_contexts_is_one_row_of_whoever_sees_it() -> None:
    one = connection("a")
    sees, blind = polled([snapshot([one])]), polled([snapshot([one]), DOWN])
    assert merge({"a": sees, "b": sees}).tracked["a"].labels.context == "a"
    assert merge({"a": blind, "b": sees}).tracked["a"].labels.context == "b"
    left = polled([snapshot([one]), snapshot([], NOON + 5 * TICKS)])
    assert left.tracked["a"].state is State.GONE
    # There as long as anybody sees it; whoever is blind knows nothing better.
    assert merge({"a": left, "b": sees}).tracked["a"].state is State.LIVE
    assert merge({"a": left, "b": blind}).tracked["a"].state is State.GONE


def test_each_context_goes_by_its_own_clock() -> None:
    """One server's clock is an hour ahead; its connections are not an hour silent for that."""

    def at(identity: str, now: int, age: float) -> Fleet:
        beat = now - round(age * TICKS)
        record = connection(identity, now, last_heartbeat=beat)
        clock = ServerClock().observe(now, 100.0, 100.1)
        return polled([replace(snapshot([record], now), clock=clock)])

    merged = merge({"prod": at("p", NOON, 3), "ahead": at("q", NOON + HOUR, 7)})
    beat = arrange(merged, Order("beat"))
    assert [one.connection_id for one in beat.rows] == ["q", "p"]
    ages = {one.connection_id: one.connection.beat_age(beat.at_of(one) or 0) for one in beat.rows}
    assert ages == {"p": 3.0, "q": 7.0}
    over = arrange(merged, Order(), parse_filter("beat>5"))
    assert [one.connection_id for one in over.rows] == ["q"]


def test_the_context_can_be_searched_and_names_are_kept() -> None:
    named = Names(hosts={"ws-server-01": "gateway one"})
    contexts = {
        name: polled_with(named, [snapshot([connection(identity)])])
        for name, identity in (("prod", "a"), ("eu", "b"))
    }
    merged = merge(contexts)
    assert [one.labels.host for one in merged.tracked.values()] == ["gateway one"] * 2
    found = arrange(merged, Order(), parse_filter("context:eu"))
    assert [one.connection_id for one in found.rows] == ["b"]


def polled_with(names: Names, outcomes: Sequence[Outcome]) -> Fleet:
    fleet = Fleet(names=names)
    for outcome in outcomes:
        fleet = fold(fleet, outcome)
    return fleet
