"""Deltas: the fleet after each poll as it differs from that after the poll before, packed.

Nothing is folded again to look at a former fleet: from a keyframe, which holds all that is known,
the deltas lead to it, and also to what each poll brought, so that it can be folded again by who
wants that. What they do not keep is the past of each connection's heartbeats (``Tracked.gaps``),
and of a learned rhythm what is less than a tenth.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tui.core.connection import Connection
from tui.core.fleet import Fleet, Outage, Pulse, Standstill, Tracked
from tui.core.fold import PULSES_KEPT
from tui.core.instant import Instant
from tui.core.lineage import ClientField, ClientKey, Opening, Session
from tui.core.memory import Memory, recall, remember
from tui.core.names import NO_LABELS, NO_NAMES, Names
from tui.core.query import Query
from tui.core.rhythm import Kind
from tui.core.roll import Changes, Roll
from tui.core.snapshot import Failure, Outcome, Snapshot
from tui.core.verdict import Verdict

_BITE = 500
"""Values that are packed at once: meanwhile no other thread runs."""
_NOTICED = 0.1
"""Change of a rhythm that is kept, as a share of it."""

_T = TypeVar("_T")
_Line = tuple[ClientKey, list[str | Session]]
_Number = tuple[int, str | Connection]


class _Head(Struct, frozen=True, array_like=True):
    """The first part of a keyframe."""

    memory: Memory
    """Without its tracked connections and lines."""
    pulses: tuple[Pulse, ...]
    following: int
    present: list[int]
    bites: tuple[int, int]
    """How many parts follow of the tracked, and of the lines."""


class _Delta(Struct, frozen=True, array_like=True):
    """One poll."""

    answer: Snapshot | None
    """Without its records."""
    failure: Failure | None
    changes: Changes | None
    """``None`` for a failure."""
    believed: bool
    """Whether the fleet was folded from it."""
    at: Instant | None
    """The fleet's time."""
    query: Query
    touched: list[Tracked]
    """Who is otherwise than the answer makes it, without gaps and labels."""
    forgotten: list[str]
    outage: Outage | None
    standstill: Standstill | None
    moved_at: Instant
    verdicts: tuple[Verdict, ...]
    pulse: Pulse | None
    rhythms: list[tuple[Kind, float]] | None
    """``None`` where they are as before, as with the following."""
    lines: list[tuple[ClientKey, tuple[Session, ...]]]
    ended: list[ClientKey]
    """Lines that are forgotten."""
    openings: tuple[Opening, ...] | None
    returns: tuple[Instant, ...] | None
    flapping: list[tuple[ClientKey, Instant]] | None


_UNPACK = msgspec.msgpack.Decoder(_Delta)


