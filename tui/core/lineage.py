"""Lineage: the sessions of one logical client as one line of life.

A client is told by what it keeps from one connection to the next: API key, address, service and
protocol, unless set otherwise. When one of its connections has stopped and another has opened, the
later follows the earlier: it reconnected, or moved when the server is another one. Both have to be
seen before anything is said, so a second connection beside a healthy first is not a reconnect.
"""

from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct, field
from msgspec.structs import replace

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


class Session(Struct, frozen=True, gc=False):
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


class Opening(Struct, frozen=True):
    """A session of which it is not known yet whose place it took."""

    key: ClientKey
    connection_id: str
    start: Instant
    beside: bool = False
    """Whether it was already told that it stands beside another."""
    silent: bool = False
    """It was there when stock was taken: whose place it took is noted, but not told."""


class Step(Struct, frozen=True):
    """Something in a client's life that is worth an event."""

    kind: EventKind
    connection_id: str
    evidence: str


class Lineage(Struct, frozen=True):
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


class Traced(Struct, frozen=True):
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
    # By client: should an id come back as another client's, its former session waits no more.
    before: dict[ClientKey, set[str]] = {one.key: set() for one in lineage.openings}
    silent = set()
    for opening in lineage.openings:
        before[opening.key].add(opening.connection_id)
        if opening.silent:
            silent.add(opening.connection_id)
    touched: dict[ClientKey, list[Tracked]] = {one.key: [] for one in lineage.openings}
    for identity in changed:
        one = tracked[identity]
        touched.setdefault(lineage.key_of(one.connection), []).append(one)
    openings = list(lineage.openings)
    returns = list(lineage.returns)
    flapping = dict(lineage.flapping)
    steps: list[Step] = []
    for key, ones in touched.items():
        line = _refreshed(lines.get(key, ()), tracked)
        known = {each.connection_id for each in line}
        waited = before.get(key, set())
        replaceable = _replaceable(line, waited - silent)
        line += [_session(one) for one in ones if one.connection_id not in known]
        # One whose session was forgotten and that beats again has not opened: it was there before.
        new = [one for one in ones if one.connection_id not in known and len(one.states) == 1]
        if not quiet:
            returns += [one.connection.start for one in new][:replaceable]
        openings += [
            Opening(key, one.connection_id, one.connection.start, silent=quiet)
            for one in new
            if abs(seconds_between(one.connection.start, at)) < _MATCHED_WITHIN
        ]
        waiting = waited | {one.connection_id for one in new}
        line.sort(key=_by_start)
        matched = [session for session in _match(line, waiting) if session.connection_id in tracked]
        for session in () if quiet else matched:
            if session.connection_id in silent:
                continue
            steps.append(_back(session, line))
            chain = _recent(session, line, at)
            if len(chain) >= FLAPS and _rested(flapping.get(key), at):
                flapping[key] = at
                steps.append(_flap(session, chain, at))
        lines[key] = tuple(line)
    there = {
        key: {one.connection_id: one for one in lines[key] if one.connection_id in tracked}
        for key in touched
    }
    open_still = []
    for opening in openings:
        own = there[opening.key].get(opening.connection_id)
        if own is None or own.follows is not None:
            continue
        told = opening.beside or opening.silent or quiet
        beside = None if told else _beside(own, there[opening.key].values(), tracked)
        if beside is not None:
            steps.append(beside)
            opening = replace(opening, beside=True)
        if abs(seconds_between(opening.start, at)) < _MATCHED_WITHIN:
            open_still.append(opening)
    for key in touched:
        lines[key] = _trimmed(lines[key], tracked)
    sessions = {
        each.connection_id: each
        for key in touched
        for each in lines[key]
        if each.connection_id in tracked and tracked[each.connection_id].session != each
    }
    after = Lineage(
        lineage.client,
        _remembered(lines, tracked, at) if len(lines) > len(tracked) + 1_000 else lines,
        tuple(open_still),
        tuple(start for start in returns if abs(seconds_between(start, at)) <= STORM_SPAN),
        {key: told for key, told in flapping.items() if seconds_between(told, at) <= FLAP_SPAN},
    )
    return Traced(after, sessions, tuple(steps))


def _refreshed(line: Iterable[Session], tracked: Mapping[str, "Tracked"]) -> list[Session]:
    """The same with the last heartbeats as they are known now: last records come late."""
    fresh = []
    for each in line:
        one = tracked.get(each.connection_id)
        stopped = each.stopped if one is None else _stopped(one)
        fresh.append(each if stopped == each.stopped else replace(each, stopped=stopped))
    return fresh


