"""Groups: the fleet by the values of one dimension, the worst first."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct, field

from tui.core.connection import State
from tui.core.dimensions import DIMENSIONS, Dimension
from tui.core.fleet import GONE_KEPT, Fleet
from tui.core.grammar import NO_FILTER, Filter
from tui.core.instant import TICKS, Instant
from tui.core.merge import shifts_of
from tui.core.names import NO_LABELS
from tui.core.ordering import in_order
from tui.core.spark import spark

BUCKET = 15
"""Seconds of one block in a sparkline of drops."""
BUCKETS = round(GONE_KEPT) // BUCKET + 1
"""Blocks of a sparkline. The last is not over yet, so that there is one more than full ones."""
_LIVE, _LATE, _SILENT, _GONE = State
_NO_DROPS = (0,) * BUCKETS
_LEAST = 0.2
"""The least part of the highest block by which a drop is told from none."""
_LABELS = 3
"""Names that are told of one group."""


class Group(Struct, frozen=True, gc=False):
    """The connections that share a value."""

    value: str
    """What they share, as served, so hostile until ``safe``; ``""`` where they have none. Case does
    not matter: of several spellings it is the first by their characters."""
    label: str = ""
    """What people call it; several names where parts of it have some."""
    live: int = 0
    late: int = 0
    silent: int = 0
    gone: int = 0
    oldest: Instant | None = None
    """The oldest last heartbeat among those that are there and seen: the worst."""
    unseen: int = 0
    """Connections of which the last answer says nothing: it is cut, or their context is blind."""
    back: int = 0
    """Connections that have opened in the last ``GONE_KEPT`` seconds in place of a former one."""
    drops: tuple[int, ...] = _NO_DROPS
    """How many stopped, by ``BUCKET`` seconds, oldest first: the late, silent and gone whose last
    heartbeat lies in the last ``GONE_KEPT`` seconds, by when that was."""

    @property
    def there(self) -> int:
        """Connections that are in the answer."""
        return self.live + self.late + self.silent

    @property
    def size(self) -> int:
        """All of them, those that have left included."""
        return self.there + self.gone

    @property
    def trouble(self) -> int:
        """Those that are late, silent or gone."""
        return self.late + self.silent + self.gone

    @property
    def dropped(self) -> int:
        """How many stopped in the last ``GONE_KEPT`` seconds."""
        return sum(self.drops)

    def count(self, state: State) -> int:
        """How many are in that state."""
        return (self.live, self.late, self.silent, self.gone)[state.trouble]


class Grouping(Struct, frozen=True):
    """A fleet by one dimension, ready to be drawn."""

    dimension: Dimension = DIMENSIONS[0]
    """By what."""
    groups: Sequence[Group] = ()
    """The share in trouble decides, where one more and healthy connection is reckoned with in each,
    so that one of one does not come before forty of fifty; then the size, then the value."""
    places: Mapping[str, int] = field(default_factory=dict)
    """The row number of each group in ``groups``, by its value in lower case."""
    passing: int = 0
    """Connections in all groups."""
    total: int = 0
    """Connections with those that do not pass the filter."""
    at: Instant = 0
    """As of when."""
    since: Instant = 0
    """Since when anything is known."""

    def condition(self, group: Group) -> str:
        """The filter that lets the connections of a group through, of those that are grouped."""
        return self.dimension.condition(group.value)

    def place_of(self, value: str) -> int | None:
        """The row of the group with a value; ``None`` where there is none."""
        return self.places.get(value.lower())

    def trend(self, group: Group, by: int = 1) -> str:
        """The sparkline of a group's drops, by its own highest; a dot for when nobody looked.

        Args:
            group: one of the groups.
            by: how many ``BUCKETS`` one block sums up.
        """
        known = self.since // TICKS // BUCKET - self.at // TICKS // BUCKET + BUCKETS - 1
        ends = range(BUCKETS, 0, -by)[::-1]
        counts = [sum(group.drops[max(0, end - by) : end]) for end in ends]
        top = max(counts)
        return spark(
            (
                None if not count and end <= known else count and max(count, top * _LEAST)
                for count, end in zip(counts, ends, strict=True)
            ),
            top,
        )


class _Clock(NamedTuple):
    """How the connections of one context stand in time."""

    answered: Instant
    """Server time of its last answer, by its own clock."""
    shift: int
    """Ticks from its clock to that of the fleet."""
    blind: bool


def group(
    fleet: Fleet,
    dimension: Dimension,
    condition: Filter = NO_FILTER,
    at: Instant | None = None,
    stale: Collection[str] = (),
) -> Grouping:
    """The connections of ``fleet`` that pass a filter, by a dimension.

    The numbers of a group are kept in lists by its place: an object for each, of 50,000 clients,
    would cost more than all the counting, and would keep the garbage collector at work.

    Args:
        fleet: what is known.
        dimension: by what to group.
        condition: what to let through.
        at: the instant of ages; by default that of the last good answer, as in the table.
        stale: contexts of which the present is not known, beside those whose questions fail.
    """
    now = fleet.at if at is None else at
    if now is None:
        return Grouping(dimension)
    read, recent, bucket = dimension.read, now - round(GONE_KEPT * TICKS), BUCKET * TICKS
    first, since, tests = now // bucket - BUCKETS + 1, now, condition.tests
    clocks = _clocks(fleet, stale)
    here = answered, shift, blind = _Clock(now if fleet.at is None else fleet.at, 0, False)
    places: dict[str, int] = {}
    values: list[str] = []
    live: list[int] = []
    late: list[int] = []
    silent: list[int] = []
    gone: list[int] = []
    oldest: list[Instant | None] = []
    unseen: dict[int, int] = {}
    back: dict[int, int] = {}
    drops: dict[int, list[int]] = {}
    labels: dict[int, set[str]] = {}
    for one in fleet.tracked.values():
        if clocks:
            answered, shift, blind = clocks.get(one.labels.context, here)
        if one.first_seen + shift < since:
            since = one.first_seen + shift
        moment = answered if at is None else at
        if tests and not condition.passes(one, moment):
            continue
        value = read(one, moment)
        known = value.lower()
        place = places.get(known)
        if place is None:
            place = places[known] = len(values)
            values.append(value)
            live.append(0)
            late.append(0)
            silent.append(0)
            gone.append(0)
            oldest.append(None)
        elif value != values[place]:
            values[place] = min(value, values[place])
        state, record = one.state, one.connection
        beat = record.last_heartbeat + shift
        if state is _LIVE:
            live[place] += 1
        elif state is _LATE:
            late[place] += 1
        elif state is _SILENT:
            silent[place] += 1
        else:
            gone[place] += 1
        if state is _GONE:
            pass
        elif blind or one.seen != answered:
            unseen[place] = unseen.get(place, 0) + 1
        else:
            worst = oldest[place]
            if worst is None or beat < worst:
                oldest[place] = beat
        if state is not _LIVE and beat >= recent:
            blocks = drops.get(place)
            if blocks is None:
                blocks = drops[place] = list(_NO_DROPS)
            # A clock may be ahead.
            blocks[min(beat // bucket - first, BUCKETS - 1)] += 1
        if record.start + shift >= recent and one.nth > 1:
            back[place] = back.get(place, 0) + 1
        if one.labels is not NO_LABELS:
            label = dimension.label(one)
            if label:
                labels.setdefault(place, set()).add(label)

    def worst_first(place: int) -> tuple[float, int, str]:
        trouble = late[place] + silent[place] + gone[place]
        size = live[place] + trouble
        return -trouble / (size + 1), -size, values[place]

    groups = [
        Group(
            values[place],
            _label(labels[place]) if place in labels else "",
            live[place],
            late[place],
            silent[place],
            gone[place],
            oldest[place],
            unseen.get(place, 0),
            back.get(place, 0),
            tuple(drops[place]) if place in drops else _NO_DROPS,
        )
        for place in in_order(range(len(values)), worst_first)
    ]
    return Grouping(
        dimension,
        groups,
        {one.value.lower(): place for place, one in enumerate(groups)},
        sum(live) + sum(late) + sum(silent) + sum(gone),
        len(fleet.tracked),
        now,
        since,
    )


def _clocks(fleet: Fleet, stale: Collection[str]) -> dict[str, _Clock]:
    """By context, where several are watched."""
    answers = {name: part.last for name, part in fleet.parts.items() if part.last is not None}
    shifts = shifts_of(answers)
    return {
        name: _Clock(one.at, shifts.get(name, 0), name in stale or fleet.parts[name].is_blind)
        for name, one in answers.items()
    }


def _label(names: set[str]) -> str:
    found = sorted(names)
    return ", ".join(found[:_LABELS]) + (", …" if len(found) > _LABELS else "")
