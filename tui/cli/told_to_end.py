"""Ending when told to from outside, also in the middle of a write that nobody reads."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TextIO

from tui.report.exit_codes import ExitCode
from tui.report.output import let_go, need_reader

_CODES = {signal.SIGINT: ExitCode.INTERRUPTED, signal.SIGTERM: ExitCode.OK}
"""What ends a command that runs until it is ended, and its exit code then."""


class Ended(Exception):  # noqa: N818  # it is no error
    """A signal has ended it; ``code`` is the exit code."""

    def __init__(self, code: ExitCode) -> None:
        super().__init__(code.name)
        self.code = code


class Ending:
    """Hears signals, and writes so that one is heard also while the reader takes nothing."""

    def __init__(self, out: TextIO) -> None:
        """``out`` takes what is written."""
        self._out = out
        self._writing = False
        self._code: ExitCode | None = None

    @contextmanager
    def heard(self) -> Iterator[None]:
        """While the block runs in a task, a signal cancels it.

        Raises:
            Ended: it did.
        """
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def end(number: int, _: FrameType | None) -> None:
            self._code = _CODES[signal.Signals(number)]
            if self._writing:
                raise Ended(self._code)
            loop.call_soon_threadsafe(cancel)

        def cancel() -> None:
            # What ends otherwise by then must not be cancelled while it puts things in order.
            if inside:
                task.cancel()

        inside = True
        # What a shell has had ignored for a job in the background stays so.
        heard = [one for one in _CODES if signal.getsignal(one) is not signal.SIG_IGN]
        before = {one: signal.signal(one, end) for one in heard}
        try:
            yield
        except asyncio.CancelledError:
            if self._code is None:
                raise
            raise Ended(self._code) from None
        finally:
            inside = False
            for one, handler in before.items():
                signal.signal(one, handler)

    def check(self) -> None:
        """See whether somebody reads on.

        Raises:
            BrokenPipeError: nobody does any more.
        """
        need_reader(self._out)

    def write(self, line: str) -> None:
        """Write a line and bring it out.

        Raises:
            Ended: a signal came, and the line may be lost.
        """
        self._writing = True
        try:
            if self._code is not None:
                # It came between two lines, and the loop has had no turn since.
                raise Ended(self._code)
            self._out.write(line)
            self._out.flush()
        except Ended:
            # What is held of it would be written again at the exit, and block for good.
            let_go(self._out)
            raise
        finally:
            self._writing = False
