"""The lives of clients: each return is told once, rightly, and nothing else is."""

from collections.abc import Iterable, Sequence
from itertools import cycle, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct, field
from msgspec.structs import replace

from tests.strategies import NOON, connection, failure
from tui.core.connection import Connection, State
from tui.core.events import Event, EventKind
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS, Instant, span_text
from tui.core.lineage import (
    CLIENT_FIELDS,
    FLAP_SPAN,
    HANDOVER,
    LINE_KEPT,
    SESSIONS_KEPT,
    ClientField,
    Lineage,
    Session,
)
from tui.core.query import Query
from tui.core.snapshot import Cut, Snapshot
from tui.core.verdict import VerdictKind

LIVES = (
    EventKind.RECONNECTED,
    EventKind.MOVED,
    EventKind.FLAPPING,
    EventKind.OVERLAPPING,
    EventKind.STORM,
)
RETURNS = (EventKind.RECONNECTED, EventKind.MOVED)


def at(seconds: float) -> Instant:
    return NOON + round(seconds * TICKS)


class Life(Struct, frozen=True):
    """One connection from its start to its last heartbeat; it beats every second."""

    name: str
    start: int
    end: int = 10**6
    client: str = "203.0.113.1"
    host: str = "host-1"
    closes: bool = True
    """Whether its end is known at once; else it falls silent and leaves after two minutes."""
    changes: dict[str, str] = field(default_factory=dict)

    def record(self, now: float) -> Connection:
        plain = connection(
            self.name,
            client=self.client,
            host=self.host,
            start=at(self.start),
            last_heartbeat=at(min(int(now), self.end)),
            is_active=not self.closes or now <= self.end,
        )
        return replace(plain, **self.changes)


BALLAST = [
    Life(f"ballast-{number}", -9_000, client=f"198.51.100.{number}", host=f"host-{number}")
    for number in range(3)
]
"""Others that always beat, so that nothing ever stands still."""


class Watch:
    """An observer that polls lives, and keeps what it is told."""

    def __init__(self, lives: Iterable[Life], *client: ClientField) -> None:
        self.lives = [*BALLAST, *lives]
        self.fleet = Fleet(lineage=Lineage(client)) if client else Fleet()
        self.told: list[Event] = []

    def poll(
        self, now: float, *, query: Query | None = None, cut: Cut | None = None, last: bool = True
    ) -> list[Event]:
        """The events of one poll; ``last``: the last records of what left are asked for."""
        query = query or Query()
        begun = [life for life in self.lives if life.start <= now]
        records = [life.record(now) for life in begun]
        served = [
            one
            for one in records
            if query.matches(one)
            and not (query.active_only and not (one.is_active and one.beat_age(at(now)) <= 120))
        ]
        names = {one.connection_id for one in served}
        known = {n for n, one in self.fleet.tracked.items() if one.state is not State.GONE}
        ended = {one.connection_id: one for one in records if one.connection_id in known - names}
        answer = Snapshot(query, tuple(served), at(now), cut, ended=ended if last else {})
        self.fleet = fold(self.fleet, answer)
        self.told += self.fleet.events
        return self.lived(self.fleet.events)

    def fail(self) -> None:
        self.fleet = fold(self.fleet, failure(self.fleet.query))
        self.told += self.fleet.events

    def poll_all(self, polls: Iterable[float]) -> "Watch":
        for now in polls:
            self.poll(now)
        return self

    def lived(self, events: Sequence[Event] | None = None) -> list[Event]:
        """What was told of lives."""
        events = self.told if events is None else events
        return [event for event in events if event.kind in LIVES]

    def lines(self) -> list[str]:
        return [
            f"{event.kind.value} {event.connection_id}: {event.evidence}" for event in self.lived()
        ]

    def session(self, name: str) -> Session:
        session = self.fleet.tracked[name].session
        assert session is not None
        return session


# Returns


