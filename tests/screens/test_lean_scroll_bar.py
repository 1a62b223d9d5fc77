"""The lean scroll bar looks as one that is painted whole, for less."""

import pytest
from textual.geometry import Region
from textual.scrollbar import ScrollBar

from tests.stage import Stage, stage
from tui.view.lean_scroll_bar import LeanScrollBar

# Each step is compared with the whole bar, painted anew.
pytestmark = pytest.mark.slow

KEYS = ["down", "end", "up", "pageup", "up", "ctrl+u", "home", "pagedown", "pagedown", "down"]
KEYS += ["ctrl+d", "end", "pageup", "up", "g"]


def bar_of(on: Stage) -> LeanScrollBar:
    bar = on.table.vertical_scrollbar
    assert isinstance(bar, LeanScrollBar)
    return bar


def drawn(bar: LeanScrollBar) -> list[tuple[str, str]]:
    """Text and style of its lines, as the screen has them."""
    lines = bar.render_lines(Region(0, 0, *bar.size))
    return [(line.text, str([segment.style for segment in line])) for line in lines]


@pytest.mark.parametrize("connections", [40, 60, 300, 3_000])
async def test_after_each_step_it_looks_as_if_painted_whole(connections: int) -> None:
    async with stage(connections=connections, size=(120, 40)) as on:
        await on.poll()
        bar = bar_of(on)
        for key in KEYS:
            await on.press(key)
            lean = drawn(bar)
            bar.refresh()
            assert drawn(bar) == lean, key


async def test_a_step_that_moves_it_by_nothing_paints_nothing_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with stage(connections=3_000, size=(120, 40)) as on:
        await on.poll()
        await on.press("end", "pageup")
        bar, painted, top = bar_of(on), 0, on.table.scroll_y
        render = ScrollBar.render

        def rendered(one: ScrollBar) -> object:
            nonlocal painted
            painted += one is bar
            return render(one)

        monkeypatch.setattr(ScrollBar, "render", rendered)
        await on.press("up", "up", "up", "up")
        assert on.table.scroll_y == top - 4
        assert painted <= 1
        await on.press("home")
        assert painted >= 1
