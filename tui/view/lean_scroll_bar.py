"""LeanScrollBar: Textual's scroll bar, which repaints the lines where its thumb begins and ends.

Textual's own is painted anew, all of it, at each step of what it stands beside, which takes longer
than the table's rows do. Over a large fleet a step moves the thumb by nothing.
"""

from math import ceil

from textual.geometry import Region
from textual.reactive import Reactive
from textual.scrollbar import ScrollBar
from textual.widget import Widget

_PARTS = 8
"""Steps of a thumb's end within a cell."""


class LeanScrollBar(ScrollBar):
    """A vertical one."""

    position: Reactive[float] = Reactive(0, repaint=False)

    def watch_position(self, old: float, new: float) -> None:
        """Repaint between the thumb's former place and its new one, if that is another."""
        for before, now in zip(self._thumb(old), self._thumb(new), strict=True):
            if before != now:
                top, bottom = min(before, now) // _PARTS, max(before, now) // _PARTS + 1
                self.refresh(Region(0, top, self.size.width, bottom - top))

    def _thumb(self, position: float) -> tuple[int, int]:
        """Where it begins and ends, in parts of a cell: as in ``ScrollBarRender.render_bar``."""
        size = self.size.height
        window, virtual = ceil(self.window_size), ceil(self.window_virtual_size)
        if not size or not 0 < window < virtual:
            return 0, 0
        thumb = max(1, window / (virtual / size))
        # In this order, for the same rounding.
        start = int((size - thumb) * (position / (virtual - window)) * _PARTS)
        return start, start + ceil(thumb * _PARTS)


class WithLeanScrollBar(Widget):
    """What scrolls up and down beside one.

    Not the first of a widget's base classes: styles are inherited from that one.
    """

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """It, made when it is first asked for."""
        bar = self._vertical_scrollbar
        if bar is None:
            thickness = self.scrollbar_size_vertical
            bar = LeanScrollBar(vertical=True, name="vertical", thickness=thickness)
            bar.display = False
            self._vertical_scrollbar = bar
            self.app._start_widget(self, bar)
        return bar
