"""A screen on which chunks are drawn again, and the fewest bytes that would have drawn it."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

import pyte

from tests.benchmarks.terminal_meter import SIZE, Chunk
from tests.pty.stream import pieces

if TYPE_CHECKING:
    from collections.abc import Iterable

_UNKNOWN_TO_PYTE = re.compile(r"\x1b\[[<=>]|\x1b\[.*\$|\x1b[\]P]", re.DOTALL)
_REPEAT = re.compile(r"\x1b\[([0-9]*)b")
_SCROLL = re.compile(r"\x1b\[([0-9]*)([ST])")

Cell = tuple[object, ...]
Frame = list[tuple[Cell, ...]]


class Replay:
    """A screen drawn from chunks."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(*SIZE)
        self._stream = pyte.Stream(self.screen)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._undrawn = ""
        self._last = " "
        self._frame: Frame = [()] * SIZE[1]
        self.screen.dirty.update(range(SIZE[1]))

    def feed(self, data: bytes) -> None:
        """Draw."""
        self._undrawn += self._decoder.decode(data)
        drawn = 0
        for piece in pieces(self._undrawn):
            drawn += len(piece.text)
            text = piece.text
            if piece.is_text:
                self._last = text[-1]
            elif repeat := _REPEAT.fullmatch(text):
                # pyte knows neither this nor the next, of which ncurses makes use.
                text = self._last * int(repeat[1] or 1)
            elif scroll := _SCROLL.fullmatch(text):
                self._scroll(int(scroll[1] or 1), up=scroll[2] == "S")
                continue
            elif _UNKNOWN_TO_PYTE.match(text):
                continue
            self._stream.feed(text)
        self._undrawn = self._undrawn[drawn:]

    def _scroll(self, lines: int, *, up: bool) -> None:
        screen, margins = self.screen, self.screen.margins
        top, bottom = (margins.top, margins.bottom) if margins else (0, screen.lines - 1)
        at = screen.cursor.y
        screen.cursor.y = bottom if up else top
        for _ in range(lines):
            (screen.index if up else screen.reverse_index)()
        screen.cursor.y = at

    def row(self, y: int) -> str:
        """A line's text."""
        line = self.screen.buffer[y]
        return "".join(line[x].data for x in range(SIZE[0]))

    def rows(self) -> list[str]:
        """All lines."""
        return [self.row(y) for y in range(SIZE[1])]

    def frame(self) -> Frame:
        """All cells with their looks, as they are now."""
        frame = list(self._frame)
        for y in self.screen.dirty:
            if y < SIZE[1]:
                line = self.screen.buffer[y]
                frame[y] = tuple(tuple(line[x]) for x in range(SIZE[0]))
        self.screen.dirty.clear()
        self._frame = frame
        return frame


MOVE_BYTES = 4
"""Bytes of the shortest sequence that takes the cursor past cells that stay: ``ESC [ n C``."""
STYLE_BYTES = 8
"""Bytes of a style code, roughly: one colour of 256 takes up to eleven, a weight four."""


def least_bytes(before: Frame, after: Frame) -> int:
    """A lower bound for the bytes that turn one frame into the other.

    For each run of changed cells in a row ``MOVE_BYTES`` and its characters in UTF-8; cells that
    stay between two runs are written anew where they look alike and that is no dearer than a move.
    For each look among the changed cells ``STYLE_BYTES`` once: all of one look could be written
    together. No driver gets there, since going to and fro between looks costs longer moves.
    """
    total, looks = 0, set[Cell]()
    for old, new in zip(before, after, strict=True):
        if old != new:
            total += _least_of_row(old, new, looks)
    return total + STYLE_BYTES * len(looks)


def _least_of_row(old: tuple[Cell, ...], new: tuple[Cell, ...], looks: set[Cell]) -> int:
    total, look, gap = 0, None, None
    for x, cell in enumerate(new):
        size = len(str(cell[0]).encode())
        if old and old[x] == cell:
            if gap is not None:
                gap = gap + size if cell[1:] == look else None
            continue
        total += size + (MOVE_BYTES if gap is None else min(gap, MOVE_BYTES))
        look, gap = cell[1:], 0
        looks.add(look)
    return total


def least_per_second(chunks: Iterable[Chunk], start: float, seconds: int) -> list[int]:
    """The lower bound for each second: of its last frame against that of the second before.

    What a program draws twice within a second, and what it draws over, is not needed: it counts
    against it.
    """
    replay = Replay()
    bins: list[int] = []
    before: Frame | None = None
    for chunk in chunks:
        while len(bins) < seconds and chunk.at >= start + len(bins) + (before is not None):
            now = replay.frame()
            if before is not None:
                bins.append(least_bytes(before, now))
            before = now
        replay.feed(chunk.data)
    while len(bins) < seconds and before is not None:
        now = replay.frame()
        bins.append(least_bytes(before, now))
        before = now
    return bins
