"""When a rule fires, when it is over, and that our blindness raises no alarm about the fleet."""

from collections.abc import Callable, Iterable, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.strategies import NOON, connection, failure, snapshot
from tui.core.alert_rules import Rule, parse_rule
from tui.core.alerts import CALM, STEP, Alert, Alerts, advance, alerts_of, tick
from tui.core.connection import Connection
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS, Instant
from tui.core.query import Query
from tui.core.snapshot import Cut, Outcome, Snapshot, Trouble
from tui.core.verdict import VerdictKind

LIVE = 20
"""Connections that beat all the time, so that the endpoint never seems to stand still."""


class World:
    """Rules that are told what polls bring, in a time of their own."""

    def __init__(self, *rules: str | Rule, query: Query | None = None) -> None:
        read = [parse_rule(one) if isinstance(one, str) else one for one in rules]
        self.alerts = alerts_of(read, query)
        self.fleet = Fleet()
        self.at: Instant = NOON
        self.time = 0.0
        self.told: list[Alert] = []

    def _pass(self, seconds: float) -> None:
        self.time += seconds
        self.at += round(seconds * TICKS)

    def outcome(self, outcome: Outcome) -> list[Alert]:
        """A poll has brought this."""
        self.fleet = fold(self.fleet, outcome)
        self.alerts, told = advance(self.alerts, self.fleet, self.time)
        self.told += told
        return list(told)

    def fails(self, seconds: float = 5.0, trouble: Trouble = Trouble.TIMEOUT) -> list[Alert]:
        self._pass(seconds)
        return self.outcome(failure(self.fleet.query, trouble=trouble, at=self.at))

    def ticks(self, seconds: float) -> list[Alert]:
        """Only time passes."""
        self._pass(seconds)
        self.alerts, told = tick(self.alerts, self.fleet, self.time)
        self.told += told
        return list(told)

    def answers(
        self,
        silent: int = 0,
        *,
        live: int = LIVE,
        seconds: float = 5.0,
        change: Callable[[Snapshot], Snapshot] = lambda answer: answer,
    ) -> list[Alert]:
        """A whole answer: so many beat, so many are silent."""
        self._pass(seconds)
        return self.outcome(change(snapshot(self.records(silent, live), self.at)))

    def records(self, silent: int = 0, live: int = LIVE) -> Sequence[Connection]:
        return [
            connection(f"live_{n}", self.at, client=f"10.0.0.{n}", host=f"ws-{n % 4}")
            for n in range(live)
        ] + [
            connection(f"silent_{n}", self.at, is_active=False, client=f"10.0.1.{n}")
            for n in range(silent)
        ]


def fires(alerts: Iterable[Alert]) -> list[str]:
    return [one.rule.text for one in alerts if one.fires]


def overs(alerts: Iterable[Alert]) -> list[str]:
    return [one.rule.text for one in alerts if not one.fires]


def waits(world: World) -> bool:
    return world.alerts.waits


# The life of an alert


def test_it_fires_once_it_has_been_so_for_the_duration_and_not_before() -> None:
    world = World("silent > 5 for 30s")
    world.answers(silent=0)
    for _ in range(6):
        assert not world.answers(silent=6)
    [alert] = world.answers(silent=6)
    assert alert.fires
    assert alert.sentence == "6 silent of 26, for 30s"
    assert (alert.count, alert.total, alert.lasted) == (6, 26, 30)
    assert alert.since == NOON + 10 * TICKS
    assert world.alerts.firing == (alert,)
    for _ in range(20):
        assert not world.answers(silent=7), "it is told once"


def test_what_is_over_in_between_begins_anew() -> None:
    world = World("silent > 5 for 30s")
    for silent in (0, *[6] * 6, 5, *[6] * 6):
        assert not world.answers(silent)
    assert world.answers(silent=6)


