"""Nothing missed, nothing false: what the monitor tells is what happened, exactly once.

Ten minutes of a fleet whose whole life is known are watched at intervals of 1, 5 and 30 s. The
truth comes from the lives of the connections themselves (their start, their end, their
heartbeats), never from an answer. Each test is one rule, and holds for every scene.

What counts as seen: the endpoint calls a connection active for two minutes after its last
heartbeat. A connection that no poll fell upon in all that time cannot be known by anybody, and no
rule speaks of it; who took its place follows the one before it.
"""

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

import pytest

from tests.truth.known import Truth
from tests.truth.world import Scene, assume, watch
from tui.core.connection import Connection, State
from tui.core.events import EventKind, Group
from tui.core.fleet import Tracked
from tui.core.instant import clock_text, span_text
from tui.core.judge import MASS, MASS_SPAN, STORM
from tui.core.lineage import FLAP_SPAN, FLAPS, HANDOVER, STORM_SPAN
from tui.core.snapshot import Failure
from tui.source.asking import Asking
from tui.standin.instant import TICKS

CRASH = ((120.5, "server-crash"),)
LOSS = ((120.5, "region-loss"),)
FLAPPING = ((120.5, "flapping-client"),)
REVOKED = ((120.5, "key-revoked"),)
RESTART = ((120.5, "rolling-restart"),)
EVERYTHING = (
    (60.5, "flapping-client"),
    (150.5, "server-crash"),
    (250.5, "calm"),
    (300.5, "region-loss"),
    (400.5, "key-revoked"),
    (450.5, "rolling-restart"),
)


def down(seconds: float) -> tuple[tuple[float, str], ...]:
    """The endpoint fails for so long in the middle, while a server crashes."""
    return ((200.5, "server-crash"), (240.5, "api-down"), (240.5 + seconds, "calm"))


def still(name: str) -> tuple[tuple[float, str], ...]:
    """The endpoint's data stand still for two minutes in the middle."""
    return ((240.5, name), (360.5, "calm"))


SEEING = [
    Scene(every=1, connections=40),
    Scene(CRASH, every=1, connections=40),
    *(
        Scene(happens, every=every)
        for happens in ((), CRASH, LOSS, FLAPPING, REVOKED, RESTART)
        for every in (5, 30)
    ),
    # What nobody outside knows of the endpoint
    Scene(CRASH, assumptions=assume(order="shuffled", limit_cap=25)),
    Scene(RESTART, assumptions=assume(order="start-asc", limit_cap=25, start_inclusive=False)),
    Scene(LOSS, every=30, assumptions=assume(limit_cap=25, end_inclusive=False, order="id")),
    Scene(assumptions=assume(start_inclusive=False, end_inclusive=False, limit_cap=25)),
    Scene(assumptions=assume(close_marks_inactive=True)),
    Scene(REVOKED, every=30, assumptions=assume(close_marks_inactive=True)),
    Scene(RESTART, assumptions=assume(close_marks_inactive=True, limit_cap=25)),
    Scene(CRASH, assumptions=assume(retention_seconds=120)),
    # Other fleets, and polls that are not on time
    Scene(EVERYTHING, seed=11, fraction=0.9),
    Scene(EVERYTHING, seed=12, every=30, fraction=0.0),
    Scene(EVERYTHING, seed=13, late=3.0),
    Scene(((120.5, "region-loss"), (300.5, "calm")), late=2.0),
    # More that leave at once than one poll may ask for by their ids
    Scene(REVOKED, assumptions=assume(close_marks_inactive=True), asking=Asking(lookups=2)),
]
DOWN = [
    Scene(down(30), every=1, seconds=420.0, connections=40),
    *(Scene(down(30), every=every) for every in (5, 30)),
    Scene(down(150), seed=11),
    Scene(down(30), assumptions=assume(close_marks_inactive=True)),
    Scene(down(30), assumptions=assume(limit_cap=25, order="shuffled")),
]
STILL = [
    Scene(still("stalled"), every=1, seconds=500.0, connections=30),
    *(Scene(still("stalled"), every=every) for every in (5, 30)),
    *(Scene(still(name), every=every) for name in ("frozen", "cached") for every in (5, 30)),
]
DEPARTURES = (EventKind.DROPPED, EventKind.GONE)
RETURNS = (EventKind.RECONNECTED, EventKind.MOVED)
SILENCES = (EventKind.LATE, EventKind.SILENT)
FIVE_MINUTES = 300
OUR_OWN = [kind for kind in EventKind if kind.group is Group.OURS]


