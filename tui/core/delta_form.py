"""The form of keyframes and deltas: what each holds, in the order in which it is written.

What there can be thousands of is written in frames of a few hundred each, behind the head that says
how many frames there are of each sort.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from tui.core.connection import Connection, State
from tui.core.fleet import Outage, Pulse, Standstill, Tracked
from tui.core.instant import Instant
from tui.core.lineage import ClientKey, Opening, Session
from tui.core.memory import Memory
from tui.core.packing import Frames, frame_of, frames_needed, frames_of, opened, packed
from tui.core.query import Query
from tui.core.rhythm import Kind
from tui.core.roll import Changes
from tui.core.snapshot import Failure, Snapshot
from tui.core.verdict import Verdict

_PART = 8
"""Frames in one part of a keyframe."""

_T = TypeVar("_T")
_Kept = tuple[ClientKey, list[str | Session]]
_Line = tuple[ClientKey, tuple[Session, ...]]
_Number = tuple[int, Connection]
Sized = tuple[int, Iterable[_T]]
"""How many there are, and they themselves."""


class KeyframeHead(Struct, frozen=True, array_like=True):
    """The beginning of a keyframe."""

    memory: Memory
    """Without its tracked connections, lines and openings, which follow."""
    pulses: tuple[Pulse, ...]
    following: int
    """The next number of the roll."""
    present: bytes
    """The numbers in the last answer."""
    numbers: bytes
    """The number of each of the tracked whose record is that of the roll; else 0."""
    frames: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Of the tracked, the lines, the openings, and the other records of the roll."""


class Touched(Struct, frozen=True, array_like=True, gc=False):
    """One that is otherwise than the answer makes it: ``Tracked`` without gaps and labels."""

    who: int | str
    """Its number, or its id if it has none."""
    record: Connection | None
    """``None`` where it is that of the roll."""
    first_seen: Instant
    seen: Instant
    state: State
    gone_at: Instant | None
    rhythm: float | None
    states: tuple[tuple[Instant, State], ...]
    fresh: bool
    final: bool
    session: Session | None


class DeltaHead(Struct, frozen=True, array_like=True):
    """The beginning of a delta."""

    answer: Snapshot | None
    """Without its records."""
    failure: Failure | None
    changes: Changes | None
    """Without those that arrived, who follow; ``None`` for a failure."""
    believed: bool
    """Whether the fleet was folded from it."""
    at: Instant | None
    """The fleet's time."""
    query: Query
    outage: Outage | None
    standstill: Standstill | None
    moved_at: Instant
    verdicts: tuple[Verdict, ...]
    pulse: Pulse | None
    rhythms: list[tuple[Kind, float]] | None
    """``None`` where they are as before, as with the following."""
    returns: tuple[Instant, ...] | None
    flapping: list[tuple[ClientKey, Instant]] | None
    opens: bool
    """Whether the openings are others than before: then all of them follow."""
    frames: tuple[int, int, int, int, int, int] = (0, 0, 0, 0, 0, 0)
    """Of those that arrived, the touched, the ids that are forgotten, the lines that are others
    than before, the lines that are forgotten, and the openings."""


_KEYFRAME_HEAD = Frames[KeyframeHead](KeyframeHead)
_DELTA_HEAD = Frames[DeltaHead](DeltaHead)
_TRACKED = Frames[Tracked](Tracked)
_CONNECTION = Frames[Connection](Connection)
_TOUCHED = Frames[Touched](Touched)
_TEXT = Frames[str](str)
_KEPT = Frames[_Kept](_Kept)
_LINE = Frames[_Line](_Line)
_KEY = Frames[ClientKey](ClientKey)
_OPENING = Frames[Opening](Opening)
_NUMBER = Frames[_Number](_Number)


