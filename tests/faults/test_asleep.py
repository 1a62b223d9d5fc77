"""The monitor itself is stopped for a minute: what it then says of that minute."""

import pytest

from tests.stage import stage
from tui.core.connection import State
from tui.core.events import EventKind
from tui.view.facts import gaps_words

pytestmark = pytest.mark.fault(20)


async def test_a_minute_in_which_nobody_looked_is_one_poll_and_one_line() -> None:
    async with stage(connections=40) as on:
        await on.polls(12)
        before, asked = len(on.watch.fleet.log), len(on.gate.asked)
        await on.sleep(60)
        assert len(on.gate.asked) == asked + 1
        told = on.watch.fleet.log[before:]
        assert [event.kind for event in told] == [EventKind.UNWATCHED]
        await on.press("e")
        assert "not watched" in on.text()
        assert "nothing was asked for 65s since 14:31:25Z: paused, stopped or asleep" in on.text()


async def test_the_minute_is_marked_in_the_rhythm_and_makes_nobody_late() -> None:
    async with stage(connections=40) as on:
        await on.polls(12)
        rhythms = {one.connection_id: one.rhythm for one in on.watch.fleet.tracked.values()}
        await on.sleep(60)
        live = [one for one in on.watch.fleet.tracked.values() if one.state is State.LIVE]
        assert len(live) > 30
        for one in live:
            assert one.gaps[-1:] in ((None,), ())
            assert one.rhythm == rhythms.get(one.connection_id)
            assert not one.gaps or "· not seen by us" in gaps_words(one)
        await on.polls(12)
        assert "◐ late" not in on.column("state")


async def test_what_crashed_meanwhile_is_told_as_seen_and_not_as_witnessed() -> None:
    async with stage(connections=40) as on:
        await on.polls(12)
        on.scenario("server-crash")
        await on.sleep(200)
        log = on.watch.fleet.log
        assert EventKind.DROPPED not in {event.kind for event in log}
        (told,) = [event for event in log if event.kind is EventKind.UNWATCHED]
        assert " left (conn_" in told.evidence
        assert "✕ gone" in on.column("state")
