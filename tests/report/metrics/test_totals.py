"""What has been since the start only grows, and every label is there from the start."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.strategies import NOON, answers, failure, snapshot
from tui.core.events import EventKind
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS
from tui.core.snapshot import Cost, Outcome, Trouble
from tui.report.metrics.totals import ANSWERED, DURATIONS, Totals, count

costs = st.builds(
    Cost,
    seconds=st.floats(0, 100),
    requests=st.integers(0, 50),
    received=st.integers(0, 2**30),
)


@st.composite
def outcomes(draw: st.DrawFn) -> list[Outcome]:
    """Some polls, five seconds apart."""
    found: list[Outcome] = []
    for number in range(draw(st.integers(1, 4))):
        at = NOON + 5 * number * TICKS
        cost = draw(costs)
        if draw(st.booleans()):
            found.append(replace(snapshot(draw(answers(at, max_size=2)), at), cost=cost))
        else:
            found.append(failure(trouble=draw(st.sampled_from(Trouble)), at=at, cost=cost))
    return found


def numbers(totals: Totals) -> list[float]:
    """All of them, in one and the same order."""
    return [
        *(totals.events[kind] for kind in EventKind),
        *totals.polls.values(),
        totals.requests,
        totals.received,
        *totals.within,
        totals.seconds,
    ]


@given(outcomes())
def test_they_only_grow(polls: list[Outcome]) -> None:
    fleet, totals = Fleet(), Totals()
    for outcome in polls:
        fleet = fold(fleet, outcome)
        after = count(totals, outcome, fleet)
        assert all(
            now >= before for before, now in zip(numbers(totals), numbers(after), strict=True)
        )
        assert sum(after.events.values()) == sum(totals.events.values()) + len(fleet.events)
        totals = after
    assert sum(totals.polls.values()) == len(polls)
    assert totals.within[-1] == len(polls)
    assert totals.requests == sum(outcome.cost.requests for outcome in polls)
    assert totals.received == sum(outcome.cost.received for outcome in polls)
    for bound, within in zip(DURATIONS, totals.within, strict=False):
        assert within == sum(outcome.cost.seconds <= bound for outcome in polls)


def test_every_label_is_there_from_the_start_at_zero() -> None:
    none = Totals()
    assert none.events == dict.fromkeys(EventKind, 0)
    assert none.polls == dict.fromkeys([ANSWERED, *(each.value for each in Trouble)], 0)
    assert not any(numbers(none))
