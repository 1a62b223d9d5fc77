"""History: the bounded past in memory, as keyframes and the deltas between them."""

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import accumulate
from sys import getsizeof
from threading import Lock
from weakref import WeakSet

from msgspec import Struct, field
from msgspec.structs import replace

from tui.core.deltas import Deltas, fleet_after, open_keyframe
from tui.core.events import EVENTS_KEPT, Event, EventKind
from tui.core.fleet import Fleet, Tracked
from tui.core.instant import Instant, seconds_between
from tui.core.lineage import ClientField
from tui.core.names import NO_LABELS, Names
from tui.core.packing import Frames, frames_of, opened, packed
from tui.core.past import Moment, PastError, moment_of
from tui.core.snapshot import Outcome

SPAN = 7_200.0
"""Seconds that are kept unless set otherwise."""
SIZE = 200_000_000
"""Bytes that are kept unless set otherwise."""
POLLS = 60
"""Polls from one keyframe to the next: over so many deltas one goes at the most."""
_FEW = 20
"""The same of a fleet of more than ``_MANY`` connections, each poll of which takes its time."""
_MANY = 20_000


class _Told(Struct, frozen=True, array_like=True, gc=False):
    """An event, without what people call its connection."""

    at: Instant
    kind: EventKind
    evidence: str
    one: Tracked | None


class _Events(Struct, frozen=True, gc=False):
    """Events, packed."""

    count: int
    raw: bytes


_TOLD = Frames[_Told](_Told)
_MOMENT = getsizeof(Moment(0, 0)) + getsizeof(_Events(0, b"")) + 3 * 32
"""Bytes of a moment: itself, its events but for their bytes, and three numbers of their own."""
_PLACE = 9
"""Bytes of a place in a list, and of those that it has in reserve."""


class _Stretch(Struct):
    """A keyframe, and the polls after it until the next one."""

    client: tuple[ClientField, ...]
    names: Names
    parts: tuple[bytes, ...]
    moments: list[Moment] = field(default_factory=list)
    """The first is that of the keyframe."""
    deltas: list[bytes] = field(default_factory=list)
    """That of each but the first moment, as long as more are to come."""
    block: bytes = b""
    """All of them, once there are all: many small pieces would leave holes in the memory that
    nothing else fits in."""
    ends: tuple[int, ...] = ()
    """Where each ends in it."""
    events: list[_Events] = field(default_factory=list)
    """Those of each moment."""
    size: int = 0
    """Bytes that it takes."""

    def first(self, count: int) -> list[bytes]:
        """The first deltas."""
        if not self.ends:
            return self.deltas[:count]
        starts = (0, *self.ends)
        return [self.block[starts[place] : starts[place + 1]] for place in range(count)]

    def close(self) -> None:
        """No more come."""
        self.ends = tuple(accumulate(map(len, self.deltas)))
        self.block = b"".join(self.deltas)
        self.deltas = []


class Room:
    """How much of the past is kept: what the histories of all contexts may take together."""

    def __init__(self, span: float = SPAN, size: int = SIZE) -> None:
        """
        Args:
            span: seconds.
            size: bytes. With none of either nothing is kept.
        """  # noqa: D205, D212
        self.span = span
        self.size = size
        self.lock = Lock()
        """Held for as long as it takes to change what is kept, never to make or read it."""
        self._histories: WeakSet[History] = WeakSet()

    def enter(self, history: "History") -> None:
        """One more shares it."""
        with self.lock:
            self._histories.add(history)

    def trim(self) -> None:
        """Let the oldest stretches go, as far as there is no room for them. It takes the lock."""
        with self.lock:
            histories = list(self._histories)
            for history in histories:
                while history.is_beyond(self.span):
                    history.drop()
            size = sum(history.size for history in histories)
            while size > self.size:
                several = [one for one in histories if one.oldest is not None]
                if not several:
                    # What is left is being filled: it goes once another stretch is begun.
                    for history in histories:
                        history.begin_anew()
                    break
                size -= min(several, key=lambda one: one.oldest or 0).drop()


