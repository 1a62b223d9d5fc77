"""A real fleet is killed, paused and restarted, and conntop's events tell exactly that.

Real processes, real sockets, real pongs, a real endpoint over HTTP; only the time is fast. What
must be told comes from the clients' own journal, which the endpoint does not know.
"""

from __future__ import annotations

import signal

import pytest

from tests.endtoend.watching import EVERY, HEARTBEAT, told, watching
from tui.core.events import EventKind
from tui.core.instant import TICKS
from tui.core.query import Query
from tui.core.verdict import VerdictKind

TWO_MINUTES = 120 * TICKS

# Real processes on real sockets take their time.
pytestmark = pytest.mark.slow


async def test_a_killed_and_a_paused_gateway_are_told_apart_to_the_connection() -> None:
    async with watching(clients=18) as seen:
        killed, paused, _ = seen.real.gateways
        await seen.learn()
        assert seen.events == []

        dead = seen.ids_on(killed)
        assert len(dead) == 6
        at = seen.send(signal.SIGKILL, killed)
        await seen.until(lambda: len(seen.successors) == len(dead), "all clients are elsewhere")
        await seen.until(lambda: seen.told(EventKind.LATE) >= dead, "the dead are late")

        # Those that have come from the killed one are among them.
        held = seen.ids_on(paused)
        assert len(held) >= 6
        seen.send(signal.SIGSTOP, paused)
        await seen.until(lambda: seen.told(EventKind.LATE) >= held, "the paused are late")
        seen.send(signal.SIGCONT, paused)
        await seen.until(
            lambda: seen.told(EventKind.DROPPED) >= dead and seen.told(EventKind.RECOVERED) >= held,
            "the dead are dropped, the paused have recovered",
        )
        # What must not be told would have been by then.
        end = at + TWO_MINUTES + round(HEARTBEAT + EVERY) * TICKS
        await seen.until(lambda: seen.now > end, "another beat passes")

        new = seen.successors
        assert set(new.values()) == dead
        assert seen.of_connections == told(
            {
                EventKind.LATE: dead | held,
                EventKind.DROPPED: dead,
                EventKind.RECOVERED: held,
                EventKind.OPENED: new,
                EventKind.MOVED: new,
            }
        ), seen.story
        assert seen.followed == new
        for event in seen.events:
            if event.kind is EventKind.DROPPED:
                assert event.one is not None
                assert event.one.final
                assert event.one.connection.last_heartbeat <= at

        assert seen.verdicts == {VerdictKind.MASS_DROP}
        [mass] = seen.of_many
        assert mass.kind is EventKind.MASS_DROP
        assert f"all on host {killed.host.name} (" in mass.evidence
        [verdict] = seen.known.verdicts
        assert verdict.sentence.startswith("6 gone since ")
        assert f"all on host {killed.host.name} (0 of 12 healthy)" in verdict.sentence
        assert verdict.sentence.endswith("6 of 6 clients are back")


async def test_in_an_answer_that_has_all_a_pause_of_two_minutes_is_a_silence_and_no_drop() -> None:
    async with watching(clients=9, query=Query(active_only=False)) as seen:
        paused = seen.real.gateways[1]
        await seen.learn()

        held = seen.ids_on(paused)
        assert len(held) == 3
        at = seen.send(signal.SIGSTOP, paused)
        await seen.until(lambda: seen.told(EventKind.SILENT) >= held, "the paused are silent")
        # Not before its time: the last beat of each is older than the pause.
        await seen.until(lambda: seen.now > at + TWO_MINUTES + EVERY * TICKS, "two minutes pass")
        seen.send(signal.SIGCONT, paused)
        await seen.until(lambda: seen.told(EventKind.RECOVERED) >= held, "they have recovered")
        end = seen.now + round(HEARTBEAT + EVERY) * TICKS
        await seen.until(lambda: seen.now > end, "another beat passes")

        assert seen.successors == {}
        assert seen.of_connections == told(
            {EventKind.LATE: held, EventKind.SILENT: held, EventKind.RECOVERED: held}
        ), seen.story
        assert seen.of_many == []
        assert seen.verdicts == set()


async def test_a_restart_in_good_order_is_told_at_once_where_the_endpoint_knows_of_it() -> None:
    async with watching(clients=9, close_marks_inactive=True) as seen:
        restarted = seen.real.gateways[2]
        await seen.poll()

        closed = seen.ids_on(restarted)
        assert len(closed) == 3
        seen.send(signal.SIGTERM, restarted)
        await seen.until(
            lambda: (
                len(seen.successors) == 3 and seen.told(EventKind.MOVED) >= set(seen.successors)
            ),
            "all clients have moved",
        )
        end = seen.now + round(HEARTBEAT + EVERY) * TICKS
        await seen.until(lambda: seen.now > end, "another beat passes")

        new = seen.successors
        assert set(new.values()) == closed
        assert seen.of_connections == told(
            {EventKind.DROPPED: closed, EventKind.OPENED: new, EventKind.MOVED: new}
        ), seen.story
        assert seen.followed == new
        assert seen.of_many == []
        for event in seen.events:
            if event.kind is EventKind.DROPPED:
                assert event.one is not None
                assert event.one.connection.beat_age(event.at) < 60
                assert "the endpoint says that it ended" in event.evidence
