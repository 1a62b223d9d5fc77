"""Scribe: records beside a screen, in a thread of its own, so that no disk holds the screen up."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from queue import Full, Queue
from threading import Thread
from typing import TYPE_CHECKING, TypeAlias

from tui.archive.bounds import Bounds
from tui.core.fleet import Fleet
from tui.core.snapshot import Outcome

if TYPE_CHECKING:
    from tui.archive.recorder import Recorder

WAITING = 200
"""Polls that wait to be written at the most. Others are left out, and the recording says so."""
PATIENCE = 10.0
"""Seconds for which its end waits for a disk or database that does not answer."""

_Feed: TypeAlias = tuple[str, str]
_Poll: TypeAlias = tuple[_Feed, Outcome | None, Fleet | None]


class Scribe:
    """Takes what several contexts' polls bring, and writes it as soon as that is possible."""

    def __init__(self, where: str, bounds: Bounds) -> None:
        """
        Args:
            where: the name of a file, or the URL of a PostgreSQL database.
            bounds: how much of the past is kept.
        """  # noqa: D205, D212
        self._where = where
        self._name = "the recording"
        self._bounds = bounds
        self._polls: Queue[_Poll | None] = Queue(WAITING)
        self._missed: set[_Feed] = set()
        self._behind: set[_Feed] = set()
        self._recorders: dict[_Feed, Recorder] = {}
        self._trouble: str | None = None
        self._thread: Thread | None = None

    @property
    def troubles(self) -> tuple[str, ...]:
        """Why something is not recorded at present, a sentence each."""
        found = [self._trouble, *(one.trouble for one in list(self._recorders.values()))]
        if self._behind:
            found.append(f"{self._name} takes too long to be written: polls are left out")
        return tuple(dict.fromkeys(one for one in found if one is not None))

    def keep(self, context: str, host: str) -> Callable[[Outcome, Fleet], None]:
        """What keeps the polls of one context from now on; it does not block."""
        feed = context, host
        # Where it was watched before, what follows does not go on from that.
        self._missed.add(feed)

        def keep(outcome: Outcome, fleet: Fleet) -> None:
            if self._thread is None:
                self._thread = Thread(target=self._write_all, name="record", daemon=True)
                self._thread.start()
            try:
                if feed in self._missed:
                    self._polls.put_nowait((feed, None, None))
                    self._missed.discard(feed)
                self._polls.put_nowait((feed, outcome, fleet))
                self._behind.discard(feed)
            except Full:
                self._missed.add(feed)
                self._behind.add(feed)

        return keep

    def close(self) -> None:
        """Write what waits, and let go of the recording."""
        if self._thread is None:
            return
        with suppress(Full):
            self._polls.put(None, timeout=PATIENCE)
            self._thread.join(PATIENCE)
        if self._thread.is_alive():
            self._trouble = f"{self._name} takes too long to be written: the last polls are lost"

    def _write_all(self) -> None:
        # It takes a third of a second, and the first rows are on the screen by now.
        from tui.archive.recorder import Recorder
        from tui.archive.store import RecordingError
        from tui.archive.writer import Writer

        try:
            writer = Writer(self._where)
            self._name = writer.name
            while (poll := self._polls.get()) is not None:
                feed, outcome, fleet = poll
                recorder = self._recorders.get(feed)
                if recorder is None:
                    recorder = self._recorders[feed] = Recorder(writer, *feed, bounds=self._bounds)
                if outcome is None or fleet is None:
                    recorder.miss()
                else:
                    recorder.add(outcome, fleet)
            for recorder in self._recorders.values():
                recorder.close()
            writer.close()
        except RecordingError as error:
            self._trouble = str(error)
        except Exception as error:  # noqa: BLE001  # the screen goes on, and says it
            self._trouble = f"recording has ended by a mistake of ours ({type(error).__name__})"
