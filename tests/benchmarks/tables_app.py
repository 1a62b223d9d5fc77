"""A Textual app around one table, ours or another, that is told by keys what to do with it.

``python -m tests.benchmarks.tables_app KIND SIZE FILE``; KIND is one of ``KINDS``. The same
connections, columns and texts are given to each. ``r`` replaces all rows, ``a`` changes the age of
each, ``t`` lets forty ages on screen tick each second, and ``q`` writes to FILE how long the loop
was held at each.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import DataTable, Static

from tests.benchmarks.fleets import COLUMNS, Poll, Texts, polls_of
from tests.benchmarks.loop_probe import LoopProbe
from tests.benchmarks.process_meter import rss_mib
from tui.core.arrangement import Order, arrange
from tui.core.columns import DEFAULT_KEYS
from tui.core.instant import TICKS
from tui.view.connection_table import ConnectionTable
from tui.view.present import Present
from tui.view.theme import THEME

if TYPE_CHECKING:
    from textual.widget import Widget

KINDS = ("ours", "built-in", "fastdatatable")
AGE = list(DEFAULT_KEYS).index("beat")
TICKING = 40


class TableApp(App[None]):
    """One table; what is particular to a kind is in its subclass."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "replace", "Replace"),
        Binding("a", "ages", "Ages"),
        Binding("t", "tick", "Tick"),
        Binding("q", "end", "End"),
    ]

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._probe = LoopProbe()
        self._spans: dict[str, tuple[float, float]] = {}
        self._second = 0
        self._before = rss_mib(os.getpid())
        self.ready = time.monotonic()
        self.register_theme(THEME)
        self.theme = THEME.name

    def compose(self) -> ComposeResult:
        """A line that says what was done last, and the table."""
        yield Static("table 0", id="said")
        yield self.table()

    def table(self) -> Widget:
        """The empty table."""
        raise NotImplementedError

    async def load(self) -> None:
        """Put all rows into it."""
        raise NotImplementedError

    async def change_ages(self) -> None:
        """Show the ages of another poll, in every row."""
        raise NotImplementedError

    async def replace(self) -> None:
        """Put all rows of another poll in the place of those that are there."""
        await self.load()

    def tick(self, second: int) -> None:
        """Show other ages in the forty rows at the top."""
        raise NotImplementedError

    async def on_mount(self) -> None:
        """Load once the loop runs."""
        self._probe.start()
        self.call_after_refresh(self._load)

    async def _load(self) -> None:
        await self._span("load", self.load())
        self.query("DataTable").first().focus()

    async def _span(self, name: str, work: Any) -> None:
        begun = time.monotonic()
        await work
        # What it has asked to be painted belongs to it, too.
        painted = asyncio.Event()
        self.call_after_refresh(painted.set)
        self._spans[name] = begun, time.monotonic()
        self.run_worker(self._close_span(name, begun, painted))

    async def _close_span(self, name: str, begun: float, painted: asyncio.Event) -> None:
        await painted.wait()
        await asyncio.sleep(0.05)
        self._spans[name] = begun, time.monotonic() - 0.05
        self.query_one("#said", Static).update(f"table did {name}")

    async def action_replace(self) -> None:
        """``r``."""
        await self._span("replace", self.replace())

    async def action_ages(self) -> None:
        """``a``."""
        await self._span("ages", self.change_ages())

    def action_tick(self) -> None:
        """``t``."""
        self.set_interval(1.0, self._tick)
        self.query_one("#said", Static).update("table did begin")

    def _tick(self) -> None:
        self._second += 1
        self.tick(self._second)

    def action_end(self) -> None:
        """``q``: leave the findings."""
        found: dict[str, float] = {"ready": self.ready, "memory": rss_mib(os.getpid())}
        found["memory before"] = self._before
        for name, (begun, ended) in self._spans.items():
            found[name] = self._probe.longest(begun, ended)
            found[f"{name} took"] = (ended - begun) * 1e3
        self._path.write_text(json.dumps(found))
        self.exit()


