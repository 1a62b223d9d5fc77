"""Painting a line: only when it reads or looks different."""

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.widgets import Static

Part = tuple[str, str]
"""Text and its style."""


def write(line: Static, content: Content, *, layout: bool = False) -> None:
    """Show ``content``; ``layout`` when its height may differ."""
    shown = line.content
    if not (isinstance(shown, Content) and alike(shown, content)):
        line.update(content, layout=layout)


def alike(one: Content, other: Content) -> bool:
    """Whether two read and look the same. To be equal it is enough for them to read the same."""
    return one.plain == other.plain and one.spans == other.spans


def spread(left: list[Part], rights: list[list[Part]], width: int) -> Content:
    """``left``, and at the margin the first of ``rights`` that fits beside it.

    When none does, the last one stands and the left part is cut: it is what must be read.
    """
    start = Content.assemble(*left)
    ends = [Content.assemble(*right) for right in rights]
    for end in ends:
        gap = width - start.cell_length - end.cell_length
        if gap >= 1:
            return Content.assemble(start, " " * gap, end)
    last = ends[-1]
    keep = width - last.cell_length - 1
    if keep > 0:
        return Content.assemble(start.truncate(keep, ellipsis=True, pad=True), " ", last)
    return (last if last.cell_length else start).truncate(width, ellipsis=True)


def fitted(text: str, width: int, align: str) -> str:
    """``text`` in exactly ``width`` cells; an ellipsis stands for what does not fit."""
    length = len(text) if text.isascii() else cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + "…"
    pad = " " * (width - length)
    return pad + text if align == "right" else text + pad
