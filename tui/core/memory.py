"""Memory: what has to be kept of a fleet, so that a later process can go on with it.

What is told and concluded afterwards is what the same fleet would have told and concluded. Left
out is what only a screen shows: pulses, and most of the past of each connection.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from tui.core.connection import State
from tui.core.events import Event, EventKind
from tui.core.fleet import Fleet, Outage, Standstill, Tracked
from tui.core.fold import LAPSE
from tui.core.instant import TICKS, Instant, seconds_between
from tui.core.lineage import ClientField, ClientKey, Lineage, Opening, Session
from tui.core.names import NO_LABELS, NO_NAMES, Names
from tui.core.query import Query
from tui.core.rhythm import Kind
from tui.core.snapshot import Snapshot
from tui.core.verdict import Verdict

_STATES = 2
"""Changes of state that are kept of a connection: one that has only one is new to its client."""


class Told(Struct, frozen=True):
    """An event with what tells it from all others; ``one`` is its connection as it was then."""

    id: str
    at: Instant
    kind: EventKind
    evidence: str
    one: Tracked | None = None

    @property
    def event(self) -> Event:
        """The event itself."""
        return Event(self.at, self.kind, self.evidence, self.one)


class Memory(Struct, frozen=True):
    """All that is kept. Made of plain values, so that it can be written down."""

    query: Query
    tracked: list[Tracked]
    """Without what people call them."""
    last: Snapshot | None
    """Without its records: those that are there are among the tracked."""
    outage: Outage | None
    standstill: Standstill | None
    moved_at: Instant
    log: list[tuple[Instant, EventKind, str]]
    """What was told of many and of the monitor itself, and the last event of all."""
    verdicts: tuple[Verdict, ...]
    rhythms: list[tuple[Kind, float]]
    client: tuple[ClientField, ...]
    lines: list[tuple[ClientKey, list[str | Session]]]
    """The sessions of each client; of those that are tracked only the id."""
    openings: tuple[Opening, ...]
    returns: tuple[Instant, ...]
    flapping: list[tuple[ClientKey, Instant]]


def remember(fleet: Fleet, *, whole: bool = False) -> Memory:
    """What has to be kept of ``fleet``; ``whole`` with the past of each connection."""
    last, lineage, log = fleet.last, fleet.lineage, fleet.log
    return Memory(
        fleet.query,
        [_kept(one, whole) for one in fleet.tracked.values()],
        None if last is None else replace(last, records=(), ended=last.ended if whole else {}),
        fleet.outage,
        fleet.standstill,
        fleet.moved_at,
        [
            (event.at, event.kind, event.evidence)
            for place, event in enumerate(log, 1)
            if event.one is None or place == len(log)
        ],
        fleet.verdicts,
        list(fleet.rhythms.items()),
        lineage.client,
        [(key, named_line(line, fleet.tracked)) for key, line in lineage.lines.items()],
        lineage.openings,
        lineage.returns,
        list(lineage.flapping.items()),
    )


def _kept(one: Tracked, whole: bool) -> Tracked:
    if whole:
        return replace(one, labels=NO_LABELS)
    return replace(
        one,
        # A rhythm that is learned stays without the gaps that it was learned from.
        gaps=one.gaps if one.rhythm is None else (),
        states=one.states[-_STATES:],
        labels=NO_LABELS,
    )


def named_line(line: Iterable[Session], tracked: Mapping[str, Tracked]) -> list[str | Session]:
    """The sessions of a client; of those that are tracked only the id."""
    return [_named(each, tracked) for each in line]


def _named(session: Session, tracked: Mapping[str, Tracked]) -> str | Session:
    one = tracked.get(session.connection_id)
    return session.connection_id if one is not None and one.session is session else session


def recall(memory: Memory, client: tuple[ClientField, ...], names: Names = NO_NAMES) -> Fleet:
    """The fleet of which ``memory`` was kept.

    Args:
        memory: what was kept.
        client: what tells one client from another now; lives told by something else are forgotten.
        names: what people call keys, clients and hosts now.
    """
    tracked = {one.connection_id: one for one in memory.tracked}
    lineage = Lineage(client)
    if client == memory.client:
        lineage = Lineage(
            client,
            {key: _sessions(line, tracked) for key, line in memory.lines},
            memory.openings,
            memory.returns,
            dict(memory.flapping),
        )
    else:
        tracked = {name: replace(one, session=None) for name, one in tracked.items()}
    if names:
        tracked = {
            name: replace(one, labels=names.of(one.connection)) for name, one in tracked.items()
        }
    return Fleet(
        query=memory.query,
        tracked=tracked,
        last=_with_records(memory.last, tracked),
        outage=memory.outage,
        standstill=memory.standstill,
        moved_at=memory.moved_at,
        log=tuple(Event(at, kind, evidence) for at, kind, evidence in memory.log),
        verdicts=memory.verdicts,
        rhythms=dict(memory.rhythms),
        lineage=lineage,
        names=names,
    )


def _sessions(line: Iterable[str | Session], tracked: Mapping[str, Tracked]) -> tuple[Session, ...]:
    sessions = (tracked[each].session if isinstance(each, str) else each for each in line)
    return tuple(each for each in sessions if each is not None)


def _with_records(last: Snapshot | None, tracked: Mapping[str, Tracked]) -> Snapshot | None:
    if last is None:
        return None
    there = (
        one.connection
        for one in tracked.values()
        if one.seen == last.at and one.state is not State.GONE
    )
    return replace(last, records=tuple(there))


def with_lapse(last: Snapshot, answer: Snapshot, every: float) -> Snapshot:
    """The first ``answer`` after a recalled one, with the time for which nobody asked.

    ``every`` is the interval between polls in seconds: so long is no lapse.
    """
    passed = seconds_between(last.at, answer.at)
    # A server whose clock was set back meanwhile does not tell how long that was.
    lapse = passed - every if passed >= 0 else LAPSE
    return replace(answer, lapse=max(answer.lapse, lapse))


def failed_at(last: Snapshot, wall: Instant) -> Instant:
    """The server's time, as far as the last answer, of another process, lets us know it.

    ``wall`` is the time by this machine's clock.
    """
    skew = last.local_skew or 0.0
    return max(last.at, wall - round(skew * TICKS))
