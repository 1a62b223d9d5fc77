"""Records for people: aligned columns, the same as on the screen, as wide as they need."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from tui.core.arrangement import Order
from tui.core.columns import BY_KEY, COLUMNS, DEFAULT_KEYS, Column, fit
from tui.core.fleet import Tracked
from tui.core.instant import Instant

GAP = 2
"""Cells between two columns."""


def cells_of(text: str) -> int:
    """Terminal cells that a ``safe`` text takes.

    >>> [cells_of(text) for text in ("abc", "東京", "é")]
    [3, 4, 1]
    """
    if text.isascii():
        return len(text)
    return sum(_cells(char) for char in text)


def _cells(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def table(
    rows: Iterable[Tracked],
    at: Instant,
    *,
    wide: bool = False,
    width: int | None = None,
) -> Iterator[str]:
    """Lines with a header: trouble first, as on the screen.

    Args:
        rows: the connections.
        at: the instant of the ages.
        wide: all columns, however long the lines get.
        width: cells in a line; columns that do not fit are left out, the least needed first.
    """
    shown = Order().arrange(rows, at)
    columns: Sequence[Column] = COLUMNS if wide else [BY_KEY[key] for key in DEFAULT_KEYS]
    texts = {column.key: [column.cell(one, at) for one in shown] for column in columns}
    columns = [
        # As wide as its longest text, so that nothing is cut.
        replace(column, width=max(map(cells_of, (column.title, *texts[column.key]))), most=0)
        for column in columns
    ]
    if width is not None and not wide:
        columns = [column for column, _ in fit(columns, width, GAP)]
    yield _line(columns, [column.title for column in columns])
    for number in range(len(shown)):
        yield _line(columns, [texts[column.key][number] for column in columns])


def _line(columns: Sequence[Column], cells: Sequence[str]) -> str:
    padded = []
    for column, text in zip(columns, cells, strict=True):
        space = " " * (column.width - cells_of(text))
        padded.append(f"{space}{text}" if column.align == "right" else f"{text}{space}")
    return (" " * GAP).join(padded).rstrip() + "\n"