def test_its_end_is_told_once_when_it_has_lasted() -> None:
    world = World("silent > 5")
    world.answers()
    assert fires(world.answers(silent=6))
    for silent in (0, 0, 6, *[0] * 6):
        assert not world.answers(silent), "who flaps is not well yet"
    [firing] = world.alerts.firing
    assert firing.sentence == "not so any more for 25s, over after 30s"
    [alert] = world.answers()
    assert not alert.fires
    assert alert.sentence == "0 silent of 26; it lasted 20s"
    assert world.alerts.firing == ()
    assert not any(world.answers() for _ in range(20)), "it is told once"


def test_after_its_end_it_is_quiet_for_the_cool_down_unless_it_goes_on() -> None:
    world = World(replace(parse_rule("silent > 5"), cooldown=60.0))
    world.answers()
    assert world.answers(silent=6)
    for _ in range(6):
        assert not world.answers()
    assert overs(world.answers())
    # Twice it comes and goes within the minute.
    for silent in (6, 0, 6, 0, *[6] * 7):
        assert not world.answers(silent)
    assert fires(world.answers(silent=6)), "the minute is over, and it is still so"


def test_several_that_fire_with_one_poll_come_together() -> None:
    world = World("silent > 5", "live < 18", "silent > 50%")
    world.answers()
    assert fires(world.answers(silent=6, live=17)) == ["silent > 5", "live < 18"]


def test_a_filter_says_whose_connections_count() -> None:
    world = World("client:10.0.0.1 live < 1", "client:10.0.9 live < 1", "silent > 20%")
    world.answers()
    assert fires(world.answers()) == ["client:10.0.9 live < 1"]
    told = world.answers(silent=6)
    assert [one.sentence for one in told] == ["6 silent of 26"]


def test_who_left_counts_as_dropped_and_who_is_back_is_missed_by_nobody() -> None:
    world = World("dropped > 2 in 1m", "live < 90%")
    world.answers()
    told = world.answers(live=LIVE - 3)
    assert [one.sentence for one in told if one.fires] == [
        "3 dropped in 60s of 20",
        "17 live of 20",
    ]
    for _ in range(12):
        assert not world.answers(live=LIVE - 3)
    told = [one for _ in range(8) for one in world.answers(live=LIVE - 3)]
    assert overs(told) == ["dropped > 2 in 1m"], "a minute has passed, but nobody is back"


def test_a_mass_drop_fires_and_one_more_meanwhile_is_told_again() -> None:
    world = World("mass drop")

    def crash(number: int) -> Callable[[Snapshot], Snapshot]:
        def without(answer: Snapshot) -> Snapshot:
            kept = [one for one in answer.records if int(one.connection_id[5:]) >= number]
            return replace(answer, records=tuple(kept))

        return without

    for _ in range(3):
        world.answers(live=40)
    told = world.answers(live=40, change=crash(10))
    assert fires(told) == ["mass drop"]
    assert "10 gone since" in told[0].sentence
    for _ in range(20):
        assert not world.answers(live=40, change=crash(10))
    again = world.answers(live=40, change=crash(25))
    assert [one.again for one in again] == [True]
    told = [one for _ in range(90) for one in world.answers(live=40, change=crash(25))]
    assert overs(told) == ["mass drop"], "one end for all of it"


# Our own blindness


def test_an_outage_of_ours_is_no_alarm_about_the_fleet() -> None:
    world = World("live < 12", "dropped > 2", "gone > 2", "mass drop", "link down for 2m")
    for _ in range(10):
        world.answers()
    told = [one for _ in range(60) for one in world.fails()]
    assert fires(told) == ["link down for 2m"]
    # Meanwhile a third has been replaced: nobody knows when, and none of them is missed.
    rest = [connection(f"new_{n}", world.at + 5 * TICKS) for n in range(8)]
    told = world.answers(
        live=LIVE - 8, change=lambda answer: replace(answer, records=(*answer.records, *rest))
    )
    assert not told
    told = [
        one
        for _ in range(20)
        for one in world.answers(
            live=LIVE - 8,
            change=lambda answer: replace(
                answer,
                records=(
                    *answer.records,
                    *(replace(one, last_heartbeat=answer.at) for one in rest),
                ),
            ),
        )
    ]
    assert not fires(told)
    assert overs(told) == ["link down for 2m"]


