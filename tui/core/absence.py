"""Absence: from when until when a client was without a connection that it had.

A connection is up from its start to its last heartbeat; a pause of up to the documented two minutes
is none. From that heartbeat on its client is absent, until the connection beats again or the
client, as ``lineage`` tells it, opens another one. A client that opened the next before the former
stopped has handed over, and was never absent.
"""

from collections.abc import Iterable, Sequence
from enum import Enum

from msgspec import Struct, field

from tui.core.connection import Connection, State
from tui.core.instant import TICKS, Instant
from tui.core.lineage import HANDOVER, ClientKey
from tui.core.names import NO_LABELS, Labels
from tui.core.spans import Span

UNSEEN = "unseen"
"""The state of one of which nobody knows whether it is there: it is not in what is asked any more,
or what it would be in was cut."""
CHANGED = "changed"
"""The state of one that goes on under another number: a further change follows."""
_THERE = (State.LIVE.value, State.LATE.value)


class Change(Struct, frozen=True, gc=False):
    """A connection enters a state."""

    at: Instant
    """Server time of the answer that showed it."""
    state: str
    """The word of a ``State``, ``UNSEEN`` or ``CHANGED``."""
    last_heartbeat: Instant
    """As known then."""


class Session(Struct, frozen=True, gc=False):
    """One connection as it was recorded."""

    record: Connection
    """What is served of it. Its last heartbeat is not used: the changes have it."""
    client: ClientKey
    """Whose it is."""
    first_seen: Instant
    """Server time of the first answer that had it."""
    changes: tuple[Change, ...]
    """By time."""
    labels: Labels = NO_LABELS
    """What people call its key, client and host."""


class Ending(Enum):
    """How an absence ended. The value is its word for people."""

    RECOVERED = "beats again"
    """The connection itself does."""
    RECONNECTED = "reconnected"
    """The client opened another one on the same server."""
    MOVED = "moved"
    """The client opened another one on another server."""
    HANDED_OVER = "handed over"
    """The client had opened another one shortly before: there was no absence."""
    NONE = "not back"
    """As far as is known it has not ended."""


class Absence(Struct, frozen=True, gc=False):
    """A connection stopped, and its client had none in its place."""

    session: Session
    """The one that stopped."""
    since: Instant
    """Its last heartbeat."""
    until: Instant | None
    """When it was over; ``None`` where it is not."""
    ending: Ending
    """How."""

    @property
    def is_drop(self) -> bool:
        """Whether a connection was lost: its client needs another one."""
        return self.ending in (Ending.RECONNECTED, Ending.MOVED, Ending.NONE)

    @property
    def is_back(self) -> bool:
        """Whether its client has another one."""
        return self.ending in (Ending.RECONNECTED, Ending.MOVED)

    def seconds(self, end: Instant) -> float:
        """How long it was, or has been at ``end``."""
        return ((end if self.until is None else self.until) - self.since) / TICKS


class Attendance(Struct, frozen=True):
    """Who was there when."""

    up: tuple[tuple[Session, Span], ...]
    """When each connection was up."""
    unseen: tuple[tuple[Session, Span], ...]
    """When nobody knew whether it was: of those that were seen again, and of those that were late
    at last and have no successor."""
    absences: tuple[Absence, ...]
    """By their begin."""


class _Life(Struct):
    """What one connection went through."""

    up: list[Span] = field(default_factory=list)
    unseen: list[Span] = field(default_factory=list)
    stops: list["_Stop"] = field(default_factory=list)


class _Stop(Struct, eq=False):
    """A connection stopped; what becomes of it is not known yet."""

    session: Session
    since: Instant
    beats_again: Instant | None = None
    until: Instant | None = None
    ending: Ending = Ending.NONE
    is_doubtful: bool = False
    """Whether it is late at last: unless its client has another one, it may beat again."""


