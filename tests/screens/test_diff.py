"""Diff: what is different now from then, on the screen, and how far back one can look."""

import pytest

from tests.stage import Stage, stage
from tui.core.connection import State
from tui.core.fleet import Fleet
from tui.core.snapshot import Outcome
from tui.view.diff_list import DiffList
from tui.view.diff_screen import DiffScreen
from tui.view.main_screen import MainScreen


def words(on: Stage) -> str:
    """All that is on screen, without its columns."""
    return " ".join(on.text().split())


async def test_then_is_compared_with_now_and_its_line_leads_to_the_connection() -> None:
    async with stage(connections=40) as on:
        await on.press("D")
        assert "Nothing is known yet: there has been no answer." in on.text()
        await on.press("q")
        await on.polls(4, 12.5)
        on.scenario("server-crash")
        await on.polls(6, 25)
        assert "past 3m07s · <1 MB" not in on.text()
        assert "past 3m00s · <1 MB" in on.text()
        await on.press("D")
        screen = on.app.screen
        assert isinstance(screen, DiffScreen)
        # As far back as there is anything, since that is less than a quarter of an hour.
        assert "→ 14:33:45Z (3m07s)" in words(on)
        assert "→ moved" in on.text()
        assert "from ws-server-01.coinapi.io to " in on.text()
        await on.press("at", *"-1m", "enter")
        assert "(75s)" in words(on)
        await on.press("at", *"tomorrow", "enter")
        assert "is no time: write one like 03:12" in words(on)
        await on.press("escape", "at", *"-9h", "enter")
        assert "is not kept: the oldest moment is" in words(on)
        await on.press("escape", "f")
        assert "‹moved" in words(on) or "‹gone" in words(on)
        await on.poll(25)
        assert "(100s)" in words(on)
        await on.resize(80, 24)
        assert "Diff" in on.text()
        await on.press("left")
        row = screen.query_one(DiffList).pointed
        assert row is not None
        await on.press("enter")
        assert isinstance(on.app.screen, MainScreen)
        pointed = on.table.pointed
        assert row.one.state is State.GONE or pointed == row.one.connection_id


@pytest.mark.slow
async def test_the_past_that_is_looked_at_is_compared_with_the_present() -> None:
    async with stage(connections=40) as on:
        await on.polls(4, 12.5)
        on.scenario("server-crash")
        await on.polls(4, 25)
        await on.press("[", "[", "[", "[")
        assert on.watch.is_past
        await on.press("D")
        at = on.watch.fleet.at
        screen = on.app.screen
        assert isinstance(screen, DiffScreen)
        await on.poll(25)
        assert "(125s)" in words(on)
        assert on.watch.fleet.at == at
        row = screen.query_one(DiffList).pointed
        assert row is not None
        assert row.before is not None
        # In the past it leads to whom one sees there.
        await on.press("enter")
        assert on.table.pointed == row.before.connection_id


async def test_a_mistake_in_keeping_the_past_is_said_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with stage(connections=5) as on:
        await on.poll()
        history = on.watch.lanes[0].history

        def broken(_outcome: Outcome, _fleet: Fleet) -> None:
            raise ZeroDivisionError

        with monkeypatch.context() as patch:
            patch.setattr(history, "add", broken)
            await on.polls(2)
        assert "could not be kept and is missing in the past" in on.text()
        assert "(ZeroDivisionError)" in on.text()
        await on.polls(2)
        assert len(history.moments()) == 3
