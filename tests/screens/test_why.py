"""Why: what the dropped have in common, from the crash to the filter, in one screen."""

import pytest
from textual.binding import Binding
from textual.command import CommandPalette

from tests.stage import Stage, stage
from tui.view.all_keys import sections
from tui.view.help import Help
from tui.view.main_screen import MainScreen
from tui.view.why_list import WhyList
from tui.view.why_screen import WhyScreen


def why_of(on: Stage) -> WhyScreen:
    """The screen, whatever lies over it."""
    return next(one for one in on.app.screen_stack if isinstance(one, WhyScreen))


def is_open(on: Stage) -> bool:
    """Whether nothing lies over it."""
    return isinstance(on.app.screen, WhyScreen)


async def crash(on: Stage) -> None:
    """A server dies; its clients come back elsewhere."""
    await on.polls(4, 12.5)
    on.scenario("server-crash")
    await on.polls(4, 15)


@pytest.mark.parametrize("size", [(160, 45), pytest.param((80, 24), marks=pytest.mark.slow)])
async def test_a_crash_is_explained_and_its_line_is_a_filter(size: tuple[int, int]) -> None:
    async with stage(connections=300, size=size) as on:
        await crash(on)
        assert "all on host ws-server-01.coinapi.io (0 of" in " ".join(on.text().split())
        await on.press("W")
        (line,) = why_of(on).query_one(WhyList).explanation.lines
        assert line.covered == line.size > 20
        assert line.also == 0
        shown = " ".join(on.text().split())
        assert f"Why ‹dropped {line.size}› · against {line.rest} healthy" in shown
        assert f"{line.size} of {line.size}" in shown
        assert f"All {line.size} dropped are on host ws-server-01.coinapi.io = data center" in shown
        assert f"0 of {line.rest} healthy are." in shown
        assert "/ host=ws-server-01.coinapi.io" in shown
        await on.press("enter")
        assert isinstance(on.app.screen, MainScreen)
        assert on.watch.condition.text == "host=ws-server-01.coinapi.io"
        assert len(on.screen.arranged.rows) == line.covered + line.also
        assert on.table.has_focus


@pytest.mark.slow
async def test_it_is_worked_out_anew_with_each_poll() -> None:
    async with stage(connections=300) as on:
        await on.polls(4, 12.5)
        await on.press("W")
        assert "Nothing has stopped beating in the last 5 minutes." in on.text()
        on.scenario("server-crash")
        await on.polls(4, 15)
        assert "on host ws-server-01.coinapi.io" in on.text()
        await on.press("q")
        assert isinstance(on.app.screen, MainScreen)


@pytest.mark.slow
async def test_who_is_explained_is_chosen_among_those_that_there_are() -> None:
    async with stage(connections=300) as on:
        await crash(on)
        await on.press("slash", *"service=ems", "enter", "space", "j", "space", "W")
        assert "‹marked 2›  dropped 60   filtered 15" in on.text()
        assert "2 marked: too few to tell what they have in common." in on.text()
        await on.press("f")
        assert "‹dropped " in on.text()
        await on.press("f")
        assert "‹filtered " in on.text()
        assert "filtered are of service EMS; 0 of" in " ".join(on.text().split())
        await on.press("f")
        assert "‹marked 2›" in on.text()
        await on.press("left", "left")
        assert "‹dropped " in on.text()


@pytest.mark.slow
async def test_while_blind_it_says_as_of_when_it_is() -> None:
    async with stage(connections=300) as on:
        await crash(on)
        await on.press("W")
        on.scenario("api-down")
        await on.poll()
        assert "⚠ This is as of 14:32:15Z: what has happened since is not known." in on.text()


@pytest.mark.slow
async def test_all_lines_are_copied_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    monkeypatch.setattr("tui.view.why_screen.copy", lambda _app, text, what: copied.append(text))
    async with stage(connections=300) as on:
        await crash(on)
        await on.press("W", "y")
        (line,) = why_of(on).query_one(WhyList).explanation.lines
        assert copied == [f"- {line.sentence} (filter: host=ws-server-01.coinapi.io)"]


@pytest.mark.slow
async def test_its_keys_are_in_help_and_palette() -> None:
    async with stage(connections=5) as on:
        await on.poll()
        await on.press("W")
        first = [title for title, _ in sections(on.app)][:2]
        assert first == ["In Why", "In its list of lines"]
        told = {binding.id for _, bindings in sections(on.app) for binding in bindings}
        for owner in (WhyScreen, WhyList):
            for binding in vars(owner)["BINDINGS"]:
                assert isinstance(binding, Binding)
                assert binding.id in told
        await on.press("question_mark")
        assert isinstance(on.app.screen, Help)
        await on.press("escape", "colon")
        assert isinstance(on.app.screen, CommandPalette)
        await on.press(*"whom")
        await on.until(lambda: "explain the next set" in on.text(), "the palette finds it")


@pytest.mark.slow
@pytest.mark.parametrize("size", [(40, 10), (20, 5), (1, 1)])
async def test_it_works_at_any_size(size: tuple[int, int]) -> None:
    async with stage(connections=120, size=size) as on:
        await crash(on)
        await on.press("W", "j", "k", "end", "home", "f", "left")
        await on.poll()
        assert is_open(on)
        await on.press("escape")
        assert isinstance(on.app.screen, MainScreen)
