"""Changing the contexts on the screen, by menu and palette. What is wrong leaves all as it is."""

import asyncio
from collections.abc import Iterable, Sequence

from textual.app import SystemCommand

from tui.config import ConfigError, config_path
from tui.core.safe import safe
from tui.source.base import SourceError
from tui.view.fleet_screen import FleetScreen
from tui.view.mark_menu import MarkMenu
from tui.view.menu import Choice

_HINT = "Enter: this one alone   Space: mark several, then Enter"


def choose_contexts(screen: FleetScreen) -> None:
    """Let the user choose what is watched: one context, or several in one table."""
    watch = screen.watch_
    watched = [lane.name for lane in watch.lanes]
    if len({*watch.contexts, *watched}) < 2:
        words = f"There is no other context: add [contexts.NAME] to {safe(str(config_path()))}."
        screen.app.notify(words, markup=False, timeout=6)
        return
    choices = [
        Choice(name, name, "watched now" if name in watched else "") for name in watch.contexts
    ]

    def chosen(names: tuple[str, ...] | None) -> None:
        if names is not None:
            _change(screen, names)

    screen.app.push_screen(MarkMenu("Contexts", choices, watched, hint=_HINT), chosen)


def context_commands(screen: FleetScreen) -> Iterable[SystemCommand]:
    """What the palette offers."""
    watched = [lane.name for lane in screen.watch_.lanes]
    for name in screen.watch_.contexts:
        shown = safe(name, 40)

        def to(names: Sequence[str] = (name,)) -> None:
            _change(screen, names)

        if watched != [name]:
            yield SystemCommand(f"Context: {shown}", "watch this context alone", to)
        if name not in watched:
            more = [*watched, name]
            yield SystemCommand(
                f"Contexts: add {shown}", "watch it beside the others", lambda more=more: to(more)
            )
        elif len(watched) > 1:
            rest = [one for one in watched if one != name]
            yield SystemCommand(
                f"Contexts: drop {shown}", "watch it no longer", lambda rest=rest: to(rest)
            )


def _change(screen: FleetScreen, names: Sequence[str]) -> None:
    if list(names) != [lane.name for lane in screen.watch_.lanes]:
        # A newer wish replaces one whose key is still being read.
        screen.run_worker(_open(screen, names), group="contexts", exclusive=True)


async def _open(screen: FleetScreen, names: Sequence[str]) -> None:
    """Read the keys of those that are new, and only then change."""
    watched = {lane.name for lane in screen.watch_.lanes}
    feeds = {}
    for name in names:
        if name in watched:
            continue
        try:
            feeds[name] = await asyncio.to_thread(screen.watch_.contexts[name])
        except (ConfigError, SourceError) as error:
            words = f"{safe(name, 40)} is not watched: {safe(str(error), 400)}"
            screen.app.notify(words, severity="error", markup=False, timeout=10)
            return
    screen.change_contexts(names, feeds)