@pytest.mark.parametrize(
    ("second", "line"),
    [
        (Life("b", 103), "reconnected b: 3s after a stopped, session 2"),
        (Life("b", 90), "reconnected b: 10s before a stopped, session 2"),
        (
            Life("b", 103, host="host-2"),
            "moved b: from host-1 to host-2, 3s after a stopped, session 2",
        ),
        (
            Life("b", 103, changes={"data_center": "HQ-5"}),
            "moved b: from us-east-1/server-01 to HQ-5, 3s after a stopped, session 2",
        ),
        (
            Life("b", 100 + 200),
            "reconnected b: 3m20s after a stopped, session 2",
        ),
    ],
    ids=["after", "before: a handover", "another host", "another data center", "much later"],
)
@pytest.mark.parametrize("closes", [True, False], ids=["closed", "fallen silent"])
@pytest.mark.parametrize("pause", [1, 7, 30])
def test_a_client_that_comes_back_is_told_once(
    second: Life, line: str, closes: bool, pause: int
) -> None:
    watch = Watch([Life("a", -500, 100, closes=closes), second])
    watch.poll_all(range(0, 900, pause))
    assert watch.lines() == [line]


@st.composite
def lives(draw: st.DrawFn) -> list[Life]:
    """Clients that come back, after a gap or by a handover; each session is long enough to see."""
    found: list[Life] = []
    for client in range(draw(st.integers(1, 3))):
        end = draw(st.integers(70, 200))
        hosts = st.sampled_from(["host-1", "host-2"])
        closes = st.booleans()
        address = f"192.0.2.{client}"
        found.append(Life(f"{client}-1", -600, end, address, draw(hosts), draw(closes)))
        for number in range(2, draw(st.integers(2, 5))):
            start = end + draw(st.integers(-int(HANDOVER), 400))
            end = max(start, end) + draw(st.integers(130, 600))
            name = f"{client}-{number}"
            found.append(Life(name, start, end, address, draw(hosts), draw(closes)))
    return found


@settings(max_examples=60)
@given(lives(), st.lists(st.integers(5, 60), min_size=1, max_size=4))
def test_each_return_is_told_exactly_once_with_its_gap_its_kind_and_its_number(
    lives: list[Life], pauses: list[int]
) -> None:
    watch = Watch(lives)
    now = 0
    for pause in cycle(pauses):
        watch.poll(now)
        now += pause
        if now > max(life.end for life in lives) + 300:
            break
    returns = {
        event.connection_id: (event.kind, event.evidence)
        for event in watch.lived()
        if event.kind in RETURNS
    }
    assert len(returns) == len([event for event in watch.lived() if event.kind in RETURNS])
    expected = {}
    for before, life in pairwise(lives):
        if before.client != life.client:
            continue
        gap = life.start - before.end
        when = f"{span_text(abs(gap))} {'after' if gap >= 0 else 'before'}"
        number = life.name.split("-")[1]
        text = f"{when} {before.name} stopped, session {number}"
        if before.host == life.host:
            expected[life.name] = EventKind.RECONNECTED, text
        else:
            text = f"from {before.host} to {life.host}, {text}"
            expected[life.name] = EventKind.MOVED, text
    assert returns == expected
    assert EventKind.OVERLAPPING not in {event.kind for event in watch.lived()}


def test_a_session_counts_on_though_the_one_between_was_found_out_later() -> None:
    """B opened and closed before anybody knew that A had fallen silent."""
    watch = Watch([Life("a", -500, 10, closes=False), Life("b", 12, 40), Life("c", 42), BALLAST[0]])
    for life in (0, 15, 45, 60, 140):
        watch.poll(life)
    assert {name: watch.session(name).number for name in "abc"} == {"a": 1, "b": 2, "c": 3}
    assert {name: watch.session(name).follows for name in "bc"} == {"b": "a", "c": "b"}


