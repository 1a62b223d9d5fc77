"""Every verdict by the table: what the polls bring, and the exact sentences of the header."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.strategies import NOON, connection, failure
from tui.core.clock import ServerClock
from tui.core.connection import Connection, State
from tui.core.events import EventKind, Group
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS, Instant
from tui.core.query import Query
from tui.core.snapshot import Cut, Outcome, Snapshot, Trouble
from tui.core.verdict import Verdict, VerdictKind

CLOCK = ServerClock().observe(NOON, 0.0, 0.1)
"""A server that tells the time."""
ACTIVE = Query()
HISTORY = Query(active_only=False)


def at(seconds: float) -> Instant:
    return NOON + round(seconds * TICKS)


def answer(seconds: float, records: Iterable[Connection], **changes: object) -> Snapshot:
    """An answer of a server that tells the time, to a machine whose clock is right."""
    plain = Snapshot(ACTIVE, tuple(records), at(seconds), clock=CLOCK, local_skew=0.0)
    return replace(plain, **changes)


def row(number: int, beat: float, **changes: object) -> Connection:
    """One connection, every client its own, even numbers on host 0 and odd ones on host 1."""
    plain = connection(
        f"conn_{number:02}",
        host=f"ws-server-{number % 2}",
        client=f"198.51.100.{number}",
        service=f"service-{number % 3}",
        last_heartbeat=at(beat),
        start=at(-900),
    )
    return replace(plain, **changes)


def rows(beat: float, count: int = 6, skip: Iterable[int] = ()) -> list[Connection]:
    return [row(number, beat) for number in range(count) if number not in skip]


def healthy(count: int = 6, until: int = 60, query: Query = ACTIVE) -> list[Outcome]:
    """Polls every 10 s from noon on, at each of which every connection has just beaten."""
    return [answer(now, rows(now, count), query=query) for now in range(0, until + 1, 10)]


def struck(
    count: int, those: Sequence[int], later: int = 100, query: Query = ACTIVE
) -> list[Outcome]:
    """Since 60 s after noon ``those`` do not beat any more, and the others do."""
    return [
        *healthy(count, query=query),
        *(
            answer(
                now,
                [*rows(now, count, those), *(row(number, 60) for number in those)],
                query=query,
            )
            for now in range(70, later + 1, 10)
        ),
    ]


def back(number: int, start: float, now: float) -> Connection:
    """The client of a number with another connection, on the host of the odd ones."""
    name = f"next_{number:02}"
    return row(number, now, connection_id=name, start=at(start), host="ws-server-1")


@dataclass(frozen=True)
class Situation:
    """What the polls bring, and what is to be said of it."""

    name: str
    polls: list[Outcome]
    said: tuple[tuple[VerdictKind, str], ...] = ()


STILL = (
    "it answers, but no heartbeat has moved since 14:31:25Z, though 6 of 6 on 2 hosts must have: "
    "its data stand still, or all stopped at once"
)
TWELVE = range(0, 12, 2)
ODD_PAIR = (0, 1, 2, 3, 4)

SITUATIONS = [
    Situation("nothing was asked", []),
    Situation("all well", healthy()),
    Situation("all well with nobody there", [answer(0, []), answer(10, [])]),
    Situation(
        "link down",
        [*healthy(), failure(at=at(70))],
        ((VerdictKind.LINK_DOWN, "connection refused"),),
    ),
    Situation(
        "link down from the start", [failure()], ((VerdictKind.LINK_DOWN, "connection refused"),)
    ),
    Situation("link back", [*healthy(), failure(at=at(70)), answer(80, rows(80))]),
    Situation(
        "key refused",
        [
            *healthy(),
            failure(trouble=Trouble.KEY, sentence="the key is refused (401).", retryable=False),
        ],
        ((VerdictKind.LINK_DOWN, "the key is refused (401)"),),
    ),
    Situation(
        "rate-limited",
        [*healthy(), failure(trouble=Trouble.RATE, sentence="asked too often (429)")],
        ((VerdictKind.RATE_LIMITED, "asked too often (429)"),),
    ),
    Situation("a stall within what rhythms allow", [*healthy(), answer(90, rows(60))]),
    Situation("frozen", [*healthy(), answer(100, rows(60))], ((VerdictKind.FROZEN, STILL),)),
    Situation(
        "frozen, and the two minutes empty the active answer",
        [*healthy(), answer(80, rows(60)), answer(181, [])],
        ((VerdictKind.FROZEN, STILL),),
    ),
    Situation(
        "frozen history",
        [*healthy(query=HISTORY), answer(190, rows(60), query=HISTORY)],
        ((VerdictKind.FROZEN, STILL),),
    ),
    Situation(
        "frozen and cut",
        [*healthy(), answer(100, rows(60, 5), cut=Cut.SINGLE)],
        ((VerdictKind.FROZEN, STILL),),
    ),
    Situation(
        "frozen, then not even answering",
        [*healthy(), answer(100, rows(60)), failure(at=at(110))],
        ((VerdictKind.LINK_DOWN, "connection refused"), (VerdictKind.FROZEN, STILL)),
    ),
    Situation(
        "frozen with the connection that was dead before",
        [*struck(7, [6]), answer(140, [*rows(100), row(6, 60)])],
        (
            (
                VerdictKind.FROZEN,
                STILL.replace("14:31:25Z", "14:32:05Z").replace("6 of 6", "6 of 7"),
            ),
        ),
    ),
    Situation("thawed", [*healthy(), answer(100, rows(60)), answer(110, rows(110))]),
    Situation(
        "one host of two dies",
        struck(12, TWELVE),
        (
            (
                VerdictKind.MASS_DROP,
                "6 late since 14:31:25Z: all on host ws-server-0 (0 of 6 healthy)",
            ),
        ),
    ),
    Situation(
        "the only host dies",
        [
            *(answer(now, [row(n, now) for n in range(0, 12, 2)]) for now in range(0, 61, 10)),
            answer(100, [row(n, 60) for n in range(0, 12, 2)]),
        ],
        ((VerdictKind.MASS_DROP, "6 late since 14:31:25Z"),),
    ),
    Situation("two connections on two hosts stop", [*healthy(2), answer(100, rows(60, 2))]),
    Situation(
        "everything leaves at once, its heartbeats young",
        [*healthy(), answer(65, [])],
        ((VerdictKind.MASS_DROP, "6 gone since 14:31:25Z"),),
    ),
    Situation(
        "everything is called ended at once, its heartbeats young",
        [
            *healthy(query=HISTORY),
            answer(85, [replace(one, is_active=False) for one in rows(60)], query=HISTORY),
        ],
        ((VerdictKind.MASS_DROP, "6 silent since 14:31:25Z"),),
    ),
    Situation(
        "mass drop without anything in common",
        struck(40, ODD_PAIR),
        ((VerdictKind.MASS_DROP, "5 late since 14:31:25Z"),),
    ),
    Situation("four are no mass drop", struck(40, (0, 1, 2, 3))),
    Situation("five of two hundred are no mass drop", struck(200, ODD_PAIR)),
    Situation(
        "mass drop of several states",
        [
            *healthy(12),
            answer(100, [row(n, 100) for n in range(1, 12, 2)] + [row(0, 60), row(2, 60)]),
        ],
        (
            (
                VerdictKind.MASS_DROP,
                "4 gone, 2 late since 14:31:25Z: all on host ws-server-0 (0 of 6 healthy)",
            ),
        ),
    ),
    Situation("a mass drop is told for five minutes", struck(12, TWELVE, later=370)),
    Situation(
        "drops that lie more than a minute apart",
        [
            *healthy(40),
            answer(70, rows(70, 40, (0, 1, 2))),
            *(answer(now, rows(now, 40, (0, 1, 2))) for now in range(80, 131, 10)),
            answer(140, rows(140, 40, (0, 1, 2, 3, 4))),
        ],
    ),
    Situation(
        # The two came since: they could not have been struck, so they are no counterproof.
        "mass drop whose clients come back",
        [*healthy(12), answer(70, [*rows(70, 12, TWELVE), back(0, 65, 70), back(2, 66, 70)])],
        (
            (
                VerdictKind.MASS_DROP,
                "6 gone since 14:31:25Z: all on host ws-server-0 (0 of 6 healthy); "
                "2 of 6 clients are back",
            ),
        ),
    ),
    Situation(
        "storm",
        [*healthy(30), answer(70, [*rows(70, 30), *(back(n, 61 + n / 2, 70) for n in range(10))])],
        (
            (
                VerdictKind.STORM,
                "10 clients came back within 60 s, the first at 14:31:26Z",
            ),
        ),
    ),
    Situation(
        "nine who come back are no storm",
        [*healthy(30), answer(70, [*rows(70, 30), *(back(n, 61, 70) for n in range(9))])],
    ),
    Situation(
        "ten of three hundred are no storm",
        [*healthy(300), answer(70, [*rows(70, 300), *(back(n, 61, 70) for n in range(10))])],
    ),
    Situation(
        "a storm is over after a minute",
        [
            *healthy(30),
            *(
                answer(now, [*rows(now, 30), *(back(n, 61, now) for n in range(10))])
                for now in (70, 122)
            ),
        ],
    ),
    Situation(
        "one client that opens twelve more connections is no storm",
        [
            *healthy(30),
            answer(
                70,
                [
                    *rows(70, 30),
                    *(row(0, 70, connection_id=f"more_{n}", start=at(61)) for n in range(12)),
                ],
            ),
        ],
    ),
    Situation(
        "no Date",
        [answer(0, rows(0), clock=ServerClock(), local_skew=None)],
        ((VerdictKind.SKEW, "the server tells no time: ages go by the clock of this machine"),),
    ),
    Situation(
        "a Date that the heartbeats contradict, from the start",
        [answer(0, rows(0), clock=ServerClock(), local_skew=None, belied=True)],
        (
            (
                VerdictKind.SKEW,
                "the server's Date header and its heartbeats are of different times: ages go by "
                "the clock of this machine",
            ),
        ),
    ),
    Situation(
        "a Date that the heartbeats contradict, later",
        [answer(0, rows(0)), answer(5, rows(5), belied=True)],
        (
            (
                VerdictKind.SKEW,
                "the server's Date header and its heartbeats are of different times: ages go as "
                "they did before",
            ),
        ),
    ),
    Situation("clocks five seconds apart", [answer(0, rows(0), local_skew=5.0)]),
    Situation(
        "our clock is ahead",
        [answer(0, rows(0), local_skew=5.1)],
        (
            (
                VerdictKind.SKEW,
                "this machine's clock is 5s ahead of the server's; ages go by the server's",
            ),
        ),
    ),
    Situation(
        "our clock is behind",
        [answer(0, rows(0), local_skew=-7_200.0)],
        (
            (
                VerdictKind.SKEW,
                "this machine's clock is 2h00m behind the server's; ages go by the server's",
            ),
        ),
    ),
    Situation("a heartbeat two seconds ahead", [answer(0, [row(0, 2.0)])]),
    Situation(
        "a heartbeat from the future",
        [answer(0, [row(0, 3.0), row(1, 0)])],
        (
            (
                VerdictKind.SKEW,
                "1 heartbeat lies up to 3s in the future of the server's own clock",
            ),
        ),
    ),
    Situation(
        "many heartbeats from the future",
        [answer(0, [row(0, 30.0), row(1, 200.0)])],
        (
            (
                VerdictKind.SKEW,
                "2 heartbeats lie up to 3m20s in the future of the server's own clock",
            ),
        ),
    ),
    Situation(
        "one unreadable record",
        [answer(0, rows(0), unreadable={"lastHeartbeat": 1})],
        ((VerdictKind.UNREADABLE, "1 record unreadable: lastHeartbeat"),),
    ),
    Situation(
        "unreadable records, by a field with a hostile name",
        [answer(0, rows(0), unreadable={"x\x1b[2J": 1_200, "host": 34})],
        ((VerdictKind.UNREADABLE, "1,234 records unreadable: host, x␛[2J"),),
    ),
    Situation(
        "several at once, the gravest first",
        [
            *healthy(30),
            answer(
                70,
                [
                    *rows(70, 30, range(0, 20, 2)),
                    *(back(n, 61, 75) for n in range(0, 20, 2)),
                ],
                local_skew=60.0,
                unreadable={"host": 2},
                garbled=frozenset({"odd 1", "odd 2"}),
            ),
        ],
        (
            (
                VerdictKind.MASS_DROP,
                "10 gone since 14:31:25Z: all on host ws-server-0 (5 of 20 healthy); "
                "10 of 10 clients are back",
            ),
            (VerdictKind.STORM, "10 clients came back within 60 s, the first at 14:31:26Z"),
            (VerdictKind.UNREADABLE, "2 records unreadable: host"),
            (
                VerdictKind.SKEW,
                "this machine's clock is 60s ahead of the server's; ages go by the server's",
            ),
            (
                VerdictKind.SKEW,
                "10 heartbeats lie up to 5s in the future of the server's own clock",
            ),
        ),
    ),
    Situation(
        "while the link is down nothing is said of the fleet, only of the last answer",
        [*struck(12, TWELVE, 90), answer(100, rows(100, 12), cut=Cut.SINGLE), failure()],
        (
            (VerdictKind.LINK_DOWN, "connection refused"),
            (VerdictKind.CUT, "12 shown, the most that one answer holds; asking in parts is off"),
        ),
    ),
]


def after(polls: Iterable[Outcome]) -> Fleet:
    fleet = Fleet()
    for poll in polls:
        fleet = fold(fleet, poll)
    return fleet


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_the_verdict_of(situation: Situation) -> None:
    verdicts = after(situation.polls).verdicts
    assert tuple((verdict.kind, verdict.sentence) for verdict in verdicts) == situation.said


@pytest.mark.parametrize(
    ("cut", "sentence"),
    [
        (Cut.LIMIT, "1,200 shown, as many as the limit allows: there may be more"),
        (Cut.SINGLE, "1,200 shown, the most that one answer holds; asking in parts is off"),
        (
            Cut.BUDGET,
            "1,200 of more shown: the requests of one poll are used up. Narrow the query, or "
            "raise budget or page",
        ),
        (
            Cut.PILE,
            "1,200 shown: more than one answer holds started at one and the same instant",
        ),
        (Cut.SHIFT, "1,200 shown, but the parts of the answer do not add up"),
    ],
)
def test_the_verdict_of_an_answer_cut_by(cut: Cut, sentence: str) -> None:
    verdicts = after([answer(0, rows(0, 1_200), cut=cut)]).verdicts
    assert verdicts == (Verdict(VerdictKind.CUT, sentence),)


def test_every_cut_has_a_sentence_and_every_verdict_a_situation() -> None:
    said = {kind for situation in SITUATIONS for kind, _ in situation.said}
    assert said == set(VerdictKind)
    for cut in Cut:
        # Of what is still coming in nothing is concluded yet.
        assert bool(after([answer(0, (), cut=cut)]).verdicts) is (cut is not Cut.UNDERWAY)


@pytest.mark.parametrize(
    ("polls", "since"),
    [
        ([*healthy(), failure(at=at(70)), failure(at=at(80))], 70),
        ([*healthy(), answer(100, rows(60)), answer(110, rows(60))], 60),
        (struck(12, TWELVE), 60),
    ],
    ids=["link down", "frozen", "mass drop"],
)
def test_a_verdict_knows_since_when(polls: list[Outcome], since: float) -> None:
    assert after(polls).verdicts[0].since == at(since)


def test_a_mass_drop_is_one_event_though_polls_fail_in_between() -> None:
    polls = struck(12, TWELVE, 140)
    lost = [*polls[:-2], failure(at=at(125)), *polls[-2:]]
    for history in (polls, lost):
        log = after(history).log
        assert [event.kind for event in log].count(EventKind.MASS_DROP) == 1


def test_of_the_values_that_the_dropped_share_the_one_with_the_fewest_healthy_is_told() -> None:
    def one(number: int, beat: float) -> Connection:
        same = number < 6
        site = "HQ-5" if number < 10 else "HQ-6"
        return row(number, beat, host="dead\x1b" if same else "alive", data_center=site)

    fleet = after(
        [
            *(answer(now, [one(n, now) for n in range(20)]) for now in range(0, 61, 10)),
            answer(100, [one(n, 60 if n < 6 else 100) for n in range(20)]),
        ]
    )
    (verdict,) = fleet.verdicts
    assert verdict.sentence == "6 late since 14:31:25Z: all on host dead␛ (0 of 14 healthy)"


# While it is about us


@st.composite
def blind_polls(
    draw: st.DrawFn, start: int, stale: Sequence[Connection], queries: Sequence[Query]
) -> list[Outcome]:
    """Failed polls, and answers of the same old data, which two minutes empty of active ones."""
    polls: list[Outcome] = []
    now = start
    for _ in range(draw(st.integers(1, 8))):
        query = draw(st.sampled_from(queries))
        match draw(st.sampled_from(["failed", "limited", "frozen", "frozen"])):
            case "failed":
                polls.append(failure(query, at=at(now)))
            case "limited":
                polls.append(failure(query, trouble=Trouble.RATE))
            case _:
                left = [one for one in stale if one.beat_age(at(now)) <= 120]
                polls.append(answer(now, left if query.active_only else stale, query=query))
        now += draw(st.integers(1, 120))
    return polls


def frozen(count: int, query: Query) -> tuple[list[Outcome], list[Connection]]:
    """A fleet that is seen to stand still at 140 s, and its records. One was late before."""
    stale = [*rows(100, count), row(count, 60)]
    return [*struck(count + 1, [count], query=query), answer(140, stale, query=query)], stale


@settings(max_examples=60)
@given(st.sampled_from([ACTIVE, HISTORY]), st.integers(3, 12), st.data())
def test_while_a_verdict_is_about_us_no_row_changes_and_no_alarm_is_raised(
    query: Query, count: int, data: st.DataObject
) -> None:
    polls, stale = frozen(count, query)
    fleet = after(polls)
    assert fleet.verdicts[0].kind is VerdictKind.FROZEN
    states = {name: one.state for name, one in fleet.tracked.items()}
    assert set(states.values()) == {State.LIVE, State.LATE}
    for poll in data.draw(blind_polls(150, stale, [query, query, replace(query, minutes=60)])):
        fleet = fold(fleet, poll)
        assert fleet.verdicts[0].kind.about_us
        assert not [one for one in fleet.events if one.kind.group is not Group.OURS]
        for name, one in fleet.tracked.items():
            assert one.state is states[name]


@settings(max_examples=60)
@given(st.integers(5, 12), st.data())
def test_after_that_what_really_happened_shows(count: int, data: st.DataObject) -> None:
    polls, stale = frozen(count, ACTIVE)
    fleet = after([*polls, *data.draw(blind_polls(150, stale, [ACTIVE]))])
    left, now = data.draw(st.integers(0, count - 1)), 2_000
    fleet = fold(fleet, answer(now, [row(number, now) for number in range(left, count + 1)]))
    assert not any(verdict.kind.about_us for verdict in fleet.verdicts)
    for number in range(count + 1):
        state = fleet.tracked[f"conn_{number:02}"].state
        assert state is (State.GONE if number < left else State.LIVE)
    names = ", ".join(f"conn_{number:02}" for number in range(min(left, 5)))
    more = ", …" if left > 5 else ""
    what = f"meanwhile {left} left ({names}{more})" if left else "nothing changed meanwhile"
    assert fleet.events
    for event in fleet.events:
        assert event.kind in (EventKind.THAWED, EventKind.LINK_BACK)
        assert event.evidence.endswith(f"; {what}")
