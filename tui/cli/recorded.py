"""A recording as what the stand-in serves, and the clocks that go with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from tui.archive.known import Known, KnownBefore
from tui.archive.store import RecordingError
from tui.core.instant import TICKS, Instant
from tui.standin.app import UnansweredError
from tui.standin.records import Record, Records

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.archive.reading import Recording
    from tui.core.connection import Connection
    from tui.standin.endpoint_clock import Reading
    from tui.standin.query import Query
    from tui.standin.scenarios import Switch
    from tui.standin.settings import Assumptions

_LOOK = 0.5
"""Seconds after which it is looked whether the recording goes on."""


class RecordedFleet:
    """What a recording knows as a source of the stand-in's answers.

    Who is active was judged by the endpoint when it was asked, at the last poll before the instant
    that is asked about; windows of start times count from that instant itself.
    """

    plays_fleet_scenarios = False
    seed: int | None = None

    def __init__(self, recording: Recording, organization: str) -> None:
        """``organization`` is whose connections, as ``Recording.feed`` tells it."""
        self._before = KnownBefore(recording, organization)
        self._served: Known | None = None
        self._made: dict[str, tuple[Connection, Record]] = {}
        self._active = self._all = Records([])

    @property
    def connections(self) -> int:
        """Connections that were known when it was last asked."""
        return self._all.connections

    def answer(
        self,
        query: Query,
        at: int,
        switches: tuple[Switch, ...],
        assumptions: Assumptions,
        reading: Reading | None = None,
    ) -> bytes:
        """The body of the endpoint's answer, by the stand-in's meaning of the parameters.

        Raises:
            UnansweredError: the recording cannot be read.
        """
        try:
            known = self._before.at(at)
        except RecordingError as error:
            raise UnansweredError(str(error)) from None
        if known is not self._served:
            self._active = Records(self._records(known.active))
            self._all = Records(self._records((*known.active, *known.others)))
            self._served = known
        records = self._active if query.active_only else self._all
        return records.answer(replace(query, active_only=False), at, switches, assumptions, reading)

    def _records(self, connections: Iterable[Connection]) -> list[Record]:
        """As the stand-in has records: those that started last come first."""
        records = [self._record(one) for one in connections]
        return sorted(records, key=lambda one: -(one.start or 0))

    def _record(self, one: Connection) -> Record:
        made = self._made.get(one.connection_id)
        if made is None or made[0] != one:
            values = one.record()
            made = one, Record(json.dumps(values), values, one.start, one.last_heartbeat)
            self._made[one.connection_id] = made
        return made[1]


class EndClock:
    """The time of the last poll that is recorded, also while it is still being written."""

    def __init__(self, end: Callable[[], Instant]) -> None:
        """``end`` says what the recording's last instant is; it raises ``RecordingError``."""
        self._end = end
        self._at = end()
        self._looked = monotonic()

    def now(self) -> Instant:
        """The instant in ticks."""
        if monotonic() - self._looked > _LOOK:
            self._looked = monotonic()
            try:
                self._at = self._end()
            except RecordingError:
                # What is known stays: whoever asks is told by the answer.
                return self._at
        return self._at


class RunningClock:
    """Runs from an instant on, faster or slower, and stands at the recording's end."""

    def __init__(self, at: Instant, speed: float, end: EndClock) -> None:
        """
        Args:
            at: where it begins.
            speed: its seconds in one second.
            end: up to when it may go.
        """  # noqa: D205, D212
        self._at = at
        self._speed = speed
        self._end = end
        self._since = monotonic()

    def now(self) -> Instant:
        """The instant in ticks."""
        passed = (monotonic() - self._since) * self._speed
        return min(self._at + round(passed * TICKS), self._end.now())
