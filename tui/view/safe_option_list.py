"""Lists to choose from, in a window that may have no room for them."""

from textual._widget_navigation import Direction
from textual.command import CommandList, CommandPalette
from textual.widgets import OptionList


class SafeOptionList(OptionList):
    """An OptionList that a page key cannot break: without room it has no lines to look up."""

    def _move_page(self, direction: Direction) -> None:
        if self.scrollable_content_region:
            super()._move_page(direction)


class SafePalette(CommandPalette):
    """The palette, whose list has no lines without room either."""

    def _action_command_list(self, action: str) -> None:
        is_page = action in ("page_up", "page_down")
        if not is_page or self.query_one(CommandList).scrollable_content_region:
            super()._action_command_list(action)
