"""The truth about a scene, worked out from the lives of its connections and nothing else."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from tests.truth.world import Poll, Run
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
    of all or the first after a blind one: there the monitor takes stock and tells nothing of single
    connections.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.scene = run.scene
        self.polls = run.polls
        self.sessions = {one.connection_id: one for one in run.sessions}
        self.blind = [self.scene.is_blind(poll.at) for poll in run.polls]
        self.quiet = [
            number == 0 or (self.blind[number - 1] and not self.blind[number])
            for number in range(len(run.polls))
        ]

    # What there was to be seen

    def is_shown(self, one: Session, at: int) -> bool:
        """Whether the active answer of this instant has it."""
        if one.start > at:
            return False
        if self.scene.assumptions.close_marks_inactive and one.clean and one.end <= at:
            return False
        return last_beat(one, at) >= at - LIMIT

    @cached_property
    def first_seen(self) -> dict[str, int]:
        """Number of the first poll that saw it, of every connection that any poll saw."""
        return {name: polls[0] for name, polls in self._seen.items()}

    @cached_property
    def missed(self) -> dict[str, int]:
        """Number of the first poll that saw it no more, of every connection that left."""
        seeing = [number for number, blind in enumerate(self.blind) if not blind]
        left = {}
        for name, polls in self._seen.items():
            later = [number for number in seeing if number > polls[-1]]
            if later:
                left[name] = later[0]
        return left

    @cached_property
    def _seen(self) -> dict[str, list[int]]:
        seen: dict[str, list[int]] = defaultdict(list)
        for number, poll in enumerate(self.polls):
            for name in self.shown(number) if not self.blind[number] else ():
                seen[name].append(number)
        assert all(poll.at <= self.polls[-1].at for poll in self.polls)
        return dict(seen)

    def shown(self, number: int) -> set[str]:
        """Who was there at this poll."""
        at = self.polls[number].at
        return {name for name, one in self.sessions.items() if self.is_shown(one, at)}

    @cached_property
    def before(self) -> dict[str, Session]:
        """The connection whose place each one took: the one that its client had before, of those
        that were seen. Who overlaps with it for a handover still takes its place."""  # noqa: D205, D209
        lives: dict[int, list[Session]] = defaultdict(list)
        for one in sorted(self.sessions.values()):
            if one.connection_id in self.first_seen:
                lives[one.client.index].append(one)
        return {
            later.connection_id: earlier
            for life in lives.values()
            for earlier, later in zip(life, life[1:], strict=False)
        }

    # What was told

    @cached_property
    def told(self) -> list[Told]:
        """All that was told, in its order."""
        return [
            Told(number, event)
            for number, poll in enumerate(self.polls)
            for event in poll.fleet.events
        ]

    def told_of(self, name: str, *kinds: EventKind) -> list[Told]:
        """What was told of one connection."""
        return [one for one in self._by_name.get(name, ()) if one.kind in kinds]

    def told_kinds(self, *kinds: EventKind) -> list[Told]:
        """What was told of these kinds."""
        return [one for one in self.told if one.kind in kinds]

    @cached_property
    def _by_name(self) -> dict[str, list[Told]]:
        named: dict[str, list[Told]] = defaultdict(list)
        for one in self.told:
            if one.event.connection_id is not None:
                named[one.event.connection_id].append(one)
        return named

    def poll(self, number: int) -> Poll:
        """A poll by its number."""
        return self.polls[number]
