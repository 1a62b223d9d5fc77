"""What is painted piece by piece is what would be painted as a whole."""

from collections.abc import Awaitable, Callable

import pyte
import pytest
from textual.app import App
from textual.screen import Screen

from tests.stage import Stage, stage
from tui.core.query import Query
from tui.view.lean_compositor import LeanCompositor

# Each step is compared with the whole screen, painted anew.
pytestmark = pytest.mark.slow

Act = Callable[[Stage], Awaitable[None]]


class Paper:
    """A terminal that is given every update of the app, and nothing else."""

    def __init__(self, on: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        size = on.app.size
        self._screen = pyte.Screen(size.width, size.height)
        self._stream = pyte.Stream(self._screen)
        self.partial = 0
        """Updates by the lean compositor that were less than the whole."""
        display, render = App._display, LeanCompositor.render_partial_update

        def displayed(app: App[object], screen: Screen[object], update: object) -> None:
            if hasattr(update, "render_segments"):
                text = update.render_segments(app.console)
                self._stream.feed(text.replace("\n", "\r\n"))
            display(app, screen, update)  # type: ignore[arg-type]

        def rendered(compositor: LeanCompositor) -> object:
            self.partial += 1
            return render(compositor)

        monkeypatch.setattr(App, "_display", displayed)
        monkeypatch.setattr(LeanCompositor, "render_partial_update", rendered)

    def lines(self) -> list[str]:
        """What stands on it, without the blanks at the ends."""
        return [line.rstrip() for line in self._screen.display]


def whole(on: Stage) -> list[str]:
    """What is to stand there."""
    return [line.rstrip() for line in on.text().splitlines()]


async def tick(on: Stage) -> None:
    on.clock.advance(1)
    on.screen._pass_time()


async def keys(on: Stage, *names: str) -> None:
    await on.press(*names)


ACTS: dict[str, Act] = {
    "ages tick": tick,
    "a poll": lambda on: on.poll(),
    "cursor, page, end, mark": lambda on: keys(on, "j", "j", "pagedown", "space", "end", "k"),
    "detail over the table": lambda on: keys(on, "home", "enter"),
    "a tick beside the detail": tick,
    "a poll beside the detail": lambda on: on.poll(),
    "detail closed": lambda on: keys(on, "escape"),
    "a message over the table": lambda on: keys(on, "S"),
    "a tick under the message": tick,
    "a filter": lambda on: keys(on, "slash", "f", "i", "x", "enter"),
    "no filter": lambda on: keys(on, "escape"),
    "the pane": lambda on: keys(on, "f", "j", "j"),
    "a poll beside the pane": lambda on: on.poll(),
    "back": lambda on: keys(on, "escape"),
    "wide, and to the right": lambda on: keys(on, "w", "right"),
    "a tick to the right": tick,
    "another sort": lambda on: keys(on, "w", "I"),
}


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_updates_add_up_to_the_whole(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    async with stage(connections=90, size=size, query=Query()) as on:
        await on.poll()
        paper = Paper(on, monkeypatch)
        on.app.screen.refresh(layout=True)
        await on.until(lambda: paper.lines() == whole(on), "all is painted once")
        on.scenario("server-crash")
        for name, act in ACTS.items():
            await act(on)
            await on.settle()
            await on.until(lambda: paper.lines() == whole(on), name)
        assert paper.partial > len(ACTS)
