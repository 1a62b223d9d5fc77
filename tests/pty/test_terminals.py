"""Kinds and sizes of terminals."""

from __future__ import annotations

import itertools
import signal
from contextlib import ExitStack

import pytest

from tests.pty.programs import ROW, demo, demos
from tests.pty.stream import chromatic
from tests.pty.terminal import CONNTOP, Terminal

# A real terminal of each kind takes its time.
pytestmark = pytest.mark.slow

CURSOR = r"▸ \S "


def test_kinds_of_terminals() -> None:
    names = ("xterm", "screen-256color", "tmux-256color")
    with demos([{"TERM": name} for name in names]) as terminals:
        for terminal in terminals:
            terminal.send("q")
        for terminal in terminals:
            assert terminal.exit_code() == 0
            assert terminal.left() == set()
            assert terminal.afterwards == ""


def test_without_colour_the_words_remain() -> None:
    with demos([{"NO_COLOR": "1", "COLORTERM": depth} for depth in ("", "truecolor")]) as terminals:
        for terminal in terminals:
            terminal.until(r"\d+ live", r"\d+ late", r"\d+ silent", r"\d+ gone")
            terminal.send("\r")
            terminal.until("heartbeat .* ago")
            terminal.send("?")
            terminal.until("Esc closes")
            assert chromatic(terminal.text) == set()


def test_a_terminal_that_answers_questions() -> None:
    """Recent ones say that they report their size in band, which changes what is switched on."""
    with demo() as terminal:
        assert chromatic(terminal.text) != set()
        terminal.until_sent(rb"\x1b\[\?2048\$p")
        terminal.send("\x1b[?2026;2$y\x1b[?2048;2$y")
        terminal.until_sent(rb"\x1b\[\?2048h")
        terminal.send("\x1b[48;30;100;600;1000t")
        terminal.resize(100, 30)
        terminal.until(ROW, r"⏎ Detail")
        terminal.send("q")
        assert terminal.exit_code() == 0
        # Mouse places in pixels: of no effect while the mouse itself is off.
        assert terminal.left() <= {"1016"}


@pytest.mark.fault(24)
def test_sizes_from_large_to_a_single_cell_and_back() -> None:
    with demo() as terminal:
        for size in ((80, 24), (40, 10)):
            terminal.resize(*size)
            terminal.until(r"as of \d\d:\d\d:\d\dZ", CURSOR)
            assert len(max(terminal.lines, key=len)) <= size[0]
        for size in ((20, 5), (1, 1)):
            terminal.resize(*size)
            terminal.until_idle()
            terminal.send("?q\rqjk")
            terminal.until_idle()
        terminal.resize(160, 45)
        terminal.until(ROW, "as of .*Z", "⏎ Detail", "API key")
        terminal.send("?")
        terminal.until("Esc closes")


@pytest.mark.fault(24)
def test_it_starts_at_any_size() -> None:
    with ExitStack() as stack:
        terminals = [
            stack.enter_context(Terminal([*CONNTOP, "demo", "--connections=40"], size=size))
            for size in ((40, 10), (20, 5), (1, 1))
        ]
        terminals[0].until(r"as of \d\d:\d\d:\d\dZ", CURSOR)
        for terminal in terminals:
            terminal.until_sent(rb"\x1b\[\?2004h")
            terminal.until_idle()
            terminal.send("q")
        for terminal in terminals:
            assert terminal.exit_code() == 0
            assert terminal.left() == set()
            assert terminal.afterwards == ""


@pytest.mark.fault(24)
def test_many_resizes_in_a_row() -> None:
    with demo() as terminal:
        terminal.send("\r")
        terminal.until("heartbeat .* ago")
        for columns, rows in itertools.product((160, 109, 72, 33, 2, 120), (45, 33, 15, 3, 1)):
            terminal.resize(columns, rows)
            terminal.send("j")
        terminal.resize(160, 45)
        terminal.until(ROW, "heartbeat .* ago", "⏎ Detail")
        terminal.send("q")
        terminal.until(ROW, gone=["heartbeat .* ago"])
        terminal.send("q")
        assert terminal.exit_code() == 0
        assert terminal.left() == set()


@pytest.mark.fault(24)
def test_small_for_a_moment_it_is_drawn_anew() -> None:
    """The program may see but the last size, which is the one it knows; the lines are lost."""
    with demo() as terminal:
        for _ in range(15):
            terminal.resize(120, 1)
            terminal.resize(160, 45)
            terminal.until("conntop  demo", "as of", ROW, "▸ Show", within=3)


def test_stopped_and_continued_it_is_drawn_anew() -> None:
    with demo() as terminal:
        terminal.signal(signal.SIGTSTP)
        terminal.until_sent(rb"\x1b\[\?1049l")
        terminal.until_idle()
        assert terminal.left() == set()
        terminal.signal(signal.SIGCONT)
        terminal.until_true(lambda: terminal.left() >= {"1049", "line"})
        terminal.send("?")
        terminal.until("Esc closes")
        terminal.send("q")
        terminal.until(ROW, gone=["Esc closes"])
        terminal.send("q")
        assert terminal.exit_code() == 0
        assert terminal.left() == set()
