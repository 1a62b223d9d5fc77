"""Events: what happened to the connections and to the monitor itself, each with its evidence."""

from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct

from tui.core.instant import Instant, clock_text
from tui.core.safe import safe

if TYPE_CHECKING:
    from tui.core.fleet import Tracked

EVENTS_KEPT = 5_000
"""Events that the log remembers."""


class Group(Enum):
    """What events can be told apart by in the log. The value is its name there."""

    DROPS = "drops"
    LATE = "late and recovered"
    RETURNS = "opened and back"
    OURS = "the monitor itself"


class EventKind(Enum):
    """What happened. The value is its word on screen."""

    OPENED = "opened"
    """A connection that the answer before did not have."""
    LATE = "late"
    """Its heartbeat is older than its rhythm allows."""
    SILENT = "silent"
    """Two minutes without a heartbeat, or ``isActive: false``, in an answer that has it still."""
    DROPPED = "dropped"
    """It has left the active answer."""
    GONE = "gone"
    """It has left the active answer, and the endpoint has no record of it any more."""
    RECOVERED = "recovered"
    """It beats again."""
    RECONNECTED = "reconnected"
    """A client whose connection stopped has another one, on the same server."""
    MOVED = "moved"
    """A client whose connection stopped has another one, on another server."""
    FLAPPING = "flapping"
    """A client that connects again and again."""
    OVERLAPPING = "overlapping"
    """A client has a second connection beside its first for longer than a handover takes."""
    STORM = "storm"
    """Many clients reconnect at once."""
    MASS_DROP = "mass drop"
    """Many connections stop at once."""
    LINK_LOST = "link lost"
    """Our own questions fail."""
    LINK_BACK = "link back"
    """They are answered again."""
    RATE_LIMITED = "rate-limited"
    """The endpoint says that we ask too often."""
    CUT = "cut"
    """Answers may lack records: from here on nothing is concluded from absence."""
    WHOLE = "whole"
    """Answers are complete again."""
    FROZEN = "frozen"
    """The endpoint answers, but its data stand still."""
    THAWED = "thawed"
    """Its data move again."""
    SKEW = "clock skew"
    """Clocks differ: ours from the server's, or the server's own."""
    UNWATCHED = "not watched"
    """Nothing was asked for a while: we were paused, stopped, or our machine was asleep."""

    @property
    def group(self) -> Group:
        """Under which name the log offers it."""
        return _GROUPS[self]


_GROUPS = {
    EventKind.DROPPED: Group.DROPS,
    EventKind.GONE: Group.DROPS,
    EventKind.SILENT: Group.DROPS,
    EventKind.MASS_DROP: Group.DROPS,
    EventKind.LATE: Group.LATE,
    EventKind.RECOVERED: Group.LATE,
    EventKind.OPENED: Group.RETURNS,
    EventKind.RECONNECTED: Group.RETURNS,
    EventKind.MOVED: Group.RETURNS,
    EventKind.FLAPPING: Group.RETURNS,
    EventKind.OVERLAPPING: Group.RETURNS,
    EventKind.STORM: Group.RETURNS,
    EventKind.LINK_LOST: Group.OURS,
    EventKind.LINK_BACK: Group.OURS,
    EventKind.RATE_LIMITED: Group.OURS,
    EventKind.CUT: Group.OURS,
    EventKind.WHOLE: Group.OURS,
    EventKind.FROZEN: Group.OURS,
    EventKind.THAWED: Group.OURS,
    EventKind.SKEW: Group.OURS,
    EventKind.UNWATCHED: Group.OURS,
}


class Event(Struct, frozen=True):
    """One thing that happened."""

    at: Instant
    """Server time of the answer that showed it."""
    kind: EventKind
    """What it is."""
    evidence: str
    """What shows it, in one line for people; already ``safe``."""
    one: "Tracked | None" = None
    """The connection as it was then, but for its gaps; ``None`` for what concerns many or the
    monitor itself."""

    @property
    def connection_id(self) -> str | None:
        """Whose it is; ``None`` for what concerns many or the monitor itself."""
        return None if self.one is None else self.one.connection_id

    @property
    def line(self) -> str:
        """The event in one line, safe to show."""
        whose = "" if self.one is None else f" {safe(self.one.connection_id, 60)}"
        return f"{clock_text(self.at)} {self.kind.value}{whose}: {self.evidence}"
