"""ConnectionTable: the live table. Rows are drawn only where they are seen.

The order is handed over whole, cells are made when a line is drawn, and a refresh repaints just
the lines that read differently. So 100,000 connections cost what 30 do, and cursor, scroll and
marks are kept by connection id.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import BindingType
from textual.coordinate import Coordinate
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import DataTable

from tui.core.arrangement import Arrangement, Order
from tui.core.fleet import Tracked
from tui.core.names import NO_NAMES, Names
from tui.core.shown_columns import ShownColumns
from tui.view.keys import bind
from tui.view.messages import Opened, Pointed, SortWanted
from tui.view.present import Present
from tui.view.row_look import GAP, GUTTER, RowLook, RowPainter, difference, header_strip
from tui.view.virtual_table import VirtualTable

_SIDESTEP = 10


class _Unknown:
    """What nobody has drawn yet."""


_UNKNOWN = _Unknown()


class ConnectionTable(VirtualTable, inherit_bindings=False):
    """The live table. In: an Arrangement. Out: Pointed, Opened, SortWanted, by connection id."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "connection-table--live",
        "connection-table--late",
        "connection-table--silent",
        "connection-table--gone",
        "connection-table--fresh",
        "connection-table--mark",
        "connection-table--dim",
    }

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("enter", "screen.open_detail", "Detail", "detail", "open the connection", show=True),
        bind("down,j", "cursor_down", "Down", "down", "next row"),
        bind("up,k", "cursor_up", "Up", "up", "previous row"),
        bind("home,g", "scroll_top", "First", "first", "first row"),
        bind("end,G", "scroll_bottom", "Last", "last", "last row"),
        bind("pagedown", "page(1.0)", "Page down", "page-down", "a page on"),
        bind("pageup", "page(-1.0)", "Page up", "page-up", "a page back"),
        bind("ctrl+d", "page(0.5)", "Half page down", "half-down", "half a page on"),
        bind("ctrl+u", "page(-0.5)", "Half page up", "half-up", "half a page back"),
        bind("right", "cursor_right", "Right", "right", "scroll to the right"),
        bind("left", "cursor_left", "Left", "left", "scroll to the left"),
        bind("space", "mark", "Mark", "mark", "mark the connection, or take its mark off"),
        bind("v", "mark_range", "Mark range", "mark-range", "mark all from the last mark to here"),
        bind("U", "unmark_all", "Clear marks", "unmark", "take all marks off"),
    ]

    def __init__(self, *, names: Names = NO_NAMES, id: str | None = None) -> None:  # noqa: A002
        """``names`` are those that its columns have to have room for."""
        self._columns_wanted = ShownColumns(names)
        self._order = Order()
        self._widths: list[int] = []
        self._drawn: dict[int, RowLook | None] = {}
        self._looks: dict[int, RowLook] = {}
        self._header_drawn: object = None
        self._painter: RowPainter | None = None
        self._pointed: str | None = None
        self._chosen: str | None = None
        """The one that somebody put the cursor on, wherever it has gone since."""
        self._touched = False
        self._last_mark: str | None = None
        self.marks: frozenset[str] = frozenset()
        """The marked connections' ids."""
        super().__init__(id=id)

    # What others use

    @property
    def pointed(self) -> str | None:
        """The id of the connection under the cursor."""
        return self._pointed

    @property
    def visible_rows(self) -> Sequence[Tracked]:
        """The connections on screen, from the top."""
        top = int(self.scroll_y)
        return self._arranged.rows[top : top + self._page_height]

    def show(
        self, arranged: Arrangement, present: Present, order: Order, *, back: bool = False
    ) -> None:
        """Draw a new arrangement; cursor and scroll stay with their connections.

        Args:
            arranged: the rows in order.
            present: by which ages go; rows of which it is stale are dimmed.
            order: how they are sorted, for the header.
            back: whether the cursor goes back to whom it was put on, where there is a row of it.
        """
        before, self._arranged = self._arranged, arranged
        self._present, self._order = present, order
        if back and self._chosen in arranged.places:
            self._pointed = self._chosen
        self._keep_place(before)
        self._set_size()
        self.marks &= arranged.places.keys() if len(self.marks) else self.marks
        self._repaint()

    def tick(self, present: Present) -> None:
        """Let the ages go on: repaints only the lines that read differently."""
        self._present = present
        self._repaint()

    def point_at(self, connection_id: str) -> bool:
        """Put the cursor on a connection; says whether it is in the table."""
        place = self._arranged.places.get(connection_id)
        if place is None:
            return False
        self._touched = True
        self.move_cursor(row=place)
        self._note_pointed()
        self._chosen = connection_id
        return True

    def point_at_next(self, step: int, wanted: Callable[[Tracked], bool]) -> bool:
        """Put the cursor on the next (``step`` 1) or previous (-1) row that is ``wanted``."""
        rows = self._arranged.rows
        for distance in range(1, len(rows) + 1):
            place = (self.cursor_row + step * distance) % len(rows)
            if wanted(rows[place]):
                return self.point_at(rows[place].connection_id)
        return False

    def keep_in_view(self) -> None:
        """Scroll so that the cursor is on screen."""
        self._scroll_cursor_into_view()

    @property
    def columns_wanted(self) -> ShownColumns:
        """Which columns are shown; a wide table scrolls to the right."""
        return self._columns_wanted

    @columns_wanted.setter
    def columns_wanted(self, wanted: ShownColumns) -> None:
        before, self._columns_wanted = self._columns_wanted, wanted
        if (wanted.wide, wanted.chosen) != (before.wide, before.chosen):
            self.scroll_x = 0
        if wanted != before:
            self._lay_columns()

    # Keeping the place

    def _keep_place(self, before: Arrangement) -> None:
        rows, places = self._arranged.rows, self._arranged.places
        offset = self.cursor_row - int(self.scroll_y)
        if not rows:
            self._set_cursor(0)
            return
        if not self._touched:
            # Nobody has chosen a row yet: the top is where the news is.
            self._set_cursor(0)
            return
        place = places.get(self._pointed) if self._pointed is not None else None
        if place is None:
            place = self._nearest_survivor(before)
        self._set_cursor(place)
        self._set_size()
        if int(self.scroll_y) > 0 or place >= self._page_height:
            on_screen = 0 <= offset < self._page_height
            top = place - offset if on_screen else place - self._page_height // 2
            self.scroll_to(y=max(0, top), animate=False, force=True, immediate=True)

    def _nearest_survivor(self, before: Arrangement) -> int:
        """Where the cursor goes when its row has left: to the nearest that is still there."""
        places, old = self._arranged.places, before.rows
        start = min(self.cursor_row, len(old) - 1)
        for distance in range(len(old)):
            for index in (start + distance, start - distance):
                if 0 <= index < len(old):
                    place = places.get(old[index].connection_id)
                    if place is not None:
                        return place
        return 0

    def _set_cursor(self, place: int) -> None:
        # Past the watcher, which would scroll.
        self.set_reactive(DataTable.cursor_coordinate, Coordinate(place, 0))
        self._note_pointed()

    def _note_pointed(self) -> None:
        rows = self._arranged.rows
        place = self.cursor_row
        at = rows[place].connection_id if 0 <= place < len(rows) else None
        if at != self._pointed:
            self._pointed = at
            self.post_message(Pointed(at))

    # Columns

    def on_mount(self) -> None:
        """Lay the columns once the width is known."""
        self._lay_columns()

    def _on_resize(self, event: events.Resize) -> None:
        event.prevent_default()
        self._lay_columns()
        self.call_after_refresh(self.keep_in_view)

    def _lay_columns(self) -> None:
        room = max(1, self.scrollable_content_region.width - GUTTER)
        fitted = self._columns_wanted.within(room, GAP)
        chosen, widths = [one for one, _ in fitted], [width for _, width in fitted]
        if [column.key for column in chosen] != [column.key for column in self._shown]:
            self.columns.clear()
            self._column_locations = type(self._column_locations)({})
            for column, width in zip(chosen, widths, strict=True):
                self.add_column(Text(column.title), width=width, key=column.key)
        self._shown, self._widths = chosen, widths
        self._row_width = GUTTER + sum(widths) + GAP * max(0, len(widths) - 1)
        self._set_size()
        self._forget_drawn()
        self.refresh()

    @property
    def _page_height(self) -> int:
        return max(1, self.scrollable_content_region.height - self.header_height)

    # Drawing

    def _repaint(self) -> None:
        """Ask for the cells that would read differently, and for no others."""
        self._looks.clear()
        top = int(self.scroll_y) - self.header_height
        width, height = self.scrollable_content_region.size
        start = GUTTER - int(self.scroll_x)
        changed: list[Region] = []
        for y in range(self.header_height, height):
            look, drawn = self._look(top + y), self._drawn.get(y, _UNKNOWN)
            if look == drawn:
                continue
            before = None if isinstance(drawn, _Unknown) else drawn
            span = difference(before, look, self._widths, start)
            left, right = (0, width) if span is None else (max(0, span[0]), min(span[1], width))
            last = changed[-1] if changed else None
            if last is not None and (last.x, last.right, last.bottom) == (left, right, y):
                changed[-1] = last.grow((0, 0, 1, 0))
            else:
                changed.append(Region(left, y, right - left, 1))
        if changed:
            self.refresh(*changed)
        if self._header_drawn != self._header_look():
            self.refresh(Region(0, 0, width, 1))

    def _look(self, index: int) -> RowLook | None:
        """How the row of that number has to look now; ``None`` below the last one."""
        rows = self._arranged.rows
        if index >= len(rows):
            return None
        look = self._looks.get(index)
        if look is not None:
            return look
        one = rows[index]
        self._looks[index] = look = RowLook(
            index == self.cursor_row and self.show_cursor,
            self.has_focus,
            one.connection_id in self.marks,
            one.fresh,
            one.state,
            self._present.of(one).stale or one.is_stale(self._arranged.at_of(one)),
            tuple(self._cells(one)),
        )
        return look

    def _header_look(self) -> object:
        return self._order, [column.key for column in self._shown], self.size.width

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of ``crop``.

        As Widget does it, but past its cache for borders and padding: without those it costs more
        than all the rest of a tick.
        """
        if self.styles.gutter or self.opacity < 1:
            return super().render_lines(crop)
        size = self.size
        painter = self._row_painter(size.width)
        top, left = int(self.scroll_y) - self.header_height, int(self.scroll_x)
        lines = [self._line(y, top + y, left, painter, size.width) for y in crop.line_range]
        _, background = self.background_colors
        for each in self.get_line_filters():
            lines = [line.apply_filter(each, background) for line in lines]
        if crop.column_span != (0, size.width):
            lines = [line.crop(*crop.column_span) for line in lines]
        return lines

    def render_line(self, y: int) -> Strip:
        """One line of the widget, made from the row that stands there now."""
        width = self.size.width
        top = int(self.scroll_y) - self.header_height
        return self._line(y, top + y, int(self.scroll_x), self._row_painter(width), width)

    def _line(self, y: int, index: int, left: int, painter: RowPainter, width: int) -> Strip:
        if y < self.header_height:
            self._header_drawn = self._header_look()
            style = self.get_component_rich_style("datatable--header")
            columns = zip(self._shown, self._widths, strict=True)
            strip = header_strip(columns, self._order, style, width)
        else:
            look = self._drawn[y] = self._look(index)
            strip = painter.blank if look is None else painter.strip(look)
        if left or strip.cell_length != width:
            strip = strip.crop(left, left + width).extend_cell_length(width, painter.base)
        return strip

    def _row_painter(self, width: int) -> RowPainter:
        painter = self._painter
        if painter is None or painter.width != width:
            columns = list(zip(self._shown, self._widths, strict=True))
            paint = self.get_component_rich_style
            painter = self._painter = RowPainter(columns, self.rich_style, paint, width)
        return painter

    def notify_style_update(self) -> None:
        """Another theme, or another focus: nothing drawn so far looks right any more."""
        super().notify_style_update()
        self._forget_drawn()

    def _forget_drawn(self) -> None:
        self._drawn.clear()
        self._looks.clear()
        self._painter = self._header_drawn = None

    # Marks

    def action_mark(self) -> None:
        """Mark the row under the cursor, or take its mark off, and go on to the next."""
        if self._pointed is None:
            return
        self.marks ^= {self._pointed}
        self._last_mark = self._pointed if self._pointed in self.marks else None
        self.action_cursor_down()
        self._repaint()

    def action_mark_range(self) -> None:
        """Mark all rows from the last mark to the cursor."""
        places = self._arranged.places
        first = places.get(self._last_mark, self.cursor_row) if self._last_mark else self.cursor_row
        low, high = sorted((first, self.cursor_row))
        self.marks |= {one.connection_id for one in self._arranged.rows[low : high + 1]}
        self._last_mark = self._pointed
        self._repaint()

    def action_unmark_all(self) -> None:
        """Take all marks off."""
        self.marks = frozenset()
        self._last_mark = None
        self._repaint()

    # Moving

    def action_cursor_right(self) -> None:
        """Show what lies to the right."""
        self.scroll_relative(x=_SIDESTEP, animate=False)

    def action_cursor_left(self) -> None:
        """Show what lies to the left."""
        self.scroll_relative(x=-_SIDESTEP, animate=False)

    def action_page(self, pages: float) -> None:
        """Move the cursor by pages; half ones too."""
        step = max(1, int(self._page_height * abs(pages))) * (1 if pages > 0 else -1)
        self.move_cursor(row=self.cursor_row + step)

    def watch_cursor_coordinate(self, old: Coordinate, new: Coordinate) -> None:
        """Somebody moved the cursor: from now on the row is theirs."""
        if old != new:
            self._touched = True
            self._note_pointed()
            self._chosen = self._pointed
            self._repaint()
            self._scroll_cursor_into_view()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Every row stands elsewhere now; the bar knows itself what of it has moved."""
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = new_value
        if int(old_value) != int(new_value):
            self._drawn.clear()
            width, height = self.scrollable_content_region.size
            self.refresh(Region(0, self.header_height, width, height - self.header_height))

    def on_focus(self) -> None:
        """The cursor line looks different with the focus."""
        self._repaint()

    def on_blur(self) -> None:
        """The cursor line looks different without the focus."""
        self._repaint()

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """A second click on the row."""
        event.stop()
        self.post_message(Opened())

    def on_data_table_header_selected(self, event: DataTable.HeaderSelected) -> None:
        """A click on a column's head sorts by it."""
        event.stop()
        if event.column_key.value is not None:
            self.post_message(SortWanted(event.column_key.value))