class History:
    """What one context's polls brought, as ``Past`` has it. One thread adds, others read."""

    def __init__(self, fleet: Fleet, room: Room | None = None) -> None:
        """
        Args:
            fleet: what is known before the first poll.
            room: how much is kept, which the histories of several contexts can share.
        """  # noqa: D205, D212
        self._room = room or Room()
        self._stretches: deque[_Stretch] = deque()
        self._deltas: Deltas | None = Deltas(fleet)
        self._at: Instant = 0
        self._place = 0
        self._is_full = True
        self._before = deque([_packed(fleet.log)])
        """The events before the first stretch: those that a log in it can still have."""
        self._size = 0
        self._room.enter(self)

    @property
    def keeps(self) -> bool:
        """Whether anything is kept."""
        return self._room.span > 0 and self._room.size > 0

    @property
    def size(self) -> int:
        """Bytes that it takes, but for what the present fleet itself does."""
        deltas = self._deltas
        return self._size + (0 if deltas is None else deltas.size)

    @property
    def span(self) -> float:
        """Seconds from the first moment that is kept to the last."""
        with self._room.lock:
            if not self._stretches:
                return 0.0
            return seconds_between(self._stretches[0].moments[0].at, self._at)

    def add(self, outcome: Outcome, fleet: Fleet) -> None:
        """Keep one more poll, and that ``fleet`` was known after it.

        Should it fail, that poll is not kept, and the next one begins a stretch of its own.
        """
        if not self.keeps:
            return
        deltas, self._deltas = self._deltas, None
        self._at = max(self._at, outcome.at or fleet.at or 0)
        moment = moment_of(self._place, self._at, fleet)
        if deltas is None:
            deltas, self._is_full = Deltas(fleet), True
        delta = deltas.add(outcome, fleet)
        events = _packed(fleet.events)
        last = self._stretches[-1] if self._stretches and not self._is_full else None
        if last is None or last.names != fleet.names:
            parts = deltas.keyframe(gaps=False)
            last = _Stretch(fleet.lineage.client, fleet.names, parts)
            delta = b""
        with self._room.lock:
            if not delta:
                self._stretches.append(last)
                last.size += getsizeof(last) + _size_of(last.parts)
                self._size += last.size
            else:
                last.deltas.append(delta)
            last.moments.append(moment)
            last.events.append(events)
            size = _MOMENT + _size_of([delta, events.raw])
            last.size += size
            self._size += size
            polls = POLLS if len(fleet.tracked) <= _MANY else _FEW
            self._is_full = len(last.moments) >= polls
            if self._is_full:
                last.close()
            self._place += 1
        self._deltas = deltas
        self._room.trim()

    def moments(self) -> Sequence[Moment]:
        """As ``Past`` has it."""
        with self._room.lock:
            return [moment for stretch in self._stretches for moment in stretch.moments]

    def fleet_at(self, place: int) -> Fleet:
        """As ``Past`` has it."""
        with self._room.lock:
            told = list(self._before)
            for stretch in self._stretches:
                number = place - stretch.moments[0].place
                if 0 <= number < len(stretch.moments):
                    told += stretch.events[: number + 1]
                    break
                told += stretch.events
            else:
                raise PastError("that moment is not kept any more")
            deltas = stretch.first(number)
        fleet, roll = open_keyframe(stretch.parts, stretch.client, stretch.names)
        after = fleet_after(fleet, roll, deltas)
        if number:
            _let_go(fleet)
        # Read from the end on, as many as a log has.
        log: deque[Event] = deque()
        while told and len(log) < EVENTS_KEPT:
            log.extendleft(reversed(_opened(told.pop(), stretch.names)))
        events = _opened(stretch.events[number], stretch.names)
        return replace(after, events=tuple(events), log=tuple(log)[-EVENTS_KEPT:])

    # What the room asks, under its lock

    @property
    def oldest(self) -> Instant | None:
        """The first instant of a stretch that can go: not of one that is still being filled."""
        return self._stretches[0].moments[0].at if len(self._stretches) > 1 else None

    def is_beyond(self, span: float) -> bool:
        """Whether the oldest stretch ended before the last so many seconds."""
        if len(self._stretches) < 2:
            return False
        return seconds_between(self._stretches[0].moments[-1].at, self._at) > span

    def begin_anew(self) -> None:
        """Have the next poll begin another stretch."""
        self._is_full = True

    def drop(self) -> int:
        """Let the oldest stretch go; the bytes that this gives."""
        size = self._size
        stretch = self._stretches.popleft()
        self._size -= stretch.size
        for events in stretch.events:
            if events.count:
                self._before.append(events)
                self._size += _size_of([events.raw])
        known = sum(one.count for one in self._before)
        while known - self._before[0].count >= EVENTS_KEPT:
            events = self._before.popleft()
            known -= events.count
            self._size -= _size_of([events.raw])
        return size - self._size


def _size_of(values: Iterable[bytes]) -> int:
    """Bytes of memory, with the places for them in a list."""
    return sum(_PLACE + (getsizeof(one) if one else 0) for one in values)


def _packed(events: Iterable[Event]) -> _Events:
    told = [
        _Told(one.at, one.kind, one.evidence, one.one and replace(one.one, labels=NO_LABELS))
        for one in events
    ]
    return _Events(len(told), packed(frames_of(told)) if told else b"")


def _opened(events: _Events, names: Names) -> Sequence[Event]:
    if not events.count:
        return ()
    return [
        Event(
            told.at,
            told.kind,
            told.evidence,
            told.one and replace(told.one, labels=names.of(told.one.connection)),
        )
        for told in _TOLD.read_all(opened(events.raw))
    ]


def _let_go(fleet: Fleet) -> None:
    """Free what nobody else has, one by one: at once it would hold up all other threads."""
    tracked = fleet.tracked
    assert isinstance(tracked, dict)
    while tracked:
        tracked.popitem()
