"""Difference: the fleet as it was known at a moment, against the fleet as it is known now.

What an answer lacks proves nothing where it is cut, or where another question was asked: of such
connections nothing is claimed, and it is said how many they are.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum

from msgspec import Struct

from tui.core.connection import State
from tui.core.fleet import Fleet, Tracked
from tui.core.instant import Instant, clock_text, day_text, span_text
from tui.core.names import beside
from tui.core.safe import safe

_CHAIN = 50
"""Sessions of one client that are followed back."""


class Turn(Enum):
    """What became of a connection. The value is its word on screen."""

    GONE = "gone"
    """It was there then, and is not now."""
    SILENT = "silent"
    """It has fallen silent."""
    MOVED = "moved"
    """Its client is on another server now."""
    BACK = "reconnected"
    """Its client has another connection to the same server."""
    CHANGED = "changed"
    """It is in another state."""
    NEW = "new"
    """It was not there then."""


class Row(Struct, frozen=True):
    """One connection of which something is different."""

    turn: Turn
    one: Tracked
    """As it is known now; one that is not known now any more as it was then."""
    evidence: str
    """What shows it, in one line for people; ``safe``."""
    before: Tracked | None = None
    """As it was then, or the one whose place it has taken."""


class Difference(Struct, frozen=True):
    """Everything that is different."""

    then: Instant | None
    """Server time of what was known then; ``None`` where nothing was."""
    now: Instant | None
    """The same of now."""
    rows: tuple[Row, ...] = ()
    """What is worst first, then by connection id."""
    same: int = 0
    """Connections of which nothing is different."""
    unknown: int = 0
    """Connections of which nobody knows."""
    notes: tuple[str, ...] = ()
    """What limits all of it, a sentence each; ``safe``."""

    def counts(self) -> Mapping[Turn, int]:
        """How many there are of each turn."""
        return Counter(row.turn for row in self.rows)


def difference(then: Fleet, now: Fleet) -> Difference:
    """What is different now. Takes half a second at 100,000 connections: off the loop."""
    if then.at is None or now.at is None:
        when = "at that moment" if then.at is None else "now"
        return Difference(then.at, now.at, notes=(f"nothing is known {when}: there was no answer",))
    found = _Found(then, now)
    rows = sorted(found.rows(), key=_place)
    notes = tuple(_notes(then, now, found.unknown))
    return Difference(then.at, now.at, tuple(rows), found.same, found.unknown, notes)


_ORDER = {turn: place for place, turn in enumerate(Turn)}


def _place(row: Row) -> tuple[int, str]:
    return _ORDER[row.turn], row.one.connection_id


def _notes(then: Fleet, now: Fleet, unknown: int) -> Iterator[str]:
    """What limits what can be said."""
    for fleet, when in ((then, "then"), (now, "now")):
        for name, part in (fleet.parts or {"": fleet}).items():
            whose = f"{safe(name, 24)}: " if name else ""
            was = "was" if fleet is then else "is"
            if part.at is None:
                yield f"{whose}nothing {was} known {when}"
            elif part.is_blind:
                yield (
                    f"{whose}the present {was} not known {when}: it is compared as last known at "
                    f"{clock_text(part.at)}"
                )
    if then.query != now.query:
        yield (
            f"another question was asked then ({safe(then.query.describe(then.names), 80)}): only "
            "connections in both answers are compared"
        )
    if unknown:
        noun = "connection" if unknown == 1 else "connections"
        yield f"of {unknown:,} {noun} nobody knows: an answer was cut, or does not tell of them"


class _Found:
    """Looks at each connection once."""

    def __init__(self, then: Fleet, now: Fleet) -> None:
        self._then, self._now = then, now
        self._asked_alike = then.query == now.query
        self.same = 0
        self.unknown = 0

    def rows(self) -> Iterator[Row]:
        """All that is different."""
        was, known = self._then.tracked, self._now.tracked
        there = {name: one for name, one in known.items() if one.state is not State.GONE}
        # Whose place may have been taken: they beat no more, though some may be there still.
        stopped = {
            name: one
            for name, one in was.items()
            if one.state is not State.GONE
            and (name not in there or there[name].state is not State.LIVE)
        }
        came = [one for name, one in there.items() if name not in was]
        taken = self._successors(stopped, came)
        for one in came:
            former = taken.get(one.connection_id)
            yield from self._came(one) if former is None else self._followed(was[former], one)
        replaced = set(taken.values())
        for name, before in was.items():
            if name in replaced:
                continue
            if name in there:
                yield from self._stayed(before, there[name])
            elif before.state is not State.GONE:
                yield from self._left(before, known.get(name))

    def _stayed(self, before: Tracked, one: Tracked) -> Iterator[Row]:
        """One that is known then and now."""
        if self._is_stale(before, self._then) or self._is_stale(one, self._now):
            self.unknown += 1
        elif where := _other_place(before, one):
            yield Row(Turn.MOVED, one, f"{where}, the same connection", before)
        elif before.state is one.state:
            self.same += 1
        elif one.state is State.SILENT:
            yield Row(Turn.SILENT, one, f"was {before.state.value}, {self._beat(one)}", before)
        else:
            words = f"was {before.state.value}, is {one.state.value}, {self._beat(one)}"
            yield Row(Turn.CHANGED, one, words, before)

    def _is_stale(self, one: Tracked, fleet: Fleet) -> bool:
        return one.is_stale(fleet.part_of(one).at)

    def _beat(self, one: Tracked) -> str:
        at = self._now.part_of(one).at or 0
        age = span_text(max(0.0, one.connection.beat_age(at)))
        return f"last beat {clock_text(one.connection.last_heartbeat)}, {age} before"

    def _when(self, instant: Instant) -> str:
        """A time, with its day where that is another than today."""
        day = day_text(instant)
        today = day_text(self._now.at or 0)
        return clock_text(instant) if day.split()[0] == today.split()[0] else day

    def _came(self, one: Tracked) -> Iterator[Row]:
        """One that was not known then, and takes nobody's place."""
        part, start = self._then.part_of(one), one.connection.start
        last = part.last
        was_asked = self._asked_alike and last is not None
        if was_asked and last is not None and part.at is not None:
            if start > part.at:
                yield Row(Turn.NEW, one, f"{_where(one)}, started {self._when(start)}")
                return
            if last.proves_absent(one.connection_id) and one.first_seen > part.at:
                words = (
                    f"{_where(one)}, not in the answers then, though started {self._when(start)}"
                )
                yield Row(Turn.NEW, one, words)
                return
        self.unknown += 1

    def _left(self, before: Tracked, one: Tracked | None) -> Iterator[Row]:
        """One that was there then and is not now."""
        if one is not None and one.gone_at is not None:
            beat = clock_text(one.connection.last_heartbeat)
            words = f"left by {clock_text(one.gone_at)}, last beat {beat}"
            yield Row(Turn.GONE, one, f"{words}, {_where(one)}", before)
            return
        if not self._proves_gone(before):
            self.unknown += 1
            return
        beat = self._when(before.connection.last_heartbeat)
        words = f"not in the answers now, last beat known then {beat}, {_where(before)}"
        yield Row(Turn.GONE, before, words, before)

    # Clients

    def _successors(
        self, stopped: Mapping[str, Tracked], came: Iterable[Tracked]
    ) -> dict[str, str]:
        """By id of one that came, the id of the one whose place it has: by its chain of sessions
        where that is known, and else by its client, where both answers are whole."""  # noqa: D205, D209
        taken: dict[str, str] = {}
        free = dict(stopped)
        rest: dict[tuple[str, ...], list[Tracked]] = {}
        for one in came:
            former = next((name for name in self._chain(one) if name in free), None)
            if former is not None:
                taken[one.connection_id] = former
                del free[former]
            elif self._asked_alike:
                rest.setdefault(self._client(one), []).append(one)
        if rest:
            gone: dict[tuple[str, ...], list[Tracked]] = {}
            for one in free.values():
                if (key := self._client(one)) in rest and self._is_gone(one):
                    gone.setdefault(key, []).append(one)
            for key, ones in gone.items():
                # One to one only: of several nobody knows which took whose place.
                if len(ones) == 1 == len(rest[key]) and _is_after(ones[0], rest[key][0]):
                    taken[rest[key][0].connection_id] = ones[0].connection_id
        return taken

    def _is_gone(self, before: Tracked) -> bool:
        one = self._now.tracked.get(before.connection_id)
        if one is not None:
            return one.state is State.GONE
        return self._proves_gone(before)

    def _proves_gone(self, before: Tracked) -> bool:
        """Whether one that is not known now is not there, by the last answer."""
        last = self._now.part_of(before).last
        return (
            self._asked_alike
            and last is not None
            and last.proves_absent(before.connection_id)
            and not last.query.has_left_window(before.connection, last.at)
        )

    def _chain(self, one: Tracked) -> Iterator[str]:
        """The ids of the former sessions of its client, the latest first."""
        session = one.session
        line = self._now.part_of(one).lineage.line_of(one.connection)
        known = {each.connection_id: each for each in line}
        for _ in range(_CHAIN):
            if session is None or session.follows is None:
                return
            yield session.follows
            session = known.get(session.follows)

    def _client(self, one: Tracked) -> tuple[str, ...]:
        return (one.labels.context, *self._now.part_of(one).lineage.key_of(one.connection))

    def _followed(self, before: Tracked, one: Tracked) -> Iterator[Row]:
        """A client whose connection is another one now."""
        where = _other_place(before, one)
        name, start = safe(before.connection_id, 60), self._when(one.connection.start)
        words = f"took the place of {name}, started {start}"
        if where:
            yield Row(Turn.MOVED, one, f"{where}, {words}", before)
        else:
            yield Row(Turn.BACK, one, f"{words}, {_where(one)}", before)


def _is_after(before: Tracked, one: Tracked) -> bool:
    return one.connection.start >= before.connection.last_heartbeat


def _other_place(before: Tracked, one: Tracked) -> str:
    """From where to where; empty where that is the same."""
    was, record = before.connection, one.connection
    if was.host != record.host:
        start, end = beside(was.host, before.labels.host), beside(record.host, one.labels.host)
        return f"from {start} to {end}"
    if was.data_center != record.data_center:
        return f"from {safe(was.data_center, 60)} to {safe(record.data_center, 60)}"
    return ""


def _where(one: Tracked) -> str:
    """What it is to whom."""
    record = one.connection
    where = f"{safe(record.service, 40)} on {beside(record.host, one.labels.host)}"
    return f"{where} by {beside(record.client, one.labels.client)}"