class OurApp(TableApp):
    """With the live table of conntop."""

    CSS = "ConnectionTable { height: 1fr; }"

    def __init__(self, path: Path, polls: list[Poll]) -> None:
        super().__init__(path)
        self._polls = polls
        self._at = polls[0].at

    def table(self) -> Widget:
        return ConnectionTable(id="table")

    async def load(self) -> None:
        # The fold is done beforehand, as the others have their texts; arranged is anew each time.
        await self._show(self._polls[0])

    async def replace(self) -> None:
        await self._show(self._polls[1])

    async def change_ages(self) -> None:
        await self._show(self._polls[2])

    async def _show(self, poll: Poll) -> None:
        self._at = poll.at
        arranged = await asyncio.to_thread(arrange, poll.fleet, Order())
        self.query_one(ConnectionTable).show(arranged, Present(poll.at), Order())

    def tick(self, second: int) -> None:
        self.query_one(ConnectionTable).tick(Present(self._at + second * TICKS))


class BuiltInApp(TableApp):
    """With Textual's own table."""

    CSS = "DataTable { height: 1fr; }"

    def __init__(self, path: Path, texts: list[Texts]) -> None:
        super().__init__(path)
        self._texts = texts

    def table(self) -> Widget:
        return DataTable[str](cursor_type="row", id="table")

    async def load(self) -> None:
        table = self._table
        table.clear(columns=True)
        for column in COLUMNS:
            table.add_column(column.title, width=column.width, key=column.key)
        table.add_rows(self._texts[0])

    async def replace(self) -> None:
        self._table.clear()
        self._table.add_rows(self._texts[1])

    async def change_ages(self) -> None:
        key = COLUMNS[AGE].key
        for row, texts in zip(list(self._table.rows), self._texts[0], strict=True):
            self._table.update_cell(row, key, f"{texts[AGE]}!")

    def tick(self, second: int) -> None:
        key = COLUMNS[AGE].key
        for row in list(self._table.rows)[:TICKING]:
            self._table.update_cell(row, key, f"{second}s")

    @property
    def _table(self) -> DataTable[str]:
        return self.query_one("#table", DataTable)


class FastApp(TableApp):
    """With the table of the package textual-fastdatatable. All its rows are Arrow's."""

    CSS = "DataTable { height: 1fr; }"

    def __init__(self, path: Path, texts: list[Texts]) -> None:
        super().__init__(path)
        self._texts = texts

    def table(self) -> Widget:
        return self._filled([["" for _ in COLUMNS]])

    async def load(self) -> None:
        await self._swap(self._texts[0])

    async def replace(self) -> None:
        await self._swap(self._texts[1])

    async def change_ages(self) -> None:
        # It has no way to change a column: all of it is made anew, which is its quickest.
        texts = [[*row[:AGE], f"{row[AGE]}!", *row[AGE + 1 :]] for row in self._texts[0]]
        await self._swap(texts)

    def tick(self, second: int) -> None:
        table: Any = self.query("DataTable").first()
        for row in range(TICKING):
            table.update_cell(row, AGE, f"{second}s")

    async def _swap(self, texts: Texts) -> None:
        # Its authors' word: "Unmount this table and mount a new one instead."
        await self.query("DataTable").remove()
        await self.mount(self._filled(texts))
        self.query("DataTable").first().focus()

    def _filled(self, texts: Texts) -> Widget:
        # By its name: whether it is installed must make no difference to the type checker.
        fast: Any = import_module("textual_fastdatatable")
        table: Widget = fast.DataTable(
            backend=fast.ArrowBackend.from_records(texts),
            column_labels=[column.title for column in COLUMNS],
            column_widths=[column.width for column in COLUMNS],
            cursor_type="row",
        )
        return table


def _main(kind: str, size: str, file: str) -> None:
    # All kinds hold the same data, so that what their memory grows by is the table's.
    polls, path = polls_of(int(size), 3), Path(file)
    texts = [one.texts() for one in polls[:2]]
    app: TableApp
    if kind == "ours":
        app = OurApp(path, polls)
    elif kind == "built-in":
        app = BuiltInApp(path, texts)
    else:
        app = FastApp(path, texts)
    app.run()


if __name__ == "__main__":
    _main(*sys.argv[1:])
