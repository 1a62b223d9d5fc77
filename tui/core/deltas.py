"""Deltas: the fleet after each poll as it differs from that after the poll before, packed.

Nothing is folded again to look at a former fleet: from a keyframe, which holds all that is known,
the deltas lead to it, and also to what each poll brought, so that it can be folded again by who
wants that. What they do not keep is the past of each connection's heartbeats (``Tracked.gaps``),
and of a learned rhythm what is less than a tenth.
"""

from collections.abc import Iterable, Iterator, Sequence
from sys import getsizeof

from msgspec.structs import replace

from tui.core.connection import Connection
from tui.core.delta_form import (
    DeltaHead,
    DeltaRead,
    KeyframeHead,
    Touched,
    read_keyframe,
    write_delta,
    write_keyframe,
)
from tui.core.fleet import Fleet, Tracked
from tui.core.fold import PULSES_KEPT
from tui.core.instant import Instant
from tui.core.lineage import ClientField
from tui.core.memory import named_line, recall, remember
from tui.core.names import NO_LABELS, NO_NAMES, Names
from tui.core.packing import numbers, packed_numbers
from tui.core.roll import Roll
from tui.core.snapshot import Failure, Outcome, Snapshot

_NOTICED = 0.1
"""Change of a rhythm that is kept, as a share of it."""
_BITE = 500
"""Connections that are let go of at once: meanwhile no other thread runs."""


class Deltas:
    """Makes the delta of each poll, and keyframes. Everything is to be shown to it in order."""

    def __init__(self, fleet: Fleet, roll: Roll | None = None) -> None:
        """``fleet`` is what is known before the first poll, ``roll`` that of its keyframe."""
        self._fleet = fleet
        self.roll = roll or Roll()
        """That of the last answer."""
        if roll is None and fleet.last is not None:
            self.roll.take(fleet.last.records)
        self._rhythms = self._known_rhythms()

    def _known_rhythms(self) -> dict[int, float | None]:
        """By number, as they are written."""
        numbered = ((self.roll.number_of(name), one) for name, one in self._fleet.tracked.items())
        return {number: one.rhythm for number, one in numbered if number is not None}

    def add(self, outcome: Outcome, fleet: Fleet) -> bytes:
        """The delta of a poll, after which ``fleet`` is known."""
        before, self._fleet = self._fleet, fleet
        answer = outcome if isinstance(outcome, Snapshot) else None
        believed = answer is not None and _is_folded(answer, before, fleet)
        changes = None if answer is None else self.roll.take(answer.records, keep=believed)
        lineage, former = fleet.lineage, before.lineage
        opens = lineage.openings != former.openings
        forgotten = [name for name in before.tracked if name not in fleet.tracked]
        return write_delta(
            DeltaHead(
                None if answer is None else replace(answer, records=()),
                outcome if isinstance(outcome, Failure) else None,
                changes,
                believed,
                fleet.at,
                fleet.query,
                fleet.outage,
                fleet.standstill,
                fleet.moved_at,
                fleet.verdicts,
                fleet.pulses[-1] if fleet.pulses and fleet.pulses is not before.pulses else None,
                None if fleet.rhythms == before.rhythms else list(fleet.rhythms.items()),
                None if lineage.returns == former.returns else lineage.returns,
                None if lineage.flapping == former.flapping else list(lineage.flapping.items()),
                opens,
            ),
            (self._written(one) for one in self._touched(before, fleet, believed=believed)),
            forgotten,
            (
                (key, line)
                for key, line in lineage.lines.items()
                if lineage is not former and former.lines.get(key) != line
            ),
            (key for key in former.lines if key not in lineage.lines),
            lineage.openings if opens else (),
        )

    def _touched(self, before: Fleet, fleet: Fleet, *, believed: bool) -> Iterator[Tracked]:
        """Who is otherwise than it was, or than the answer that was folded makes it."""
        if fleet.tracked is before.tracked:
            return
        known_by, kept, number_of = before.tracked.get, self._rhythms, self.roll.number_of
        # What the answer does to all whom it has, in that order: their record, and when seen.
        absent = frozenset(self.roll.absent(fleet.tracked) if believed else fleet.tracked)
        for name, one in fleet.tracked.items():
            known = known_by(name)
            if (
                known is not None
                and one.state is known.state
                and one.states is known.states
                and one.session is known.session
                and one.fresh is known.fresh
                and one.final is known.final
                and (
                    one.rhythm is known.rhythm
                    or not _is_noticed(kept.get(number_of(name) or 0), one.rhythm)
                )
                and (name not in absent or _is_as_it_was(known, one))
            ):
                continue
            number = number_of(name)
            if number is not None:
                kept[number] = one.rhythm
            yield one

    def _written(self, one: Tracked) -> Touched:
        number, record = self.roll.number_of(one.connection_id), one.connection
        known = None if number is None else self.roll.record(number)
        return Touched(
            one.connection_id if number is None else number,
            None if known is record or known == record else record,
            one.first_seen,
            one.seen,
            one.state,
            one.gone_at,
            one.rhythm,
            one.states,
            one.fresh,
            one.final,
            one.session,
        )

    def keyframe(self, *, gaps: bool = True) -> tuple[bytes, ...]:
        """All that is known after the last poll, in parts that fit the following deltas.

        ``gaps`` with the past of each connection's heartbeats, without which a later fold would
        learn their rhythms anew: the larger part of a keyframe.
        """
        fleet, roll, lineage = self._fleet, self.roll, self._fleet.lineage
        tracked, lines = fleet.tracked, lineage.lines
        roll.forget(tracked)
        self._rhythms = self._known_rhythms()
        shared = [self._shared(one) for one in tracked.values()]
        named = frozenset(shared)
        others = [number for number in roll.records if number not in named]
        bare = replace(fleet, tracked={}, lineage=replace(lineage, lines={}))
        return write_keyframe(
            KeyframeHead(
                remember(bare, whole=True),
                fleet.pulses,
                roll.following,
                packed_numbers(roll.present),
                packed_numbers(shared),
            ),
            (len(tracked), (_bare(one, gaps=gaps) for one in tracked.values())),
            (len(lines), ((key, named_line(line, tracked)) for key, line in lines.items())),
            (len(others), ((number, roll.record(number)) for number in others)),
        )

    def _shared(self, one: Tracked) -> int:
        """The number of one whose record is that of the roll; else 0."""
        number = self.roll.number_of(one.connection_id)
        if number is None:
            return 0
        known = self.roll.record(number)
        return number if known is one.connection or known == one.connection else 0

    @property
    def size(self) -> int:
        """Bytes that it takes, but for what the fleet itself has."""
        return self.roll.size + getsizeof(self._rhythms)


