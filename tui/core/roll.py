"""Roll: each connection by a number, so that an answer is kept as what has changed in it.

A record's texts hardly ever change: they are kept once, when a connection arrives. Each further
answer keeps who left, and the heartbeats of those that beat: about four bytes each.
"""

from collections.abc import Iterable, Iterator, Mapping
from math import floor

from msgspec import Struct
from msgspec.structs import replace

from tui.core.connection import Connection
from tui.core.instant import Instant

_Odd = tuple[Instant, float, bool]
"""``updated``, duration and activity, where they do not follow from the heartbeat."""


class Changes(Struct, frozen=True, array_like=True):
    """An answer as it differs from the one before. Times are ticks back from the answer's."""

    left: list[int]
    """Numbers, each as the difference to the one before."""
    came: list[int]
    """In the answer again, as they were."""
    beat: list[int]
    """Others than in the answer before; the ages are those of their last heartbeats."""
    ages: list[int]
    odd: list[tuple[int, int, float, bool]]
    """Place among ``beat``, ``updated``, duration and activity of those whose record does not
    follow from the heartbeat."""
    arrived: list[tuple[int, Connection]]
    """Who was not known, or is another than before."""


class Roll:
    """Who is known by which number, and who was in the last answer. It changes with each."""

    def __init__(
        self,
        records: Mapping[int, Connection] | None = None,
        present: Iterable[int] = (),
        following: int = 1,
    ) -> None:
        """
        Args:
            records: the last record of each that is known, by number.
            present: the numbers of those in the last answer.
            following: the next number to give.
        """  # noqa: D205, D212
        self.records = dict(records or {})
        self.present = set(present)
        self.following = following
        self._numbers = {one.connection_id: number for number, one in self.records.items()}
        self._beats: dict[int, tuple[Instant, _Odd | None]] = {}

    def number_of(self, connection_id: str) -> int | None:
        """The present number of a connection; ``None`` of one that is not known."""
        return self._numbers.get(connection_id)

    def record(self, number: int) -> Connection:
        """The last record of one that is known."""
        beat = self._beats.pop(number, None)
        if beat is not None:
            self.records[number] = _beating(self.records[number], *beat)
        return self.records[number]

    def take(self, records: Iterable[Connection], at: Instant, *, keep: bool = True) -> Changes:
        """How an answer differs from the one before.

        Args:
            records: what is in it.
            at: the server's time.
            keep: whether the next one is compared with this one, or still with that before.
        """
        arrived: list[tuple[int, Connection]] = []
        came: list[int] = []
        beating: dict[int, Connection] = {}
        there: set[int] = set()
        following = self.following
        for record in records:
            number = self._numbers.get(record.connection_id)
            known = None if number is None else self.record(number)
            if number is None or known is None or not _is_same(known, record):
                number, following = following, following + 1
                arrived.append((number, record))
            elif known != record:
                beating[number] = record
            elif number not in self.present:
                came.append(number)
            there.add(number)
        beat = sorted(beating)
        changes = Changes(
            _steps(sorted(self.present - there)),
            _steps(sorted(came)),
            _steps(beat),
            [at - beating[number].last_heartbeat for number in beat],
            [
                (place, at - one.updated, one.duration, one.is_active)
                for place, one in enumerate(beating[number] for number in beat)
                if not _follows(one)
            ],
            arrived,
        )
        if keep:
            self._arrive(arrived)
            self.records.update(beating)
            self.present = there
        return changes

    def follow(self, changes: Changes, at: Instant) -> list[str]:
        """Go on to the answer of ``at``; the ids of those that were in the one before only."""
        gone = list(_numbers(changes.left))
        left = [self.records[number].connection_id for number in gone]
        self.present.difference_update(gone)
        self.present.update(_numbers(changes.came))
        beats = [(at - age, None) for age in changes.ages]
        beat = list(_numbers(changes.beat))
        self._beats.update(zip(beat, beats, strict=True))
        for place, ticks, duration, is_active in changes.odd:
            self._beats[beat[place]] = beats[place][0], (at - ticks, duration, is_active)
        self.present.update(beat)
        self._arrive(changes.arrived)
        self.present.update(number for number, _ in changes.arrived)
        return left

    def answer(self) -> tuple[Connection, ...]:
        """The records of the last answer, in the order of their numbers."""
        return tuple(self.record(number) for number in sorted(self.present))

    def beside(self, changes: Changes, at: Instant) -> tuple[Connection, ...]:
        """The records of an answer that was not kept."""
        other = Roll({number: self.record(number) for number in list(self.records)}, self.present)
        other.follow(changes, at)
        return other.answer()

    def _arrive(self, arrived: Iterable[tuple[int, Connection]]) -> None:
        """Take in who has a new number; a connection that is another than before loses its old."""
        for number, record in arrived:
            former = self._numbers.get(record.connection_id)
            if former is not None:
                del self.records[former]
                self._beats.pop(former, None)
                self.present.discard(former)
            self._numbers[record.connection_id] = number
            self.records[number] = record
            self.following = max(self.following, number + 1)

    def forget(self, kept: Iterable[str]) -> None:
        """Forget those that are neither in the last answer nor among the ids ``kept``.

        One that comes back after that gets another number.
        """
        names = set(kept)
        for number in [number for number in self.records if number not in self.present]:
            name = self.records[number].connection_id
            if name not in names:
                del self.records[number], self._numbers[name]
                self._beats.pop(number, None)


def _is_same(known: Connection, record: Connection) -> bool:
    """Whether all but its heartbeat is as it was."""
    return known is record or (
        known.start == record.start
        and known.host == record.host
        and known.client == record.client
        and known.api_key_id == record.api_key_id
        and known.service == record.service
        and known.protocol == record.protocol
        and known.data_center == record.data_center
        and known.organization_id == record.organization_id
        and known.unusual == record.unusual
    )


def _follows(one: Connection) -> bool:
    """Whether the rest of the record follows from its start and last heartbeat, as it mostly does:
    then it need not be kept."""  # noqa: D205, D209
    return (
        one.is_active
        and one.updated == one.last_heartbeat
        and one.duration == float(floor(one.lifetime))
    )


def _beating(known: Connection, beat: Instant, odd: _Odd | None) -> Connection:
    if odd is None:
        one = replace(known, last_heartbeat=beat, updated=beat, is_active=True)
        return replace(one, duration=float(floor(one.lifetime)))
    updated, duration, is_active = odd
    return replace(
        known, last_heartbeat=beat, updated=updated, duration=duration, is_active=is_active
    )


def _steps(numbers: list[int]) -> list[int]:
    """Rising numbers as differences, which are small."""
    return [number - before for before, number in zip([0, *numbers], numbers, strict=False)]


def _numbers(steps: Iterable[int]) -> Iterator[int]:
    number = 0
    for step in steps:
        number += step
        yield number
