"""The least Textual apps that do a part of what conntop does: what the framework itself costs.

``python -m tests.benchmarks.floor_app clock`` writes the time each second; ``ages`` lets the ages
of a thousand rows tick, of which those in view are drawn; ``fetch`` asks the endpoint once and
shows the first of what it says.
"""

from __future__ import annotations

import os
import sys
import time
from typing import ClassVar

from rich.segment import Segment
from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Static

SHOWN = 40
"""Rows that ``fetch`` shows."""
ROWS = 1_000
"""Rows of ``ages``."""


class ClockApp(App[None]):
    """A label that changes each second."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "quit", "Quit")]

    def compose(self) -> ComposeResult:
        """The label."""
        yield Static("conntop's floor", id="clock")

    def on_mount(self) -> None:
        """Begin to count."""
        self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        self.query_one("#clock", Static).update(f"conntop's floor {time.monotonic():.0f}")


class AgesView(ScrollView, can_focus=True):
    """Rows whose age stands left, in three digits so that it never gets wider."""

    def on_mount(self) -> None:
        """Begin to count."""
        self._begun = time.monotonic()
        self.virtual_size = Size(120, ROWS)
        self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        self.refresh(Region(0, 0, 10, self.size.height))

    def render_line(self, y: int) -> Strip:
        """The row that stands there."""
        number = y + int(self.scroll_y)
        age = int(time.monotonic() - self._begun) + 100 + number % 60
        text = f"{age:>9} connection-{number:06} coinapi-ws WebSocket us-east-1 10.0.0.1".ljust(120)
        return Strip([Segment(text, self.rich_style)], 120)


class AgesApp(App[None]):
    """Ages that tick, of the rows in view."""

    BINDINGS: ClassVar[list[BindingType]] = ClockApp.BINDINGS

    def compose(self) -> ComposeResult:
        """The rows, which count by themselves."""
        yield AgesView()


class FetchApp(ClockApp):
    """One answer, asked for with httpx in a worker, and its first rows as text."""

    def compose(self) -> ComposeResult:
        """The label and the text."""
        yield from super().compose()
        yield Static(id="rows")

    def on_mount(self) -> None:
        """Ask."""
        self._ask()

    @work
    async def _ask(self) -> None:
        import httpx

        url = f"{os.environ['FLOOR_URL']}/api/connection-analytics/query"
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(
                url,
                params={"activeOnly": "true", "limit": os.environ["FLOOR_LIMIT"]},
                headers={"Authorization": os.environ["CONNTOP_API_KEY"]},
                timeout=60,
            )
        rows = answer.json()[:SHOWN]
        text = "\n".join(
            f"● live {one['lastHeartbeat'][11:19]} {one['connectionId']} {one['serviceName']} "
            f"{one['protocolName']} {one['dataCenter']} {one['ipAddress']}"
            for one in rows
        )
        self.query_one("#rows", Static).update(text)


if __name__ == "__main__":
    {"clock": ClockApp, "ages": AgesApp, "fetch": FetchApp}[sys.argv[1]]().run()
