"""The timeline: the log in a few lines."""

import pytest

from tests.strategies import NOON, connection
from tui.core.connection import State
from tui.core.events import Event, EventKind
from tui.core.fleet import Tracked
from tui.core.instant import TICKS, clock_text
from tui.core.timeline import timeline


def event(kind: EventKind, second: float, identity: str | None = None, **changes: object) -> Event:
    at = NOON + round(second * TICKS)
    if identity is None:
        return Event(at, kind, f"sentence {second}")
    record = connection(identity, NOON, **changes)
    return Event(at, kind, "evidence", Tracked(record, at, at, State.LATE))


def many(kind: EventKind, second: float, count: int, **changes: object) -> list[Event]:
    return [event(kind, second, f"{kind.value}{second}_{n}", **changes) for n in range(count)]


def test_what_happens_together_is_one_line_and_one_alone_has_its_evidence() -> None:
    log = [
        *many(EventKind.DROPPED, 0, 40, host="a"),
        *many(EventKind.DROPPED, 5, 19, host="a"),
        *many(EventKind.RECONNECTED, 20, 2, host="b"),
        event(EventKind.MASS_DROP, 20),
        *many(EventKind.RECONNECTED, 25, 1, host="c"),
        event(EventKind.LATE, 90, "conn_1"),
    ]
    assert timeline(log, NOON) == [
        "14:30:25–14:30:30Z  59 dropped on a, last beat 14:30:24Z",
        "14:30:45–14:30:50Z  3 reconnected on b (2), c (1)",
        "14:30:45Z           mass drop: sentence 20",
        "14:31:55Z           late conn_1: evidence",
    ]


def test_what_lies_apart_is_told_apart() -> None:
    log = [*many(EventKind.DROPPED, 0, 2), *many(EventKind.DROPPED, 60, 2)]
    assert len(timeline(log, NOON)) == 2


def test_many_hosts_are_counted() -> None:
    log = [event(EventKind.LATE, 0, f"c{n}", host=f"h{n}") for n in range(5)]
    assert timeline(log, NOON)[0].endswith("5 late on 5 hosts, last beat 14:30:24Z")


def test_who_is_back_is_not_told_as_opened_as_well() -> None:
    log = [event(EventKind.OPENED, 0, "a"), event(EventKind.MOVED, 5, "a")]
    assert [line.split()[1] for line in timeline(log, NOON)] == ["moved"]
    assert len(timeline([event(EventKind.OPENED, 0, "a")], NOON)) == 1


def test_what_is_older_is_left_out() -> None:
    log = [*many(EventKind.DROPPED, 0, 2), *many(EventKind.LATE, 60, 2)]
    assert [line.split()[2] for line in timeline(log, NOON + TICKS)] == ["late"]


@pytest.mark.parametrize("times", [10, 500])
def test_however_much_happens_it_stays_short(times: int) -> None:
    log = []
    for turn in range(times):
        log += [event(EventKind.LINK_LOST, 200 * turn), event(EventKind.LINK_BACK, 200 * turn + 60)]
        log += many(EventKind.LATE, 200 * turn + 70, 3)
    lines = timeline(log, NOON)
    assert len(lines) <= 20
    assert sum("late" in line for line in lines) >= 1
    if times == 500:
        first, last = clock_text(NOON)[:-1], clock_text(log[-4].at)
        assert any(line.startswith(f"{first}–{last}") or "500 times" in line for line in lines)
    one_each = [event(kind, 1000 * place) for place, kind in enumerate([*EventKind] * 9)]
    assert len(timeline(one_each, NOON)) <= len(EventKind)