def test_the_gap_goes_by_the_last_heartbeat_that_the_endpoint_has() -> None:
    """It was seen last at 40 s, and beat until 58 s: only its last record can tell."""
    watch = Watch([Life("a", -500, 58), Life("b", 61)])
    watch.poll(0)
    watch.poll(40)
    assert [event.evidence for event in watch.poll(80)] == ["3s after a stopped, session 2"]
    without = Watch([Life("a", -500, 58), Life("b", 61)])
    without.poll(0)
    without.poll(40)
    assert [event.evidence for event in without.poll(80, last=False)] == [
        "21s after a stopped, session 2"
    ]


def test_a_late_one_that_has_beaten_once_more_is_measured_by_that_beat() -> None:
    slow = [
        connection("a", at(now), last_heartbeat=at(beat), start=at(-500))
        for now, beat in ((0, 0), (10, 10), (20, 20), (30, 30), (62, 30), (94, 62))
    ]
    other = connection("o", client="198.51.100.9", host="host-9")
    fleet = Fleet()
    for now, one in zip((0, 10, 20, 30, 62, 94), slow, strict=True):
        fleet = fold(
            fleet, Snapshot(Query(), (one, replace(other, last_heartbeat=at(now))), at(now))
        )
    assert fleet.tracked["a"].state is State.LATE
    back = connection("b", at(100), start=at(97))
    there = (slow[-1], back, replace(other, last_heartbeat=at(100)))
    fleet = fold(fleet, Snapshot(Query(), there, at(100)))
    assert fleet.tracked["a"].state is State.LATE
    told = [event.evidence for event in fleet.events if event.kind is EventKind.RECONNECTED]
    assert told == ["35s after a stopped, session 2"]


@pytest.mark.parametrize(
    ("gap", "told"), [(LINE_KEPT - 1, True), (LINE_KEPT, False)], ids=["within", "after"]
)
def test_who_stays_away_for_an_hour_is_a_new_client(gap: int, told: bool) -> None:
    watch = Watch([Life("a", -500, 100), Life("b", 100 + int(gap))])
    for now in (0, 90, 120, 500, 2_000, 110 + int(gap)):
        watch.poll(now)
    assert bool(watch.lived()) is told


def test_the_nearest_end_is_followed_and_each_by_one_only() -> None:
    watch = Watch(
        [
            Life("a", -500, 50),
            Life("b", -400, 100),
            Life("c", 103),
            Life("d", 104),
        ]
    )
    watch.poll_all(range(0, 200, 5))
    assert watch.session("c").follows == "b"
    assert watch.session("d").follows == "a"
    assert len(watch.lived()) == 2


@pytest.mark.parametrize(("ends", "follows"), [(103, "b"), (140, "a")])
def test_the_nearest_end_may_lie_on_either_side_of_the_start(ends: int, follows: str) -> None:
    watch = Watch([Life("a", -500, 80), Life("b", -400, ends), Life("c", 100)])
    watch.poll_all(range(0, 300, 5))
    # What ends later finds the place taken, or nobody to take it.
    assert len(watch.lived()) == 1
    by_time = Watch([Life("a", -500, 80), Life("b", -400, ends), Life("c", 100)])
    by_time.poll_all([0, 150, 160])
    assert by_time.session("c").follows == follows


# Side by side


@settings(max_examples=20)
@given(st.integers(3, 60), st.integers(0, 400), st.booleans())
def test_two_side_by_side_from_the_start_are_never_a_reconnect(
    pause: int, end: int, closes: bool
) -> None:
    watch = Watch([Life("a", -500, end, closes=closes), Life("b", -490)])
    watch.poll_all(range(0, 800, pause))
    assert not watch.lived()
    assert watch.session("b").number == 1


@settings(max_examples=30)
@given(st.integers(0, int(HANDOVER)), st.booleans(), st.integers(3, 60))
def test_the_overlap_of_a_handover_is_a_return_and_no_note(
    overlap: int, closes: bool, pause: int
) -> None:
    watch = Watch([Life("a", -500, 100 + overlap, closes=closes), Life("b", 100)])
    watch.poll_all(range(0, 900, pause))
    (event,) = watch.lived()
    assert event.kind is EventKind.RECONNECTED
    assert event.evidence.endswith("a stopped, session 2")


