"""A server whose clock is off, jumps or tells nonsense: no row falls silent or leaves for it."""

from __future__ import annotations

import re
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from itertools import cycle
from typing import TYPE_CHECKING

import pytest

from tests.faults.surviving import ages, is_live, true_ages, watching
from tests.faults.wire import Wire
from tui.core.connection import State
from tui.core.events import EventKind
from tui.standin.clock_faults import Faults

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.wire import Spoil
    from tests.stage import Stage

pytestmark = pytest.mark.fault(18)

HOUR = 3_600
NEAR = 1.5
"""Seconds by which an age may be wrong: a ``Date`` tells whole ones."""
ALARMS = (EventKind.DROPPED, EventKind.GONE, EventKind.SILENT, EventKind.MASS_DROP)
_DATE = re.compile(rb"\r\ndate: ([^\r]*)", re.IGNORECASE)


def telling(turns: Sequence[int | bytes | None]) -> Spoil:
    """Another ``Date`` from answer to answer: seconds off, anything at all, or none."""
    turn = cycle(turns)

    def spoil(head: bytes, body: bytes) -> tuple[bytes, bool]:
        found, told = _DATE.search(head), next(turn)
        assert found is not None
        if isinstance(told, int):
            date = parsedate_to_datetime(found[1].decode()) + timedelta(seconds=told)
            told = format_datetime(date, usegmt=True).encode()
        line = b"" if told is None else b"\r\ndate: " + told
        return head.replace(found[0], line) + body, True

    return spoil


async def all_is_well(on: Stage, polls: int = 6) -> None:
    """In none of the polls is there an alarm, a row that is not there, or a wrong age."""
    told = len(on.watch.fleet.log)
    for _ in range(polls):
        await on.poll()
        is_live(on)
        counts = on.watch.fleet.counts()
        assert counts[State.SILENT] == counts[State.GONE] == 0
        assert ages(on) == pytest.approx(true_ages(on), abs=NEAR)
    assert not [event for event in on.watch.fleet.log[told:] if event.kind in ALARMS]


@pytest.mark.parametrize("skew", [HOUR, -HOUR], ids=["ahead", "behind"])
async def test_a_server_whose_clock_is_an_hour_off(skew: int) -> None:
    async with watching(Wire(), faults=Faults(skew=skew)) as on:
        await all_is_well(on, polls=4)
        way = "behind" if skew > 0 else "ahead of"
        assert re.search(rf"this machine's clock is (1h00m|59m59s) {way} the server's", on.text())


@pytest.mark.parametrize(
    "turns",
    [
        [HOUR] + [0] * 5,
        [HOUR],
        [-HOUR],
        [0, HOUR],
        [0, -HOUR],
        [HOUR, -HOUR],
        [HOUR, HOUR, 0, 0],
        [-HOUR, -HOUR, HOUR, HOUR],
        [HOUR, 2 * HOUR, 3 * HOUR],
    ],
    ids=lambda turns: " ".join(f"{turn // HOUR:+}h" for turn in turns[:4]),
)
async def test_a_date_that_jumps_between_two_polls(turns: list[int]) -> None:
    wire = Wire()
    said = "the server's Date header and its heartbeats are of different times"
    async with watching(wire) as on:
        with wire.spoiled(telling(turns)):
            await all_is_well(on, polls=6)
            assert (said in on.text()) == (turns[5 % len(turns)] != 0)
        await all_is_well(on, polls=2)
        assert said not in on.text()


@pytest.mark.parametrize("ahead", [HOUR, -HOUR])
async def test_a_date_that_is_off_stays_so_when_those_that_have_gone_are_asked_for(
    ahead: int,
) -> None:
    wire = Wire()
    looked_up = 0
    async with watching(wire) as on:
        with wire.spoiled(telling([ahead])):
            for _ in range(400):
                await on.poll(30)
                last, true, shown = on.watch.fleet.last, true_ages(on), ages(on)
                assert last is not None
                assert last.belied
                assert {one: shown[one] for one in true} == pytest.approx(true, abs=NEAR)
                assert on.watch.fleet.counts()[State.SILENT] == 0
                looked_up += len(last.ended)
                if looked_up >= 3:
                    return
    pytest.fail("nobody has gone")


@pytest.mark.parametrize(
    "told",
    [
        None,
        b"",
        b"junk",
        b"Mon, 99 Foo 2024 25:61:61 GMT",
        b"Thu, 01 Jan 1970 00:00:00 GMT",
        b"Fri, 31 Dec 9999 23:59:59 GMT",
        b"Fri, 31 Dec 9999 23:59:59 -2359",
        b"Mon, 15 Jan 2024 14:30:25 GMT",
        b"\xff\xfe" * 500,
        b"9" * 5_000,
    ],
    ids=["none", "empty", "junk", "99 Foo", "1970", "9999", "10000", "stuck", "bytes", "digits"],
)
async def test_a_date_that_tells_no_time(told: bytes | None) -> None:
    wire = Wire()
    async with watching(wire) as on:
        with wire.spoiled(telling([told])):
            await all_is_well(on)
        await all_is_well(on, polls=2)


async def test_without_any_date_from_the_start_ages_go_by_this_machine_and_that_is_said() -> None:
    async with watching(Wire(), faults=Faults(no_date=True)) as on:
        await all_is_well(on, polls=4)
        assert "the server tells no time: ages go by the clock of this machine" in on.text()
