"""The truth about a scene, worked out from the lives of its connections and nothing else."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from tests.truth.world import Run
from tui.core.events import Event, EventKind
from tui.standin.instant import TICKS
from tui.standin.sessions import Session, last_beat

LIMIT = 120 * TICKS
"""Two minutes: how long the endpoint calls a connection active after its last heartbeat."""


@dataclass(frozen=True)
class Told:
    """An event and the poll that told it."""

    number: int
    event: Event

    @property
    def kind(self) -> EventKind:
        """What it tells."""
        return self.event.kind


class Truth:
    """What there was to be seen at the polls of a run, and what was told.

    A poll is *blind* when the endpoint fails or its data stand still, *quiet* when it is the first
    of all or the first after a blind one: there the monitor takes stock, and tells nothing of
    single connections.
    """

    def __init__(self, run: Run) -> None:
        self.scene = run.scene
        self.polls = run.polls
        self.sessions = {one.connection_id: one for one in run.sessions}
        numbers = range(len(run.polls))
        self.blind = [
            self.scene.is_down(poll.at) or self.scene.stands_still(poll.at) for poll in run.polls
        ]
        self.seeing = [number for number in numbers if not self.blind[number]]
        self.quiet = {n for n in self.seeing if n == 0 or self.blind[n - 1]}
        self.told = [
            Told(number, event)
            for number, poll in enumerate(run.polls)
            for event in poll.fleet.events
        ]
        self._told_of: dict[str, list[Told]] = defaultdict(list)
        for one in self.told:
            if one.event.connection_id is not None:
                self._told_of[one.event.connection_id].append(one)

    # What there was to be seen

    def at(self, number: int) -> int:
        """The true instant of a poll."""
        return self.polls[number].at

    def beat(self, name: str, at: int | None = None) -> int:
        """The last heartbeat of a connection, of all or until an instant."""
        one = self.sessions[name]
        return last_beat(one, one.end if at is None else at)

    def has_ended(self, name: str, number: int) -> bool:
        """Whether a connection had ended when this poll was made."""
        return self.sessions[name].end <= self.at(number)

    @cached_property
    def shown(self) -> list[set[str]]:
        """Who had to be in the active answer, by the number of the poll."""
        return [
            {name for name, one in self.sessions.items() if self._is_shown(one, poll.at)}
            for poll in self.polls
        ]

    def _is_shown(self, one: Session, at: int) -> bool:
        if one.start > at or one.end < at - LIMIT:
            return False
        if self.scene.assumptions.close_marks_inactive and one.clean and one.end <= at:
            return False
        return last_beat(one, at) >= at - LIMIT

    @cached_property
    def _seen(self) -> dict[str, list[int]]:
        seen: dict[str, list[int]] = defaultdict(list)
        for number in self.seeing:
            for name in self.shown[number]:
                seen[name].append(number)
        return dict(seen)

    @cached_property
    def first_seen(self) -> dict[str, int]:
        """Number of the first poll that saw it, of every connection that any poll saw."""
        return {name: numbers[0] for name, numbers in self._seen.items()}

    @cached_property
    def missed(self) -> dict[str, int]:
        """Number of the first poll that saw it no more, of every connection that left."""
        left = {}
        for name, numbers in self._seen.items():
            later = next((number for number in self.seeing if number > numbers[-1]), None)
            if later is not None:
                left[name] = later
        return left

    @cached_property
    def lives(self) -> list[list[str]]:
        """The connections of each client that were seen, one after the other."""
        lives: dict[int, list[Session]] = defaultdict(list)
        for name in self.first_seen:
            one = self.sessions[name]
            lives[one.client.index].append(one)
        return [[one.connection_id for one in sorted(life)] for life in lives.values()]

    @cached_property
    def before(self) -> dict[str, str]:
        """The connection whose place each one took: the one that its client had before."""
        return {later: earlier for life in self.lives for earlier, later in pairwise(life)}

    @cached_property
    def place(self) -> dict[str, int]:
        """Its place in the life of its client, counted from 1."""
        return {name: place for life in self.lives for place, name in enumerate(life, 1)}

    def has_last_record(self, name: str, number: int) -> bool:
        """Whether the endpoint still had a record of it at this poll."""
        keep = self.scene.assumptions.retention_seconds * TICKS
        return self.beat(name) >= self.at(number) - keep

    @cached_property
    def looked_up(self) -> dict[str, int]:
        """Number of the poll by which the last record was asked for of each one that left: so many
        ids in one poll, and those that left first before the others."""  # noqa: D205, D209
        most, waiting = self.scene.asking.lookups, 0
        asked: dict[str, int] = {}
        for place, number in enumerate(self.seeing):
            left = [name for name, missed in self.missed.items() if missed == number]
            waiting += len(left)
            # Of those that left together nothing says who is asked for first.
            last = place + max(0, -(-waiting // most) - 1)
            asked |= dict.fromkeys(left, self.seeing[last] if last < len(self.seeing) else 10**9)
            waiting = max(0, waiting - most)
        return asked

    # What was told

    def told_of(self, name: str, *kinds: EventKind) -> list[Told]:
        """What was told of one connection."""
        return [one for one in self._told_of.get(name, ()) if one.kind in kinds]

    def told_kinds(self, *kinds: EventKind) -> list[Told]:
        """All that was told of these kinds."""
        return [one for one in self.told if one.kind in kinds]
