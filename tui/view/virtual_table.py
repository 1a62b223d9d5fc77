"""VirtualTable: a DataTable that holds no rows; they are the arrangement's.

``DataTable`` asks for its rows in some fifteen places. Each is answered here from the arrangement,
so that header, cursor, row messages, CSS and ``query_one(DataTable)`` go on working, while adding,
removing or sorting rows, which costs it seconds at 100,000, never happens.
"""

from collections.abc import Sequence

from textual import events
from textual.coordinate import Coordinate
from textual.geometry import Region, Size, Spacing
from textual.widgets import DataTable
from textual.widgets.data_table import CellDoesNotExist, CellKey, ColumnKey, RowDoesNotExist, RowKey

from tui.core.arrangement import Arrangement
from tui.core.columns import ROUGH, Column
from tui.core.fleet import Tracked
from tui.view.lean_scroll_bar import WithLeanScrollBar
from tui.view.present import Present


class VirtualTable(DataTable[str], WithLeanScrollBar, inherit_bindings=False):
    """The rows of an Arrangement in the vocabulary of a DataTable; rows are one line high."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        # Before DataTable's own start, which asks for the rows.
        self._arranged = Arrangement()
        self._present = Present()
        self._shown: list[Column] = []
        self.rough = False
        """Whether ages are told by ten seconds, so that few of them change."""
        self._row_width = 0
        super().__init__(id=id, cursor_type="row", cell_padding=0)

    @property
    def shown_columns(self) -> Sequence[Column]:
        """The columns on screen, from the left."""
        return self._shown

    def _set_size(self) -> None:
        self.virtual_size = Size(self._row_width, len(self._arranged.rows) + self.header_height)

    @property
    def row_count(self) -> int:
        """Rows in the table."""
        return len(self._arranged.rows)

    @property
    def _total_row_height(self) -> int:
        return len(self._arranged.rows)

    def validate_cursor_coordinate(self, value: Coordinate) -> Coordinate:
        """Within the table; without rows at the top, not before it as Textual would have it."""
        row, column = super().validate_cursor_coordinate(value)
        return Coordinate(max(0, row), column)

    def is_valid_row_index(self, row_index: int) -> bool:
        """Whether there is such a row."""
        return 0 <= row_index < len(self._arranged.rows)

    def get_row_at(self, row_index: int) -> list[str]:
        """The texts of a row, by its number.

        Raises:
            RowDoesNotExist: there is no such row.
        """
        if not self.is_valid_row_index(row_index):
            raise RowDoesNotExist(f"No row exists at {row_index}.")
        return self._cells(self._arranged.rows[row_index])

    def _cells(self, one: Tracked) -> list[str]:
        rough, now = ROUGH if self.rough else {}, self._present.of(one).now
        return [rough.get(column.key, column.cell)(one, now) for column in self._shown]

    def get_row(self, row_key: RowKey | str) -> list[str]:
        """The texts of a row, by connection id."""
        return self.get_row_at(self.get_row_index(row_key))

    def get_row_index(self, row_key: RowKey | str) -> int:
        """The number of a row, by connection id.

        Raises:
            RowDoesNotExist: the connection is not in the table.
        """
        name = row_key.value if isinstance(row_key, RowKey) else row_key
        place = self._arranged.places.get(name or "")
        if place is None:
            raise RowDoesNotExist(f"No row exists for {row_key!r}.")
        return place

    def get_cell_at(self, coordinate: Coordinate) -> str:
        """The text of a cell.

        Raises:
            CellDoesNotExist: there is no such cell.
        """
        if not self.is_valid_coordinate(coordinate):
            raise CellDoesNotExist(f"No cell exists at {coordinate!r}.")
        return self.get_row_at(coordinate.row)[coordinate.column]

    def get_cell(self, row_key: RowKey | str, column_key: ColumnKey | str) -> str:
        """The text of a cell, by connection id and column."""
        return self.get_row(row_key)[self.get_column_index(column_key)]

    def coordinate_to_cell_key(self, coordinate: Coordinate) -> CellKey:
        """The connection id and column at a place.

        Raises:
            CellDoesNotExist: there is no such cell.
        """
        if not self.is_valid_coordinate(coordinate):
            raise CellDoesNotExist(f"No cell exists at {coordinate!r}.")
        one = self._arranged.rows[coordinate.row]
        return CellKey(RowKey(one.connection_id), ColumnKey(self._shown[coordinate.column].key))

    def _get_row_region(self, row_index: int) -> Region:
        if not self.is_valid_row_index(row_index):
            return Region(0, 0, 0, 0)
        return Region(0, row_index + self.header_height, self.virtual_size.width, 1)

    def _get_fixed_offset(self) -> Spacing:
        return Spacing(self.header_height, 0, 0, 0)

    def _highlight_row(self, row_index: int) -> None:
        if self.is_valid_row_index(row_index):
            key = RowKey(self._arranged.rows[row_index].connection_id)
            self.post_message(DataTable.RowHighlighted(self, row_index, key))

    def _post_selected_message(self) -> None:
        if self.is_valid_row_index(self.cursor_row):
            key = RowKey(self._arranged.rows[self.cursor_row].connection_id)
            self.post_message(DataTable.RowSelected(self, self.cursor_row, key))

    def _update_dimensions(self, new_rows: object) -> None:
        self._set_size()

    async def _on_click(self, event: events.Click) -> None:
        # By its place: DataTable would have each cell's style tell its row, so that no two rows
        # could ever share one. The heads do tell, and are left to it.
        at = event.get_content_offset(self)
        if at is None or at.y < self.header_height:
            return
        row = at.y - self.header_height + int(self.scroll_y)
        if self.is_valid_row_index(row):
            again = row == self.cursor_row
            self.move_cursor(row=row)
            if again:
                self._post_selected_message()
            event.stop()

    def _on_mouse_move(self, event: events.MouseMove) -> None:
        # No hover highlight: it would repaint two lines over a slow line for each move.
        event.prevent_default()
