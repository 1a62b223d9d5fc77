"""Lineage: the sessions of one logical client as one line of life.

A client is told by what it keeps from one connection to the next: API key, address, service and
protocol, unless set otherwise. When one of its connections has stopped and another has opened, the
later follows the earlier: it reconnected, or moved when the server is another one. Both have to be
seen before anything is said, so a second connection beside a healthy first is not a reconnect.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal

from tui.core.connection import Connection, State
from tui.core.events import EventKind
from tui.core.instant import TICKS, Instant, seconds_between, span_text
from tui.core.safe import safe

if TYPE_CHECKING:
    from tui.core.fleet import Tracked

ClientField = Literal["key", "client", "service", "protocol", "dc", "host", "org"]
"""What a client can be told by, as the filter of ``/`` calls it."""
CLIENT_FIELDS: Final[Mapping[ClientField, str]] = {
    "key": "api_key_id",
    "client": "client",
    "service": "service",
    "protocol": "protocol",
    "dc": "data_center",
    "host": "host",
    "org": "organization_id",
}
"""Connection's attribute for each."""
DEFAULT_CLIENT: Final[tuple[ClientField, ...]] = ("key", "client", "service", "protocol")
"""What a client is told by unless set otherwise."""
HANDOVER = 60.0
"""Seconds for which a client may hold its old connection beside its new one: good clients open the
next one before a server restarts."""
LINE_KEPT = 3_600.0
"""Seconds after which a client that does not come back is forgotten."""
SESSIONS_KEPT = 20
"""Stopped sessions that are remembered of one client."""
FLAPS = 3
"""Reconnects within ``FLAP_SPAN`` that make a client flap."""
FLAP_SPAN = 600.0
"""Seconds."""
STORM_SPAN = 60.0
"""Seconds within which many reconnects are a storm."""
_MATCHED_WITHIN = 300.0

ClientKey = tuple[str, ...]
"""What tells one client from another."""


@dataclass(frozen=True, slots=True)
class Session:
    """One connection as part of its client's life."""

    connection_id: str
    start: Instant
    host: str
    data_center: str
    number: int = 1
    """1 for the first that is known of its chain."""
    follows: str | None = None
    """Id of the one that it took the place of."""
    gap: float | None = None
    """Seconds from the last heartbeat of that one to this start; negative when they overlap."""
    stopped: Instant | None = None
    """Its last heartbeat, once it is late, silent or gone; ``None`` while it beats."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A session of which it is not known yet whose place it took."""

    key: ClientKey
    connection_id: str
    start: Instant
    beside: bool = False
    """Whether it was already told that it stands beside another."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something in a client's life that is worth an event."""

    kind: EventKind
    connection_id: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """The lives of all clients."""

    client: tuple[ClientField, ...] = DEFAULT_CLIENT
    """What a client is told by."""
    lines: Mapping[ClientKey, tuple[Session, ...]] = field(default_factory=dict)
    """The sessions of each client by their start."""
    openings: tuple[Opening, ...] = ()
    """The recent ones that follow none so far."""
    returns: tuple[Instant, ...] = ()
    """Starts of the sessions that known clients opened within the last minute."""
    flapping: Mapping[ClientKey, Instant] = field(default_factory=dict)
    """When it was last told that a client flaps."""

    def key_of(self, connection: Connection) -> ClientKey:
        """Whose connection it is."""
        return tuple(getattr(connection, CLIENT_FIELDS[name]) for name in self.client)

    def line_of(self, connection: Connection) -> tuple[Session, ...]:
        """All sessions known of its client, by their start."""
        return self.lines.get(self.key_of(connection), ())


@dataclass(frozen=True, slots=True)
class Traced:
    """What ``trace`` finds."""

    lineage: Lineage
    sessions: Mapping[str, Session]
    """The sessions that are new or read differently, by connection id."""
    steps: tuple[Step, ...]


def trace(
    lineage: Lineage,
    tracked: Mapping[str, "Tracked"],
    changed: Iterable[str],
    at: Instant,
    *,
    quiet: bool,
) -> Traced:
    """The lives after one more answer.

    Args:
        lineage: the lives before.
        tracked: all connections with their present states.
        changed: ids of those that are new, or in another state than before.
        at: server time of the answer.
        quiet: nothing may be concluded from what is new: sessions are noted, steps are not told.
    """
    lines = dict(lineage.lines)
    openings = list(lineage.openings)
    returns = list(lineage.returns)
    touched: dict[ClientKey, None] = {one.key: None for one in openings}
    for identity in changed:
        one = tracked[identity]
        key = lineage.key_of(one.connection)
        line = lines.get(key, ())
        place = next((i for i, each in enumerate(line) if each.connection_id == identity), None)
        touched[key] = None
        if place is None:
            lines[key] = (*line, _session(one))
            openings.append(Opening(key, identity, one.connection.start))
            if line and not quiet:
                returns.append(one.connection.start)
        else:
            session = replace(line[place], stopped=_stopped(one))
            lines[key] = (*line[:place], session, *line[place + 1 :])
    steps: list[Step] = []
    flapping = dict(lineage.flapping)
    waiting = {one.connection_id for one in openings}
    for key in touched:
        lines[key], matched = _match(sorted(lines[key], key=_by_start), waiting)
        for session in matched:
            waiting.discard(session.connection_id)
            if session.connection_id not in tracked:
                continue
            steps.append(_back(session, lines[key], key))
            if _flaps(lines[key], at) and _rested(flapping.get(key), at):
                flapping[key] = at
                steps.append(_flap(session, lines[key], at))
    open_still = []
    for opening in openings:
        if opening.connection_id in waiting and not quiet:
            there = [each for each in lines[opening.key] if each.connection_id in tracked]
            beside = None if opening.beside else _beside(opening, there, at)
            if beside is not None:
                steps.append(beside)
                opening = replace(opening, beside=True)
            if seconds_between(opening.start, at) < _MATCHED_WITHIN:
                open_still.append(opening)
    for key in touched:
        lines[key] = _trimmed(lines[key])
    sessions = {
        each.connection_id: each
        for key in touched
        for each in lines[key]
        if each.connection_id in tracked and tracked[each.connection_id].session != each
    }
    recent = tuple(start for start in returns if seconds_between(start, at) <= STORM_SPAN)
    after = Lineage(
        lineage.client,
        _remembered(lines, tracked, at) if len(lines) > len(tracked) + 1_000 else lines,
        tuple(open_still),
        recent,
        {key: told for key, told in flapping.items() if seconds_between(told, at) <= FLAP_SPAN},
    )
    return Traced(after, sessions, () if quiet else tuple(steps))


