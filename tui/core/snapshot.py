"""Snapshot and Failure: the two things that one poll can bring."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from tui.core.clock import ServerClock
from tui.core.connection import Connection
from tui.core.instant import Instant
from tui.core.query import Query


@dataclass(frozen=True, slots=True)
class Cost:
    """What one poll took."""

    seconds: float = 0.0
    """Wall time from the first byte asked to the last one read."""
    requests: int = 1
    """Requests sent, retries included."""
    received: int = 0
    """Bytes of body after decompression."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One answer of the endpoint: everything that matched ``query`` at the instant ``at``."""

    query: Query
    """The question that this answers."""
    records: tuple[Connection, ...]
    """In the order served; one record per connection id (the last one served wins)."""
    at: Instant
    """The server's time when it answered."""
    complete: bool
    """False when the answer may be cut: then an absent connection proves nothing."""
    clock: ServerClock = field(default_factory=ServerClock)
    """The estimate of the server's clock after this answer."""
    cost: Cost = field(default_factory=Cost)
    """What it took."""
    unreadable: Mapping[str, int] = field(default_factory=dict)
    """Records left out because a field could not be read: how many, by the field's name."""

    @property
    def unreadable_count(self) -> int:
        """Records left out."""
        return sum(self.unreadable.values())


class Trouble(Enum):
    """The kinds of failure, by what the reader can do about it."""

    UNREACHABLE = "unreachable"
    """No connection: DNS, refused, TLS, proxy, connection cut."""
    TIMEOUT = "timeout"
    """Connected, but no whole answer in time."""
    KEY = "key"
    """401 or 403: the key is missing, wrong or not allowed."""
    QUERY = "query"
    """400: the endpoint refuses a parameter."""
    RATE = "rate"
    """429: asked too often."""
    SERVER = "server"
    """5xx."""
    ANSWER = "answer"
    """An answer that is not the endpoint's: HTML, a redirect, no array."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A poll that brought no answer. It tells of our link, never of the fleet."""

    query: Query
    """The question that was asked."""
    trouble: Trouble
    """The kind."""
    sentence: str
    """One clear sentence for people, free of secrets and already ``safe``."""
    retry_after: float | None = None
    """Seconds that the server asked us to wait, where it did."""
    retryable: bool = True
    """Whether the same question may well be answered later without anybody's doing."""
    cost: Cost = field(default_factory=Cost)
    """What it took."""


Outcome = Snapshot | Failure
"""What a poll brings."""
