"""Writes to the terminal, in threads: however slow it is, nobody else waits for it."""

import os
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Condition, Thread

from tui.view.output.pace import Pace
from tui.view.output.screen import Screen
from tui.view.output.stream import Stream

_PIECE = 4096
"""Characters that are sent at once to a terminal that does not keep up. About as much waits in the
system then, which is what the newest frame has to wait for."""
_GLANCE = 0.02
"""Seconds until a terminal that is full is tried again, where the system does not wait for it."""

Order = Callable[[Screen], None]


class Terminal:
    """What shows what is written to it, sooner or later.

    One thread reads all that is written into the model of the screen, at once, so that it takes no
    more memory than the model does. Another sends what differs, and may wait as long as it likes:
    afterwards it sends what differs then. The terminal's descriptor goes on to block, for it is
    the shell's, too.
    """

    def __init__(
        self,
        descriptor: int,
        screen: Screen,
        encode: Callable[[str], bytes],
        slow: Callable[[], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """
        Args:
            descriptor: of the terminal.
            screen: the model, used by the threads alone from now on.
            encode: how characters are sent.
            slow: is called once, in a thread, when the terminal proves to be slow.
            failed: is called, in a thread, when one of them cannot go on. From then on all that
                is written goes to the terminal as it is.
        """  # noqa: D205, D212
        self._descriptor = descriptor
        self._screen = screen
        self._encode = encode
        self._slow = slow
        self._failed = failed
        self._is_broken = False
        # Of all queues this one can be put into by a signal's handler, wherever that came.
        self._orders: SimpleQueue[str | Order | None] = SimpleQueue()
        self._changed = Condition()
        self._ended = False
        self._threads = [
            Thread(target=self._guard, args=[run], name=name, daemon=True)
            for run, name in ((self._read, "conntop-frames"), (self._send, "conntop-output"))
        ]
        for thread in self._threads:
            thread.start()

    def write(self, text: str) -> None:
        """Show ``text``. Never waits."""
        if self._is_broken:
            # Nobody knows in which style it was left.
            self._write(self._encode(f"\x1b[0m{text}"))
        else:
            self._orders.put(text)

    def order(self, order: Order) -> None:
        """Do something to the model, after all that was written. Never waits."""
        self._orders.put(order)

    def close(self) -> None:
        """Wait until all is sent, for good if need be: who knows better ends the process."""
        self._orders.put(None)
        for thread in self._threads:
            thread.join()

    def _guard(self, run: Callable[[], None]) -> None:
        try:
            run()
        except Exception as error:  # noqa: BLE001  # a screen that stands still would look fresh
            self._is_broken = True
            with self._changed:
                self._ended = True
                self._changed.notify()
            self._failed(error)

    def _read(self) -> None:
        stream = Stream(self._screen)
        while not self._ended:
            orders = [self._orders.get()]
            try:
                while True:
                    orders.append(self._orders.get_nowait())
            except Empty:
                pass
            with self._changed:
                for order in orders:
                    if order is None:
                        stream.end()
                        self._ended = True
                    elif isinstance(order, str):
                        stream.feed(order)
                    else:
                        order(self._screen)
                self._changed.notify()

    def _send(self) -> None:
        pace = Pace()
        is_slow = False
        while True:
            with self._changed:
                while not self._screen.is_waiting or self._is_broken:
                    if self._ended:
                        return
                    self._changed.wait()
                text = self._screen.take(None if pace.keeps_up else _PIECE)
            data = self._encode(text)
            # Piece by piece: one long wait may be a line that stalled, several are a slow one.
            for start in range(0, len(data), _PIECE):
                begin = time.monotonic()
                if not self._write(data[start : start + _PIECE]):
                    return
                pace.wrote(begin, time.monotonic())
            if pace.is_slow and not is_slow:
                is_slow = True
                self._slow()

    def _write(self, data: bytes) -> bool:
        """Whether there is a terminal."""
        try:
            while data:
                try:
                    data = data[os.write(self._descriptor, data) :]
                except BlockingIOError:
                    # Some program before us has left it so that it does not wait by itself, and
                    # a terminal that is full may seem to be ready.
                    time.sleep(_GLANCE)
        except OSError:
            # It is gone, and with it everyone who could be told. ``ending`` hears of it.
            return False
        return True
