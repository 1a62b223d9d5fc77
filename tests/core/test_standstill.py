"""The endpoint's data stand still: said when it is so, before rows turn late, and never else."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from tests.strategies import NOON, connection, failure
from tui.core.clock import ServerClock
from tui.core.connection import Connection, State
from tui.core.events import EventKind
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS, Instant
from tui.core.query import Query
from tui.core.snapshot import Cut, Snapshot

ACTIVE = Query()
HISTORY = Query(active_only=False)
LEARNED = 300
"""Seconds after which every rhythm up to a minute has been learned."""


def at(seconds: float) -> Instant:
    return NOON + round(seconds * TICKS)


class Beating(Struct, frozen=True):
    """A connection that really beats: at its phase, and again and again after its rhythm."""

    number: int
    rhythm: int
    phase: float
    host: str
    until: float = 1e9
    """When it dies."""

    def record(self, now: float, stamped: float = 0.0) -> Connection:
        """What the endpoint has of it; ``stamped``: it writes all heartbeats every so often."""
        now = min(now, self.until)
        if stamped:
            beat = now // stamped * stamped
        else:
            beat = self.phase + (now - self.phase) // self.rhythm * self.rhythm
        return connection(
            f"conn_{self.number:02}",
            host=self.host,
            client=f"198.51.100.{self.number}",
            last_heartbeat=at(beat),
            start=at(-90_000),
        )


def answer(
    records: Iterable[Connection], now: float, query: Query = HISTORY, cut: Cut | None = None
) -> Snapshot:
    """What an endpoint that is well makes of its records."""
    served = [one for one in records if not query.active_only or one.beat_age(at(now)) <= 120]
    return Snapshot(query, tuple(served), at(now), cut)


def poll(
    fleet: Fleet,
    beating: Iterable[Beating],
    now: float,
    query: Query = HISTORY,
    *,
    still: float = 1e9,
    stamped: float = 0.0,
) -> Fleet:
    """The fleet after one more poll; ``still`` is when the endpoint's data stop."""
    records = [one.record(min(now, still), stamped) for one in beating]
    return fold(fleet, answer(records, now, query))


@st.composite
def fleets(
    draw: st.DrawFn, least: int = 3, rhythms: st.SearchStrategy[int] | None = None
) -> list[Beating]:
    """Connections on two hosts at least, whose heartbeats fall anyhow."""
    rhythm = st.integers(1, 60) if rhythms is None else rhythms
    return [
        Beating(number, each, draw(st.floats(-60, 0)), f"host-{number % draw(st.integers(2, 3))}")
        for number, each in enumerate(draw(st.lists(rhythm, min_size=least, max_size=8)))
    ]


# Never without need


@settings(max_examples=40)
@given(
    fleets(1),
    st.sampled_from([1, 5, 30]),
    st.sampled_from([ACTIVE, HISTORY]),
    st.floats(0, 1),
    st.data(),
)
def test_a_fleet_that_really_beats_is_never_called_frozen(
    beating: list[Beating], pause: int, query: Query, offset: float, data: st.DataObject
) -> None:
    # Some of them may die: the others beat on. The quickest two never do: of survivors that are not
    # due before the dead turn late nobody can tell that they live, as the verdict says.
    beating.sort(key=lambda one: one.rhythm, reverse=True)
    dying = data.draw(st.lists(st.integers(0, 300), max_size=max(0, len(beating) - 2)))
    for place, until in enumerate(dying):
        beating[place] = replace(beating[place], until=until)
    fleet, now = Fleet(), offset
    while now < (180 if pause == 1 else 400):
        fleet = poll(fleet, beating, now, query)
        assert fleet.standstill is None
        now += pause