@settings(max_examples=20)
@given(st.integers(3, 60), st.integers(200, 600), st.booleans(), st.booleans())
def test_an_overlap_that_lasts_gives_exactly_one_note_and_no_return(
    pause: int, overlap: int, closes: bool, new: bool
) -> None:
    # Whether the first was there from the beginning or was seen to open makes no difference.
    watch = Watch([Life("a", 30 if new else -500, 100 + overlap, closes=closes), Life("b", 100)])
    watch.poll_all(range(0, 100 + overlap + 500, pause))
    (event,) = watch.lived()
    assert (event.kind, event.connection_id) == (EventKind.OVERLAPPING, "b")
    assert event.evidence.startswith("beside a for ")
    assert event.evidence.endswith("s, both beat")


def test_the_note_comes_when_both_have_beaten_for_longer_than_a_handover_takes() -> None:
    watch = Watch([Life("a", -500), Life("b", 100)])
    watch.poll_all([0, 110, 159, 160])
    assert not watch.lived()
    watch.poll(161)
    assert watch.lines() == ["overlapping b: beside a for 61s, both beat"]


def test_the_note_waits_for_an_answer_from_which_things_may_be_concluded() -> None:
    watch = Watch([Life("a", -500), Life("b", 100)])
    watch.poll_all([0, 110, 155])
    watch.fail()
    assert not watch.poll(165)
    watch.poll(170, cut=Cut.SINGLE)
    assert not watch.poll(175)
    watch.poll(180)
    assert watch.lines() == ["overlapping b: beside a for 80s, both beat"]


@pytest.mark.parametrize(("ends", "number"), [(30, 2), (10**6, 1)], ids=["handover", "lasting"])
def test_of_an_overlap_that_began_before_we_looked_nothing_is_told(ends: int, number: int) -> None:
    watch = Watch([Life("a", -500, ends), Life("b", -20)])
    watch.poll_all(range(0, 400, 5))
    assert not watch.lived()
    assert watch.session("b").number == number


def test_a_first_connection_that_hands_over_soon_is_not_beside_the_second() -> None:
    watch = Watch([Life("a", 10, 80), Life("b", 65)])
    watch.poll_all(range(0, 400, 5))
    assert watch.lines() == ["reconnected b: 15s before a stopped, session 2"]


def test_three_at_once_are_a_pool_and_no_note() -> None:
    watch = Watch([Life("a", -500), Life("b", 50), Life("c", 55)])
    watch.poll_all(range(0, 400, 5))
    assert not watch.lived()


# Flapping and storms


def flaps(first: int, gaps: Iterable[int], up: int = 20, client: str = "203.0.113.1") -> list[Life]:
    """A client that stays up for ``up`` seconds, and comes back after each gap."""
    found = [Life(f"{client}#1", -500, first, client)]
    for number, gap in enumerate(gaps, 2):
        start = found[-1].end + gap
        found.append(Life(f"{client}#{number}", start, start + up, client))
    return found


def test_flapping_is_told_with_the_third_return_in_ten_minutes_and_once() -> None:
    watch = Watch(flaps(100, [5] * 8))
    watch.poll_all(range(0, 500, 5))
    assert [event.evidence for event in watch.lived() if event.kind is EventKind.FLAPPING] == [
        "3 reconnects in 50s, session 4"
    ]
    kinds = [event.kind for event in watch.lived()]
    assert kinds == [EventKind.RECONNECTED] * 3 + [EventKind.FLAPPING] + [EventKind.RECONNECTED] * 5


def test_who_flaps_on_is_told_again_after_ten_minutes() -> None:
    watch = Watch(flaps(100, [5] * 60))
    watch.poll_all(range(0, 1_590, 5))
    told = [event for event in watch.lived() if event.kind is EventKind.FLAPPING]
    assert len(told) == 3
    for one, next_one in pairwise(told):
        assert next_one.at - one.at > FLAP_SPAN * TICKS