def attendance(sessions: Iterable[Session], end: Instant) -> Attendance:
    """Who was there when, as known at ``end``."""
    up: list[tuple[Session, Span]] = []
    unseen: list[tuple[Session, Span]] = []
    absences: list[Absence] = []
    clients: dict[ClientKey, list[Session]] = {}
    for session in sessions:
        clients.setdefault(session.client, []).append(session)
    for line in clients.values():
        stops: list[_Stop] = []
        for session in line:
            life = _life(session, end)
            up += [(session, span) for span in life.up if span[0] < span[1]]
            unseen += [(session, span) for span in life.unseen if span[0] < span[1]]
            stops += life.stops
        _match(line, stops)
        for one in stops:
            if not one.is_doubtful or one.ending is not Ending.NONE:
                absences.append(Absence(one.session, one.since, one.until, one.ending))
            elif one.since < end:
                unseen.append((one.session, (one.since, end)))
    absences.sort(key=lambda one: (one.since, one.session.record.connection_id))
    return Attendance(tuple(up), tuple(unseen), tuple(absences))


def _life(session: Session, end: Instant) -> _Life:
    """When it was up, and where it stopped."""
    life = _Life()
    # Since when it is up, silent, or unseen: one of them.
    begin: Instant | None = min(session.record.start, session.first_seen)
    silent: _Stop | None = None
    lost: Instant | None = None
    for change in session.changes:
        if change.state == CHANGED:
            continue
        beat = min(change.last_heartbeat, change.at)
        if change.state in _THERE:
            if silent is not None:
                begin = silent.beats_again = max(beat, silent.since)
            elif lost is not None:
                begin = max(lost, change.at)
                life.unseen.append((lost, begin))
            silent = lost = None
        elif begin is not None:
            beat = max(beat, begin)
            life.up.append((begin, beat))
            begin = None
            if change.state == UNSEEN:
                lost = beat
            else:
                silent = _Stop(session, beat)
                life.stops.append(silent)
        elif lost is not None and change.state != UNSEEN:
            # Its last record shows that it was there all the time until then.
            beat = max(beat, lost)
            life.up.append((lost, beat))
            silent, lost = _Stop(session, beat), None
            life.stops.append(silent)
        elif silent is not None and beat > silent.since:
            # Its last record shows that it beat for a little longer.
            life.up.append((silent.since, beat))
            silent.since = beat
    if begin is not None:
        last = session.changes[-1] if session.changes else None
        known = max(begin, end)
        if last is not None and last.state == State.LATE.value:
            # It may have stopped: that is told by its next heartbeat, by what its client does, or
            # after two minutes.
            known = max(begin, min(last.last_heartbeat, last.at))
            life.stops.append(_Stop(session, known, is_doubtful=True))
        life.up.append((begin, known))
    return life


def _match(line: Sequence[Session], stops: Sequence[_Stop]) -> None:
    """Find what ended each absence of one client.

    What the client opens takes the place of what stopped last. Where nothing had, it may take that
    of an older one which stops shortly after.
    """
    # At one instant: what stops, then what beats again, then what opens, and of that what stops
    # at once, which must not take its own place.
    steps: list[tuple[Instant, int, str, _Stop | Session]] = []
    for stop in stops:
        at_once = stop.since <= min(stop.session.record.start, stop.session.first_seen)
        rank = 3 if at_once else 0
        steps.append((stop.since, rank, stop.session.record.connection_id, stop))
        if stop.beats_again is not None:
            steps.append((stop.beats_again, 1, stop.session.record.connection_id, stop))
    for session in line:
        start = min(session.record.start, session.first_seen)
        steps.append((start, 2, session.record.connection_id, session))
    steps.sort(key=lambda step: step[:3])
    missing: list[_Stop] = []
    ahead: list[Session] = []
    for at, kind, _, one in steps:
        if isinstance(one, Session):
            if not missing:
                ahead.append(one)
                continue
            stop = missing.pop()
            stop.until = at
            same = _place(one) == _place(stop.session)
            stop.ending = Ending.RECONNECTED if same else Ending.MOVED
        elif kind == 1:
            if one in missing:
                missing.remove(one)
                one.until, one.ending = at, Ending.RECOVERED
        elif (follower := _ahead_of(one, ahead)) is not None:
            ahead.remove(follower)
            one.until, one.ending = at, Ending.HANDED_OVER
        else:
            missing.append(one)


def _ahead_of(stop: _Stop, ahead: Sequence[Session]) -> Session | None:
    """The latest that was opened beside what stops now, and shortly before."""
    for one in reversed(ahead):
        if one.record.start < stop.since - round(HANDOVER * TICKS):
            return None
        if one.record.start > stop.session.record.start:
            return one
    return None


def _place(session: Session) -> tuple[str, str]:
    return session.record.host, session.record.data_center
