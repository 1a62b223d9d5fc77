"""How the lines of the table look: all that a row's line depends on, that line, and the heads."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.core.arrangement import Order
from tui.core.columns import Column
from tui.core.connection import State
from tui.view.paint import fitted

GUTTER = 2
"""Cells left of the first column: the pointer, and the sign of a mark or of a new row."""
GAP = 1
"""Cells between two columns."""
_SPACE = " " * GAP
_STRIPS_KEPT = 500
"""Lines that are remembered: a row that is scrolled by one looks the same one line higher."""


class RowLook(NamedTuple):
    """All that the line of a row depends on, but for the columns and the theme."""

    cursor: bool
    focused: bool
    marked: bool
    fresh: bool
    state: State
    dim: bool
    cells: tuple[str, ...]
    """Its texts by column."""


def difference(
    drawn: RowLook | None, look: RowLook | None, widths: Sequence[int], start: int
) -> tuple[int, int] | None:
    """From where to where two lines differ in their cells only; ``None`` when all of it differs.

    Args:
        drawn: how it looks on screen; ``None`` where no row is.
        look: how it has to look.
        widths: of the columns.
        start: where the first column begins.
    """
    if drawn is None or look is None or drawn[:-1] != look[:-1]:
        return None
    if len(drawn.cells) != len(look.cells):
        return None
    left, right, x = -1, 0, start
    for before, now, width in zip(drawn.cells, look.cells, widths, strict=True):
        if before != now:
            left, right = (x if left < 0 else left), x + width
        x += width + GAP
    return left, right


class RowPainter:
    """Makes the lines of rows, for one set of columns, one theme and one width.

    Of as few pieces as they have styles: each costs at every step on its way to the terminal.
    """

    def __init__(
        self,
        columns: Sequence[tuple[Column, int]],
        base: Style,
        paint: Callable[[str], Style],
        width: int,
    ) -> None:
        """
        Args:
            columns: with their widths.
            base: the style of the table.
            paint: gives the style of one of the table's components.
            width: that lines have at the least.
        """  # noqa: D205, D212
        self._columns = [(cells, column.align) for column, cells in columns]
        self._toned = [column.key in ("state", "beat") for column, _ in columns]
        self.base, self.width, self._paint = base, width, paint
        self.blank = Strip([Segment(" " * width, base)], width)
        self._strips: dict[RowLook, Strip] = {}
        self._styles: dict[tuple[object, ...], tuple[Segment, Style, Style]] = {}

    def strip(self, look: RowLook) -> Strip:
        """The line of a row."""
        strip = self._strips.get(look)
        if strip is None:
            if len(self._strips) >= _STRIPS_KEPT:
                self._strips.clear()
                self._styles.clear()
            self._strips[look] = strip = self._paint_row(look)
        return strip

    def _paint_row(self, look: RowLook) -> Strip:
        manner = look[:-1]
        styles = self._styles.get(manner)
        if styles is None:
            self._styles[manner] = styles = self._styles_of(look)
        sign, base, toned = styles
        segments = [Segment("▸" if look.cursor else " ", base), sign]
        length, text, style = GUTTER, "", base
        for (cells, align), is_toned, cell in zip(
            self._columns, self._toned, look.cells, strict=True
        ):
            wanted = toned if is_toned else base
            if wanted is not style:
                if text:
                    segments.append(Segment(text, style))
                text, style = "", wanted
            text += fitted(cell, cells, align) + _SPACE
            length += cells + GAP
        segments.append(Segment(text, style))
        if length < self.width:
            # The row under the cursor fills the line.
            rest = base if look.cursor else self.base
            segments.append(Segment(" " * (self.width - length), rest))
        return Strip(segments, max(length, self.width))

    def _styles_of(self, look: RowLook) -> tuple[Segment, Style, Style]:
        """The sign of a mark or of a new row, and the styles of the cells without and with tone."""
        paint = self._paint
        base = self.base
        if look.cursor:
            base += paint("datatable--cursor")
            if not look.focused:
                base += Style(bold=False)
        tone = Style(color=paint(f"connection-table--{look.state.value}").color)
        if look.dim or look.state is State.GONE:
            base += Style(color=paint("connection-table--dim").color)
            tone = Style() if look.dim else tone
        sign = Segment(" ", base)
        if look.marked:
            sign = Segment("▌", base + Style(color=paint("connection-table--mark").color))
        elif look.fresh:
            sign = Segment("+", base + Style(color=paint("connection-table--fresh").color))
        return sign, base, base + tone


def header_strip(
    columns: Iterable[tuple[Column, int]], order: Order, style: Style, width: int
) -> Strip:
    """The line of the heads: the column that is sorted by has an arrow, and each tells a click."""
    segments = [Segment(" " * GUTTER, style)]
    for index, (column, cells) in enumerate(columns):
        title = column.title
        if column.key == order.key:
            right = column.align == "right"
            title = f"{order.arrow}{title}" if right else f"{title}{order.arrow}"
        click = Style.from_meta({"row": -1, "column": index})
        segments.append(Segment(fitted(title, cells, column.align), style + click))
        segments.append(Segment(" " * GAP, style))
    return Strip(segments).extend_cell_length(width, style)