def write_keyframe(
    head: KeyframeHead,
    tracked: Sized[Tracked],
    lines: Sized[_Kept],
    others: Sized[_Number],
) -> tuple[bytes, ...]:
    """A keyframe in parts. What it is made of is never there all at once.

    Args:
        head: without the tracked, and without the lines.
        tracked: how many there are, and they themselves.
        lines: the same of the sessions of each client.
        others: the same of the records of the roll that are not those of the tracked.
    """
    openings = head.memory.openings
    counts = (
        frames_needed(tracked[0]),
        frames_needed(lines[0]),
        frames_needed(len(openings)),
        frames_needed(others[0]),
    )
    head = replace(head, memory=replace(head.memory, openings=()), frames=counts)
    frames = chain(
        [frame_of(head)],
        frames_of(tracked[1]),
        frames_of(lines[1]),
        frames_of(openings),
        frames_of(others[1]),
    )
    return tuple(iter(lambda: _part(frames), b""))


def _part(frames: Iterator[bytes]) -> bytes:
    """The next part of a keyframe; none at the end."""
    some = list(islice(frames, _PART))
    return packed(some) if some else b""


def read_keyframe(parts: Iterable[bytes]) -> tuple[KeyframeHead, list[_Number]]:
    """What ``write_keyframe`` wrote.

    Raises:
        msgspec.MsgspecError: they are of something else.
        zlib.error: they are damaged.
    """
    frames = (frame for part in parts for frame in opened(part))
    head = _KEYFRAME_HEAD.read(next(frames, b""))
    tracked, lines, openings, others = head.frames
    memory = replace(
        head.memory,
        tracked=list(_TRACKED.read_all(islice(frames, tracked))),
        lines=list(_KEPT.read_all(islice(frames, lines))),
        openings=tuple(_OPENING.read_all(islice(frames, openings))),
    )
    return replace(head, memory=memory), list(_NUMBER.read_all(islice(frames, others)))


def write_delta(
    head: DeltaHead,
    touched: Iterable[Touched],
    forgotten: Iterable[str],
    lines: Iterable[_Line],
    ended: Iterable[ClientKey],
    openings: Iterable[Opening],
) -> bytes:
    """A delta; ``head`` is with those that arrived."""
    changes = head.changes
    arrived = () if changes is None else changes.arrived
    sorts = [list(frames_of(one)) for one in (arrived, touched, forgotten, lines, ended, openings)]
    first, second, third, fourth, fifth, sixth = map(len, sorts)
    head = replace(
        head,
        changes=None if changes is None else replace(changes, arrived=()),
        frames=(first, second, third, fourth, fifth, sixth),
    )
    return packed(chain([frame_of(head)], *sorts))


class DeltaRead:
    """A delta as it is read, as far as somebody wants it."""

    def __init__(self, raw: bytes) -> None:
        """Open it.

        Raises:
            msgspec.MsgspecError: it is of something else; so for all that is read of it.
            zlib.error: it is damaged.
        """
        head, *self._frames = opened(raw)
        self.head = _DELTA_HEAD.read(head)

    def changes(self) -> Changes | None:
        """With those that arrived."""
        changes = self.head.changes
        return changes and replace(changes, arrived=tuple(_CONNECTION.read_all(self._of(0))))

    def touched(self) -> Iterator[Touched]:
        """Who is otherwise than the answer makes it."""
        return _TOUCHED.read_all(self._of(1))

    def forgotten(self) -> Iterator[str]:
        """The ids of those that are no longer tracked."""
        return _TEXT.read_all(self._of(2))

    def lines(self) -> Iterator[_Line]:
        """The clients whose sessions are others than before."""
        return _LINE.read_all(self._of(3))

    def ended(self) -> Iterator[ClientKey]:
        """The clients that are forgotten."""
        return _KEY.read_all(self._of(4))

    def openings(self) -> tuple[Opening, ...] | None:
        """``None`` where they are as before."""
        return tuple(_OPENING.read_all(self._of(5))) if self.head.opens else None

    def _of(self, sort: int) -> list[bytes]:
        first = sum(self.head.frames[:sort])
        return self._frames[first : first + self.head.frames[sort]]