def test_who_left_while_we_were_blind_only_seems_to_have_dropped_together() -> None:
    world = World("mass drop", "dropped > 2 in 1m", "gone > 2", "silent > 2")
    for _ in range(10):
        world.answers()
    for _ in range(9):
        world.fails()
    told = [one for _ in range(9) for one in world.answers(live=LIVE - 8)]
    assert VerdictKind.MASS_DROP in [one.kind for one in world.fleet.verdicts]
    assert not told


def test_time_stands_still_while_we_are_blind_and_goes_on_after_a_short_while() -> None:
    world = World("silent > 5 for 30s")
    for silent in (0, 6, 6, 6):
        world.answers(silent)
    for _ in range(8):
        assert not world.fails()
    # 10 s were seen before, and the 5 s until the first failure count if it is still so then.
    for _ in range(3):
        assert not world.answers(silent=6)
    assert fires(world.answers(silent=6))


def test_after_a_long_blindness_or_a_sleep_all_begins_anew() -> None:
    world = World("silent > 5 for 30s")
    for silent in (0, *[6] * 6):
        world.answers(silent)
    for _ in range(20):
        world.fails()
    for _ in range(6):
        assert not world.answers(silent=6)
    assert fires(world.answers(silent=6))

    world = World("silent > 5 for 30s", "live < 3")
    for silent in (0, *[6] * 6):
        world.answers(silent)
    slept = world.answers(
        silent=6, live=2, seconds=3_600, change=lambda answer: replace(answer, lapse=3_595.0)
    )
    assert not slept
    assert fires(world.answers(silent=6, live=2)) == ["live < 3"], "the next answer proves it"


def test_an_answer_that_lacks_records_proves_what_is_in_it_and_nothing_else() -> None:
    world = World("live < 15", "silent > 5", "silent < 3", "silent > 10%", "connections < 15")

    def cut(answer: Snapshot) -> Snapshot:
        return replace(answer, cut=Cut.LIMIT)

    told = [one for _ in range(9) for one in world.answers(4, live=2, change=cut)]
    assert not told
    told = [one for _ in range(3) for one in world.answers(6, live=2, change=cut)]
    assert fires(told) == ["silent > 5"]
    told = [one for _ in range(20) for one in world.answers(0, live=2, change=cut)]
    assert not told, "that it is over is not proven either"


def test_records_that_cannot_be_read_may_be_any() -> None:
    world = World("live < 15", "live < 18")

    def unreadable(answer: Snapshot) -> Snapshot:
        return replace(answer, unreadable={"lastHeartbeat": 4})

    world.answers(live=14, change=unreadable)
    told = world.answers(live=13, change=unreadable)
    assert fires(told) == ["live < 18"], "of 13 to 17 live ones less than 18 are certain"


def test_another_question_is_no_answer_about_the_fleet() -> None:
    world = World("live < 15", "link down")
    world.answers()
    other = Query(service="other")
    for _ in range(9):
        assert not world.answers(live=2, change=lambda answer: replace(answer, query=other))
    assert waits(world)
    assert not world.answers(live=2), "asked again: a new beginning"
    assert not waits(world)
    assert fires(world.answers(live=2)) == ["live < 15"]


# About us


def test_a_link_that_fails_by_turns_is_not_down() -> None:
    world = World("link down for 2m")
    for _ in range(200):
        assert not world.fails(seconds=20)
        assert not world.answers()


def test_a_link_is_down_by_time_and_not_by_polls() -> None:
    world = World("link down for 2m")
    world.answers()
    world.fails()
    told = [one for _ in range(11) for one in world.ticks(10)]
    assert not told
    [alert] = world.ticks(10)
    assert alert.sentence == "no answer: connection refused, for 120s"
    for _ in range(3):
        # Back for a moment, and lost again.
        assert not world.answers()
        assert not world.fails()
    for _ in range(6):
        assert not world.answers()
    [over] = world.answers()
    assert over.sentence.startswith("the endpoint answers again; it lasted ")


def test_a_sleep_of_this_machine_is_no_outage() -> None:
    world = World("link down for 2m")
    world.answers()
    world.fails()
    assert not world.fails(seconds=8 * 3_600), "of eight hours in bed nothing is known"
    assert not world.ticks(5)