@pytest.mark.parametrize(("up", "told"), [(290, True), (300, False)], ids=["within", "beyond"])
def test_three_returns_flap_only_within_ten_minutes(up: int, told: bool) -> None:
    watch = Watch(flaps(100, [5, 5, 5], up))
    watch.poll_all(range(0, 1_300, 5))
    kinds = [event.kind for event in watch.lived()]
    assert (EventKind.FLAPPING in kinds) is told


def test_a_pool_of_one_client_that_comes_back_once_each_does_not_flap() -> None:
    pool = [Life(f"old-{number}", -500, 100) for number in range(6)]
    again = [Life(f"new-{number}", 103 + number) for number in range(6)]
    watch = Watch([*pool, *again])
    watch.poll_all(range(0, 300, 5))
    assert [event.kind for event in watch.lived()] == [EventKind.RECONNECTED] * 6
    assert {watch.session(f"new-{number}").number for number in range(6)} == {2}


def test_what_flapped_before_we_looked_is_no_news_but_its_next_return_is() -> None:
    client = flaps(-60, [5] * 20)
    watch = Watch([replace(life, start=life.start - 500, end=life.end - 500) for life in client])
    watch.poll(-100, query=Query(active_only=False))
    assert not watch.lived()
    for now in range(-95, 60, 5):
        watch.poll(now, query=Query(active_only=False))
    kinds = [event.kind for event in watch.lived()]
    assert kinds.count(EventKind.FLAPPING) == 1


def storm(count: int, closes: bool, gap: int = 5) -> list[Life]:
    """Many clients whose server dies at 100 s, and who all come back."""
    return [
        life
        for number in range(count)
        for life in (
            Life(f"old-{number}", -500, 100, f"192.0.2.{number}", closes=closes),
            Life(f"new-{number}", 100 + gap + number, 10**6, f"192.0.2.{number}", host="host-2"),
        )
    ]


@pytest.mark.parametrize("closes", [True, False], ids=["closed", "fallen silent"])
def test_a_storm_is_told_once_while_it_blows(closes: bool) -> None:
    watch = Watch(storm(20, closes))
    watch.poll_all(range(0, 130, 5))
    verdicts = {verdict.kind for verdict in watch.fleet.verdicts}
    assert VerdictKind.STORM in verdicts
    watch.poll_all(range(130, 600, 5))
    kinds = [event.kind for event in watch.lived()]
    assert kinds.count(EventKind.STORM) == 1
    assert kinds.count(EventKind.MOVED) == 20
    assert not {verdict.kind for verdict in watch.fleet.verdicts} & {VerdictKind.STORM}


def test_of_a_storm_that_we_did_not_see_begin_nothing_is_told() -> None:
    watch = Watch(storm(20, closes=True))
    watch.poll(95)
    watch.fail()
    watch.poll_all([130, 135])
    assert not watch.lived()
    assert VerdictKind.STORM not in {verdict.kind for verdict in watch.fleet.verdicts}


@pytest.mark.parametrize("pause", [1, 5, 60])
def test_a_client_that_opens_one_connection_after_another_is_no_storm(pause: int) -> None:
    pool = [Life("first", -500), *(Life(f"more-{number}", 10 + number) for number in range(30))]
    watch = Watch(pool)
    watch.poll_all(range(0, 300, pause))
    assert not watch.lived()


def test_starts_in_a_far_future_make_no_storm_that_never_ends_and_are_not_remembered() -> None:
    watch = Watch(storm(20, closes=True, gap=5))
    future = 400 * 86_400
    watch.poll(0)
    odd = tuple(
        connection(f"odd-{number}", client=f"192.0.2.{number}", start=at(future))
        for number in range(20)
    )
    ballast = tuple(life.record(100) for life in BALLAST)
    fleet = watch.fleet
    for now in (101, 110, 120):
        beats = tuple(replace(one, last_heartbeat=at(now)) for one in (*ballast, *odd))
        fleet = fold(fleet, Snapshot(Query(), beats, at(now)))
    assert VerdictKind.STORM not in {verdict.kind for verdict in fleet.verdicts}
    assert not fleet.lineage.returns
    assert not fleet.lineage.openings


