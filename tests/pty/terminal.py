"""A terminal for tests: a real pseudo-terminal, and a screen drawn from what comes out of it."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pyte

from tests.canary import leaks, leaky_arguments
from tests.pty.stream import left_behind, pieces, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import TracebackType

CONNTOP = (sys.executable, "-m", "tui")
ROOT = Path(__file__).parents[2]

# For a new process: the pty becomes the controlling terminal, as in a terminal's window: then a
# window that closes sends SIGHUP, and one that is resized SIGWINCH.
_ON_THE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
_LEFT_OUT = re.compile(
    r"CONNTOP_|TEXTUAL|TERM|COLORTERM|NO_COLOR|FORCE_COLOR|TMUX|STY$|LINES|COLUMNS"
)
_PATIENCE = 15.0
_UNKNOWN_TO_PYTE = re.compile(r"\x1b\[[<=>]|\x1b\[.*\$|\x1b[\]P]", re.DOTALL)


class Terminal:
    """A program on a terminal of its own."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        size: tuple[int, int] = (160, 45),
        term: str = "xterm-256color",
        environment: Mapping[str, str] | None = None,
        controlling: bool = True,
    ) -> None:
        """Start ``command``; ``size`` is in columns and rows.

        A terminal that is not ``controlling`` tells the program neither of its size nor its end.
        """
        self.raw = b""
        self._held = False
        self._draws = True
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._undrawn = ""
        self._screen = pyte.Screen(*size)
        self._stream = pyte.Stream(self._screen)
        self._master, self._slave = pty.openpty()
        os.set_blocking(self._master, False)
        self.resize(*size)
        self._before = termios.tcgetattr(self._slave)
        base = {name: value for name, value in os.environ.items() if not _LEFT_OUT.match(name)}
        # No configuration but the test's own, and warnings that nobody would see are no noise.
        base |= {"TERM": term, "CONNTOP_CONFIG": os.devnull, "LC_ALL": "C.UTF-8"}
        self.process = subprocess.Popen(
            [*((sys.executable, "-ISc", _ON_THE_TERMINAL) if controlling else ()), *command],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            cwd=ROOT,
            env=base | dict(environment or {}),
            start_new_session=True,
        )

    # Ends

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pids = [self.process.pid, *children(self.process.pid)]
        told = any(map(leaky_arguments, pids))
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(_PATIENCE)
        self.lose()
        os.close(self._slave)
        if error is None:
            assert not told, "the API key is in the arguments of a process"
            assert not leaks(self.raw), "the API key is on the terminal"

    def lose(self) -> None:
        """Close the terminal's window under the program."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    @property
    def is_lost(self) -> bool:
        """Whether the window is closed."""
        return self._master < 0

    def exit_code(self, within: float = _PATIENCE) -> int:
        """Wait for the end; minus a signal's number when that killed it."""
        self._wait(lambda: self.process.poll() is not None, within, "the program's end")
        while self._read(0):
            pass
        assert self.process.returncode is not None
        return self.process.returncode

    def left(self) -> set[str]:
        """What is set differently from before: ``left_behind``, and ``line`` for the tty's own."""
        left = left_behind(self.text)
        if termios.tcgetattr(self._slave) != self._before:
            left.add("line")
        return left

    def jam(self) -> None:
        """Take nothing more from the program, as after ctrl-s, until its next write waits."""
        self._held = True
        # Through a door of its own: the program's descriptors must go on to block.
        door = os.open(os.ttyname(self._slave), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        with suppress(BlockingIOError):
            while True:
                os.write(door, bytes(1024))
        os.close(door)

    def relax(self) -> None:
        """Take again what the program sends."""
        self._held = False

    def never_wait(self) -> None:
        """Leave it so that a write fails instead of waiting, as some programs do at their end."""
        # The program has the same open file.
        os.set_blocking(self._slave, False)

    def sip(self, most: int) -> None:
        """Take so many bytes and no more, as over a line that is slow."""
        with suppress(BlockingIOError):
            self._take(os.read(self._master, most))

    def resident(self) -> float:
        """How much memory the program holds, in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    @contextmanager
    def unseen(self) -> Iterator[None]:
        """Take what comes without drawing it, which takes long on a large screen.

        The screen is empty afterwards: it has to be drawn anew.
        """
        self._draws = False
        yield
        self._draws = True
        self._undrawn = ""
        self._screen.reset()

    # Seeing

    @property
    def text(self) -> str:
        """All that came out, sequences included."""
        return self.raw.decode("utf-8", "surrogateescape")

    @property
    def lines(self) -> list[str]:
        """The screen as it is now."""
        # Not its display, which stumbles over halves of wide characters.
        buffer, places = self._screen.buffer, range(self._screen.columns)
        rows = (buffer[row] for row in range(self._screen.lines))
        return ["".join(row[place].data for place in places).rstrip() for row in rows]

    @property
    def display(self) -> str:
        """The screen as one text."""
        return "\n".join(self.lines)

    @property
    def afterwards(self) -> str:
        """The text that came out after the alternate screen was left."""
        return text_of(self.text.rpartition("\x1b[?1049l")[2])

    def find(self, pattern: str) -> re.Match[str] | None:
        """Where a pattern stands on the screen."""
        return re.search(pattern, self.display)

    def until(self, *patterns: str, gone: Sequence[str] = (), within: float = _PATIENCE) -> str:
        """Wait until all ``patterns`` stand on the screen and none of ``gone`` does."""

        def stand() -> bool:
            display = self.display
            return all(re.search(one, display) for one in patterns) and not any(
                re.search(one, display) for one in gone
            )

        self._wait(stand, within, f"{patterns} without {gone}" if gone else f"{patterns}")
        # The rest of the same frame, so that what is read next is not half of it.
        while self._read(0.04):
            pass
        return self.display

    def until_sent(self, pattern: bytes, within: float = _PATIENCE) -> re.Match[bytes]:
        """Wait until the program has sent these bytes."""
        self._wait(lambda: re.search(pattern, self.raw) is not None, within, f"{pattern!r}")
        found = re.search(pattern, self.raw, re.DOTALL)
        assert found is not None
        return found

    def until_true(self, condition: Callable[[], bool], within: float = _PATIENCE) -> None:
        """Wait for something else, while the terminal goes on taking what is sent to it."""
        self._wait(condition, within, "a condition")

    def until_idle(self, within: float = _PATIENCE) -> None:
        """Wait until the program has done what was asked of it: it waits, and computes nothing."""
        last, since = "", time.monotonic()

        def idle() -> bool:
            nonlocal last, since
            assert self.process.poll() is None, f"it has ended:\n{self.afterwards}"
            now = work_of(self.process.pid)
            if now != last or now.startswith("R"):
                last, since = now, time.monotonic()
            return time.monotonic() - since > 0.1

        self._wait(idle, within, "an end of its work")

    def _wait(self, condition: Callable[[], bool], within: float, what: str) -> None:
        deadline = time.monotonic() + within
        while not condition():
            if self.process.poll() is not None and not self._held:
                # Nothing more will come. What it said at its end may be what is waited for.
                while self._read(0):
                    pass
                deadline = min(deadline, time.monotonic() + 1)
            left = deadline - time.monotonic()
            assert left > 0, f"waited {within:g} s for {what}; this is there:\n{self.display}"
            if not self._read(min(left, 0.05)) and (self._held or self._master < 0):
                time.sleep(0.01)

    def _read(self, timeout: float) -> bool:
        if self._held or self._master < 0 or not select.select([self._master], [], [], timeout)[0]:
            return False
        try:
            chunk = os.read(self._master, 65_536)
        except BlockingIOError:
            return False
        self._take(chunk)
        return True

    def _take(self, chunk: bytes) -> None:
        self.raw += chunk
        text = self._decoder.decode(chunk)
        if self._draws:
            self._draw(text)

    def _draw(self, text: str) -> None:
        self._undrawn += text
        drawn = 0
        for piece in pieces(self._undrawn):
            drawn += len(piece.text)
            if not _UNKNOWN_TO_PYTE.match(piece.text):
                self._stream.feed(piece.text)
        self._undrawn = self._undrawn[drawn:]

    # Doing

    def send(self, keys: str) -> None:
        """Type."""
        os.write(self._master, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        """Make the window another size."""
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._screen.resize(rows, columns)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program."""
        self.process.send_signal(number)


def children(pid: int) -> list[int]:
    """The processes whose parent is ``pid``."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def work_of(pid: int) -> str:
    """What a process does: the letter of its state, and the time that it has computed."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return f"{fields[0]} {fields[11]} {fields[12]}"


def runs(pid: int) -> bool:
    """Whether a process is there and has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
