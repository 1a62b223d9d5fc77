"""Records for people: aligned columns, the same as on the screen, as wide as they need."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from tui.core.arrangement import Order
from tui.core.cells import cells_of
from tui.core.columns import COLUMNS, Column, default_columns, fit, with_names
from tui.core.fleet import Tracked
from tui.core.instant import Instant
from tui.core.names import NO_NAMES, Names

GAP = 2
"""Cells between two columns."""


def table(
    rows: Iterable[Tracked],
    at: Instant,
    names: Names = NO_NAMES,
    *,
    wide: bool = False,
    width: int | None = None,
) -> Iterator[str]:
    """Lines with a header: trouble first, as on the screen.

    Args:
        rows: the connections.
        at: the instant of the ages.
        names: of keys, networks and hosts; the columns are chosen by them.
        wide: all columns, however long the lines get.
        width: cells in a line; columns that do not fit are left out, the least needed first.
    """
    shown = Order().arrange(rows, at)
    columns = with_names(COLUMNS, names, wide=True) if wide else default_columns(names)
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
