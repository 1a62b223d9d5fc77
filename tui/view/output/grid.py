"""Rows of cells: a character in a style each."""

from collections.abc import Iterator

from tui.view.output.cells import clusters, is_sure
from tui.view.output.style import DEFAULT, Style


class Row:
    """Cells side by side, as two lists, for slices of them are fast.

    ``None`` is a cell that is not known. The second cell of what is two wide is ``""``.
    """

    __slots__ = ("chars", "styles", "unsure")

    def __init__(self, columns: int) -> None:
        self.chars: list[str | None] = [None] * columns
        self.styles: list[Style] = [DEFAULT] * columns
        self.unsure = False
        """Whether terminals may differ in where its cells are; said too often rather than not."""

    def put(self, x: int, text: str, style: Style) -> None:
        """Write one cell per character, as far as there are cells."""
        end = min(x + len(text), len(self.chars))
        if x >= end:
            return
        if self.unsure:
            self._cut(x, end)
        self.chars[x:end] = text[: end - x]
        self.styles[x:end] = [style] * (end - x)

    def put_wide(self, x: int, cluster: str, width: int, style: Style) -> None:
        """Write what is drawn as one and may be some cells wide, or a mark on what is before."""
        self.unsure = True
        if width == 0:
            while x > 0 and self.chars[x - 1] == "":
                x -= 1
            if 0 < x <= len(self.chars) and (before := self.chars[x - 1]) is not None:
                self.chars[x - 1] = before + cluster
        elif x + width <= len(self.chars):
            self._cut(x, x + width)
            self.chars[x : x + width] = [cluster] + [""] * (width - 1)
            self.styles[x : x + width] = [style] * width

    def _cut(self, x: int, end: int) -> None:
        """Halves of wide characters become blanks, as they do in terminals."""
        chars = self.chars
        if x < len(chars) and chars[x] == "":
            while chars[x] == "":
                chars[x] = " "
                x -= 1
            chars[x] = " "
        while end < len(chars) and chars[end] == "":
            chars[end] = " "
            end += 1

    def is_unsure(self) -> bool:
        """Whether there is a cell in it that terminals may give another width."""
        if self.unsure:
            self.unsure = any(not char or not is_sure(char) for char in self.known())
        return self.unsure

    def known(self) -> Iterator[str]:
        """The characters of the cells that are known."""
        return (char for char in self.chars if char is not None)

    def take_over(self, other: "Row", styles: list[Style]) -> None:
        """Become as ``other``, drawn in ``styles``, where that is known."""
        if None not in other.chars:
            self.chars[:], self.styles[:] = other.chars, styles
            self.unsure = other.unsure
            return
        self.unsure |= other.unsure
        for x, (char, style) in enumerate(zip(other.chars, styles, strict=True)):
            if char is not None:
                self.chars[x], self.styles[x] = char, style

    def resize(self, columns: int) -> None:
        """Lose cells at the right, or gain unknown ones."""
        if self.unsure and columns < len(self.chars):
            self._cut(columns, columns)
        more = columns - len(self.chars)
        self.chars[columns:] = [None] * more
        self.styles[columns:] = [DEFAULT] * more


class Grid:
    """Rows, all of the same width."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns = columns
        self.rows = [Row(columns) for _ in range(rows)]

    def put(self, y: int, x: int, text: str, style: Style) -> int:
        """Write ``text``, without what is outside; the column behind it."""
        row = self.rows[y] if y < len(self.rows) else None
        if is_sure(text):
            if row is not None:
                row.put(x, text, style)
            return x + len(text)
        for cluster, width in clusters(text):
            if row is not None:
                if width == 1 and is_sure(cluster):
                    row.put(x, cluster, style)
                else:
                    row.put_wide(x, cluster, width, style)
            x += width
        return x

    def forget(self) -> None:
        """Know no cell any more."""
        self.rows = [Row(self.columns) for _ in self.rows]

    def resize(self, columns: int, rows: int) -> None:
        """Lose what is outside, or gain unknown cells."""
        self.columns = columns
        for row in self.rows:
            row.resize(columns)
        self.rows[rows:] = [Row(columns) for _ in range(rows - len(self.rows))]
