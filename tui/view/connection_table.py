"""ConnectionTable: the live table. Rows are drawn only where they are seen.

The order is handed over whole, cells are made when a line is drawn, and a refresh repaints just
the lines that read differently. So 100,000 connections cost what 30 do, and cursor, scroll and
marks are kept by connection id.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import BindingType
from textual.coordinate import Coordinate
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import DataTable

from tui.core.arrangement import Arrangement, Order
from tui.core.columns import BY_KEY, COLUMNS, DEFAULT_KEYS, fit
from tui.core.connection import State
from tui.core.fleet import Tracked
from tui.core.instant import Instant
from tui.view.keys import bind
from tui.view.messages import Opened, Pointed, SortWanted
from tui.view.paint import fitted
from tui.view.virtual_table import VirtualTable

_GUTTER = 2
_GAP = 1
_SIDESTEP = 10
_LOOKS = 6
"""Parts of a line that tell how the whole row looks; its cells follow."""
_Line = tuple[object, ...]


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

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        self._order = Order()
        self._stale = False
        self._wide = False
        self._widths: list[int] = []
        self._drawn: dict[int, _Line] = {}
        self._pointed: str | None = None
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

    def show(self, arranged: Arrangement, now: Instant, order: Order, *, stale: bool) -> None:
        """Draw a new arrangement; cursor and scroll stay with their connections.

        Args:
            arranged: the rows in order.
            now: the server's time, for ages.
            order: how they are sorted, for the header.
            stale: whether the rows are out of date as a whole; they are dimmed then.
        """
        before, self._arranged = self._arranged, arranged
        self._now, self._order, self._stale = now, order, stale
        self._keep_place(before)
        self._set_size()
        self.marks &= arranged.places.keys() if len(self.marks) else self.marks
        self._repaint()

    def tick(self, now: Instant, *, stale: bool) -> None:
        """Let the ages go on: repaints only the lines that read differently."""
        self._now, self._stale = now, stale
        self._repaint()

    def point_at(self, connection_id: str) -> bool:
        """Put the cursor on a connection; says whether it is in the table."""
        place = self._arranged.places.get(connection_id)
        if place is None:
            return False
        self._touched = True
        self.move_cursor(row=place)
        self._note_pointed()
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
    def wide(self) -> bool:
        """Whether all columns are shown, with a scroll to the right, or only those that fit."""
        return self._wide

    @wide.setter
    def wide(self, wide: bool) -> None:
        self._wide = wide
        self.scroll_x = 0
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
        room = max(1, self.scrollable_content_region.width - _GUTTER)
        if self._wide:
            fitted = [(column, max(column.width, column.most)) for column in COLUMNS]
        else:
            fitted = fit([BY_KEY[key] for key in DEFAULT_KEYS], room, _GAP)
        chosen, widths = [one for one, _ in fitted], [width for _, width in fitted]
        if [column.key for column in chosen] != [column.key for column in self._shown]:
            self.columns.clear()
            self._column_locations = type(self._column_locations)({})
            for column, width in zip(chosen, widths, strict=True):
                self.add_column(Text(column.title), width=width, key=column.key)
        self._shown, self._widths = chosen, widths
        self._row_width = _GUTTER + sum(widths) + _GAP * max(0, len(widths) - 1)
        self._set_size()
        self._drawn.clear()
        self.refresh()

    @property
    def _page_height(self) -> int:
        return max(1, self.scrollable_content_region.height - self.header_height)

    # Drawing

    def _repaint(self) -> None:
        """Ask for the cells that would read differently, and for no others."""
        top = int(self.scroll_y)
        for y in range(self.header_height, self.scrollable_content_region.height):
            line = self._line(top + y - self.header_height)
            drawn = self._drawn.get(y)
            if drawn != line:
                left, right = self._difference(drawn, line)
                self.refresh(Region(left, y, right - left, 1))
        if self._drawn.get(0) != self._header_line():
            self.refresh(Region(0, 0, self.scrollable_content_region.width, 1))

    def _difference(self, drawn: _Line | None, line: _Line) -> tuple[int, int]:
        """From where to where, in cells of the widget, two looks of a row differ."""
        width = self.scrollable_content_region.width
        if not drawn or len(drawn) != len(line) or drawn[:_LOOKS] != line[:_LOOKS]:
            return 0, width
        left, right = width, 0
        x = _GUTTER - int(self.scroll_x)
        for before, now, cells in zip(drawn[_LOOKS:], line[_LOOKS:], self._widths, strict=True):
            if before != now:
                left, right = min(left, x), max(right, x + cells)
            x += cells + _GAP
        return (max(0, left), min(right, width)) if left < right else (0, width)

    def _line(self, index: int) -> _Line:
        """All that the look of a row depends on."""
        rows = self._arranged.rows
        if index >= len(rows):
            return ()
        one = rows[index]
        cells = tuple(column.cell(one, self._now) for column in self._shown)
        return (
            index == self.cursor_row and self.show_cursor,
            self.has_focus,
            one.connection_id in self.marks,
            one.fresh,
            one.state,
            self._stale or one.is_stale(self._arranged.at),
            *cells,
        )

    def _header_line(self) -> _Line:
        return (self._order, tuple(column.key for column in self._shown), self.size.width)

    def render_line(self, y: int) -> Strip:
        """One line of the widget, made from the row that stands there now."""
        width = self.size.width
        if y < self.header_height:
            self._drawn[y] = self._header_line()
            strip = self._header_strip()
        else:
            index = int(self.scroll_y) + y - self.header_height
            line = self._line(index)
            self._drawn[y] = line
            strip = self._row_strip(index, line) if line else Strip([])
        left = int(self.scroll_x)
        return strip.crop(left, left + width).extend_cell_length(width, self.rich_style)

    def _header_strip(self) -> Strip:
        style = self.get_component_rich_style("datatable--header")
        segments = [Segment(" " * _GUTTER, style)]
        for index, (column, width) in enumerate(zip(self._shown, self._widths, strict=True)):
            title = column.title
            if column.key == self._order.key:
                arrow = self._order.arrow
                title = f"{arrow}{title}" if column.align == "right" else f"{title}{arrow}"
            click = Style.from_meta({"row": -1, "column": index})
            segments.append(Segment(fitted(title, width, column.align), style + click))
            segments.append(Segment(" " * _GAP, style))
        return Strip(segments).extend_cell_length(self.size.width, style)

    def _row_strip(self, index: int, line: _Line) -> Strip:
        cursor, focused, marked, fresh, state, dim, *cells = line
        assert isinstance(state, State)
        base = self.rich_style + Style.from_meta({"row": index, "column": 0})
        if cursor:
            base += self.get_component_rich_style("datatable--cursor")
            if not focused:
                base += Style(bold=False)
        paint = self.get_component_rich_style
        tone = Style(color=paint(f"connection-table--{state.value}").color)
        if dim or state is State.GONE:
            base += Style(color=paint("connection-table--dim").color)
            tone = Style() if dim else tone
        pointer = "▸" if cursor else " "
        sign, sign_tone = ("▌", "mark") if marked else ("+", "fresh") if fresh else (" ", "dim")
        segments = [
            Segment(pointer, base),
            Segment(sign, base + Style(color=paint(f"connection-table--{sign_tone}").color)),
        ]
        for column, width, cell in zip(self._shown, self._widths, cells, strict=True):
            style = base + tone if column.key in ("state", "beat") else base
            segments.append(Segment(fitted(str(cell), width, column.align), style))
            segments.append(Segment(" " * _GAP, base))
        strip = Strip(segments)
        return strip.extend_cell_length(self.size.width, base) if cursor else strip

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
            self._repaint()
            self._scroll_cursor_into_view()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Everything stands elsewhere now."""
        super().watch_scroll_y(old_value, new_value)
        self._drawn.clear()

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