def _by_start(session: Session) -> tuple[Instant, str]:
    return session.start, session.connection_id


def _session(one: "Tracked") -> Session:
    record = one.connection
    return Session(
        record.connection_id, record.start, record.host, record.data_center, stopped=_stopped(one)
    )


def _stopped(one: "Tracked") -> Instant | None:
    return None if one.state is State.LIVE else one.connection.last_heartbeat


def _match(
    line: list[Session], waiting: set[str]
) -> tuple[tuple[Session, ...], tuple[Session, ...]]:
    """Give each opening the stopped session whose place it took, where there is one."""
    followed = {each.follows for each in line}
    matched: list[Session] = []
    for place, opening in enumerate(line):
        if opening.connection_id not in waiting or opening.follows is not None:
            continue
        nearest, least = None, LINE_KEPT
        for ending in line[:place]:
            if ending.stopped is None or ending.connection_id in followed:
                continue
            gap = seconds_between(ending.stopped, opening.start)
            if gap >= -HANDOVER and abs(gap) < least:
                nearest, least = ending, abs(gap)
        if nearest is None or nearest.stopped is None:
            continue
        followed.add(nearest.connection_id)
        line[place] = replace(
            opening,
            number=nearest.number + 1,
            follows=nearest.connection_id,
            gap=seconds_between(nearest.stopped, opening.start),
        )
        matched.append(line[place])
    return tuple(line), tuple(matched)


def _back(session: Session, line: tuple[Session, ...], key: ClientKey) -> Step:
    before = next(each for each in line if each.connection_id == session.follows)
    gap = session.gap or 0.0
    when = f"{span_text(gap)} after" if gap >= 0 else f"{span_text(-gap)} before"
    evidence = f"{when} {safe(before.connection_id, 60)} stopped, session {session.number}"
    if (before.host, before.data_center) == (session.host, session.data_center):
        return Step(EventKind.RECONNECTED, session.connection_id, evidence)
    where = f"from {safe(before.host, 60)} to {safe(session.host, 60)}"
    if before.host == session.host:
        where = f"from {safe(before.data_center, 60)} to {safe(session.data_center, 60)}"
    return Step(EventKind.MOVED, session.connection_id, f"{where}, {evidence}")


def _recent(line: tuple[Session, ...], at: Instant) -> list[Session]:
    """Those that took another's place lately."""
    return [
        each
        for each in line
        if each.follows is not None and seconds_between(each.start, at) <= FLAP_SPAN
    ]


def _flaps(line: tuple[Session, ...], at: Instant) -> bool:
    return len(_recent(line, at)) >= FLAPS


def _rested(told: Instant | None, at: Instant) -> bool:
    return told is None or seconds_between(told, at) > FLAP_SPAN


def _flap(session: Session, line: tuple[Session, ...], at: Instant) -> Step:
    recent = _recent(line, at)
    span = span_text(seconds_between(min(each.start for each in recent), at))
    text = f"{len(recent)} reconnects in {span}, session {session.number}"
    return Step(EventKind.FLAPPING, session.connection_id, text)


def _beside(opening: Opening, line: Iterable[Session], at: Instant) -> Step | None:
    """Worth a note: what was one connection has been two for longer than a handover takes."""
    alive = [each for each in line if each.stopped is None]
    if seconds_between(opening.start, at) < HANDOVER or len(alive) != 2:
        return None
    if opening.connection_id not in {each.connection_id for each in alive}:
        return None
    other = next(each for each in alive if each.connection_id != opening.connection_id)
    span = span_text(seconds_between(max(opening.start, other.start), at))
    evidence = f"beside {safe(other.connection_id, 60)} for {span}, both beat"
    return Step(EventKind.OVERLAPPING, opening.connection_id, evidence)


def _trimmed(line: tuple[Session, ...]) -> tuple[Session, ...]:
    stopped = [each.connection_id for each in line if each.stopped is not None]
    if len(stopped) <= SESSIONS_KEPT:
        return line
    old = set(stopped[:-SESSIONS_KEPT])
    return tuple(each for each in line if each.connection_id not in old)


def _remembered(
    lines: Mapping[ClientKey, tuple[Session, ...]], tracked: Mapping[str, "Tracked"], at: Instant
) -> dict[ClientKey, tuple[Session, ...]]:
    """Without the clients that have not been there for long."""
    oldest = at - round(LINE_KEPT * TICKS)
    return {
        key: line
        for key, line in lines.items()
        if any(
            each.connection_id in tracked or (each.stopped or each.start) >= oldest for each in line
        )
    }
