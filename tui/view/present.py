"""Present: the server's time by which ages go, and whether what is known is of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tui.core.fleet import Tracked
from tui.core.instant import Instant


@dataclass(frozen=True, slots=True)
class Present:
    """The present of one context, or of several."""

    now: Instant = 0
    """The server's time; it stands still while nothing new is known."""
    stale: bool = False
    """Whether what is known must not be taken for the present."""
    contexts: Mapping[str, "Present"] = field(default_factory=dict)
    """That of each context, where several are watched."""

    def of(self, one: Tracked) -> "Present":
        """The present of a connection, which is that of its context."""
        return self.contexts.get(one.labels.context, self)
