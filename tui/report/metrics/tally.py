"""Tally: a fleet in numbers, by a bounded number of groups. Pure, and made once a poll."""

from bisect import bisect_right
from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct, field

from tui.core.connection import State
from tui.core.fleet import Fleet
from tui.core.instant import TICKS, Instant, seconds_between
from tui.core.places import region_of
from tui.core.safe import safe

GROUPS_KEPT = 200
"""Groups that are told apart; the connections of all further ones are counted as ``OTHER``."""
EMPTY_KEPT = 3_600.0
"""Seconds for which a group without connections is still told, as zeros."""
AGES = (1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0)
"""Upper bounds in seconds of the buckets of heartbeat ages: up to the documented limit."""
LABEL_KEPT = 80
"""Characters of a label's value; strangers chose it."""
_CUT = LABEL_KEPT + 1
"""Characters that have to be known of a value to tell that it is too long."""
_ALIVE = (State.LIVE, State.LATE)

_Raw = tuple[str, str, str]
"""Service, protocol and data center as served: two that look the same may still differ."""


class Place(NamedTuple):
    """What a group has in common, already ``safe``."""

    service: str
    protocol: str
    region: str
    data_center: str


OTHER = Place("other", "other", "other", "other")
"""The group of whatever has found no place among the ``GROUPS_KEPT``."""


class Group(Struct):
    """The connections of one place."""

    counts: dict[State, int] = field(default_factory=lambda: dict.fromkeys(State, 0))
    """Connections by state, every state present."""
    oldest: float | None = None
    """Seconds since the oldest last heartbeat of those that are live or late."""

    @property
    def size(self) -> int:
        """Connections in it."""
        return sum(self.counts.values())

    def add(self, other: "Group | None") -> None:
        """Take the connections of another one in, if there is one."""
        if other is None:
            return
        for state, count in other.counts.items():
            self.counts[state] += count
        ages = [age for age in (self.oldest, other.oldest) if age is not None]
        self.oldest = max(ages, default=None)


class Tally(Struct, frozen=True):
    """A fleet in numbers, as of its last good answer."""

    groups: Mapping[Place, Group] = field(default_factory=dict)
    """Every connection is in exactly one; those of late that are empty now included."""
    folded: int = 0
    """Groups that are counted as ``OTHER``."""
    ages: tuple[int, ...] = (0,) * (len(AGES) + 1)
    """Connections live or late whose heartbeat is at most so old: for each of ``AGES``, and all."""
    ages_sum: float = 0.0
    """Seconds of these ages together."""
    seen: Mapping[_Raw, Instant] = field(default_factory=dict)
    """When each of the groups told apart had connections last."""


def tally(fleet: Fleet, before: Tally) -> Tally:
    """The numbers of ``fleet`` at its last good answer.

    Who has a place among the groups keeps it, so that no series comes and goes with the size of
    others; of the new ones the larger come first.

    Args:
        fleet: has been answered at least once.
        before: the numbers of the poll before.
    """
    at = fleet.at
    assert at is not None
    found, beats = _count(fleet, at)
    seen = {
        raw: when
        for raw, when in before.seen.items()
        if raw in found or seconds_between(when, at) <= EMPTY_KEPT
    }
    new = sorted(found.keys() - seen.keys(), key=lambda raw: (-found[raw].size, raw))
    free = max(0, GROUPS_KEPT - len(seen))
    seen.update(dict.fromkeys((*(found.keys() & seen.keys()), *new[:free]), at))
    groups: dict[Place, Group] = {}
    for raw in seen:
        groups.setdefault(_place(raw), Group()).add(found.get(raw))
    for raw in new[free:]:
        groups.setdefault(OTHER, Group()).add(found[raw])
    ages, ages_sum = _spread(beats, at)
    return Tally(groups, len(new[free:]), ages, ages_sum, seen)


def _count(fleet: Fleet, at: Instant) -> tuple[dict[_Raw, Group], list[Instant]]:
    """All groups there are, and the last heartbeats of those live or late."""
    found: dict[_Raw, Group] = {}
    beats = []
    for one in fleet.tracked.values():
        record = one.connection
        raw = (record.service[:_CUT], record.protocol[:_CUT], record.data_center[:_CUT])
        group = found.get(raw)
        if group is None:
            group = found[raw] = Group()
        group.counts[one.state] += 1
        if one.state in _ALIVE:
            beat = record.last_heartbeat
            beats.append(beat)
            age = record.beat_age(at)
            if group.oldest is None or age > group.oldest:
                # One whose heartbeat lies in the future is zero seconds old.
                group.oldest = max(0.0, age)
    return found, beats


def _place(raw: _Raw) -> Place:
    service, protocol, center = (safe(text, LABEL_KEPT) for text in raw)
    return Place(service, protocol, region_of(center), center)


def _spread(beats: list[Instant], at: Instant) -> tuple[tuple[int, ...], float]:
    """How many heartbeats are at most as old as each bound, and their ages' sum in seconds."""
    ages = sorted(max(0, at - beat) for beat in beats)
    within = (bisect_right(ages, bound * TICKS) for bound in AGES)
    return (*within, len(ages)), sum(ages) / TICKS