# What a client is told by


@pytest.mark.parametrize("name", [name for name in CLIENT_FIELDS if name not in ("dc", "host")])
def test_another_value_of_a_field_that_tells_clients_apart_is_another_client(
    name: ClientField,
) -> None:
    changes = {CLIENT_FIELDS[name]: "another"}
    lives = [Life("a", -500, 100), Life("b", 103, changes=changes)]
    told = Watch(lives, "key", name).poll_all(range(0, 200, 5)).lived()
    assert not told
    others: tuple[ClientField, ...] = tuple(
        each for each in CLIENT_FIELDS if each not in (name, "dc", "host")
    )
    told = Watch(lives, *others).poll_all(range(0, 200, 5)).lived()
    assert [event.kind for event in told] == [EventKind.RECONNECTED]


def test_by_its_key_alone_a_client_is_followed_over_addresses() -> None:
    lives = [
        Life("a", -500, 100, "192.0.2.1"),
        Life("b", 103, 10**6, "192.0.2.2", host="host-9"),
        Life("z", -500, 10**6, "192.0.2.3", changes={"api_key_id": "another"}),
    ]
    watch = Watch(lives, "key", "host")
    watch.poll_all(range(0, 200, 5))
    assert not watch.lived()
    # The ballast has the same key and never stops.
    watch = Watch(lives, "key").poll_all(range(0, 200, 5))
    assert watch.lines() == ["moved b: from host-1 to host-9, 3s after a stopped, session 2"]
    line = watch.fleet.lineage.line_of(watch.fleet.tracked["b"].connection)
    assert {session.connection_id for session in line} == {
        "a", "b", "ballast-0", "ballast-1", "ballast-2",
    }  # fmt: skip


# What proves nothing


@pytest.mark.parametrize("what", ["a failure", "a cut", "another question", "the start"])
def test_nothing_is_told_of_lives_across(what: str) -> None:
    watch = Watch([Life("a", -500, 100), Life("b", 103)])
    if what == "the start":
        watch.poll(110, query=Query(active_only=False))
    else:
        watch.poll(95)
        match what:
            case "a failure":
                watch.fail()
                watch.poll(110)
            case "a cut":
                watch.poll(110, cut=Cut.SINGLE)
            case _:
                watch.poll(110, query=Query(protocol="WebSocket"))
    query = watch.fleet.query
    for now in range(115, 600, 5):
        watch.poll(now, query=query)
    assert not watch.lived()
    assert watch.fleet.tracked["b"].session is not None


@pytest.mark.parametrize("what", ["a failure", "a cut"])
def test_a_handover_that_began_in_the_open_is_told_though_one_poll_in_between_proved_nothing(
    what: str,
) -> None:
    watch = Watch([Life("a", -500, 140), Life("b", 103)])
    watch.poll_all([95, 105])
    if what == "a cut":
        watch.poll(110, cut=Cut.SINGLE)
    else:
        watch.fail()
    watch.poll_all([115, 120, 150])
    assert watch.lines() == ["reconnected b: 37s before a stopped, session 2"]


@pytest.mark.slow
@settings(max_examples=30)
@given(lives(), st.data())
def test_whatever_the_polls_bring_no_return_is_invented_or_told_twice(
    lives: list[Life], data: st.DataObject
) -> None:
    watch = Watch(lives)
    true = {
        life.name: before.name for before, life in pairwise(lives) if before.client == life.client
    }
    now, query, was_blind = 0, Query(), True
    while now < 1_500:
        kind = data.draw(st.sampled_from(["whole"] * 5 + ["cut", "failed", "asked"]))
        if kind == "failed":
            watch.fail()
            was_blind = True
        else:
            if kind == "asked":
                query = data.draw(st.sampled_from([Query(), Query(service="coinapi-ws")]))
            blind = kind == "cut" or query != watch.fleet.query
            told = watch.poll(now, query=query, cut=Cut.SINGLE if kind == "cut" else None)
            assert not (told and (blind or was_blind))
            was_blind = kind == "cut"
        now += data.draw(st.integers(1, 60))
    names = [event.connection_id for event in watch.lived() if event.kind in RETURNS]
    assert len(names) == len(set(names))
    for event in watch.lived():
        if event.kind in RETURNS:
            assert event.connection_id in true
            assert f" {true[event.connection_id]} stopped, session " in event.evidence