def is_slow(scene: Scene) -> bool:
    """What may be so of the endpoint is many scenes, and a poll each second is many polls."""
    return scene.every < 5 or scene.assumptions != assume()


SCENES = [
    pytest.param(scene, id=str(scene), marks=[pytest.mark.slow, pytest.mark.long] * is_slow(scene))
    for scene in (*SEEING, *DOWN, *STILL)
]


@pytest.fixture(scope="module", params=SCENES)
def truth(request: pytest.FixtureRequest) -> Truth:
    return Truth(watch(request.param))


def row(truth: Truth, number: int, name: str) -> Tracked:
    return truth.polls[number].fleet.tracked[name]


def is_as_it_was(truth: Truth, record: Connection, at: int | None) -> bool:
    """Whether a record is the true one of an instant, or the last one of all."""
    one = truth.sessions[record.connection_id]
    beat = truth.beat(record.connection_id, at)
    return (
        (record.start, record.last_heartbeat, record.updated) == (one.start, beat, beat)
        and (record.host, record.client) == (one.host.name, one.client.address)
        and record.duration == (beat - one.start) // TICKS
    )


# Who is there


def test_the_table_shows_exactly_who_is_there(truth: Truth) -> None:
    """At every poll that is answered with what is, the rows that have not left are the connections
    that beat within the last two minutes, each with its present record."""  # noqa: D205, D209
    for number in truth.seeing:
        rows = truth.polls[number].fleet.tracked
        there = {name for name, one in rows.items() if one.state is not State.GONE}
        assert there == truth.shown[number]
        assert all(is_as_it_was(truth, rows[name].connection, truth.at(number)) for name in there)


def test_every_connection_that_came_is_told_once_by_the_first_poll_that_saw_it(
    truth: Truth,
) -> None:
    """Those that the first poll of all found, or the first after we were blind, are told in sum."""
    expected = {name: n for name, n in truth.first_seen.items() if n not in truth.quiet}
    opened = truth.told_kinds(EventKind.OPENED)
    assert {one.event.connection_id: one.number for one in opened} == expected
    assert len(opened) == len(expected) > 0


# Who has left


def test_every_connection_that_left_is_told_once_by_the_first_poll_that_missed_it(
    truth: Truth,
) -> None:
    """Nothing is told of those that left while we were blind: when they did nobody knows."""
    expected = {name: n for name, n in truth.missed.items() if n not in truth.quiet}
    departures = [one for one in truth.told_kinds(*DEPARTURES) if not truth.blind[one.number]]
    assert {one.event.connection_id: one.number for one in departures} == expected
    assert len(departures) == len(expected) > 0


def test_a_departure_tells_the_real_last_heartbeat_and_duration(truth: Truth) -> None:
    """It is gone, not dropped, where the endpoint has no record of it any more. Where more leave
    at once than may be asked for in one poll, the others tell what is known of them so far."""  # noqa: D205, D209
    for told in truth.told_kinds(*DEPARTURES):
        name, one = told.event.connection_id, told.event.one
        assert name is not None
        assert one is not None
        if truth.looked_up[name] > told.number:
            assert told.kind is EventKind.DROPPED
            continue
        assert f"last beat {clock_text(truth.beat(name))}" in told.event.evidence
        up = (truth.beat(name) - truth.sessions[name].start) / TICKS
        assert f"was up {span_text(up)}" in told.event.evidence
        dropped = truth.has_last_record(name, told.number)
        assert told.kind is (EventKind.DROPPED if dropped else EventKind.GONE)
        assert one.final is dropped


def test_a_row_that_left_keeps_its_real_last_record_and_duration_for_five_minutes(
    truth: Truth,
) -> None:
    """However it left, and whether or not that was told; from when it was asked for by its id."""
    for name, missed in truth.missed.items():
        record_is_known = truth.has_last_record(name, missed)
        told = truth.told_of(name, *DEPARTURES)
        left = truth.at(told[0].number if told else missed)
        for number in truth.seeing:
            # The monitor knows the server's time to half a second.
            if number < missed or truth.at(number) > left + (FIVE_MINUTES - 1) * TICKS:
                continue
            one = row(truth, number, name)
            assert one.state is State.GONE
            assert one.duration(truth.at(number)) == one.connection.lifetime
            if number >= truth.looked_up[name]:
                assert is_as_it_was(truth, one.connection, None)
                assert one.final is record_is_known


# Who came back


