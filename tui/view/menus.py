"""What the menus of the main screen offer."""

import asyncio
from collections.abc import Callable

from textual.screen import Screen

from tui.core.arrangement import Order
from tui.core.columns import COLUMNS, CONTEXT, with_names
from tui.core.names import Names
from tui.view.demo import Demo
from tui.view.menu import Choice, Menu


def sort_menu(present: Order, names: Names, *, several: bool) -> Menu:
    """The columns to sort by; ``several`` contexts have one more."""
    columns = with_names([*COLUMNS, CONTEXT] if several else COLUMNS, names)
    return Menu("Sort by", [Choice(one.key, one.title, one.help) for one in columns], present.key)


def choose_scenario(screen: Screen[None], demo: Demo, done: Callable[[], None]) -> None:
    """Let the user choose what happens to the demo's fleet; ``done`` is called after the switch."""

    async def switch(name: str) -> None:
        try:
            await asyncio.to_thread(demo.switch, name)
        except OSError:
            screen.app.notify("The stand-in does not answer.", severity="error")
        done()

    def chosen(name: str | None) -> None:
        if name is not None:
            screen.run_worker(switch(name), group="scenario")

    choices = [Choice(name, name, sentence) for name, sentence in demo.scenarios]
    screen.app.push_screen(Menu("Scenario", choices, demo.scenario), chosen)