@settings(max_examples=30)
@given(fleets(), st.integers(2, 60), st.sampled_from([1, 5, 7, 30]))
def test_a_server_that_stamps_all_heartbeats_now_and_then_is_never_called_frozen(
    beating: list[Beating], stamped: int, pause: int
) -> None:
    fleet, now = Fleet(), 0
    while now < (150 if pause == 1 else 500):
        fleet = poll(fleet, beating, now, stamped=stamped)
        assert fleet.standstill is None
        assert {one.state for one in fleet.tracked.values()} == {State.LIVE}
        now += pause


@settings(max_examples=30)
@given(fleets(), st.integers(0, 15), st.sampled_from([1, 5, 30]))
def test_heartbeats_that_are_served_with_a_delay_are_never_called_frozen(
    beating: list[Beating], delay: int, pause: int
) -> None:
    fleet, now = Fleet(), 0
    while now < (180 if pause == 1 else 400):
        records = [one.record(now - delay) for one in beating]
        fleet = fold(fleet, answer(records, now))
        assert fleet.standstill is None
        now += pause


def of_rhythm(rhythm: int, count: int = 6, hosts: int = 2, until: float = 1e9) -> list[Beating]:
    """Connections of one rhythm whose heartbeats fall evenly over it."""
    return [
        Beating(number, rhythm, rhythm * number / count - 60, f"host-{number % hosts}", until)
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("count", "hosts"), [(2, 2), (6, 1), (1, 1)], ids=["two", "one host", "one"]
)
def test_a_tiny_fleet_or_one_on_a_single_host_is_never_called_frozen(
    count: int, hosts: int
) -> None:
    fleet = Fleet()
    for now in range(0, 600, 10):
        fleet = poll(fleet, of_rhythm(10, count, hosts), now, still=LEARNED)
        assert fleet.standstill is None
    assert {one.state for one in fleet.tracked.values()} == {State.SILENT}


@pytest.mark.parametrize("rhythm", [1, 10, 60])
def test_a_host_that_dies_is_never_called_frozen_while_a_single_connection_beats_elsewhere(
    rhythm: int,
) -> None:
    dead = of_rhythm(rhythm, 30, 3, until=LEARNED)
    alive = Beating(40, rhythm, -60.0, "host-9")
    fleet = Fleet()
    for now in range(0, 600, 10):
        fleet = poll(fleet, [*dead, alive], now)
        assert fleet.standstill is None
    assert fleet.counts()[State.SILENT] == 30


@pytest.mark.parametrize("query", [ACTIVE, HISTORY])
def test_connections_that_end_at_once_with_young_heartbeats_are_no_standstill(
    query: Query,
) -> None:
    beating, fleet = of_rhythm(10), Fleet()
    for now in range(0, LEARNED, 5):
        fleet = poll(fleet, beating, now, query)
    for now in (LEARNED + 15, LEARNED + 20):
        ended = [replace(one.record(LEARNED), is_active=False) for one in beating]
        fleet = fold(fleet, answer([] if query.active_only else ended, now, query))
        assert fleet.standstill is None
    assert not fleet.counts()[State.LIVE]


def test_what_had_ended_before_is_not_missed() -> None:
    """In a history the ended stand beside the living, whose last one falls silent here."""
    dying = replace(of_rhythm(10)[0], until=LEARNED)
    fleet = Fleet()
    for now in range(0, LEARNED + 300, 5):
        ended = [replace(one.record(LEARNED), is_active=now < LEARNED) for one in of_rhythm(10)[1:]]
        living = [one.record(now) for one in of_rhythm(10)[1:]]
        fleet = fold(fleet, answer([dying.record(now), *(living if now < LEARNED else ended)], now))
        assert fleet.standstill is None
    assert fleet.counts()[State.SILENT] == 6


# When it is so


def freeze(
    beating: list[Beating], pause: float, query: Query, offset: float = 0.0
) -> tuple[set[str], Fleet]:
    """Which rows turned worse before it was said, and the fleet when it was."""
    fleet, now, worse = Fleet(), offset, set[str]()
    while now < LEARNED + 400:
        before, fleet = fleet, poll(fleet, beating, now, query, still=LEARNED)
        if fleet.standstill is not None:
            return worse, fleet
        worse |= {
            name
            for name, one in fleet.tracked.items()
            if now > LEARNED and one.state.trouble > before.tracked[name].state.trouble
        }
        now += pause
    raise AssertionError("it was never said")