class Deltas:
    """Makes the delta of each poll, and keyframes. Everything is to be shown to it in order."""

    def __init__(self, fleet: Fleet, roll: Roll | None = None) -> None:
        """``fleet`` is what is known before the first poll, ``roll`` that of its keyframe."""
        self._fleet = fleet
        self.roll = roll or Roll()
        """That of the last answer."""
        self._rhythms = {name: one.rhythm for name, one in fleet.tracked.items()}

    def add(self, outcome: Outcome, fleet: Fleet) -> bytes:
        """The delta of a poll, after which ``fleet`` is known."""
        before, self._fleet = self._fleet, fleet
        answer = outcome if isinstance(outcome, Snapshot) else None
        believed = answer is not None and (
            fleet.last is not None and fleet.last.records is answer.records
        )
        changes = (
            None if answer is None else self.roll.take(answer.records, answer.at, keep=believed)
        )
        lineage, former = fleet.lineage, before.lineage
        delta = _Delta(
            None if answer is None else replace(answer, records=()),
            outcome if isinstance(outcome, Failure) else None,
            changes,
            believed,
            fleet.at,
            fleet.query,
            list(self._touched(before, fleet, answer if believed else None)),
            [name for name in before.tracked if name not in fleet.tracked],
            fleet.outage,
            fleet.standstill,
            fleet.moved_at,
            fleet.verdicts,
            fleet.pulses[-1] if fleet.pulses and fleet.pulses is not before.pulses else None,
            None if fleet.rhythms == before.rhythms else list(fleet.rhythms.items()),
            [
                (key, line)
                for key, line in lineage.lines.items()
                if lineage is not former and former.lines.get(key) != line
            ],
            [key for key in former.lines if key not in lineage.lines],
            None if lineage.openings == former.openings else lineage.openings,
            None if lineage.returns == former.returns else lineage.returns,
            None if lineage.flapping == former.flapping else list(lineage.flapping.items()),
        )
        for name in delta.forgotten:
            self._rhythms.pop(name, None)
        return _packed(delta)

    def _touched(self, before: Fleet, fleet: Fleet, answer: Snapshot | None) -> Iterator[Tracked]:
        """Who is otherwise than it was, or than the answer that was folded makes it."""
        served: Mapping[str, Connection] = {}
        if answer is not None:
            served = {one.connection_id: one for one in answer.records}
        elif fleet.tracked is before.tracked:
            return
        for name, one in fleet.tracked.items():
            known, record = before.tracked.get(name), served.get(name)
            if known is not None:
                seen, connection = known.seen, known.connection
                if record is not None:
                    seen, connection = fleet.at or 0, record
                same = (
                    one.state is known.state
                    and one.states is known.states
                    and one.session is known.session
                    and one.fresh == known.fresh
                    and one.final == known.final
                    and one.gone_at == known.gone_at
                    and one.first_seen == known.first_seen
                    and one.seen == seen
                    and one.connection == connection
                    and not _is_noticed(self._rhythms.get(name), one.rhythm)
                )
                if same:
                    continue
            self._rhythms[name] = one.rhythm
            yield replace(one, gaps=(), labels=NO_LABELS)

    def keyframe(self) -> tuple[bytes, ...]:
        """All that is known after the last poll, in parts that fit the following deltas."""
        fleet, roll = self._fleet, self.roll
        roll.forget(fleet.tracked)
        self._rhythms = {name: one.rhythm for name, one in fleet.tracked.items()}
        memory = remember(fleet, whole=True)
        named = [
            (number, one.connection_id if _has(fleet, one) else one)
            for number, one in ((number, roll.record(number)) for number in list(roll.records))
        ]
        tracked = [_packed(bite) for bite in _bites(memory.tracked)]
        lines = [_packed(bite) for bite in _bites(memory.lines)]
        head = _Head(
            replace(memory, tracked=[], lines=[]),
            fleet.pulses,
            roll.following,
            sorted(roll.present),
            (len(tracked), len(lines)),
        )
        return (_packed(head), *tracked, *lines, *(_packed(bite) for bite in _bites(named)))


def _is_noticed(known: float | None, rhythm: float | None) -> bool:
    if known is None or rhythm is None:
        return known is not rhythm
    return abs(rhythm - known) > _NOTICED * known


def _has(fleet: Fleet, record: Connection) -> bool:
    one = fleet.tracked.get(record.connection_id)
    return one is not None and one.connection == record


def open_keyframe(
    parts: Sequence[bytes], client: tuple[ClientField, ...], names: Names = NO_NAMES
) -> tuple[Fleet, Roll]:
    """The fleet and the roll of which ``parts`` were made.

    Its log has only those events that further folds look at.

    Args:
        parts: as ``Deltas.keyframe`` made them.
        client: what tells one client from another now, as in ``recall``.
        names: what people call keys, clients and hosts now.

    Raises:
        msgspec.MsgspecError: they are of something else.
        zlib.error: they are damaged.
    """
    head = msgspec.msgpack.decode(zlib.decompress(parts[0]), type=_Head)
    first, second = 1 + head.bites[0], 1 + sum(head.bites)
    memory = replace(
        head.memory,
        tracked=list(_opened(parts[1:first], list[Tracked])),
        lines=list(_opened(parts[first:second], list[_Line])),
    )
    fleet = recall(memory, client, names)
    records = {
        number: fleet.tracked[one].connection if isinstance(one, str) else one
        for number, one in _opened(parts[second:], list[_Number])
    }
    last = fleet.last
    if last is not None and fleet.standstill is None:
        # While answers are not believed, the last one that was is not the one of the roll.
        last = replace(last, records=tuple(records[number] for number in head.present))
    fleet = replace(fleet, last=last, pulses=head.pulses)
    return fleet, Roll(records, head.present, head.following)


def fleet_after(fleet: Fleet, roll: Roll, deltas: Iterable[bytes]) -> Fleet:
    """The fleet after all of ``deltas``, but for its events and its log.

    Args:
        fleet: what was known before them.
        roll: that of the same poll. It goes on with them.
        deltas: as they follow each other.

    Raises:
        msgspec.MsgspecError: they are of something else.
        zlib.error: they are damaged.
    """
    reached = _Reached(fleet, roll)
    for raw in deltas:
        reached.go_on(_unpacked(raw))
    return reached.fleet()


