"""A pseudo-terminal that takes the time of each chunk that a program writes.

While the program runs, nothing else is done with what it writes. What it means is worked out
afterwards (``replay``): drawing it at once would take the CPU from what is measured.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from tests.benchmarks.process_meter import take_app_core

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

ROOT = Path(__file__).parents[2]
SIZE = (160, 45)
"""Columns and rows of every terminal here."""
ESCAPE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-Z\\^-~])")
ALL_IS_THERE = b"well"
"""Of our verdict, which is not given while the first answer is still being read: until then there
are but the rows of a screen or two."""
_LEFT_OUT = re.compile(r"CONNTOP_|TEXTUAL|TERM|COLORTERM|NO_COLOR|FORCE_COLOR|TMUX|STY$|LINES|COLU")


class Chunk(NamedTuple):
    """What one read gave."""

    at: float
    """Monotonic seconds of its arrival."""
    data: bytes


class MeteredTerminal:
    """A program on a terminal of its own, on the core of what is measured."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        """Start ``command`` without any configuration but ``environment``."""
        base = {name: value for name, value in os.environ.items() if not _LEFT_OUT.match(name)}
        base |= {"TERM": "xterm-256color", "CONNTOP_CONFIG": os.devnull, "LC_ALL": "C.UTF-8"}
        base |= dict(environment or {})
        self.chunks: list[Chunk] = []
        self.started = time.monotonic()
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            _become(command, base)
        os.set_blocking(self._master, False)
        self.ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            deadline = time.monotonic() + 3
            while not self._has_ended() and time.monotonic() < deadline:
                with suppress(ProcessLookupError):
                    os.kill(self.pid, number)
                self.pump(0.1)
        os.close(self._master)

    def _has_ended(self) -> bool:
        if not self.ended:
            with suppress(ChildProcessError):
                self.ended = os.waitpid(self.pid, os.WNOHANG)[0] != 0
        return self.ended

    @property
    def last_words(self) -> str:
        """The end of what it wrote, without sequences."""
        data = b"".join(chunk.data for chunk in self.chunks[-4:])
        return ESCAPE.sub(b"", data).decode("utf-8", "replace").strip()[-200:]

    def has_said(self, text: bytes) -> bool:
        """Whether it has written ``text`` by now."""
        return text in ESCAPE.sub(b"", b"".join(chunk.data for chunk in self.chunks))

    def pump(self, seconds: float) -> None:
        """Take what comes for so long."""
        self._pump(time.monotonic() + seconds, lambda _: False)

    def until(self, pattern: bytes, within: float) -> float | None:
        """When the text, sequences taken out, first matched; ``None`` if it did not in time."""
        wanted, tail = re.compile(pattern), b""

        def seen(chunk: Chunk) -> bool:
            nonlocal tail
            # Enough of what came before for a text that lies across two reads.
            tail = tail[-400:] + chunk.data
            return wanted.search(ESCAPE.sub(b"", tail)) is not None

        return self._pump(time.monotonic() + within, seen)

    def next_chunk(self, within: float) -> float | None:
        """When the next bytes came; ``None`` if none did."""
        return self._pump(time.monotonic() + within, lambda _: True)

    def _pump(self, deadline: float, enough: Callable[[Chunk], bool]) -> float | None:
        while (left := deadline - time.monotonic()) > 0:
            if not select.select([self._master], [], [], left)[0]:
                continue
            try:
                chunk = Chunk(time.monotonic(), os.read(self._master, 65_536))
            except BlockingIOError:
                continue
            except OSError:
                # The program has closed its side.
                time.sleep(min(left, 0.01))
                if self._has_ended():
                    return None
                continue
            self.chunks.append(chunk)
            if enough(chunk):
                return chunk.at
        return None

    def send(self, keys: bytes) -> float:
        """Type; when that was."""
        at = time.monotonic()
        os.write(self._master, keys)
        return at

    def bytes_between(self, start: float, end: float) -> int:
        """Bytes that arrived in a span."""
        return sum(len(chunk.data) for chunk in self.chunks if start <= chunk.at < end)


def _become(command: Sequence[str], environment: Mapping[str, str]) -> None:
    """In the new process: be the program."""
    try:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
        take_app_core()
        os.chdir(ROOT)
        os.execvpe(command[0], list(command), environment)
    finally:
        os._exit(127)


def program(*args: str) -> list[str]:
    """conntop, as a command line."""
    return [sys.executable, "-m", "tui", *args]
