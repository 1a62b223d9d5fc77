"""SafeInput: a field that holds text as it is, and shows only what a terminal does not act upon."""

from rich.cells import cell_len
from rich.text import Text
from textual.widgets import Input

from tui.core.safe import safe_each


class SafeInput(Input):
    """An Input whose value may come from the network: a filter by a value seen, a paste.

    The value stays exact, so that it goes into a request or a filter as it was served.
    """

    @property
    def _value(self) -> Text:
        return Text(safe_each(self.value), no_wrap=True, overflow="ignore", end="")

    def _position_to_cell(self, position: int) -> int:
        return cell_len(safe_each(self.value[:position]))
