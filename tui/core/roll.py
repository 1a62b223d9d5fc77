"""Roll: each connection by a number, so that an answer is kept as what has changed in it.

A record's texts hardly ever change: they are kept once, when a connection arrives. Each further
answer keeps who left, and the heartbeats of those that beat: about four bytes each.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from sys import getsizeof
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from tui.core.connection import Connection
from tui.core.instant import TICKS, Instant
from tui.core.packing import (
    instants,
    packed_instants,
    packed_rising,
    packed_seconds,
    rising,
    seconds,
)

_BITE = 20_000
"""Numbers that are handled at once by what lets no other thread run meanwhile."""

_NUMBER = 28
"""Bytes of a number."""

_T = TypeVar("_T")
_Odd = tuple[Instant, float, int]
"""``updated``, duration and activity, where they do not follow from the heartbeat."""


class Changes(Struct, frozen=True, array_like=True):
    """An answer as it differs from the one before. Numbers and times are packed columns."""

    left: bytes
    """Numbers."""
    came: bytes
    """Numbers of those that are known and were not in the answer before."""
    beat: bytes
    """Numbers of others than in the answer before."""
    beats: bytes
    """Their last heartbeats."""
    odd: bytes
    """Numbers of those among them whose record does not follow from the heartbeat."""
    updated: bytes
    durations: bytes
    active: bytes
    """What these have instead."""
    following: int
    """The number of the first that arrived; the others have the next ones."""
    arrived: tuple[Connection, ...]
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
        # What was followed, but is not yet put into the records.
        self._beats: dict[int, Instant] = {}
        self._odd: dict[int, _Odd] = {}

    def number_of(self, connection_id: str) -> int | None:
        """The present number of a connection; ``None`` of one that is not known."""
        return self._numbers.get(connection_id)

    def record(self, number: int) -> Connection:
        """The last record of one that is known."""
        beat = self._beats.pop(number, None)
        if beat is not None:
            odd = self._odd.pop(number, None)
            self.records[number] = _beating(self.records[number], beat, odd)
        return self.records[number]

    def absent(self, names: Iterable[str]) -> list[str]:
        """Those of ``names`` that were not in the last answer."""
        numbers, present = self._numbers, self.present
        return [name for name in names if numbers.get(name) not in present]

    def take(self, records: Iterable[Connection], *, keep: bool = True) -> Changes:
        """How an answer differs from the one before.

        Args:
            records: what is in it.
            keep: whether the next one is compared with this one, or still with that before.
        """
        self._settle()
        known_by, number_of, present = self.records, self._numbers.get, self.present
        arrived: list[Connection] = []
        came: list[int] = []
        beating: dict[int, Connection] = {}
        there: set[int] = set()
        for record in records:
            number = number_of(record.connection_id)
            if number is None:
                arrived.append(record)
                continue
            known = known_by[number]
            # Written out, since this is done for each connection at each poll.
            if known is not record:
                if not (
                    known.start == record.start
                    and known.host == record.host
                    and known.client == record.client
                    and known.api_key_id == record.api_key_id
                    and known.service == record.service
                    and known.protocol == record.protocol
                    and known.data_center == record.data_center
                    and known.organization_id == record.organization_id
                    and known.unusual == record.unusual
                ):
                    arrived.append(record)
                    continue
                if (
                    known.last_heartbeat != record.last_heartbeat
                    or known.updated != record.updated
                    or known.duration != record.duration
                    or known.is_active is not record.is_active
                ):
                    beating[number] = record
            if number not in present:
                came.append(number)
            there.add(number)
        changes = self._changes(beating, came, there, tuple(arrived))
        if keep:
            there.update(range(self.following, self.following + len(arrived)))
            self.present = there
            for number, record in beating.items():
                known_by[number] = record
            self._arrive(self.following, arrived)
        return changes

    def _changes(
        self,
        beating: Mapping[int, Connection],
        came: list[int],
        there: set[int],
        arrived: tuple[Connection, ...],
    ) -> Changes:
        numbers = _sorted(beating)
        records = [beating[number] for number in numbers]
        odd = [
            (number, one)
            for number, one in zip(numbers, records, strict=True)
            if not (
                one.is_active
                and one.updated == one.last_heartbeat
                and one.duration == (one.last_heartbeat - one.start) // TICKS
            )
        ]
        return Changes(
            packed_rising(_sorted([number for number in self.present if number not in there])),
            packed_rising(_sorted(came)),
            packed_rising(numbers),
            packed_instants([one.last_heartbeat for one in records]),
            packed_rising([number for number, _ in odd]),
            packed_instants([one.updated for _, one in odd]),
            packed_seconds([one.duration for _, one in odd]),
            bytes([one.is_active for _, one in odd]),
            self.following,
            arrived,
        )

    def follow(self, changes: Changes) -> list[str]:
        """Go on to the next answer; the ids of those that were in the one before only."""
        gone = rising(changes.left)
        left = [self.records[number].connection_id for number in gone]
        self.present.difference_update(gone)
        self.present.update(rising(changes.came))
        beat = rising(changes.beat)
        if self._odd:
            for number in beat:
                self._odd.pop(number, None)
        _note(self._beats, beat, instants(changes.beats))
        if changes.odd:
            columns = instants(changes.updated), seconds(changes.durations), changes.active
            _note(self._odd, rising(changes.odd), list(zip(*columns, strict=True)))
        self.present.update(range(changes.following, changes.following + len(changes.arrived)))
        self._arrive(changes.following, changes.arrived)
        return left

    def answer(self) -> tuple[Connection, ...]:
        """The records of the last answer, in the order of their numbers."""
        self._settle()
        return tuple([self.records[number] for number in _sorted(self.present)])

    def beside(self, changes: Changes) -> tuple[Connection, ...]:
        """The records of an answer that was not kept."""
        self._settle()
        other = Roll(self.records, self.present)
        other.follow(changes)
        return other.answer()

    @property
    def size(self) -> int:
        """Bytes that it takes, but for the records."""
        tables = self.records, self.present, self._numbers, self._beats, self._odd
        # Each has a number, and an id that is not the one of its last record.
        each = _NUMBER + getsizeof(next(iter(self._numbers), ""))
        return sum(map(getsizeof, tables)) + each * len(self.records)

    def _settle(self) -> None:
        """Put all that was followed into the records."""
        while self._beats:
            number, beat = self._beats.popitem()
            odd = self._odd.pop(number, None)
            self.records[number] = _beating(self.records[number], beat, odd)

    def _arrive(self, following: int, arrived: Iterable[Connection]) -> None:
        """Take in who has a new number; a connection that is another than before loses its old."""
        for number, record in enumerate(arrived, following):
            former = self._numbers.get(record.connection_id)
            if former is not None:
                del self.records[former]
                self._beats.pop(former, None)
                self._odd.pop(former, None)
                self.present.discard(former)
            self._numbers[record.connection_id] = number
            self.records[number] = record
            self.following = max(self.following, number + 1)

    def forget(self, kept: Collection[str]) -> None:
        """Forget those that are neither in the last answer nor among the ids ``kept``.

        One that comes back after that gets another number.
        """
        for number in [number for number in self.records if number not in self.present]:
            name = self.records[number].connection_id
            if name not in kept:
                del self.records[number], self._numbers[name]
                self._beats.pop(number, None)
                self._odd.pop(number, None)


def _note(known: dict[int, _T], numbers: Sequence[int], values: Sequence[_T]) -> None:
    """Update ``known`` bite by bite."""
    for first in range(0, len(numbers), _BITE):
        bite = slice(first, first + _BITE)
        known.update(zip(numbers[bite], values[bite], strict=True))


def _beating(known: Connection, beat: Instant, odd: _Odd | None) -> Connection:
    """The record with a later heartbeat, from which the rest follows as it mostly does."""
    if odd is None:
        duration = float((beat - known.start) // TICKS)
        return replace(known, last_heartbeat=beat, updated=beat, duration=duration, is_active=True)
    updated, duration, is_active = odd
    return replace(
        known, last_heartbeat=beat, updated=updated, duration=duration, is_active=bool(is_active)
    )


def _sorted(numbers: Iterable[int]) -> list[int]:
    """Numbers in order, sorted bite by bite."""
    known = list(numbers)
    if len(known) <= _BITE:
        return sorted(known)
    bites: dict[int, list[int]] = {}
    for number in known:
        bites.setdefault(number // _BITE, []).append(number)
    return [number for bite in sorted(bites) for number in sorted(bites[bite])]