@pytest.mark.slow
@settings(max_examples=40)
@given(
    st.integers(1, 45).flatmap(lambda rhythm: fleets(4, st.just(rhythm))),
    st.sampled_from([1, 5, 30]),
    st.sampled_from([ACTIVE, HISTORY]),
    st.floats(0, 1),
)
def test_data_that_stand_still_are_said_to_before_any_row_turns_late(
    beating: list[Beating], pause: int, query: Query, offset: float
) -> None:
    worse, fleet = freeze(beating, pause, query, offset)
    assert not worse
    assert fleet.standstill is not None
    assert fleet.standstill.since <= at(LEARNED + pause)


@pytest.mark.slow
@settings(max_examples=40)
@given(fleets(5), st.sampled_from([1, 5, 30]), st.floats(0, 1))
def test_of_mixed_rhythms_only_what_beats_much_quicker_than_the_rest_turns_late_before(
    beating: list[Beating], pause: int, offset: float
) -> None:
    worse, _ = freeze(beating, pause, HISTORY, offset)
    # Nobody can tell these from connections that died, until the slower ones are missed too.
    quick = [one for one in beating if f"conn_{one.number:02}" in worse]
    slow = [one for one in beating if one not in quick]
    assert slow
    if len(quick) >= 3 and len({one.host for one in quick}) >= 2:
        third = sorted(one.rhythm for one in quick)[2]
        assert third > 2 * min(one.rhythm for one in quick)


def stood(query: Query = HISTORY, until: int = LEARNED + 60) -> Fleet:
    """A fleet of rhythm 10 s whose data stand still since ``LEARNED``, seen every 5 s."""
    fleet = Fleet()
    for now in range(0, until + 1, 5):
        fleet = poll(fleet, of_rhythm(10), now, query, still=LEARNED)
    assert fleet.standstill is not None
    return fleet


def test_a_standstill_tells_since_when_and_who_is_missed() -> None:
    fleet = stood()
    still = fleet.standstill
    assert still is not None
    assert (still.since, still.at) == (at(LEARNED), at(LEARNED + 60))
    assert (still.overdue, still.present, still.hosts) == (6, 6, 2)
    assert fleet.at is not None
    assert at(LEARNED) <= fleet.at < at(LEARNED + 60)
    assert fleet.is_blind


def test_it_lasts_until_something_moves_however_empty_the_answers_get() -> None:
    fleet = stood(ACTIVE)
    rows = fleet.tracked
    for now in range(LEARNED + 65, LEARNED + 2_000, 45):
        fleet = poll(fleet, of_rhythm(10), now, ACTIVE, still=LEARNED)
        assert fleet.standstill is not None
        assert fleet.standstill.at == at(now)
        assert fleet.tracked == rows
    fleet = poll(fleet, of_rhythm(10), LEARNED + 2_000, ACTIVE)
    assert fleet.standstill is None
    assert [event.kind for event in fleet.events] == [EventKind.THAWED]
    assert fleet.counts()[State.LIVE] == 6


@pytest.mark.parametrize("what", ["a heartbeat", "a heartbeat set back", "a new connection"])
def test_a_single_thing_that_moves_ends_it(what: str) -> None:
    records = [one.record(LEARNED) for one in of_rhythm(10)]
    now = LEARNED + 70
    if what == "a new connection":
        records.append(connection("new", at(now)))
    else:
        moved = at(now) if what == "a heartbeat" else at(10)
        records[0] = replace(records[0], last_heartbeat=moved)
    assert fold(stood(), answer(records, now)).standstill is None


