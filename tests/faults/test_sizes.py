"""A terminal that changes its size all the time, while keys are pressed and answers come."""

from __future__ import annotations

import random
import re
import weakref
from typing import TYPE_CHECKING
from unicodedata import category

import pytest

from tests.pty.programs import ROW, demo
from tests.pty.stream import INVISIBLE
from tests.stage import stage
from tui.view.event_list import EventList

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.pty.terminal import Terminal

pytestmark = pytest.mark.fault(24)

GROWTH = 16.0
"""MiB by which the program may grow meanwhile."""
SENT = set("\x1b\r\n\b\a")
"""Controls that the program sends by itself."""
KEYS = ("j", "k", "g", "G", "s", "\x1b", "?", "\r", "f", "e", "w", "I", "\t", "\x0c")
FRAME = ("conntop  demo", "paused", r"as of \d\d:\d\d:\d\dZ", ROW, "⏎ Detail")
"""What stands on the screen at any size but the smallest ones."""


def back_to_the_table(terminal: Terminal) -> None:
    """Close whatever is open, key by key, for an ESC goes with what comes right behind it."""
    for _ in range(6):
        terminal.send("\x1b")
        terminal.until_idle()


def storm(terminal: Terminal, rng: random.Random, count: int) -> None:
    """Make the window as many sizes, the smallest and the largest among them, and type."""
    for number, size in enumerate(((500, 200), (1, 1), *sizes(rng, count - 2))):
        terminal.resize(*size)
        terminal.send(rng.choice(KEYS))
        if number % 100 == 0:
            terminal.until_idle()
    back_to_the_table(terminal)


def sizes(rng: random.Random, count: int) -> Iterator[tuple[int, int]]:
    for _ in range(count):
        yield rng.randint(1, 500), rng.randint(1, 200)


def is_drawn(terminal: Terminal, size: tuple[int, int], frame: tuple[str, ...]) -> None:
    """At this size all is there, and nothing of another size; drawn anew it is the same."""
    terminal.resize(*size)
    terminal.until_idle()
    shown = terminal.until(*frame)
    terminal.send("\x0c")
    terminal.until_idle()
    assert terminal.until(*frame) == shown


def test_500_sizes_with_keys_and_polls_between_them(tmp_path: Path) -> None:
    rng = random.Random(5)
    # Our terminal is slow at the largest sizes, which is not to be answered here.
    (tmp_path / "config.toml").write_text('low_bandwidth = "off"')
    environment = {"CONNTOP_CONFIG": str(tmp_path / "config.toml")}
    with demo("--every=1", environment=environment) as terminal:
        with terminal.unseen():
            storm(terminal, rng, 150)
            # By then all that is loaded late is there, and what is kept for sizes is full.
            before = terminal.resident()
            storm(terminal, rng, 350)
            assert terminal.resident() - before < GROWTH
            terminal.resize(160, 45)
            terminal.until_idle()
        # All live ones, and then paused, so that one look at the screen is like the next.
        terminal.send("x\x0c")
        terminal.until("query live only", ROW)
        terminal.send("p")
        is_drawn(terminal, (80, 24), FRAME)
        is_drawn(terminal, (500, 200), ("▸ Show", *FRAME))
        count = terminal.find(r"Connections (\d+)")
        assert count is not None
        assert len(re.findall(r"│.*conn_", terminal.display)) == int(count[1])
        assert "⏎ Detail" in terminal.lines[199]
        is_drawn(terminal, (160, 45), ("▸ Show", *FRAME))
        assert {one for one in set(terminal.text) if category(one) in INVISIBLE} <= SENT
        terminal.send("q")
        assert terminal.exit_code() == 0
        assert terminal.left() == set()
        assert terminal.afterwards == ""


def test_a_menu_that_is_closed_twice_in_one_go_takes_nothing_else_along() -> None:
    with demo() as terminal:
        for keys in ("\r\x1b", "\r\r"):
            terminal.send("s")
            terminal.until("Sort by")
            terminal.send(keys)
            # Not at once: an ESC goes with what comes right behind it.
            terminal.until_idle()
            terminal.until(ROW, gone=["Sort by"])
        terminal.send("\x03")
        assert terminal.exit_code() == 0
        assert terminal.left() == set()


async def test_of_a_closed_screen_nothing_is_kept() -> None:
    async with stage() as on:
        await on.polls(2)
        await on.press("e")
        lines = weakref.ref(on.app.screen.query_one(EventList)._styles_cache)
        assert lines() is not None
        await on.press("escape")
        await on.until(lambda: lines() is None, "it is let go of")
