"""The stand-in as a child process of the program that asks it."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

_FIRST_LINE = re.compile(r"conntop stand-in (http://\S+) key (\S.*)\n")
_SERVE = (sys.executable, "-m", "tui", "serve", "--port", "0", "--until-stdin-closes")


class StartError(RuntimeError):
    """The stand-in's process did not come up."""


class _Child:
    """A child process and the threads that read what it writes."""

    def __init__(self, command: Sequence[str]) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            # A ctrl-c in the terminal is for the screen; this one ends when the screen has.
            start_new_session=True,
        )
        self.first_line: str | None = None
        self.tail: deque[str] = deque(maxlen=5)
        self._readers = [
            threading.Thread(target=each, daemon=True) for each in (self._read, self._drain)
        ]
        for reader in self._readers:
            reader.start()

    def wait_for_first_line(self, timeout: float) -> None:
        self._readers[0].join(timeout)

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.first_line = self.process.stdout.readline()

    def _drain(self) -> None:
        # Read all along: a full pipe would bring the child to a halt.
        assert self.process.stderr is not None
        self.tail.extend(self.process.stderr)

    def end(self, patience: float) -> None:
        process = self.process
        assert process.stdin is not None
        process.stdin.close()
        for force in (process.terminate, process.kill):
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                force()
        process.wait()
        for reader in self._readers:
            reader.join(patience)
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()


class StandInProcess:
    """A running stand-in, ended by ``stop`` or by leaving the ``with`` block.

    It also ends by itself when this process dies, however that happens, since its stdin closes.
    """

    def __init__(self, url: str, key: str, child: _Child) -> None:
        self.url = url
        """Base URL to ask."""
        self.key = key
        """API key it takes."""
        self._child = child

    @property
    def process(self) -> subprocess.Popen[str]:
        """The process itself."""
        return self._child.process

    def stop(self, patience: float = 3.0) -> None:
        """End it, by force if it has not ended after some seconds. A second call does nothing."""
        self._child.end(patience)

    def __enter__(self) -> StandInProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def spawn(
    args: Sequence[str] = (), *, timeout: float = 15.0, command: Sequence[str] = _SERVE
) -> StandInProcess:
    """Start a stand-in on a free port and wait until it answers, or raise StartError.

    ``args`` are options of the ``serve`` command, ``timeout`` is in seconds, and ``command`` is
    what stands before the options.
    """
    child = _Child([*command, *args])
    child.wait_for_first_line(timeout)
    line = child.first_line
    match = _FIRST_LINE.fullmatch(line or "")
    if match is not None:
        return StandInProcess(match[1], match[2], child)
    child.end(1.0)
    raise StartError(_why(line, child.tail, timeout))


def _why(line: str | None, tail: Sequence[str], timeout: float) -> str:
    said = " ".join(part.strip() for part in tail if part.strip())
    because = f": {said}" if said else "."
    if line is None:
        return f"The stand-in did not answer within {timeout:g} s{because}"
    if not line:
        return f"The stand-in ended before it answered{because}"
    return f"The stand-in's first line cannot be read: {line.strip()!r}."