@pytest.mark.parametrize("asked", [Query(service="coinapi-ws"), ACTIVE, Query(minutes=10)])
def test_another_question_to_data_that_stand_still_finds_them_as_old_as_before(
    asked: Query,
) -> None:
    before = stood()
    fleet = before
    for now in (LEARNED + 70, LEARNED + 75, LEARNED + 300):
        fleet = poll(fleet, of_rhythm(10), now, asked, still=LEARNED)
        assert fleet.query == asked
        assert fleet.standstill is not None
        assert fleet.standstill.since == at(LEARNED)
        assert fleet.at == before.at
        assert {one.state for one in fleet.tracked.values()} == {State.LIVE}
        assert not fleet.events
    assert set(fleet.tracked) == set(before.tracked)


def test_another_question_that_finds_a_younger_heartbeat_ends_it() -> None:
    fleet = poll(stood(), of_rhythm(10), LEARNED + 70, ACTIVE)
    assert fleet.standstill is None
    assert [event.kind for event in fleet.events] == [EventKind.THAWED]
    assert "meanwhile" not in fleet.events[0].evidence


def test_a_link_that_comes_back_to_data_that_stand_still_is_told() -> None:
    fleet = fold(stood(), failure(HISTORY, at=at(LEARNED + 65)))
    fleet = poll(fleet, of_rhythm(10), LEARNED + 70, still=LEARNED)
    assert fleet.standstill is not None
    assert [event.line for event in fleet.events] == [
        "14:36:35Z link back: after 1 failed poll, 5s since 14:36:30Z"
    ]


@pytest.mark.parametrize(("seconds", "frozen"), [(14, False), (15, True)])
def test_it_is_not_said_before_a_row_would_turn_late(seconds: int, frozen: bool) -> None:
    """A second's rhythm is missed at once, but a pause of the endpoint is no reason to shout."""
    beating, fleet = of_rhythm(1), Fleet()
    for now in range(LEARNED + seconds):
        fleet = poll(fleet, beating, now, still=LEARNED)
    assert fleet.standstill is None
    fleet = poll(fleet, beating, LEARNED + seconds, still=LEARNED)
    assert (fleet.standstill is not None) is frozen
    assert {one.state for one in fleet.tracked.values()} == {State.LIVE}


@pytest.mark.parametrize(("rhythm", "known"), [(20, True), (60, False)])
def test_a_fleet_whose_rhythm_is_unknown_is_believed_for_a_minute(rhythm: int, known: bool) -> None:
    """Without a rhythm nobody is late before the two minutes are over."""
    beating, fleet = of_rhythm(rhythm), Fleet()
    seen = LEARNED if known else 60
    for now in range(0, seen + 1, 20):
        fleet = poll(fleet, beating, now, still=seen)
    assert all((one.rhythm is not None) is known for one in fleet.tracked.values())
    said = next(
        now
        for now in range(seen + 5, seen + 200, 5)
        if (fleet := poll(fleet, beating, now, still=seen)).standstill is not None
    )
    assert said - seen == (45 if known else 75)
    assert {one.state for one in fleet.tracked.values()} == {State.LIVE}


# That the answers themselves are old ones


def test_that_answers_are_repeated_may_show_after_they_stood_still() -> None:
    beating = [Beating(number, 5, -number, f"host-{number % 2}") for number in range(6)]
    fleet = Fleet()
    for now in range(0, LEARNED, 5):
        fleet = poll(fleet, beating, now)
    frozen = [one.record(LEARNED - 5) for one in beating]
    clock = ServerClock()
    said = []
    for now in range(LEARNED, LEARNED + 300, 5):
        # One and the same Date, though time goes on.
        clock = clock.observe(at(LEARNED), now, now + 0.1)
        fleet = fold(fleet, replace(answer(frozen, LEARNED + now / 1e3), clock=clock, at=at(now)))
        if fleet.standstill is not None:
            said.append(fleet.standstill.repeated)
    assert said
    assert (said[0], said[-1]) == (False, True)
    assert said == sorted(said)
