"""Events: each kind by its exact line, once for each thing that happened, and never by guess."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.strategies import (
    HOSTILE,
    NOON,
    connection,
    failure,
    hostile_connections,
    hostile_texts,
    instants,
)
from tui.core.clock import ServerClock
from tui.core.connection import Connection, State
from tui.core.events import EVENTS_KEPT, Event, EventKind, Group
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS, Instant
from tui.core.query import Query
from tui.core.safe import safe
from tui.core.snapshot import Cut, Outcome, Snapshot, Trouble

CLOCK = ServerClock().observe(NOON, 0.0, 0.1)
ACTIVE = Query()
HISTORY = Query(active_only=False)
DROPS = (EventKind.DROPPED, EventKind.GONE)
RETURNS = (EventKind.OPENED, EventKind.RECOVERED)


def at(seconds: float) -> Instant:
    return NOON + round(seconds * TICKS)


def row(name: str, beat: float, **changes: object) -> Connection:
    """A record whose last heartbeat is ``beat`` seconds after noon, of a client of its own."""
    plain = connection(
        name, client=f"client-{name}", last_heartbeat=at(beat), start=at(-900), host=f"host-{name}"
    )
    return replace(plain, **changes)


def answer(now: float, *records: Connection, **changes: object) -> Snapshot:
    plain = Snapshot(ACTIVE, records, at(now), clock=CLOCK, local_skew=0.0)
    return replace(plain, **changes)


def beats(until: float, *more: str, query: Query = ACTIVE) -> list[Outcome]:
    """Polls every 10 s from noon on, at each of which ``a`` and ``more`` have just beaten."""
    return [
        answer(now, *(row(name, now) for name in ("a", *more)), query=query)
        for now in range(0, int(until) + 1, 10)
    ]


def unwatched(outcome: Outcome) -> Outcome:
    """The same answer, to a question that came a minute too late."""
    assert isinstance(outcome, Snapshot)
    return replace(outcome, lapse=60.0)


def after(polls: Iterable[Outcome]) -> Fleet:
    fleet = Fleet()
    for poll in polls:
        fleet = fold(fleet, poll)
    return fleet


def new(name: str, start: float, beat: float, **changes: object) -> Connection:
    """A connection of the client of ``a``."""
    plain = row(name, beat, client="client-a", host="host-a", start=at(start))
    return replace(plain, **changes)


NAMES = tuple("abcdef")


def several(beat: float, names: Sequence[str] = NAMES) -> list[Connection]:
    return [row(name, beat) for name in names]


ONWARD = [answer(now, *several(now)) for now in range(0, 41, 10)]

STORIES: list[tuple[EventKind, str, list[Outcome], str]] = [
    (
        EventKind.OPENED,
        "a new one",
        [*beats(40), answer(50, row("a", 50), row("b", 49, start=at(45)))],
        "14:31:15Z opened b: coinapi-ws on host-b by client-b, started 14:31:10Z",
    ),
    (
        EventKind.OPENED,
        "a new one that is silent already",
        [*beats(40), answer(50, row("a", 50), row("b", 49, start=at(45), is_active=False))],
        "14:31:15Z opened b: coinapi-ws on host-b by client-b, started 14:31:10Z, silent: "
        "last beat 14:31:14Z, rhythm 10 s, the endpoint says that it ended",
    ),
    (
        EventKind.OPENED,
        "one that started two minutes before the answer before",
        [*beats(40), answer(50, row("a", 50), row("b", 49, start=at(40 - 120)))],
        "14:31:15Z opened b: coinapi-ws on host-b by client-b, started 14:29:05Z",
    ),
    (
        EventKind.RECOVERED,
        "one that started a tick before that",
        [*beats(40), answer(50, row("a", 50), row("b", 49, start=at(40 - 120) - 1))],
        "14:31:15Z recovered b: not in the answers before, though it started 130s ago",
    ),
    (
        EventKind.LATE,
        "three rhythms without a beat",
        [*beats(40, "b"), answer(71, row("a", 40), row("b", 71))],
        "14:31:36Z late a: last beat 14:31:05Z, rhythm 10 s, silent for 31s, late after 30 s",
    ),
    (
        EventKind.SILENT,
        "two minutes without a beat",
        [*beats(40, "b", query=HISTORY), answer(171, row("a", 40), row("b", 171), query=HISTORY)],
        "14:33:16Z silent a: last beat 14:31:05Z, rhythm 10 s, silent for 131s",
    ),
    (
        EventKind.SILENT,
        "the endpoint says so",
        [
            *beats(40, "b", query=HISTORY),
            answer(50, row("a", 45, is_active=False), row("b", 50), query=HISTORY),
        ],
        "14:31:15Z silent a: last beat 14:31:10Z, rhythm 10 s, the endpoint says that it ended",
    ),
    (
        EventKind.DROPPED,
        "not in the active answer, its last record unknown",
        [*beats(40, "b"), answer(50, row("b", 50))],
        "14:31:15Z dropped a: last beat 14:31:05Z, rhythm 10 s, silent for 10s, was up 15m40s",
    ),
    (
        EventKind.DROPPED,
        "not in the active answer, its last record known",
        [
            *beats(40, "b"),
            answer(50, row("b", 50), ended={"a": row("a", 46.5, is_active=False)}),
        ],
        "14:31:15Z dropped a: last beat 14:31:11Z, rhythm 10 s, the endpoint says that it ended, "
        "was up 15m46s",
    ),
    (
        EventKind.GONE,
        "not in the active answer, and no record of it any more",
        [*beats(40, "b"), answer(50, row("b", 50), ended={"a": None})],
        "14:31:15Z gone a: last beat 14:31:05Z, rhythm 10 s, silent for 10s, was up 15m40s",
    ),
    (
        EventKind.RECOVERED,
        "after it was late",
        [*beats(40, "b"), answer(80, row("a", 40), row("b", 80)), *beats(90, "b")[-1:]],
        "14:31:55Z recovered a: beats again at 14:31:55Z after 50s, was late",
    ),
    (
        EventKind.RECOVERED,
        "after it was dropped",
        [*beats(40, "b"), answer(50, row("b", 50)), *beats(60, "b")[-1:]],
        "14:31:25Z recovered a: beats again at 14:31:25Z, was gone",
    ),
    (
        EventKind.RECOVERED,
        "after it was dropped, but late",
        [*beats(40, "b"), answer(50, row("b", 50)), answer(90, row("a", 50), row("b", 90))],
        "14:31:55Z recovered a: in the answer again, last beat 14:31:15Z, rhythm 10 s, "
        "silent for 40s, late after 30 s",
    ),
    (
        EventKind.RECOVERED,
        "after it was silent, but late",
        [
            *beats(40, "b", query=HISTORY),
            answer(171, row("a", 40), row("b", 171), query=HISTORY),
            answer(210, row("a", 170), row("b", 210), query=HISTORY),
        ],
        "14:33:55Z recovered a: was silent, last beat 14:33:15Z, rhythm 10 s, silent for 40s, "
        "late after 30 s",
    ),
    (
        EventKind.RECONNECTED,
        "on the same server",
        [*beats(40, "b"), answer(50, row("b", 50), new("a2", 43, 50))],
        "14:31:15Z reconnected a2: 3s after a stopped, session 2",
    ),
    (
        EventKind.MOVED,
        "to another server",
        [*beats(40, "b"), answer(50, row("b", 50), new("a2", 43, 50, host="host-z"))],
        "14:31:15Z moved a2: from host-a to host-z, 3s after a stopped, session 2",
    ),
    (
        EventKind.FLAPPING,
        "three returns",
        [
            *beats(40, "b"),
            answer(50, row("b", 50), new("a2", 43, 50)),
            answer(60, row("b", 60), new("a3", 55, 60)),
            answer(70, row("b", 70), new("a4", 65, 70)),
        ],
        "14:31:35Z flapping a4: 3 reconnects in 27s, session 4",
    ),
    (
        EventKind.OVERLAPPING,
        "a second one that stays",
        [
            *beats(40, "b"),
            *(
                answer(now, row("a", now), row("b", now), new("a2", 43, now))
                for now in range(50, 111, 10)
            ),
        ],
        "14:32:15Z overlapping a2: beside a for 67s, both beat",
    ),
    (
        EventKind.STORM,
        "ten returns",
        [
            answer(0, *(row(f"{n}", 0) for n in range(10))),
            answer(
                10,
                *(row(f"{n}", 10) for n in range(10)),
                *(row(f"new-{n}", 10, client=f"client-{n}", start=at(5)) for n in range(10)),
            ),
        ],
        "14:30:35Z storm: 10 clients came back within 60 s, the first at 14:30:30Z",
    ),
    (
        EventKind.MASS_DROP,
        "five at once",
        [*ONWARD, answer(50, row("a", 50))],
        "14:31:15Z mass drop: 5 gone since 14:31:05Z",
    ),
    (
        EventKind.LINK_LOST,
        "no connection",
        [*beats(40), failure(sentence="connection refused", at=at(47))],
        "14:31:12Z link lost: connection refused",
    ),
    (
        EventKind.LINK_LOST,
        "no connection, at an unknown time",
        [*beats(40), failure(sentence="connection refused")],
        "14:31:05Z link lost: connection refused",
    ),
    (
        EventKind.LINK_BACK,
        "nothing changed",
        [*beats(40), failure(at=at(47)), failure(at=at(52)), *beats(60)[-1:]],
        "14:31:25Z link back: after 2 failed polls, 13s since 14:31:12Z; nothing changed meanwhile",
    ),
    (
        EventKind.LINK_BACK,
        "much changed",
        [
            *ONWARD,
            *(answer(now, *several(now)) for now in (50, 60)),
            failure(at=at(65)),
            answer(140, *several(100, "ab"), *several(140, "xyz")),
        ],
        "14:32:45Z link back: after 1 failed poll, 75s since 14:31:30Z; meanwhile 4 left "
        "(c, d, e, f), 3 came (x, y, z), 2 in trouble (a, b)",
    ),
    (
        EventKind.LINK_BACK,
        "more left than are named",
        [*ONWARD, failure(at=at(47)), answer(50)],
        "14:31:15Z link back: after 1 failed poll, 3s since 14:31:12Z; meanwhile 6 left "
        "(a, b, c, d, e, …)",
    ),
    (
        EventKind.LINK_BACK,
        "another question meanwhile",
        [*beats(40), failure(HISTORY, at=at(47)), *beats(60, query=HISTORY)[-1:]],
        "14:31:25Z link back: after 1 failed poll, 13s since 14:31:12Z",
    ),
    (
        EventKind.LINK_BACK,
        "lost since an unknown time",
        [*beats(40), failure(), *beats(60)[-1:]],
        "14:31:25Z link back: after 1 failed poll, for an unknown time; nothing changed meanwhile",
    ),
    (
        EventKind.LINK_BACK,
        "lost from the start",
        [failure(trouble=Trouble.KEY, sentence="the key is refused", at=at(-20)), *beats(0)],
        "14:30:25Z link back: after 1 failed poll, 20s since 14:30:05Z",
    ),
    (
        EventKind.RATE_LIMITED,
        "asked too often",
        [*beats(40), failure(trouble=Trouble.RATE, sentence="asked too often", at=at(47))],
        "14:31:12Z rate-limited: asked too often",
    ),
    (
        EventKind.CUT,
        "the most that one answer holds",
        [*beats(40), answer(50, row("a", 50), cut=Cut.SINGLE)],
        "14:31:15Z cut: 1 shown, the most that one answer holds; asking in parts is off",
    ),
    (
        EventKind.WHOLE,
        "complete again",
        [*beats(40), answer(50, row("a", 50), cut=Cut.SINGLE), *beats(60)[-1:]],
        "14:31:25Z whole: answers are complete again; nothing changed meanwhile",
    ),
    (
        EventKind.FROZEN,
        "nothing moves",
        [*ONWARD, answer(80, *several(40))],
        "14:31:45Z frozen: it answers, but no heartbeat has moved since 14:31:05Z, though 6 of 6 "
        "on 6 hosts must have: its data stand still, or all stopped at once",
    ),
    (
        EventKind.THAWED,
        "it moves again",
        [*ONWARD, answer(80, *several(40)), answer(90, *several(90, "bcdef"))],
        "14:31:55Z thawed: its data move again, 50s since 14:31:05Z; meanwhile 1 left (a)",
    ),
    (
        EventKind.SKEW,
        "our clock",
        [*beats(40), answer(50, row("a", 50), local_skew=-61.0)],
        "14:31:15Z clock skew: this machine's clock is 61s behind the server's; ages go by the "
        "server's",
    ),
    (
        EventKind.UNWATCHED,
        "much changed",
        [*ONWARD, unwatched(answer(110, *several(110, "bcdx")))],
        "14:32:15Z not watched: nothing was asked for 70s since 14:31:05Z: paused, stopped or "
        "asleep; meanwhile 3 left (a, e, f), 1 came (x)",
    ),
    (
        EventKind.UNWATCHED,
        "nothing changed",
        [*beats(40), *map(unwatched, beats(110)[-1:])],
        "14:32:15Z not watched: nothing was asked for 70s since 14:31:05Z: paused, stopped or "
        "asleep; nothing changed meanwhile",
    ),
]


@pytest.mark.parametrize(
    ("kind", "polls", "line"),
    [(kind, polls, line) for kind, _, polls, line in STORIES],
    ids=[f"{kind.value}: {name}" for kind, name, _, _ in STORIES],
)
def test_the_line_of(kind: EventKind, polls: list[Outcome], line: str) -> None:
    fleet = after(polls)
    assert line in [event.line for event in fleet.events]
    assert fleet.log[-len(fleet.events) :] == fleet.events
    (event,) = [event for event in fleet.events if event.line == line]
    assert event.kind is kind


def test_every_kind_has_a_line_here_and_a_group() -> None:
    assert {kind for kind, *_ in STORIES} == set(EventKind)
    for group in Group:
        assert [kind for kind in EventKind if kind.group is group]


def test_who_is_told_twice_of_one_poll_is_told_of_two_things() -> None:
    """A client that moved: the old one dropped, the new one opened, and both make one move."""
    polls = [*beats(40, "b"), answer(50, row("b", 50), new("a2", 43, 50, host="host-z"))]
    assert [(event.kind, event.connection_id) for event in after(polls).events] == [
        (EventKind.DROPPED, "a"),
        (EventKind.OPENED, "a2"),
        (EventKind.MOVED, "a2"),
    ]


@pytest.mark.parametrize(
    "between",
    [
        [failure()],
        [failure(trouble=Trouble.RATE), failure()],
        [answer(45, cut=Cut.BUDGET)],
        [answer(45, query=HISTORY)],
        [answer(45, row("a", 45), query=Query(service="coinapi-ws"))],
    ],
    ids=["a failure", "two failures", "a cut", "another question", "a narrower question"],
)
def test_no_connection_has_an_event_across(between: list[Outcome]) -> None:
    there = [*beats(40, "b", "c"), *between]
    later = answer(171, row("a", 40), row("b", 171), row("d", 170, start=at(160)))
    fleet = after([*there, later])
    assert not [event for event in fleet.events if event.one is not None]
    # From here on what happens is told again.
    fleet = fold(fleet, answer(180, row("d", 180)))
    told = {event.connection_id for event in fleet.events if event.kind is EventKind.DROPPED}
    assert told == {"a", "b"}


def test_a_link_of_whose_loss_nothing_could_be_told_does_not_come_back() -> None:
    """Before the first answer nobody knows the time: there is no event without one."""
    fleet = after([failure(), *beats(10)])
    assert fleet.log == ()
    assert fleet.outage is None


# Each thing once


@st.composite
def presences(draw: st.DrawFn) -> list[tuple[int, frozenset[str], str]]:
    """Polls: when, who is there, and whether the poll is whole, cut, failed or asks otherwise."""
    polls, now = [], 0
    for _ in range(draw(st.integers(1, 12))):
        names = draw(st.frozensets(st.sampled_from(NAMES)))
        kind = draw(st.sampled_from(["whole"] * 6 + ["cut", "failed", "other"]))
        polls.append((now, names, kind))
        now += draw(st.integers(1, 60))
    return polls


@settings(max_examples=100)
@given(presences())
def test_each_drop_and_each_return_is_told_exactly_once(
    polls: list[tuple[int, frozenset[str], str]],
) -> None:
    fleet = Fleet()
    base: frozenset[str] | None = None
    for now, names, kind in polls:
        # One always beats, so that nothing stands still.
        records = [row(name, now) for name in sorted(names | {"ballast"})]
        if kind == "failed":
            fleet, base = fold(fleet, failure(at=at(now))), None
            continue
        query = Query(protocol="WebSocket") if kind == "other" else ACTIVE
        cut = Cut.SINGLE if kind == "cut" else None
        fleet = fold(fleet, answer(now, *records, query=query, cut=cut))
        told = [event for event in fleet.events if event.kind in DROPS + RETURNS]
        left = sorted(event.connection_id or "" for event in told if event.kind in DROPS)
        came = sorted(event.connection_id or "" for event in told if event.kind in RETURNS)
        if kind == "whole" and base is not None:
            assert left == sorted(base - names)
            assert came == sorted(names - base)
        else:
            assert not told
        base = names if kind == "whole" else None
        if kind == "other":
            # The next one asks the first question again: that is a change, too.
            fleet = fold(fleet, answer(now, *records))
            assert not [event for event in fleet.events if event.one is not None]
            base = names


@settings(max_examples=60)
@given(presences())
def test_what_the_monitor_tells_of_itself_begins_and_ends_in_turn(
    polls: list[tuple[int, frozenset[str], str]],
) -> None:
    fleet = Fleet()
    for now, names, kind in polls:
        records = [row(name, now) for name in sorted(names | {"ballast"})]
        if kind == "failed":
            fleet = fold(fleet, failure(at=at(now)))
        else:
            fleet = fold(fleet, answer(now, *records, cut=Cut.SINGLE if kind == "cut" else None))
    kinds = [event.kind for event in fleet.log]
    for begins, ends in (
        (EventKind.LINK_LOST, EventKind.LINK_BACK),
        (EventKind.CUT, EventKind.WHOLE),
    ):
        of_both = [kind for kind in kinds if kind in (begins, ends)]
        assert of_both == [(begins, ends)[place % 2] for place in range(len(of_both))]


# The log


def test_the_log_is_bounded_and_keeps_the_latest() -> None:
    fleet = Fleet()
    names = [f"n-{number}" for number in range(700)]
    for turn in range(12):
        records = [row(name, turn) for name in ("ballast", *(names if turn % 2 else ()))]
        fleet = fold(fleet, answer(turn, *records))
    assert len(fleet.log) == EVENTS_KEPT
    assert fleet.log[-len(fleet.events) :] == fleet.events
    assert fleet.log[-1].at == at(11)


@given(st.lists(st.sampled_from(["beats", "stands", "leaves", "failed", "unknown"]), max_size=20))
def test_the_log_is_in_the_order_of_time(kinds: list[str]) -> None:
    fleet, beat = after(ONWARD), 40
    for place, kind in enumerate(kinds):
        now = 50 + 10 * place
        match kind:
            case "failed":
                poll: Outcome = failure(at=at(now))
            case "unknown":
                poll = failure()
            case "stands":
                poll = answer(now, *several(beat))
            case "leaves":
                beat = now
                poll = answer(now, *several(now, "abc"))
            case _:
                beat = now
                poll = answer(now, *several(now))
        fleet = fold(fleet, poll)
        for one, following in pairwise(fleet.log):
            assert one.at <= following.at


# Strangers' texts


@settings(max_examples=60)
@given(
    st.lists(st.lists(hostile_connections(), max_size=4), min_size=2, max_size=4),
    st.lists(instants(), min_size=4, max_size=4),
    st.data(),
)
def test_no_event_or_verdict_brings_a_strangers_text_to_the_terminal(
    turns: list[list[Connection]], times: list[Instant], data: st.DataObject
) -> None:
    fleet = Fleet()
    for records, now in zip(turns, times, strict=False):
        ended = {one.connection_id: data.draw(st.sampled_from([one, None])) for one in records[:1]}
        unreadable = {data.draw(hostile_texts()): 1}
        of_ids = {one.connection_id: one for one in records if one.connection_id not in ended}
        shown = Snapshot(ACTIVE, tuple(of_ids.values()), now, ended=ended, unreadable=unreadable)
        fleet = fold(fleet, shown)
        assert_safe(fleet)


@pytest.mark.parametrize("text", HOSTILE, ids=[f"attack {n}" for n in range(len(HOSTILE))])
@pytest.mark.parametrize("field", ["connection_id", "host", "client", "service", "data_center"])
def test_a_known_attack_in_a_field_reaches_no_line(field: str, text: str) -> None:
    def odd(now: float, suffix: str = "") -> list[Connection]:
        changes = {field: text + suffix} if field != "client" else {field: text}
        names = [f"x{n}{suffix}" for n in range(6)]
        rows = [row(name, now, client=f"c{n}", start=at(-600)) for n, name in enumerate(names)]
        if field == "connection_id":
            return [replace(one, connection_id=text + one.connection_id) for one in rows]
        return [replace(one, **changes) for one in rows]

    polls: list[Outcome] = [answer(now, *odd(now)) for now in range(0, 41, 10)]
    later = [replace(one, start=at(45)) for one in odd(50, "'")]
    fleet = after([*polls, answer(50, row("ballast", 50), *later)])
    kinds = {event.kind for event in fleet.events}
    assert {EventKind.DROPPED, EventKind.OPENED, EventKind.MASS_DROP} <= kinds
    assert_safe(fleet)


def assert_safe(fleet: Fleet) -> None:
    for line in [event.line for event in fleet.log] + [one.sentence for one in fleet.verdicts]:
        assert safe(line, len(line)) == line
        assert len(line) < 600


def test_an_event_holds_the_connection_as_it_was_then() -> None:
    fleet = after([*beats(40, "b"), answer(50, row("b", 50)), *beats(60, "b")[-1:]])
    dropped = [event for event in fleet.log if event.kind is EventKind.DROPPED]
    assert [event.one and event.one.state for event in dropped] == [State.GONE]
    assert fleet.tracked["a"].state is State.LIVE
    assert Event(NOON, EventKind.CUT, "x").connection_id is None


def test_an_endpoint_that_refuses_and_fails_by_turns_is_told_of_once_for_each() -> None:
    turns = [
        failure(at=at(40 + 5 * turn), trouble=Trouble.RATE if turn % 2 else Trouble.SERVER)
        for turn in range(1, 20)
    ]
    fleet = after([*beats(40), *turns])
    assert [one.kind for one in fleet.log] == [EventKind.RATE_LIMITED, EventKind.LINK_LOST]
    back = after([*beats(40), *turns, *beats(150)[-1:], failure(at=at(155))])
    assert [one.kind for one in back.log][2:] == [EventKind.LINK_BACK, EventKind.LINK_LOST]
