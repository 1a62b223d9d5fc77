"""Run the screen: the one door through which the command enters the view."""

from collections.abc import Mapping
from pathlib import Path

from tui.core.grammar import Filter
from tui.core.query import Query
from tui.source.base import Source
from tui.source.poller import Poller
from tui.view.app import ConntopApp
from tui.view.demo import Demo
from tui.view.watch import Watch
from tui.view.welcome import WelcomeApp


def run_monitor(
    *,
    source: Source,
    context: str,
    host: str,
    query: Query,
    every: float,
    condition: Filter,
    keymap: Mapping[str, str],
    demo: Demo | None = None,
) -> int:
    """Watch until the user quits; the exit code.

    Args:
        source: is asked, and closed at the end.
        context: the name of what is watched.
        host: whom we ask, for the header.
        query: the first question.
        every: seconds between polls.
        condition: the local filter at the start.
        keymap: keys by binding id.
        demo: the stand-in, when this is the demo.
    """
    watch = Watch(
        Poller(source, query, every), context=context, host=host, condition=condition, demo=demo
    )
    app = ConntopApp(watch, source, keymap)
    app.run()
    return app.return_code or 0


def run_welcome(config_path: Path) -> bool:
    """Say how to set a key; true when the user chose the demo instead."""
    return bool(WelcomeApp(config_path).run())
