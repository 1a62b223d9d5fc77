"""How the fleet is looked at now, as a view to be saved; and what the view in use is called."""

from typing import TYPE_CHECKING

from tui.core.saved_view import SavedView, as_typed

if TYPE_CHECKING:
    from tui.view.fleet_screen import FleetScreen


def look_of(screen: "FleetScreen", *, name: str = "", group: str = "") -> SavedView:
    """How the fleet is looked at now.

    A question that a view has asked, with a span back in it, stays the same text.
    """
    watch, table = screen.watch_, screen.table
    taken = watch.taken
    same = taken is not None and taken.query == watch.query
    return SavedView(
        name,
        dict(taken.view.query) if taken is not None and same else as_typed(watch.query),
        screen.own_condition.text,
        watch.order,
        table.columns_wanted.chosen,
        table.columns_wanted.wide,
        group,
    )


def view_words(screen: "FleetScreen") -> str:
    """The view in use by its number and name, and whether something was changed since."""
    taken = screen.watch_.taken
    if taken is None:
        return ""
    view = taken.view
    now = look_of(screen, name=view.name, group=view.group)
    changed = "" if now == view else ", changed"
    return f"view {taken.number} {view.name}".rstrip() + changed
