"""Availability, held to a model that lives through it second by second."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import NOON, connection
from tui.core.absence import UNSEEN, Absence, Attendance, Change, Ending, Session, attendance
from tui.core.availability import (
    Availability,
    all_of,
    frame_of,
    groups_of,
    incidents_of,
    longest,
    percent,
)
from tui.core.instant import TICKS, Instant
from tui.core.lineage import HANDOVER
from tui.core.spans import Span, seconds_in_each

END = 240
"""Seconds that the model lives through."""
AWAY = 40


def at(second: int) -> Instant:
    return NOON + second * TICKS


class Life:
    """One connection of the model: when it left and was there again by turns."""

    def __init__(
        self,
        number: int,
        client: str,
        host: str,
        turns: list[int],
        *states: str,
        late: bool = False,
    ) -> None:
        self.number, self.client, self.host = number, client, host
        self.start, self.leaves, self.returns = turns[0], turns[1::2], turns[2::2]
        # What each time it left is known as; one of "late-gone" is unseen at first.
        self.states = [state for state, _ in zip(states, self.leaves, strict=False)]
        self.lost = {
            at for at, state in zip(self.leaves, self.states, strict=True) if state == UNSEEN
        }
        self.stops = set(self.leaves) - self.lost
        # Late at last: unless its client has another one, nobody knows what comes of it.
        self.late = turns[-1] if late and len(turns) % 2 else None
        self.is_replaced = False
        if self.late is not None:
            self.stops.add(self.late)

    def is_unseen(self, second: int) -> bool:
        """Whether nobody knows if it is there, and somebody will see it again."""
        spans = zip(self.leaves, self.returns, strict=False)
        if self.late is not None and second >= self.late:
            return not self.is_replaced
        return any(left <= second < back and left in self.lost for left, back in spans)

    def session(self) -> Session:
        changes = [Change(at(self.start), "live", at(self.start))]
        for place, (left, state) in enumerate(zip(self.leaves, self.states, strict=True)):
            again = self.returns[place] if place < len(self.returns) else None
            told = at(left) + 130 * TICKS if again is None else at(again)
            if state == "late-gone":
                changes.append(Change(told, UNSEEN, at(max(self.start, left - 1))))
                state = "gone"
            changes.append(Change(told, state, at(left)))
            if again is not None:
                changes += [Change(told, "changed", at(again)), Change(told, "live", at(again))]
        if self.late is not None:
            changes.append(Change(at(END), "late", at(self.late)))
        record = connection(f"c{self.number:02d}", at(0), host=self.host, start=at(self.start))
        return Session(record, (self.client,), at(self.start), tuple(changes))


@st.composite
def lives(draw: st.DrawFn) -> list[Life]:
    found = []
    states = st.sampled_from(["gone", "silent", "late-gone", UNSEEN])
    for number in range(draw(st.integers(0, 7))):
        turns = draw(st.lists(st.integers(0, END - 1), min_size=1, max_size=6, unique=True))
        kinds = draw(st.lists(states, min_size=3, max_size=3))
        client, host = draw(st.sampled_from("ab")), draw(st.sampled_from("xy"))
        turns.sort()
        if len(turns) > 1 and draw(st.booleans()):
            # It stops at once.
            turns[1] = turns[0]
        found.append(Life(number, client, host, turns, *kinds, late=draw(st.booleans())))
    return found


class Model:
    """Who is up, down and away in each second."""

    def __init__(self, some: list[Life]) -> None:
        self.up: list[Counter[str]] = []
        self.down: list[Counter[str]] = []
        self.away: list[Counter[str]] = []
        self.endings: Counter[Ending] = Counter()
        missing: list[tuple[Life, int]] = []
        there: list[Life] = []
        ahead: list[Life] = []
        each_second: list[tuple[list[Life], list[tuple[Life, int]]]] = []
        for one in some:
            one.is_replaced = False
        for second in range(END):
            for one in some:
                if one.start < second:
                    self._leave(one, second, there, missing, ahead)
            for one in some:
                if second in one.returns:
                    there.append(one)
                    mine = [each for each in missing if each[0] is one and each[1] < second]
                    if mine:
                        missing.remove(mine[-1])
                        self.endings[Ending.RECOVERED] += 1
            for one in some:
                if second == one.start:
                    there.append(one)
                    gaps = [each for each in missing if each[0].client == one.client]
                    if gaps:
                        missing.remove(gaps[-1])
                        gaps[-1][0].is_replaced = gaps[-1][1] == gaps[-1][0].late
                        same = gaps[-1][0].host == one.host
                        self.endings[Ending.RECONNECTED if same else Ending.MOVED] += 1
                    else:
                        ahead.append(one)
            for one in some:
                if one.start == second:
                    self._leave(one, second, there, missing, ahead)
            each_second.append((list(there), list(missing)))
        for second, (present, absent) in enumerate(each_second):
            seen = [
                one
                for one in present
                if not one.is_unseen(second) and (one.late is None or second < one.late)
            ]
            self.up.append(Counter(one.host for one in seen))
            lost = [
                (one.host, second - since < AWAY)
                for one, since in absent
                if since != one.late or one.is_replaced
            ]
            self.down.append(Counter(host for host, near in lost if near))
            self.away.append(Counter(host for host, near in lost if not near))
        self.endings[Ending.NONE] += sum(since != one.late for one, since in missing)

    def _leave(
        self,
        one: Life,
        second: int,
        there: list[Life],
        missing: list[tuple[Life, int]],
        ahead: list[Life],
    ) -> None:
        if second in one.leaves:
            there.remove(one)
        if second not in one.stops:
            return
        beside = [
            each
            for each in ahead
            if each.client == one.client and each.start > one.start
            if each.start >= second - HANDOVER
        ]
        if beside:
            ahead.remove(beside[-1])
            one.is_replaced = second == one.late
            self.endings[Ending.HANDED_OVER] += 1
        else:
            missing.append((one, second))


seconds = st.integers(0, END)
holes = st.lists(st.tuples(seconds, seconds), max_size=3)


@given(lives(), st.tuples(seconds, seconds).filter(lambda two: two[0] < two[1]), holes)
def test_every_connection_second_is_counted_where_it_belongs(
    some: list[Life], span: tuple[int, int], unknown: list[tuple[int, int]]
) -> None:
    model = Model(some)
    kept = attendance([one.session() for one in some], at(END))
    frame = frame_of(
        (at(span[0]), at(span[1])), [(at(a), at(b)) for a, b in unknown], at(END), AWAY
    )
    blind = {second for first, last in unknown for second in range(first, last)}
    seen = [second for second in range(*span) if second not in blind]
    lost = [second for second in range(*span) if second in blind]
    found = {one.value: one for one in groups_of(kept, frame, lambda one: one.record.host)}
    for host in "xy":
        group = found.get(host)
        for name in ("up", "down", "away"):
            counts = getattr(model, name)
            wanted = sum(counts[second][host] for second in seen)
            assert (0 if group is None else getattr(group, name)) == wanted
        if group is not None:
            hidden = sum(model.up[second][host] + model.down[second][host] for second in lost)
            unseen = sum(
                one.is_unseen(second) for one in some if one.host == host for second in range(*span)
            )
            assert group.unknown == hidden + unseen
            assert_adds_up(group, frame.span)
    whole = all_of(kept, frame)
    assert whole.up == sum(one.up for one in found.values())
    assert whole.drops == sum(one.drops for one in found.values())
    assert_adds_up(whole, frame.span)


def assert_adds_up(one: Availability, span: Span) -> None:
    """The strip has all that is counted, and the worst hour is within it."""
    assert sum(part.up for part in one.strip) == pytest.approx(one.up)
    assert sum(part.down for part in one.strip) == pytest.approx(one.down)
    assert (one.strip[0].since, one.strip[-1].until) == span
    assert (one.worst is None) == (one.down == 0)
    if one.worst is not None:
        assert 0 < one.worst.down <= one.down
    assert one.uptime is None or (one.uptime == 1) == (one.down == 0)
    assert one.back <= one.drops
    assert one.moved <= one.back


@given(lives())
def test_each_stop_ends_as_it_did(some: list[Life]) -> None:
    model = Model(some)
    kept = attendance([one.session() for one in some], at(END))
    assert Counter(one.ending for one in kept.absences) == +model.endings
    frame = frame_of((at(0), at(END)), [], at(END), AWAY)
    whole = all_of(kept, frame)
    counts = model.endings
    assert whole.back == counts[Ending.RECONNECTED] + counts[Ending.MOVED]
    assert whole.drops == whole.back + counts[Ending.NONE]
    assert (whole.handed_over, whole.silences) == (
        counts[Ending.HANDED_OVER],
        counts[Ending.RECOVERED],
    )
    spans = [one.seconds(at(END)) for one in longest(kept, frame, 3)]
    assert spans == sorted(spans, reverse=True)
    assert (whole.longest is None) == (not spans)
    assert whole.longest is None or whole.longest.seconds(at(END)) == spans[0]


@given(lives())
def test_one_connection_is_never_up_twice_at_once(some: list[Life]) -> None:
    kept = attendance([one.session() for one in some], at(END))
    edges = [at(second) for second in range(END + 1)]
    for one in some:
        name = f"c{one.number:02d}"
        mine = [span for each, span in kept.up if each.record.connection_id == name]
        assert max(seconds_in_each(mine, edges)) <= 1


def crash(second: int) -> list[Absence]:
    """Three on one server stop, one on another, one hands over."""
    some = [
        Life(0, "a", "x", [0, second], "gone"),
        Life(1, "b", "x", [0, second + 1], "gone"),
        Life(2, "b", "x", [0, second + 2], "gone"),
        Life(3, "c", "y", [0, second + 2], "gone"),
        Life(4, "d", "y", [0, second + 2], "gone"),
        Life(5, "d", "y", [second]),
        Life(6, "a", "y", [second + 9]),
    ]
    return list(attendance([one.session() for one in some], at(END)).absences)


def test_an_incident_has_who_stopped_and_says_where_most_of_them_were() -> None:
    absences = crash(50)
    kept = Attendance((), (), tuple(absences))
    told = [(at(70), "3 gone"), (at(90), "4 gone"), (at(90 + 400), "late news")]
    first, second = incidents_of(told, kept)
    assert (first.at, first.sentences) == (at(50), ("3 gone", "4 gone"))
    assert (first.where, first.on_host, first.there) == ("x", True, 3)
    assert (len(first.absences), first.back, first.handed_over) == (4, 1, 1)
    # Told without anybody who stopped: they were not recorded yet.
    assert (second.at, second.absences, second.where) == (at(490), (), "")


@given(st.floats(0, 1))
def test_no_percentage_is_better_than_the_share(share: float) -> None:
    shown = float(percent(share).removesuffix(" %"))
    assert shown <= share * 100 + 1e-9
    assert (shown == 100) == (share == 1)
    assert shown > share * 100 - 0.0101


def test_where_all_had_handed_over_there_is_no_incident() -> None:
    some = [Life(0, "a", "x", [0, 50], "gone"), Life(1, "a", "y", [45])]
    kept = attendance([one.session() for one in some], at(END))
    assert [one.ending for one in kept.absences] == [Ending.HANDED_OVER]
    assert incidents_of([(at(70), "1 late; 1 of 1 clients is back")], kept) == []


def test_what_stops_at_once_does_not_take_its_own_place() -> None:
    some = [
        Life(0, "a", "x", [0, 50], "gone"),
        Life(1, "a", "x", [60, 60], "gone"),
        Life(2, "a", "x", [66, 66], "gone"),
    ]
    kept = attendance([one.session() for one in some], at(END))
    assert [one.seconds(at(END)) for one in kept.absences] == [10, 6, END - 66]
