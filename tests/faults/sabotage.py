"""conntop with a mistake built in: ``python -m tests.faults.sabotage PLACE ARGUMENT…``."""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import logging
import os
import sys
import threading
import warnings
from importlib import import_module
from typing import Any, NoReturn

HOSTILE = "\x1b]0;pwned\x07\x1b[2J\u202e\nconntop: all is well"
"""A text of the network's, as it may stand in an exception."""

PLACES = {
    "the source": "tui.source.console_api:ConsoleApi.fetch",
    "the making of the source": "tui.cli.monitor_command:source_of",
    "the parser": "tui.source.console_api:read_body",
    "the fold": "tui.source.following:fold",
    "the alarms": "tui.alert.alarms:advance",
    "the arrangement": "tui.view.watch:arrange",
    "on_mount": "tui.view.fleet_screen:FleetScreen.on_mount",
    "compose": "tui.view.fleet_screen:FleetScreen.compose",
    "the app's start": "tui.view.app:ConntopApp.__init__",
    "a widget's render": "tui.view.status:StatusBar.render_line",
    "the table": "tui.view.connection_table:ConnectionTable.show",
    "a key handler": "tui.view.main_screen:MainScreen.action_pause",
    "a timer": "tui.view.fleet_screen:FleetScreen._pass_time",
    "the reader of frames": "tui.view.output.screen:Screen.write",
    "the writer to the terminal": "tui.view.output.screen:find_shift",
    "the reader of keys": "tui.view.output.lean_driver:LeanDriver.process_message",
    "on_unmount": "tui.view.app:ConntopApp.on_unmount",
    "the welcome's start": "tui.view.welcome:WelcomeApp.compose",
    "the welcome's keys": "tui.view.welcome:WelcomeApp.action_choose",
    "the settings": "tui.config.reading:read_document",
    "the list": "tui.report.listing:write_list",
    "the commands": "tui.cli.list_command:read_query",
}
"""Where a mistake can be, in every layer."""


def key_of_the_environment() -> str:
    """The key that conntop has; ``CANARY`` is where it does not look. Without one, its mask."""
    return os.environ.get("CONNTOP_API_KEY") or os.environ.get("CANARY", "••••")


def crash(*_arguments: Any, **_values: Any) -> NoReturn:
    """What is put there."""
    key = key_of_the_environment()
    local = "a local variable"
    raise RuntimeError(f"it is broken {HOSTILE} {key} {len(local)}")


async def crash_later(*_arguments: Any, **_values: Any) -> NoReturn:
    """The same, where it is awaited."""
    crash()


def make_noise(*_arguments: Any) -> None:
    """Everything that the interpreter and the libraries may complain with, all at once."""
    noise = f"noise {HOSTILE} {key_of_the_environment()}"

    async def nobody_asks() -> None:
        raise ValueError(f"task {noise}")

    async def forget() -> None:
        await asyncio.wait({asyncio.ensure_future(nobody_asks())})
        gc.collect()

    def run() -> None:
        raise ValueError(f"thread {noise}")

    forgotten.add(asyncio.ensure_future(forget()))
    logging.getLogger("library").error(noise)
    warnings.warn(noise, stacklevel=1)
    sys.stdout.write(noise)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    os.write(2, f"system {noise}\n".encode("utf-8", "replace"))
    faulthandler.dump_traceback(file=2, all_threads=False)


forgotten: set[asyncio.Future[None]] = set()


def put(place: str, instead: Any) -> None:
    """Put something else into a place, ``module:name.name``."""
    module, _, path = place.partition(":")
    *way, name = path.split(".")
    at: Any = import_module(module)
    for step in way:
        at = getattr(at, step)
    if instead is crash and asyncio.iscoroutinefunction(getattr(at, name)):
        instead = crash_later
    setattr(at, name, instead)


def main() -> int:
    """Build it in, and run."""
    place = sys.argv.pop(1)
    if place == "noise":
        put("tui.view.main_screen:MainScreen.action_pause", make_noise)
    else:
        put(PLACES[place], crash)
    from tui.__main__ import main as conntop

    return conntop()


if __name__ == "__main__":
    sys.exit(main())
