"""A probe in an event loop: how late a wake-up that was due in a millisecond comes.

Run as a program it is ``conntop`` with the probe in its loop, or with ``floor`` as its first word
the least Textual app. What was found is written to the file that ``PROBE_FILE`` names at the end.
"""

from __future__ import annotations

import array
import asyncio
import atexit
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

STEP = 0.001
"""Seconds that the probe sleeps."""


@dataclass(frozen=True, slots=True)
class Stall:
    """One wake-up."""

    at: float
    """Monotonic seconds at which it came."""
    late: float
    """Milliseconds by which it was late."""


class LoopProbe:
    """Measures all wake-ups of the loop that it is started in."""

    def __init__(self) -> None:
        self._at = array.array("d")
        self._late = array.array("d")
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, in the running loop."""
        self._task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            due = time.monotonic() + STEP
            await asyncio.sleep(STEP)
            now = time.monotonic()
            self._at.append(now)
            self._late.append((now - due) * 1_000)

    def stalls(self, start: float = 0.0) -> list[Stall]:
        """All wake-ups since ``start``."""
        both = zip(self._at, self._late, strict=True)
        return [Stall(at, late) for at, late in both if at >= start]

    def longest(self, start: float, end: float) -> float:
        """The latest wake-up of a span, in milliseconds, one that goes on past it included."""
        both = zip(self._at, self._late, strict=True)
        return max((late for at, late in both if at >= start and at - late / 1e3 <= end), default=0)

    def write(self, path: Path) -> None:
        """Leave everything in a file."""
        path.write_text(json.dumps([list(self._at), list(self._late)]))


def read_stalls(path: Path) -> list[Stall]:
    """What ``write`` left."""
    at, late = json.loads(path.read_text())
    return [Stall(*both) for both in zip(at, late, strict=True)]


def _main(words: Sequence[str]) -> int:
    probe = LoopProbe()
    path = Path(os.environ["PROBE_FILE"])
    atexit.register(lambda: probe.write(path))
    if words[:1] == ["floor"]:
        from tests.benchmarks.floor_app import ClockApp

        _start_with(ClockApp, probe)
        ClockApp().run()
        return 0
    from tui.cli import run
    from tui.view.app import ConntopApp

    _start_with(ConntopApp, probe)
    return run(words)


def _start_with(app: type, probe: LoopProbe) -> None:
    # A handler that the app itself has not: Textual calls each class's own.
    assert "on_load" not in vars(app)

    def on_load(_: object) -> None:
        probe.start()

    setattr(app, "on_load", on_load)  # noqa: B010 - mypy knows no such method


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
