"""Taking a saved view, and saving one."""

import asyncio
from typing import TYPE_CHECKING

from tui.config import ConfigError
from tui.config.file import path_text
from tui.core.grammar import NO_FILTER, parse_filter
from tui.core.query import Query, QueryError
from tui.core.saved_view import NUMBERS, SavedView
from tui.view.menu import Choice, Menu
from tui.view.name_prompt import NamePrompt
from tui.view.saved_look import look_of
from tui.view.watch import Taken

if TYPE_CHECKING:
    from tui.view.main_screen import MainScreen


def take_view(screen: "MainScreen", number: int) -> None:
    """Look at the fleet as the view of that number does; 0 is how it is looked at at the start."""
    watch = screen.watch_
    view = watch.views.get(number)
    if number and view is None:
        words = f"There is no view {number}: V saves what is shown as one."
        screen.app.notify(words, timeout=4)
        return
    try:
        query = Query() if view is None else view.question(watch.now)
    except QueryError:
        screen.app.notify("Not yet: it goes back from the server's time, which is not known.")
        return
    if watch.wanted is not None and query != watch.fleet.query:
        words = "That view asks another question than was asked then. L is live again."
        screen.app.notify(words, timeout=4)
        return
    watch.taken = None if view is None else Taken(number, view, query)
    view = view or SavedView()
    condition = parse_filter(view.condition) if view.condition else NO_FILTER
    screen.look(view, query, condition)


def save_view(screen: "MainScreen") -> None:
    """Ask for a number and a name, and write what is shown into the file of settings."""
    watch = screen.watch_
    free = next((n for n in NUMBERS if n not in watch.views), 1)
    present = free if watch.taken is None else watch.taken.number
    choices = [Choice(str(n), str(n), _sentence(watch.views.get(n))) for n in NUMBERS]

    def numbered(name: str | None) -> None:
        if name is None:
            return
        number = int(name)
        known = watch.views.get(number)
        prompt = NamePrompt(f"Name of view {number}", "" if known is None else known.name)
        screen.app.push_screen(prompt, lambda text: named(number, text))

    def named(number: int, text: str | None) -> None:
        if text is not None:
            screen.run_worker(_save(screen, number, text), group="save", exclusive=True)

    screen.app.push_screen(Menu("Save as view", choices, str(present)), numbered)


def _sentence(view: SavedView | None) -> str:
    if view is None:
        return "free"
    return f"{view.name or view.condition or 'without a name'}: is replaced"


async def _save(screen: "MainScreen", number: int, name: str) -> None:
    watch = screen.watch_
    query, view = watch.query, look_of(screen, name=name, group=screen.grouping)
    try:
        # Off the loop: tomlkit is imported, and a disk may be slow.
        await asyncio.to_thread(watch.keep, number, view)
    except ConfigError as error:
        screen.app.notify(str(error), severity="error", markup=False, timeout=10)
        return
    watch.views[number] = view
    watch.taken = Taken(number, view, query)
    screen.app.notify(f"Saved in {path_text()}: {number} takes it.", markup=False, timeout=4)
    screen.paint()
