"""Ending when told to from outside: by a signal, or because the terminal is gone.

Textual knows neither, and its loop may hang for good in a write to a terminal that takes nothing
any more. So the handlers do not depend on the loop, and what it cannot end in time they end.
"""

import os
import select
import signal
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from types import FrameType
from typing import Any

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

PATIENCE = 1.0
"""Seconds for an end in order."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def told_to_end(app: App[Any]) -> Iterator[None]:
    """While the block runs ``app``, signals end both.

    Raises:
        SystemExit: a signal came; with the shell's code for it.
    """
    ending = _Ending(app)
    before = {number: signal.signal(number, ending.begin) for number in _SIGNALS}
    before[signal.SIGALRM] = signal.signal(signal.SIGALRM, ending.give_up)
    Thread(target=_watch_terminal, args=[sys.stdin.fileno()], daemon=True).start()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
    if ending.code:
        raise SystemExit(ending.code)


class _Ending:
    """What the signals do."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self.code = 0

    def begin(self, number: int, _frame: FrameType | None) -> None:
        """Ask the app to end."""
        self.code = 128 + number
        loop = self._app._loop
        if loop is None or not loop.is_running():
            # It has not touched the terminal yet, or does so no more.
            raise SystemExit(self.code)
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)
        loop.call_soon_threadsafe(self._app.call_later, self._app.exit)

    def give_up(self, _number: int, _frame: FrameType | None) -> None:
        """End without it, and give the terminal its line settings back at least."""
        driver = self._app._driver
        if isinstance(driver, LinuxDriver) and driver.attrs_before is not None:
            with suppress(termios.error):
                termios.tcsetattr(driver.fileno, termios.TCSANOW, driver.attrs_before)
        os._exit(self.code)


def _watch_terminal(file: int) -> None:
    """Turn the loss of the terminal into SIGHUP, which the system sends to some of us only.

    Without it Textual would go on reading the end of a file as fast as it can.
    """
    poll = select.poll()
    poll.register(file, 0)
    if any(event & select.POLLHUP for _, event in poll.poll()):
        os.kill(os.getpid(), signal.SIGHUP)