def test_every_return_is_told_once_with_its_gap_and_whether_it_moved(truth: Truth) -> None:
    """A connection that took the place of its client's former one is told to have reconnected, or
    to have moved where the server is another one: as soon as the former is known to have stopped,
    which is by the poll that misses it at the latest, and never before it has. A handover, where
    the new one opens first, is a return too; then it comes some seconds *before* the stop."""  # noqa: D205, D209
    for name, first in truth.first_seen.items():
        told = truth.told_of(name, *RETURNS)
        former = truth.before.get(name)
        if former is None or first in truth.quiet:
            assert told == []
            continue
        missed = truth.missed.get(former)
        known = None if missed is None else max(first, missed)
        # What is found stopped when we take stock after being blind is not told.
        doubtful = [n for n in truth.quiet if first < n and truth.has_ended(former, n)]
        if known is not None and all(known < n for n in doubtful):
            assert len(told) == 1
        assert len(told) <= 1
        for one in told:
            assert truth.has_ended(former, one.number)
            assert first <= one.number
            assert known is None or one.number <= known
            _check_return(truth, name, former, one.event.kind, one.event.evidence)
            session = one.event.one.session if one.event.one is not None else None
            assert session is not None
            assert (session.follows, session.number) == (former, truth.place[name])
            assert session.gap == (truth.sessions[name].start - truth.beat(former)) / TICKS
    assert any(truth.told_kinds(*RETURNS))


def _check_return(truth: Truth, name: str, former: str, kind: EventKind, evidence: str) -> None:
    one, earlier = truth.sessions[name], truth.sessions[former]
    gap = (one.start - truth.beat(former)) / TICKS
    way = "after" if gap >= 0 else "before"
    place = f"session {truth.place[name]}"
    moved = one.host is not earlier.host
    assert kind is (EventKind.MOVED if moved else EventKind.RECONNECTED)
    where = f"from {earlier.host.name} to {one.host.name}, " if moved else ""
    assert evidence == f"{where}{span_text(abs(gap))} {way} {former} stopped, {place}"


def test_a_client_is_called_flapping_by_its_third_return_in_ten_minutes_and_then_not_again(
    truth: Truth,
) -> None:
    told: dict[int, int] = {}
    expected = []
    for one in truth.told_kinds(*RETURNS):
        name = one.event.connection_id
        assert name is not None
        client = truth.sessions[name].client.index
        if client not in told and _returns_until(truth, name, one.event.at) >= FLAPS:
            told[client] = one.number
            expected.append((one.number, name))
    flapping = truth.told_kinds(EventKind.FLAPPING)
    assert [(one.number, one.event.connection_id) for one in flapping] == expected


def _returns_until(truth: Truth, name: str, at: int) -> int:
    count = 0
    each: str | None = name
    while each in truth.before and truth.sessions[each].start >= at - FLAP_SPAN * TICKS:
        count += 1
        each = truth.before[each]
    return count


# What did not happen


def test_only_what_has_ended_is_told_late_or_silent_and_each_once(truth: Truth) -> None:
    """Silent means two minutes; the monitor knows the server's time to half a second."""
    silences = truth.told_kinds(*SILENCES)
    for one in silences:
        name = one.event.connection_id
        assert name is not None
        assert truth.has_ended(name, one.number)
        silent = (truth.at(one.number) - truth.beat(name)) / TICKS
        assert silent > (119.5 if one.kind is EventKind.SILENT else 14.5)
    assert _no_double((one.kind, one.event.connection_id) for one in silences)


def test_nothing_recovers_where_nothing_ever_beats_again(truth: Truth) -> None:
    """Every connection of these scenes beats in its rhythm until it ends for good."""
    assert truth.told_kinds(EventKind.RECOVERED) == []


def test_nothing_overlaps_that_did_not_beat_beside_another_for_a_minute(truth: Truth) -> None:
    """A handover in a rolling restart takes ten seconds."""
    for life in truth.lives:
        for earlier, later in pairwise(life):
            assert truth.sessions[earlier].end - truth.sessions[later].start < HANDOVER * TICKS
    assert truth.told_kinds(EventKind.OVERLAPPING) == []


def test_a_mass_drop_and_a_storm_are_only_told_where_many_stop_or_start_within_a_minute(
    truth: Truth,
) -> None:
    for one in truth.told_kinds(EventKind.MASS_DROP):
        beats = [truth.beat(n) for n in truth.first_seen if truth.has_ended(n, one.number)]
        assert _most_within(beats, MASS_SPAN) >= MASS
    for one in truth.told_kinds(EventKind.STORM):
        starts = [truth.sessions[n].start for n, k in truth.first_seen.items() if k <= one.number]
        assert _most_within(starts, STORM_SPAN) >= STORM


