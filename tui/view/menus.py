"""What the menus of the main screen offer."""

from tui.core.arrangement import Order
from tui.core.columns import COLUMNS
from tui.view.demo import Demo
from tui.view.menu import Choice, Menu


def sort_menu(present: Order) -> Menu:
    """The columns to sort by."""
    return Menu("Sort by", [Choice(one.key, one.title, one.help) for one in COLUMNS], present.key)


def scenario_menu(demo: Demo) -> Menu:
    """What can happen to the demo's fleet."""
    choices = [Choice(name, name, sentence) for name, sentence in demo.scenarios]
    return Menu("Scenario", choices, demo.scenario)
