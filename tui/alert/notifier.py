"""Notifier: takes letters, and delivers them behind everybody's back."""

import queue
import threading
import time
from collections.abc import Callable, Iterable

from tui.alert.channel import Channel, Letter, SendError
from tui.core.safe import safe

WAITING_MOST = 20
"""Letters that wait for a slow channel; what is more is lost, and that is told."""


class Notifier:
    """Sends each letter through every channel, each of which has a thread of its own."""

    def __init__(
        self, channels: Iterable[Channel], changed: Callable[[], None] = lambda: None
    ) -> None:
        """
        Args:
            channels: ways to tell people.
            changed: is called from a thread whenever ``failures`` has changed.
        """  # noqa: D205, D212
        self.changed = changed
        self._lines = [_Line(channel, self._note) for channel in channels]
        self._failures: dict[str, str] = {}

    @property
    def failures(self) -> tuple[str, ...]:
        """What the last word of each channel that has failed is, a sentence each."""
        return tuple(self._failures.values())

    def send(self, letter: Letter) -> None:
        """Deliver a letter, sooner or later; returns at once."""
        for line in self._lines:
            line.take(letter)

    def close(self, seconds: float = 2.0) -> bool:
        """Wait for what is under way, but not longer than so many seconds.

        Returns:
            Whether all has been delivered or given up.
        """
        deadline = time.monotonic() + seconds
        ends = [line.end(deadline) for line in self._lines]
        return all(ends)

    def _note(self, name: str, sentence: str | None) -> None:
        if sentence is None:
            told = self._failures.pop(name, None) is not None
        else:
            told = self._failures.get(name) != sentence
            self._failures[name] = sentence
        if told:
            self.changed()


class _Line:
    """One channel, its queue and its thread, which begins with the first letter."""

    def __init__(self, channel: Channel, note: Callable[[str, str | None], None]) -> None:
        self._channel = channel
        self._note = note
        self._letters: queue.Queue[Letter | None] = queue.Queue(WAITING_MOST)
        # A thread that waits for a far server must not hold up the end of the program.
        self._thread = threading.Thread(target=self._run, name=channel.name, daemon=True)

    def take(self, letter: Letter) -> None:
        try:
            self._letters.put_nowait(letter)
        except queue.Full:
            name = self._channel.name
            self._note(name, f"{name}: {WAITING_MOST} messages wait, so one was not sent")
            return
        if not self._thread.is_alive():
            self._thread.start()

    def end(self, deadline: float) -> bool:
        if not self._thread.is_alive():
            return True
        try:
            self._letters.put(None, timeout=max(0.0, deadline - time.monotonic()))
        except queue.Full:
            self._channel.close()
            return False
        self._thread.join(max(0.0, deadline - time.monotonic()))
        self._channel.close()
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (letter := self._letters.get()) is not None:
            name = self._channel.name
            try:
                self._channel.send(letter)
            except SendError as error:
                self._note(name, f"{name}: {error.sentence}")
            except Exception as error:  # noqa: BLE001  # a library's mistake is no end of watching
                self._note(name, f"{name}: {safe(type(error).__name__, 60)}, which is a mistake")
            else:
                self._note(name, None)
