"""LeanDriver: Textual's driver for terminals, of whose text only what changed is sent.

Besides, it waits for keys without waking up in between, and can draw all anew by itself.
"""

import asyncio
import os
import select
import signal
import sys
import termios
from codecs import getincrementaldecoder
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from textual._time import get_time
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver

from tui.view.output.encoding import encoding_of
from tui.view.output.screen import Screen
from tui.view.output.sixteen import Colours
from tui.view.output.terminal import Terminal


class LeanDriver(LinuxDriver):
    """Textual's own driver, with another way out to the terminal and another way in."""

    on_slow: Callable[[], None] | None = None
    """Is called in the app's loop, once, when the terminal proves to be slow."""

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        # Not on stderr, as Textual does: that may be closed, or a file for the errors.
        assert sys.__stdout__ is not None
        self._file = sys.__stdout__
        self._line: list[Any] | None = None
        """The settings of the terminal's line while it is ours."""
        self._terminal: Terminal | None = None
        self._colours: Colours = "true"
        self._told, self._tell = os.pipe()
        os.set_blocking(self._told, False)

    # Out

    def write(self, data: str) -> None:
        """Show what ``data`` says, sooner or later. Never waits."""
        if self._terminal is None:
            assert self._file is not None
            encoding = encoding_of(self._file)
            columns, rows = self._get_terminal_size()
            self._terminal = Terminal(
                self._file.fileno(),
                Screen(columns, rows, self._colours),
                lambda text: text.encode(encoding, "replace"),
                self._note_slow,
                self._note_failure,
            )
        self._terminal.write(data)

    def start_application_mode(self) -> None:
        """Take the terminal over."""
        self._loop = asyncio.get_running_loop()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        # The base class has started a thread for writing, which has nothing to do here.
        if self._writer_thread is not None:
            self._writer_thread.stop()
            self._writer_thread = None
        with suppress(termios.error):
            self._line = termios.tcgetattr(self.fileno)
        resized = signal.getsignal(signal.SIGWINCH)

        def on_resize(number: int, frame: Any) -> None:
            self._forget_size()
            if callable(resized):
                resized(number, frame)

        signal.signal(signal.SIGWINCH, on_resize)

    def close(self) -> None:
        """Send what has not been sent yet."""
        if self._terminal is not None:
            self._terminal.close()
            self._terminal = None
        super().close()

    def _sigcont_application(self, *_: Any) -> None:
        """Go on after a stop.

        Textual takes the terminal over whatever the stop was. After a SIGSTOP it is ours still,
        and would be taken twice: then no key is read any more and no setting is given back.
        """
        if self._must_signal_resume or self._line is None:
            super()._sigcont_application()
            return
        with suppress(termios.error):
            # The shell may have used it meanwhile.
            termios.tcsetattr(self.fileno, termios.TCSANOW, self._line)
        self.redraw()

    def redraw(self) -> None:
        """Write the whole screen anew, whatever the terminal shows."""
        self._forget_size()
        if self._terminal is not None:
            self._terminal.order(Screen.redraw)

    def recolour(self, colours: Colours) -> None:
        """Go on in other colours."""
        self._colours = colours
        if self._terminal is not None:
            self._terminal.order(lambda screen: screen.recolour(colours))

    def _forget_size(self) -> None:
        # The size is asked for when the order is carried out: signals that come in a burst are
        # handled inside each other, the oldest last.
        if self._terminal is not None:
            self._terminal.order(lambda screen: screen.resize(*self._get_terminal_size()))

    def _note_slow(self) -> None:
        if self.on_slow is not None:
            self._loop.call_soon_threadsafe(self.on_slow)

    def _note_failure(self, error: Exception) -> None:
        # The app ends as it does by any other mistake of ours.
        self._loop.call_soon_threadsafe(self._app.call_later, _fail, error)

    # In

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except Exception as error:  # noqa: BLE001  # nobody could press a key any more
            self._note_failure(error)

    def disable_input(self) -> None:
        """Read no more keys."""
        if not self.exit_event.is_set():
            os.write(self._tell, b"\0")
        super().disable_input()

    def run_input_thread(self) -> None:
        """Hand on what is typed; sleeps until there is something."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        poll = select.poll()
        poll.register(self.fileno, select.POLLIN)
        poll.register(self._told, select.POLLIN)
        with suppress(BlockingIOError):
            # Left over from a thread that had ended by itself.
            os.read(self._told, 64)
        while not self.exit_event.is_set():
            # A lone ESC is the begin of a sequence until its time is over: then it is the key.
            until = parser._timeout_time
            left = None if until is None else max(0.0, until - get_time()) * 1000 + 1
            ready = dict(poll.poll(left))
            if self._told in ready:
                os.read(self._told, 64)
                break
            if self.fileno in ready:
                data = os.read(self.fileno, 4096)
                if not data:
                    break
                for message in parser.feed(decode(data)):
                    self.process_message(message)
            for message in parser.tick():
                self.process_message(message)


def _fail(error: Exception) -> None:
    raise error


def lean() -> type[Driver] | None:
    """The driver for an app that runs on a terminal; ``None`` leaves the choice to Textual."""
    return None if "TEXTUAL_DRIVER" in os.environ else LeanDriver
