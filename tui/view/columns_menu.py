"""The menu of columns: which are shown, and in which order."""

from msgspec.structs import replace

from tui.core.columns import BY_KEY, COLUMNS
from tui.view.fleet_screen import FleetScreen
from tui.view.mark_menu import MarkMenu
from tui.view.menu import Choice

_HINT = "Space: show or hide   J K: move   Enter: done   w shows all"


def choose_columns(screen: FleetScreen) -> None:
    """Let the user choose. A narrow screen gives up some of what was chosen, as ever."""
    table = screen.table
    wanted = table.columns_wanted
    shown = wanted.chosen or wanted.usual
    names = screen.watch_.fleet.names
    rest = [one.key for one in COLUMNS if one.key not in shown]
    if not names.networks:
        rest = [key for key in rest if key != "network"]
    columns = [BY_KEY[key] for key in (*shown, *rest)]
    choices = [Choice(one.key, one.title, one.help) for one in columns]

    def chosen(keys: tuple[str, ...] | None) -> None:
        if keys is None:
            return
        keys = () if keys == wanted.usual else keys
        table.columns_wanted = replace(table.columns_wanted, chosen=keys, wide=False)
        screen.call_after_refresh(screen.paint)

    screen.app.push_screen(MarkMenu("Columns", choices, shown, hint=_HINT, ordered=True), chosen)
