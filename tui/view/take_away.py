"""What can be taken away from the screen: to the clipboard, to a file."""

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import indent

from textual.app import App

from tui.core.fleet import Tracked
from tui.core.instant import Instant, to_datetime
from tui.core.names import NO_NAMES, Names
from tui.core.records import json_record
from tui.core.safe import safe
from tui.view.clipboard import osc52


def copy_connection(app: App[int], one: Tracked, what: str, names: Names = NO_NAMES) -> None:
    """Copy the ``id`` of a connection, or its ``record``, escaped wherever JSON can."""
    if what == "id":
        copy(app, safe(one.connection_id), what)
    else:
        copy(app, _record(one, names, only_ascii=True), what)


def copy(app: App[int], text: str, what: str, *, otherwise: str = "") -> None:
    """Put ``text`` on the clipboard of the terminal, and say so; or why not, and ``otherwise``."""
    # Only the latest word counts; several would pile up over the detail.
    app.clear_notifications()
    try:
        sequence = osc52(text, os.environ)
    except ValueError as error:
        words = f"The {what} was not copied: {error}{f'; {otherwise}' if otherwise else ''}."
        app.notify(words, severity="warning", markup=False)
        return
    driver = app._driver  # Textual offers no other way to the terminal
    if driver is not None:
        driver.write(sequence)
    app.notify(f"Copied the {what}, if your terminal lets programs copy.", timeout=3)


async def export(app: App[int], rows: Sequence[Tracked], at: Instant, names: Names) -> None:
    """Write the records of ``rows`` to a new JSON file in the present folder, and say where."""

    def write() -> str:
        path = Path.cwd() / f"conntop-{to_datetime(at):%Y%m%dT%H%M%SZ}.json"
        _write_new(path, rows, names)
        return f"{len(rows):,} records to {path}"

    await say_written(app, write)


async def say_written(app: App[int], write: Callable[[], str]) -> None:
    """Let ``write`` write off the loop, and tell what it says that it has written; or why not."""
    try:
        what = await asyncio.to_thread(write)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        app.notify(f"Nothing was written: {reason}.", severity="error", markup=False)
    else:
        app.notify(f"Wrote {safe(what)}", markup=False)


def _record(one: Tracked, names: Names, *, only_ascii: bool = False) -> str:
    called = names.fields(one.labels)
    return json_record(one.connection, called, indent=2, only_ascii=only_ascii)


def _write_new(path: Path, rows: Sequence[Tracked], names: Names) -> None:
    # Never over somebody's file. Record by record, since a call that makes a text of 100,000 would
    # hold everybody else up, thread or not.
    with path.open("x", encoding="utf-8") as file:
        file.write("[")
        for number, one in enumerate(rows):
            record = indent(_record(one, names), "  ")
            file.write(f"{',' if number else ''}\n{record}")
        file.write("\n]\n" if rows else "]\n")
