"""Ending when told to from outside: by a signal, or because the terminal is gone.

Textual knows neither, and its loop may hang for good in a write to a terminal that takes nothing
any more: then the main thread runs no handler either. So a thread of its own hears of each
signal, and what does not end in order in time it ends.
"""

import os
import select
import signal
import sys
import termios
import time
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
_DONE = b"\0"
"""What is no signal: the block has ended by itself."""


@contextmanager
def told_to_end(app: App[Any]) -> Iterator[None]:
    """While the block runs ``app``, signals end both.

    Raises:
        SystemExit: a signal came; with the shell's code for it.
    """
    ending = _Ending(app)
    before = {number: signal.signal(number, ending.begin) for number in _SIGNALS}
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    former = signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    watcher = Thread(target=ending.watch, args=[sys.stdin.fileno(), told], daemon=True)
    watcher.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(former)
        os.write(tell, _DONE)
        watcher.join()
        os.close(tell)
        os.close(told)
        for number, handler in before.items():
            signal.signal(number, handler)
    if ending.code:
        raise SystemExit(ending.code)


class _Ending:
    """What signals do."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self.code = 0

    def begin(self, number: int, _frame: FrameType | None) -> None:
        """Ask the app to end. Runs in the main thread, if that can still run anything."""
        self.code = 128 + number
        loop = self._app._loop
        if loop is None or not loop.is_running():
            # It has not touched the terminal yet, or does so no more.
            raise SystemExit(self.code)
        loop.call_soon_threadsafe(self._app.call_later, self._app.exit)

    def watch(self, terminal: int, told: int) -> None:
        """Until the block is done: see to it that each signal ends it.

        The loss of the terminal becomes a SIGHUP, which the system sends to some of us only;
        without it Textual would go on reading the end of a file as fast as it can.
        """
        poll = select.poll()
        poll.register(terminal, 0)
        poll.register(told, select.POLLIN)
        deadline: float | None = None
        while True:
            left = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
            ready = dict(poll.poll(left))
            if terminal in ready:
                poll.unregister(terminal)
                if ready[terminal] & select.POLLHUP:
                    os.kill(os.getpid(), signal.SIGHUP)
            for number in os.read(told, 256) if told in ready else b"":
                if number == _DONE[0]:
                    return
                if number in _SIGNALS and deadline is None:
                    self.code = 128 + number
                    deadline = time.monotonic() + PATIENCE
            if deadline is not None and time.monotonic() >= deadline:
                self._give_up()

    def _give_up(self) -> None:
        """End without the app, and give the terminal its line settings back at least."""
        driver = self._app._driver
        if isinstance(driver, LinuxDriver) and driver.attrs_before is not None:
            with suppress(termios.error):
                termios.tcsetattr(driver.fileno, termios.TCSANOW, driver.attrs_before)
        os._exit(self.code)