class _Reached:
    """The fleet on its way through deltas: what an answer makes of everybody is done but once."""

    def __init__(self, fleet: Fleet, roll: Roll) -> None:
        self._fleet = fleet
        self._roll = roll
        self._tracked = dict(fleet.tracked)
        self._lines = dict(fleet.lineage.lines)
        self._pulses = list(fleet.pulses)
        self._place = 0
        self._answered = 0, fleet.at or 0
        """Of the last answer that was believed: its place, and the fleet's time after it."""
        self._touched: dict[str, int] = {}
        """Where who was otherwise than the answer made it."""
        self._left: dict[str, tuple[int, Instant]] = {}
        """By id, the last answer that had it."""

    def go_on(self, delta: _Delta) -> None:
        """One poll more."""
        self._place += 1
        fleet, lineage = self._fleet, self._fleet.lineage
        answer = delta.answer
        if answer is not None and delta.changes is not None and delta.believed:
            for name in self._roll.follow(delta.changes, answer.at):
                self._left[name] = self._answered
            self._answered = self._place, delta.at or 0
            fleet = replace(fleet, last=replace(answer, at=delta.at or 0))
        for name in delta.forgotten:
            self._tracked.pop(name, None)
        for one in delta.touched:
            name = one.connection_id
            self._touched[name] = self._place
            self._tracked[name] = replace(one, labels=fleet.names.of(one.connection))
        for key in delta.ended:
            self._lines.pop(key, None)
        self._lines.update(delta.lines)
        if delta.pulse is not None:
            self._pulses.append(delta.pulse)
        self._fleet = replace(
            fleet,
            query=delta.query,
            outage=delta.outage,
            standstill=delta.standstill,
            moved_at=delta.moved_at,
            verdicts=delta.verdicts,
            rhythms=fleet.rhythms if delta.rhythms is None else dict(delta.rhythms),
            lineage=replace(
                lineage,
                openings=lineage.openings if delta.openings is None else delta.openings,
                returns=lineage.returns if delta.returns is None else delta.returns,
                flapping=lineage.flapping if delta.flapping is None else dict(delta.flapping),
            ),
        )

    def fleet(self) -> Fleet:
        """The fleet here."""
        fleet, roll = self._fleet, self._roll
        if not self._place:
            return fleet
        last = fleet.last
        if last is not None and self._answered[0]:
            last = replace(last, records=roll.answer())
        return replace(
            fleet,
            tracked={name: self._as_served(one) for name, one in self._tracked.items()},
            last=last,
            lineage=replace(fleet.lineage, lines=self._lines),
            pulses=tuple(self._pulses[-PULSES_KEPT:]),
            events=(),
        )

    def _as_served(self, one: Tracked) -> Tracked:
        """The connection with the record of the last answer that had it."""
        name = one.connection_id
        number = self._roll.number_of(name)
        if number is None:
            return one
        present = number in self._roll.present
        place, seen = self._answered if present else self._left.get(name, (0, 0))
        if self._touched.get(name, 0) >= place:
            return one
        return replace(one, connection=self._roll.record(number), seen=seen, gaps=())


def outcomes_after(roll: Roll, deltas: Iterable[bytes]) -> Iterator[Outcome]:
    """What each of the polls brought, from the roll of the keyframe before them.

    Raises:
        msgspec.MsgspecError: they are of something else.
        zlib.error: they are damaged.
    """
    for raw in deltas:
        delta = _unpacked(raw)
        if delta.failure is not None:
            yield delta.failure
        if delta.answer is None or delta.changes is None:
            continue
        answer = delta.answer
        if delta.believed:
            roll.follow(delta.changes, answer.at)
            yield replace(answer, records=roll.answer())
        else:
            yield replace(answer, records=roll.beside(delta.changes, answer.at))


def _unpacked(raw: bytes) -> _Delta:
    return _UNPACK.decode(zlib.decompress(raw))


def _bites(values: Iterable[_T]) -> Iterator[list[_T]]:
    rest = iter(values)
    while bite := list(islice(rest, _BITE)):
        yield bite


def _packed(value: object) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(value), 6)


def _opened(parts: Iterable[bytes], kind: type[list[_T]]) -> Iterator[_T]:
    for part in parts:
        yield from msgspec.msgpack.decode(zlib.decompress(part), type=kind)
