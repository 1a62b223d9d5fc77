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


class RowLook(NamedTuple):
    """All that the line of a row depends on, but for the columns and the theme."""

    number: int
    """Of the row, which a click on it tells."""
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


def row_strip(
    look: RowLook,
    columns: Sequence[tuple[Column, int]],
    base: Style,
    paint: Callable[[str], Style],
    width: int,
) -> Strip:
    """The line of a row, of as few pieces as it has styles: each costs at every step on its way.

    Args:
        look: how it looks.
        columns: with their widths.
        base: the style of the table.
        paint: gives the style of one of the table's components.
        width: of the line; the row under the cursor fills it.
    """
    base += Style.from_meta({"row": look.number, "column": 0})
    if look.cursor:
        base += paint("datatable--cursor")
        if not look.focused:
            base += Style(bold=False)
    tone = Style(color=paint(f"connection-table--{look.state.value}").color)
    if look.dim or look.state is State.GONE:
        base += Style(color=paint("connection-table--dim").color)
        tone = Style() if look.dim else tone
    pieces = [("▸" if look.cursor else " ", base)]
    if look.marked:
        pieces.append(("▌", base + Style(color=paint("connection-table--mark").color)))
    elif look.fresh:
        pieces.append(("+", base + Style(color=paint("connection-table--fresh").color)))
    else:
        pieces.append((" ", base))
    toned = base + tone
    for (column, cells), text in zip(columns, look.cells, strict=True):
        style = toned if column.key in ("state", "beat") else base
        pieces.append((fitted(text, cells, column.align) + " " * GAP, style))
    strip = Strip(_joined(pieces))
    return strip.extend_cell_length(width, base) if look.cursor else strip


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


def _joined(pieces: Sequence[tuple[str, Style]]) -> list[Segment]:
    """Neighbours of one style in one segment."""
    segments: list[Segment] = []
    text, style = pieces[0]
    for more, other in pieces[1:]:
        if other is style:
            text += more
        else:
            segments.append(Segment(text, style))
            text, style = more, other
    segments.append(Segment(text, style))
    return segments