def _most_within(instants: Iterable[int], seconds: float) -> int:
    ordered = sorted(instants)
    span = seconds * TICKS
    return max(
        sum(first <= each <= first + span for each in ordered[place:])
        for place, first in enumerate(ordered)
    )


def test_of_connections_nothing_is_told_but_by_these_rules(truth: Truth) -> None:
    """Who is named was seen; nothing is told twice; while the endpoint fails, and when we take
    stock, nothing is told of a connection at all."""  # noqa: D205, D209
    about = [one for one in truth.told if one.event.connection_id is not None]
    assert {one.event.connection_id for one in about} <= truth.first_seen.keys()
    assert _no_double((one.kind, one.event.connection_id) for one in about)
    for one in about:
        assert one.number not in truth.quiet
        assert not isinstance(truth.polls[one.number].outcome, Failure)


def _no_double(things: Iterable[object]) -> bool:
    return all(count == 1 for count in Counter(things).values())


# What is about us and not about them


@pytest.fixture(scope="module", params=[*DOWN, *STILL], ids=str)
def blinded(request: pytest.FixtureRequest) -> Truth:
    return Truth(watch(request.param))


def test_of_itself_the_monitor_tells_nothing_unless_it_is_blind(truth: Truth) -> None:
    """No link is lost, nothing is frozen, no answer is cut and no clock is wrong; what an outage
    tells of itself it tells once, at its first poll and at the first one after it."""  # noqa: D205, D209
    told = [(one.number, one.kind) for one in truth.told_kinds(*OUR_OWN)]
    if truth.scene not in [*DOWN, *STILL]:
        assert told == []
        return
    first, back = truth.blind.index(True), max(truth.quiet)
    if truth.scene in DOWN:
        assert told == [(first, EventKind.LINK_LOST), (back, EventKind.LINK_BACK)]
    else:
        (noticed, frozen), thawed = told
        assert (frozen, thawed) == (EventKind.FROZEN, (back, EventKind.THAWED))
        assert first <= noticed < back


def test_nothing_is_told_late_silent_or_gone_because_we_are_blind(blinded: Truth) -> None:
    """Until it is noticed that the data stand still, what had ended before may yet be told."""
    first = blinded.blind.index(True)
    for one in blinded.told:
        name = one.event.connection_id
        if blinded.blind[one.number] and name is not None:
            assert blinded.scene in STILL
            stopped = blinded.before[name] if one.kind in RETURNS else name
            assert blinded.has_ended(stopped, first)


def test_while_we_are_blind_every_row_stays_as_it_was(blinded: Truth) -> None:
    before = None
    for number, poll in enumerate(blinded.polls):
        if blinded.blind[number] and poll.fleet.is_blind and before is not None:
            assert poll.fleet.tracked is before.tracked
        before = poll.fleet


def test_when_we_see_again_it_is_told_in_sum_who_left_and_who_came(blinded: Truth) -> None:
    back, first = max(blinded.quiet), blinded.blind.index(True)
    told = {one.event.connection_id for one in blinded.told_kinds(*DEPARTURES) if one.number < back}
    left = sorted(blinded.shown[first - 1] - blinded.shown[back] - told)
    came = sorted(name for name, number in blinded.first_seen.items() if number == back)
    [event] = [one.event for one in blinded.told_kinds(EventKind.LINK_BACK, EventKind.THAWED)]
    assert left
    for names, word in ((left, "left"), (came, "came")):
        shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
        assert (f"{len(names)} {word} ({shown})" in event.evidence) is bool(names)
        assert (f" {word} (" in event.evidence) is bool(names)


@pytest.mark.parametrize(
    ("slow", "returns", "elsewhere"),
    [
        (False, 1_000, EventKind.GONE),
        pytest.param(True, 500, EventKind.SILENT, marks=[pytest.mark.slow, pytest.mark.long]),
    ],
)
def test_the_fleets_of_these_scenes_are_lively_enough_to_prove_something(
    slow: bool, returns: int, elsewhere: EventKind
) -> None:
    """Of those that are run together; a kind that none of them has is among the others."""
    scenes = [scene for scene in (*SEEING, *DOWN, *STILL) if is_slow(scene) == slow]
    everything = [Truth(watch(scene)) for scene in scenes]
    assert all(len(truth.missed) >= 14 for truth in everything)
    assert sum(len(truth.told_kinds(*RETURNS)) for truth in everything) > returns
    kinds = {one.kind for truth in everything for one in truth.told}
    wanted = {*DEPARTURES, *RETURNS, *SILENCES, EventKind.FLAPPING, EventKind.STORM}
    assert kinds >= wanted - {elsewhere}