def _replaceable(line: Sequence[Session], waiting: set[str]) -> int:
    """How many of ``line`` further connections may replace.

    A client that opens more and more beside its first replaces one, and the others are growth.
    """
    followed = {each.follows for each in line}
    free = 0
    for place, each in enumerate(line):
        waits = each.connection_id in waiting
        if waits and free:
            free -= 1
        counts = place == 0 or not waits or each.stopped is not None
        if counts and each.connection_id not in followed:
            free += 1
    return free


def _by_start(session: Session) -> tuple[Instant, str]:
    return session.start, session.connection_id


def _session(one: "Tracked") -> Session:
    record = one.connection
    return Session(
        record.connection_id, record.start, record.host, record.data_center, stopped=_stopped(one)
    )


def _stopped(one: "Tracked") -> Instant | None:
    return None if one.state is State.LIVE else one.connection.last_heartbeat


def _match(line: list[Session], waiting: set[str]) -> list[Session]:
    """Give each opening the stopped session whose place it took, where there is one.

    ``line`` is changed in place; those that follow another since now are returned.
    """
    followed = {each.follows for each in line}
    endings = sorted(
        (each.stopped, place)
        for place, each in enumerate(line)
        if each.stopped is not None and each.connection_id not in followed
    )
    matched = set()
    for place, opening in enumerate(line):
        if opening.connection_id not in waiting or opening.follows is not None:
            continue
        nearest = _nearest(endings, opening.start, place)
        if nearest is None:
            continue
        stopped, before = endings.pop(nearest)
        gap = seconds_between(stopped, opening.start)
        line[place] = replace(opening, follows=line[before].connection_id, gap=gap)
        matched.add(opening.connection_id)
    if matched:
        _number(line)
    return [each for each in line if each.connection_id in matched]


def _nearest(endings: Sequence[tuple[Instant, int]], start: Instant, place: int) -> int | None:
    """Which of the endings, in order of time, lies nearest to a start; those of later ones don't.

    One that still beat a little after the start counts, since good clients hand over.
    """
    middle = bisect(endings, (start, place))
    found: list[tuple[float, int]] = []
    for ways in (range(middle - 1, -1, -1), range(middle, len(endings))):
        for index in ways:
            gap = seconds_between(endings[index][0], start)
            if not -HANDOVER <= gap < LINE_KEPT:
                break
            if endings[index][1] < place:
                found.append((abs(gap), index))
                break
    return min(found)[1] if found else None


def _number(line: list[Session]) -> None:
    """Count along each chain: an earlier link may have been found after a later one."""
    numbers: dict[str, int] = {}
    for place, each in enumerate(line):
        number = numbers[each.follows] + 1 if each.follows in numbers else each.number
        numbers[each.connection_id] = number
        if number != each.number:
            line[place] = replace(each, number=number)


def _back(session: Session, line: Iterable[Session]) -> Step:
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


def _recent(session: Session, line: Iterable[Session], at: Instant) -> list[Session]:
    """The chain that led to ``session``, as far as it was made lately, the latest first.

    Only a chain flaps: several connections of one client that come back once each do not.
    """
    known = {each.connection_id: each for each in line}
    chain: list[Session] = []
    each: Session | None = session
    while each is not None and each.follows is not None:
        if seconds_between(each.start, at) > FLAP_SPAN:
            break
        chain.append(each)
        each = known.get(each.follows)
    return chain


def _rested(told: Instant | None, at: Instant) -> bool:
    return told is None or seconds_between(told, at) > FLAP_SPAN


def _flap(session: Session, chain: list[Session], at: Instant) -> Step:
    span = span_text(seconds_between(chain[-1].start, at))
    text = f"{len(chain)} reconnects in {span}, session {session.number}"
    return Step(EventKind.FLAPPING, session.connection_id, text)


def _beside(own: Session, line: Iterable[Session], tracked: Mapping[str, "Tracked"]) -> Step | None:
    """Worth a note: what was one connection has been two for longer than a handover takes.

    The later one tells it, and only by heartbeats: one of which no stop is known yet may have
    stopped long ago.
    """
    alive = list(islice((each for each in line if each.stopped is None), 3))
    if len(alive) != 2 or own != alive[1]:
        return None
    other = alive[0]
    both = min(tracked[each.connection_id].connection.last_heartbeat for each in alive)
    beside = seconds_between(own.start, both)
    if beside <= HANDOVER:
        return None
    evidence = f"beside {safe(other.connection_id, 60)} for {span_text(beside)}, both beat"
    return Step(EventKind.OVERLAPPING, own.connection_id, evidence)


def _trimmed(line: tuple[Session, ...], tracked: Mapping[str, "Tracked"]) -> tuple[Session, ...]:
    """Without the oldest of those that stopped, or left without a trace."""
    ended = [
        each.connection_id
        for each in line
        if each.stopped is not None or each.connection_id not in tracked
    ]
    old = set(ended[:-SESSIONS_KEPT])
    return tuple(each for each in line if each.connection_id not in old) if old else line


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
