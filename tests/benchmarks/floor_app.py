"""The least Textual apps that do a part of what conntop does: what the framework itself costs.

``python -m tests.benchmarks.floor_app clock`` writes the time each second; ``fetch`` asks the
endpoint once and shows the first of what it says.
"""

from __future__ import annotations

import os
import sys
import time
from typing import ClassVar

from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

SHOWN = 40
"""Rows that ``fetch`` shows."""


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
    (FetchApp if sys.argv[1:] == ["fetch"] else ClockApp)().run()
