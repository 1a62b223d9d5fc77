"""Which columns the table shows: the usual or chosen ones, as far as they fit, or all."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from tui.core.cells import cells_of
from tui.core.columns import BY_KEY, COLUMNS, CONTEXT, Column, default_columns, fit, with_names
from tui.core.names import NO_NAMES, Names
from tui.core.safe import safe

_MOST_CONTEXT = 16
"""Cells for the name of a context."""


class ShownColumns(Struct, frozen=True):
    """All that decides which columns there are."""

    names: Names = NO_NAMES
    """Those that the columns have to have room for."""
    contexts: tuple[str, ...] = ()
    """The contexts that there is a column for; empty where there is one only."""
    chosen: tuple[str, ...] = ()
    """Keys of the columns that were chosen, in their order; empty for the usual ones."""
    wide: bool = False
    """Whether all are shown, however many cells they take."""

    @property
    def usual(self) -> tuple[str, ...]:
        """Keys of the columns that are shown where none were chosen."""
        return tuple(one.key for one in default_columns(self.names))

    def within(self, room: int, gap: int) -> list[tuple[Column, int]]:
        """The columns from the left with their widths.

        Args:
            room: cells to fill; a wide table takes as many as it needs.
            gap: cells between two columns.
        """
        if self.wide:
            columns = with_names(self._with_context(COLUMNS), self.names, wide=True)
            return [(column, max(column.width, column.most)) for column in columns]
        columns = default_columns(self.names)
        if self.chosen:
            columns = with_names((BY_KEY[key] for key in self.chosen), self.names)
        return fit(self._with_context(columns), room, gap)

    def _with_context(self, columns: Iterable[Column]) -> list[Column]:
        """The columns, with that of the context where there are several: before the id."""
        found = list(columns)
        keys = [one.key for one in found]
        if not self.contexts:
            return [one for one in found if one.key != CONTEXT.key]
        if CONTEXT.key not in keys:
            found.insert(keys.index("id") if "id" in keys else 0, CONTEXT)
        longest = max(cells_of(safe(name)) for name in self.contexts)
        width = max(len(CONTEXT.title) + 1, min(longest, _MOST_CONTEXT))
        return [replace(one, width=width) if one is CONTEXT else one for one in found]
