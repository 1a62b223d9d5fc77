"""Known: every connection that a recording knows of at an instant, each by its last record."""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select

from tui.archive import schema
from tui.archive.reading import Recording
from tui.archive.rows import record_of
from tui.core.connection import HEARTBEAT_LIMIT, Connection, State
from tui.core.fleet import GONE_KEPT
from tui.core.instant import TICKS, Instant
from tui.core.past import Moment

_OVERLAP = round(2 * GONE_KEPT * TICKS)
"""For so long what the tables say of one that left may still be made more exact."""


class Known(Struct, frozen=True):
    """What was known after a poll."""

    moment: Moment
    active: tuple[Connection, ...] = ()
    """Those that were active then, as the last answer that was believed had them."""
    others: tuple[Connection, ...] = ()
    """All the rest, ever: those that were not active, and those that had left before."""


class KnownBefore:
    """Says what was known at an instant; quickly where time goes on, anew where it goes back."""

    def __init__(self, recording: Recording, organization: str) -> None:
        """``organization`` is whose connections, as ``Recording.feed`` tells it."""
        self._recording = recording
        self._organization = organization
        self._known: Known | None = None
        self._forget()

    def _forget(self) -> None:
        self._since: Instant = -1
        self._rows: dict[int, Any] = {}
        self._records: dict[int, Connection] = {}

    def at(self, instant: Instant) -> Known:
        """What was known after the last poll up to an instant.

        Raises:
            RecordingError: it cannot be read.
        """
        moment = self._recording.moment_at(self._organization, instant)
        if self._known is None or moment != self._known.moment:
            self._known = self._read(moment)
        return self._known

    def _read(self, moment: Moment) -> Known:
        fleet, _ = self._recording.reached(self._organization, moment.place)
        last = fleet.last
        records = () if last is None else last.records
        active = {one.connection_id: one for one in records}
        if last is not None and not last.query.active_only:
            active = {name: one for name, one in active.items() if _is_active(one, last.at)}
        others = self._departed(moment.at)
        others |= {one.connection_id: one for one in records}
        for name, tracked in fleet.tracked.items():
            one = tracked.connection
            # It has left an answer in which everybody active had to be.
            gone = tracked.state is State.GONE
            others[name] = replace(one, is_active=False) if gone else one
        rest = tuple(one for name, one in others.items() if name not in active)
        return Known(moment, tuple(active.values()), rest)

    def _departed(self, at: Instant) -> dict[str, Connection]:
        """Everybody in the tables until ``at``."""
        if at < self._since:
            self._forget()
        connections, states = schema.connections, schema.states
        with self._recording.link() as link:
            rows: Any = link.execute(
                select(connections)
                .where(
                    connections.c.organization == self._organization,
                    connections.c.first_seen > self._since,
                    connections.c.first_seen <= at,
                )
                .order_by(connections.c.first_seen, connections.c.number)
            )
            self._rows |= {row.number: row for row in rows}
            rows = link.execute(
                select(states.c.number, states.c.state, states.c.last_heartbeat)
                .where(
                    states.c.organization == self._organization,
                    states.c.at > self._since - _OVERLAP,
                    states.c.at <= at,
                )
                .order_by(states.c.at)
            )
            for number, state, beat in rows:
                row = self._rows.get(number)
                if row is not None:
                    active = state in (State.LIVE.value, State.LATE.value)
                    self._records[number] = record_of(row, beat, is_active=active)
        self._since = at
        # A later row of the same connection has taken the place of an earlier one.
        records = sorted(self._records.items())
        return {one.connection_id: one for _, one in records}


def _is_active(one: Connection, at: Instant) -> bool:
    return one.is_active and one.beat_age(at) <= HEARTBEAT_LIMIT