def _bare(one: Tracked, *, gaps: bool) -> Tracked:
    """Without what people call it."""
    return replace(one, gaps=one.gaps if gaps else (), labels=NO_LABELS)


def _is_folded(answer: Snapshot, before: Fleet, fleet: Fleet) -> bool:
    """Whether it is what is known now: while data stand still, answers are not believed."""
    last = fleet.last
    if last is None or last is answer:
        return last is answer
    # With another time, where data stand still that are the answer to another question.
    return last is not before.last and last.records is answer.records


def _is_as_it_was(known: Tracked, one: Tracked) -> bool:
    """What an answer that does not have a connection leaves as it is."""
    return (
        one.seen == known.seen
        and one.gone_at == known.gone_at
        and one.first_seen == known.first_seen
        and (one.connection is known.connection or one.connection == known.connection)
    )


def _is_noticed(known: float | None, rhythm: float | None) -> bool:
    if known is None or rhythm is None:
        return known is not rhythm
    return abs(rhythm - known) > _NOTICED * known


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
    head, others = read_keyframe(parts)
    fleet = recall(head.memory, client, names)
    kept, present = head.memory.tracked, numbers(head.present)
    records = {
        number: one.connection
        for number, one in zip(numbers(head.numbers), kept, strict=True)
        if number
    }
    records.update(others)
    last = fleet.last
    if last is not None and fleet.standstill is None:
        # While answers are not believed, the last one that was is not the one of the roll.
        last = replace(last, records=tuple([records[number] for number in sorted(present)]))
    while kept:
        del kept[-_BITE:]
    return replace(fleet, last=last, pulses=head.pulses), Roll(records, present, head.following)


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
        reached.go_on(DeltaRead(raw))
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

    def go_on(self, delta: DeltaRead) -> None:
        """One poll more."""
        self._place += 1
        head, fleet, lineage = delta.head, self._fleet, self._fleet.lineage
        answer, changes = head.answer, delta.changes()
        if answer is not None and changes is not None and head.believed:
            for name in self._roll.follow(changes):
                self._left[name] = self._answered
            self._answered = self._place, head.at or 0
            fleet = replace(fleet, last=replace(answer, at=head.at or 0))
        for name in delta.forgotten():
            self._tracked.pop(name, None)
        for one in delta.touched():
            self._touch(one)
        for key in delta.ended():
            self._lines.pop(key, None)
        self._lines.update(delta.lines())
        if head.pulse is not None:
            self._pulses.append(head.pulse)
        openings = delta.openings()
        self._fleet = replace(
            fleet,
            query=head.query,
            outage=head.outage,
            standstill=head.standstill,
            moved_at=head.moved_at,
            verdicts=head.verdicts,
            rhythms=fleet.rhythms if head.rhythms is None else dict(head.rhythms),
            lineage=replace(
                lineage,
                openings=lineage.openings if openings is None else openings,
                returns=lineage.returns if head.returns is None else head.returns,
                flapping=lineage.flapping if head.flapping is None else dict(head.flapping),
            ),
        )

    def _touch(self, one: Touched) -> None:
        """Take in who is otherwise than the answer makes it."""
        connection = one.record or self._record(one.who)
        self._touched[connection.connection_id] = self._place
        self._tracked[connection.connection_id] = Tracked(
            connection,
            one.first_seen,
            one.seen,
            one.state,
            one.gone_at,
            (),
            one.rhythm,
            one.states,
            one.fresh,
            one.final,
            one.session,
            self._fleet.names.of(connection),
        )

    def _record(self, who: int | str) -> Connection:
        number = who if isinstance(who, int) else self._roll.number_of(who)
        assert number is not None
        return self._roll.record(number)

    def fleet(self) -> Fleet:
        """The fleet here. It is the end of the way."""
        fleet, roll = self._fleet, self._roll
        if not self._place:
            return fleet
        last = fleet.last
        if last is not None and self._answered[0]:
            last = replace(last, records=roll.answer())
        tracked = {}
        for name in list(self._tracked):
            # One by one, so that the former ones do not all end at once.
            tracked[name] = self._as_served(self._tracked.pop(name))
        return replace(
            fleet,
            tracked=tracked,
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
        delta = DeltaRead(raw)
        head, changes = delta.head, delta.changes()
        if head.failure is not None:
            yield head.failure
        if head.answer is None or changes is None:
            continue
        if head.believed:
            roll.follow(changes)
            yield replace(head.answer, records=roll.answer())
        else:
            yield replace(head.answer, records=roll.beside(changes))