def test_refused_and_failing_by_turns_both_last() -> None:
    world = World("link down for 1m", "rate-limited for 1m")
    world.answers()
    told: list[Alert] = []
    for _ in range(8):
        told += world.fails(trouble=Trouble.RATE)
        told += world.fails()
    assert fires(told) == ["rate-limited for 1m", "link down for 1m"]


def test_a_frozen_endpoint_is_told_as_such_and_as_nothing_else() -> None:
    world = World("endpoint frozen", "live < 15", "mass drop", "link down")
    for _ in range(20):
        world.answers()
    still = world.records()
    told = [
        one
        for _ in range(30)
        for one in world.answers(change=lambda answer: replace(answer, records=tuple(still)))
    ]
    assert fires(told) == ["endpoint frozen"]


# Properties

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["well", "bad", "bad", "fail", "cut", "slept", "tick"]),
        st.sampled_from([1.0, 5.0, 10.0, 30.0, 90.0]),
    ),
    max_size=60,
)


@settings(max_examples=150)
@given(STEPS, st.sampled_from([0.0, 10.0, 30.0]), st.sampled_from([0.0, 60.0]))
def test_whatever_comes_alarms_are_held_true_and_end_once(
    steps: list[tuple[str, float]], hold: float, cooldown: float
) -> None:
    rule = replace(parse_rule("silent > 5"), hold=hold, cooldown=cooldown)
    link = replace(parse_rule("link down"), hold=hold)
    world = World(rule, link)
    seen: list[tuple[str, float]] = []
    ended: float | None = None
    fired = False
    for kind, seconds in steps:
        told = _take(world, kind, seconds)
        seen.append((kind, world.time))
        for alert in (one for one in told if one.rule == rule):
            assert kind in ("well", "bad", "slept"), "only a whole answer tells anything"
            assert alert.fires != fired, "an alarm, its end, an alarm"
            fired = alert.fires
            if fired:
                assert kind == "bad" or seen[-2][0] != "well", "what began in a sleep is no news"
                assert _sighted(seen) >= hold
                assert ended is None or world.time - ended >= cooldown
            else:
                assert kind == "well"
                ended = world.time
        for alert in (one for one in told if one.rule == link):
            if alert.fires:
                assert _failing(seen) >= hold
            else:
                assert seen[-1][0] not in ("fail", "tick") or _failing(seen) == 0


def _take(world: World, kind: str, seconds: float) -> list[Alert]:
    match kind:
        case "fail":
            return world.fails(seconds)
        case "tick":
            return world.ticks(seconds)
        case "cut":
            return world.answers(
                0, seconds=seconds, change=lambda answer: replace(answer, cut=Cut.LIMIT)
            )
        case "slept":
            return world.answers(
                6, seconds=seconds, change=lambda answer: replace(answer, lapse=seconds + 9)
            )
    if kind == "bad":
        return world.answers(6, seconds=seconds)
    # They beat again: those that had left would count as silent.
    return world.answers(6, seconds=seconds, change=_revived)


def _revived(answer: Snapshot) -> Snapshot:
    return replace(answer, records=tuple(replace(one, is_active=True) for one in answer.records))


def _sighted(seen: Sequence[tuple[str, float]]) -> float:
    """The most for which it can have been seen to be so: since it last was not, and not blind."""
    polls = [one for one in seen if one[0] != "tick"]
    total = 0.0
    for (before, then), (after, now) in zip(polls[-2::-1], polls[:0:-1], strict=True):
        if before == "well" or after == "well":
            break
        if before in ("bad", "slept") and after != "slept":
            total += now - then
    return total


def _failing(seen: Sequence[tuple[str, float]]) -> float:
    """Seconds since the first failure after the last answer."""
    first = seen[-1][1]
    for kind, time in reversed(seen):
        if kind not in ("fail", "tick"):
            break
        if kind == "fail":
            first = time
    return seen[-1][1] - first


def test_the_bounds_are_what_the_tests_reckon_with() -> None:
    assert (CALM, STEP) == (30, 15)
    assert Alerts().firing == ()