def test_sessions_that_the_window_loses_are_not_kept_for_ever() -> None:
    """A minutes window lets old ones go without a word: their stop is never seen."""
    lives = [Life(f"s-{number}", number * 70, number * 70 + 65) for number in range(100)]
    watch = Watch(lives)
    for now in range(0, 7_000, 5):
        watch.poll(now, query=Query(minutes=1))
    line = watch.fleet.lineage.line_of(lives[-1].record(0))
    assert len(line) <= SESSIONS_KEPT + 2


def test_only_the_last_stopped_sessions_of_a_client_are_remembered() -> None:
    watch = Watch(flaps(10, [2] * 200, up=8)).poll_all(range(0, 2_000, 4))
    line = watch.fleet.lineage.line_of(Life("x", 0).record(0))
    stopped = [session for session in line if session.stopped is not None]
    assert len(stopped) == SESSIONS_KEPT
    assert [session.number for session in line] == sorted(session.number for session in line)
    assert watch.fleet.lineage.openings == ()


def test_a_session_forgotten_for_their_number_that_beats_again_is_no_return() -> None:
    watch = Watch(flaps(10, [2] * 60, up=8)).poll_all(range(0, 400, 4))
    line = watch.fleet.lineage.line_of(Life("x", 0).record(0))
    kept = {session.connection_id for session in line}
    gone = [
        one.connection_id
        for one in watch.fleet.tracked.values()
        if one.state is State.GONE and one.connection_id not in kept
    ]
    (again,) = [
        life
        for life in watch.lives
        if life.name == max(gone, key=lambda name: int(name.split("#")[1]))
    ]
    watch.lives = [replace(life, end=10**6) if life is again else life for life in watch.lives]
    told = watch.poll(404)
    assert watch.fleet.tracked[again.name].state is State.LIVE
    assert again.name not in {event.connection_id for event in told}
    assert again.name not in {opening.connection_id for opening in watch.fleet.lineage.openings}


@pytest.mark.slow
def test_clients_that_do_not_come_back_are_forgotten() -> None:
    """Twenty new clients a minute for five hours: within two thousand lines all the time."""
    fleet = Fleet()
    for minute in range(300):
        now = minute * 60
        records = tuple(
            connection(
                f"c-{minute}-{number}", at(now), client=f"{minute}-{number}", start=at(now - 5)
            )
            for number in range(20)
        )
        fleet = fold(fleet, Snapshot(Query(), records, at(now)))
        assert len(fleet.lineage.lines) <= 1_000 + 60 * 20 + len(fleet.tracked)
    assert ("f1e2d3c4-b5a6-9879-8765-4321dcba0987", "0-0", "coinapi-ws", "WebSocket") not in (
        fleet.lineage.lines
    )
    assert len(fleet.lineage.lines) < 300 * 20 / 2


def test_one_client_with_thousands_of_connections_is_traced_in_no_time() -> None:
    records = tuple(
        connection(
            f"c-{number}",
            start=at(-1_000 - number),
            last_heartbeat=at(-(number % 2) * (500 + number)),
        )
        for number in range(5_000)
    )
    fleet = fold(Fleet(), Snapshot(Query(active_only=False), records, NOON))
    line = fleet.lineage.line_of(records[0])
    assert sum(session.stopped is not None for session in line) == SESSIONS_KEPT
    assert not [event for event in fleet.events if event.one is not None]
