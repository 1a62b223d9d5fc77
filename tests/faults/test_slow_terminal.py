"""A terminal that hardly takes what is sent to it, and one that takes nothing for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.pty.programs import ROW, demo, monitor
from tui.standin.process import spawn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.pty.terminal import Terminal

pytestmark = pytest.mark.fault(28)

GROWTH = 16.0
"""MiB by which the program may grow meanwhile."""
BACKLOG = 96 * 1024
"""Bytes that may come before the newest screen stands there: what the system held, and some."""
SCREENS = "I" * 300


def test_a_terminal_that_reads_slowly_and_then_not_at_all(tmp_path: Path) -> None:
    log = tmp_path / "requests"
    busy = ["--connections=300", "--scenario=flapping-client", f"--log={log}"]
    with (
        spawn(busy) as stand_in,
        monitor(stand_in.url, stand_in.key, "--every=1") as terminal,
    ):

        def polls(count: int) -> Callable[[], bool]:
            """Whether so many more were made; all the while the terminal takes what it takes."""
            wanted = requests(log) + count

            def made() -> bool:
                if is_slow:
                    terminal.sip(15)
                resident.append(terminal.resident())
                return requests(log) >= wanted

            return made

        resident: list[float] = []
        is_slow = False
        terminal.until(ROW)
        with terminal.unseen():
            # The table turned round again and again, kilobytes each time: now they are taken, ...
            terminal.send(SCREENS)
            terminal.until_true(polls(3))
        terminal.send("\x0c")
        terminal.until(ROW)
        before = resident[-1]

        # ... and now they are not.
        terminal.jam()
        is_slow = True
        terminal.send(SCREENS)
        terminal.until_true(polls(4))
        is_slow = False
        terminal.until_true(polls(4))
        assert max(resident) - before < GROWTH

        sent = len(terminal.raw)
        newest = datetime.now(UTC) - timedelta(seconds=3)
        terminal.relax()
        terminal.until_true(lambda: as_of(terminal) >= f"{newest:%H:%M:%S}", within=3)
        assert len(terminal.raw) - sent < BACKLOG
        terminal.until(ROW)
        terminal.send("\x03")
        assert terminal.exit_code() == 0
        assert terminal.left() == set()


def requests(log: Path) -> int:
    """How many the endpoint was asked."""
    return log.read_bytes().count(b"\n") if log.exists() else 0


def as_of(terminal: Terminal) -> str:
    """The time of what is shown."""
    found = terminal.find(r"as of (\d\d:\d\d:\d\d)Z")
    return found[1] if found else ""


def test_a_terminal_that_somebody_left_without_waiting() -> None:
    """A program before us may have set it so that a write fails where it would have to wait."""
    with demo("--every=1") as terminal:
        terminal.never_wait()
        terminal.jam()
        terminal.send("I" * 100)
        terminal.until_idle()
        terminal.relax()
        terminal.until(ROW, "⏎ Detail")
        terminal.send("?")
        terminal.until("Esc closes")
        terminal.send("\x03")
        assert terminal.exit_code() == 0
        assert terminal.left() == set()
