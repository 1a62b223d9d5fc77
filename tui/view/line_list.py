"""LineList: lines with a cursor. They are made only where they are seen."""

from typing import ClassVar

from textual import events
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.view.lean_scroll_bar import WithLeanScrollBar


class LineList(ScrollView, WithLeanScrollBar, inherit_bindings=False, can_focus=True):
    """What a list of lines has of any sort: drawing what has changed, and moving about."""

    HEADS: ClassVar[int] = 0
    """Lines that stand above and do not scroll."""
    OPEN: ClassVar[str] = ""
    """The action of a click on the line under the cursor."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._row = 0
        self._drawn: dict[int, tuple[object, ...]] = {}

    # What each sort says

    def _count(self) -> int:
        """How many lines there are."""
        raise NotImplementedError

    def _look(self, row: int) -> tuple[object, ...]:
        """All that the look of a line depends on; nothing for one that is not there.

        Those above have the numbers from ``-HEADS`` to -1.
        """
        raise NotImplementedError

    def _line(self, row: int) -> Strip:
        """A line that is there."""
        raise NotImplementedError

    def _point(self) -> None:
        """The cursor stands on a line, or another one is under it."""
        raise NotImplementedError

    def _chosen(self) -> None:
        """Somebody has put the cursor where it is."""

    # What others use

    @property
    def row(self) -> int:
        """The line that the cursor is on, from the top."""
        return self._row

    # Drawing

    @property
    def _top(self) -> int:
        return int(self.scroll_y)

    @property
    def _height(self) -> int:
        return max(1, self.scrollable_content_region.height - self.HEADS)

    def _set_size(self) -> None:
        # Past the reactive, which would draw every line again.
        size = Size(1, self._count() + self.HEADS)
        self.set_reactive(LineList.virtual_size, size)
        self._scroll_update(size)

    def _show_from(self, top: int) -> None:
        """Draw what has changed, from this line on."""
        self._set_size()
        self.scroll_to(y=max(0, top), animate=False, force=True, immediate=True)
        self._repaint()
        self._point()

    def _row_at(self, y: int) -> int:
        """The number of the line that stands there."""
        return y - self.HEADS + (self._top if y >= self.HEADS else 0)

    def _repaint(self) -> None:
        """Ask for the lines that would look different, and for no others."""
        for y in range(self._height + self.HEADS):
            if self._drawn.get(y) != self._look(self._row_at(y)):
                self.refresh(Region(0, y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """One line of the widget, made from what stands there now."""
        row = self._row_at(y)
        look = self._drawn[y] = self._look(row)
        return self._line(row) if look else Strip.blank(self.size.width, self.rich_style)

    # Moving

    def action_move(self, by: int) -> None:
        """Move the cursor by lines."""
        self._put(self._row + by)

    def action_page(self, pages: float) -> None:
        """Move the cursor by pages; half ones too."""
        step = max(1, int(self._height * abs(pages)))
        self._put(self._row + (step if pages > 0 else -step))

    def action_first(self) -> None:
        """Go to the first line."""
        self._put(0)

    def action_last(self) -> None:
        """Go to the last line."""
        self._put(self._count() - 1)

    def _put(self, row: int) -> None:
        self._row = max(0, min(row, self._count() - 1))
        self._chosen()
        self._repaint()
        self._keep_in_view()
        self._point()

    def _keep_in_view(self) -> None:
        top = min(self._row, max(self._top, self._row - self._height + 1))
        if top != self._top:
            self.scroll_to(y=top, animate=False, force=True, immediate=True)

    def watch_scroll_y(self, _old_value: float, new_value: float) -> None:
        """Other lines are seen; where one stands as before, nothing is drawn again."""
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = new_value
        self._repaint()

    def on_resize(self) -> None:
        """Another width, other columns."""
        self._drawn.clear()
        self.refresh()
        self.call_after_refresh(self._keep_in_view)

    async def on_click(self, event: events.Click) -> None:
        """A click puts the cursor there; one on the cursor opens the line."""
        row = self._row_at(event.y)
        if not 0 <= row < self._count():
            return
        if row == self._row:
            await self.run_action(self.OPEN)
        else:
            self._put(row)
