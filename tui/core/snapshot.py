"""Snapshot and Failure: the two things that one poll can bring."""

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct, field

from tui.core.clock import ServerClock
from tui.core.connection import Connection
from tui.core.instant import Instant
from tui.core.query import Query


class Cost(Struct, frozen=True):
    """What one poll took."""

    seconds: float = 0.0
    """Wall time from the first byte asked to the last one read."""
    requests: int = 1
    """Requests sent, retries included."""
    received: int = 0
    """Bytes of body after decompression."""


class Cut(Enum):
    """Why an answer may lack records."""

    LIMIT = "limit"
    """It has as many records as the user's own ``limit`` allows."""
    SINGLE = "single"
    """It is as large as one answer can be, and asking in parts is switched off."""
    BUDGET = "budget"
    """It took more requests than one poll may send."""
    PILE = "pile"
    """More connections than one answer holds started at one and the same instant."""
    SHIFT = "shift"
    """An answer and its own parts disagree by more than a moment explains."""
    CONTEXT = "context"
    """Of several contexts that are watched, one has not answered at all so far."""
    RECORDED = "recorded"
    """It is read from a recording, and less was asked for when that was made."""
    UNDERWAY = "underway"
    """The answer is still coming in: these are its first records, and nothing is known of it."""


class Snapshot(Struct, frozen=True):
    """What the endpoint says to ``query`` at the instant ``at``, of one answer or of several."""

    query: Query
    """The question that this answers."""
    records: tuple[Connection, ...]
    """In the order served; one record per connection id (the last one served wins)."""
    at: Instant
    """The server's time when it answered, the last time where it took several answers."""
    cut: Cut | None = None
    """Why records may be missing: then an absent connection proves nothing."""
    served: int = 0
    """Records that were served, readable or not: what a limit is compared with."""
    clock: ServerClock = field(default_factory=ServerClock)
    """The estimate of the server's clock after this answer."""
    cost: Cost = field(default_factory=Cost)
    """What it took."""
    unreadable: Mapping[str, int] = field(default_factory=dict)
    """Records left out because a field could not be read: how many, by the field's name."""
    garbled: frozenset[str] = frozenset()
    """Ids among those left out: these connections are there, whatever else is wrong."""
    ended: Mapping[str, Connection | None] = field(default_factory=dict)
    """Last records of connections that have left the answer, asked for one by one; ``None`` where
    the endpoint has none any more."""
    lapse: float = 0.0
    """Seconds for which nothing was asked although it was due: the monitor was paused, stopped, or
    its machine asleep."""
    belied: bool = False
    """Whether the ``Date`` it came with is not by the clock that stamps its heartbeats, and so was
    left out of ``clock``."""
    local_skew: float | None = None
    """Seconds by which this machine's clock is ahead of the server's; ``None`` when the server
    tells no time."""

    @property
    def complete(self) -> bool:
        """Whether everything is there."""
        return self.cut is None

    @property
    def unreadable_count(self) -> int:
        """Records left out."""
        return sum(self.unreadable.values())

    def proves_absent(self, connection_id: str) -> bool:
        """Whether a connection that is not in it was not there: it may be among the records that
        were cut off, or that have no id to be read, unless it was asked for by its own."""  # noqa: D205, D209
        if not self.complete or connection_id in self.garbled:
            return False
        return self.unreadable_count <= len(self.garbled) or connection_id in self.ended


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


class Failure(Struct, frozen=True):
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
    at: Instant | None = None
    """The server's time when it failed, as far as an earlier answer lets us know it."""


Outcome = Snapshot | Failure
"""What a poll brings."""
