"""Past: what can be looked at again, poll by poll, wherever it is kept."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from tui.core.events import EventKind, Group
from tui.core.fleet import Fleet
from tui.core.instant import Instant


class Moment(Struct, frozen=True, gc=False):
    """One poll of the past, as far as finding one's way needs it."""

    place: int
    """Which poll it is: later ones have higher numbers, and it keeps its own when older ones are
    let go."""
    at: Instant
    """Server time, as far as it was known; never before that of an earlier moment."""
    told: int = 0
    """Events that it brought."""
    drops: int = 0
    """Those among them that tell of connections that stopped."""
    late: int = 0
    """Those among them that tell of connections that are late."""
    blind: bool = False
    """Whether the present was not known then: no answer, or one that stood still."""


class Past(Protocol):
    """What is kept of the polls of one context.

    All of this blocks, some of it for long: it is called from threads, and while another thread
    adds to it.
    """

    def moments(self) -> Sequence[Moment]:
        """All polls that can be looked at, oldest first: up to now, nothing that is to come."""
        ...

    def fleet_at(self, place: int) -> Fleet:
        """The fleet as it was known after the poll of that place.

        Raises:
            PastError: it cannot be looked at (any more).
        """
        ...


class PastError(Exception):
    """There is no such moment, or it cannot be read; in one sentence for people."""


def moment_of(place: int, at: Instant, fleet: Fleet) -> Moment:
    """The moment after whose poll ``fleet`` was known."""
    drops = sum(event.kind.group is Group.DROPS for event in fleet.events)
    late = sum(event.kind is EventKind.LATE for event in fleet.events)
    return Moment(place, at, len(fleet.events), drops, late, fleet.is_blind)
