"""Connection: one record of the endpoint as the API means it, and its state at an instant."""

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct

from tui.core.instant import TICKS, Instant, as_served, seconds_between

HEARTBEAT_LIMIT = 120.0
"""Seconds without a heartbeat after which the API calls a connection inactive.

Source: Console REST API, parameter ``activeOnly``: "heartbeat within last 2 minutes".
"""

JUDGED_WITHIN = 5.0
"""Seconds by which the API's own judgement of a record may be older than we reckon: the answer had
to be made and to reach us, and its time has whole seconds."""

AHEAD_ALLOWED = 2.0
"""Seconds by which a heartbeat may lie ahead of the server's time before that is skew: its
``Date`` header has whole seconds."""

FIELDS = (
    "connectionId",
    "organizationId",
    "apikeyId",
    "host",
    "ipAddress",
    "protocolName",
    "serviceName",
    "dataCenter",
    "lastHeartbeat",
    "connectionStartTime",
    "updatedAt",
    "connectionDurationSeconds",
    "isActive",
)
"""The thirteen fields of a record, in the documentation's order and spelling."""


class State(Enum):
    """What a connection was at the last good answer. The value is its word on screen."""

    LIVE = "live"
    """Its heartbeat is as fresh as its own rhythm allows."""
    LATE = "late"
    """Its heartbeat is older than its rhythm allows, but within the documented limit."""
    SILENT = "silent"
    """Its heartbeat is older than two minutes, or the API says ``isActive: false``."""
    GONE = "gone"
    """It has left a complete answer in which it had to be."""

    @property
    def glyph(self) -> str:
        """One cell that tells the state without colour."""
        return _GLYPHS[self]

    @property
    def trouble(self) -> int:
        """How much it asks for attention: 0 for live, more for worse."""
        return _TROUBLE[self]


_GLYPHS = {State.LIVE: "●", State.LATE: "◐", State.SILENT: "○", State.GONE: "✕"}
_TROUBLE = {State.LIVE: 0, State.LATE: 1, State.SILENT: 2, State.GONE: 3}


class Connection(Struct, frozen=True, gc=False):
    """One connection record. Texts are as served, and therefore hostile until ``safe``."""

    connection_id: str
    """Field ``connectionId``; the identity of a connection everywhere in conntop."""
    organization_id: str
    """Field ``organizationId``."""
    api_key_id: str
    """Field ``apikeyId`` (the query spells it ``apiKeyId``)."""
    host: str
    """Field ``host``: the vendor's server."""
    client: str
    """Field ``ipAddress``: the customer's address, IPv4 or IPv6."""
    protocol: str
    """Field ``protocolName``."""
    service: str
    """Field ``serviceName``."""
    data_center: str
    """Field ``dataCenter``; may name a server inside it."""
    last_heartbeat: Instant
    """Field ``lastHeartbeat``."""
    start: Instant
    """Field ``connectionStartTime``."""
    updated: Instant
    """Field ``updatedAt``."""
    duration: float
    """Field ``connectionDurationSeconds``: the served duration, seconds. For a live connection
    it lags behind the true one (now - start) by the heartbeat's age."""
    is_active: bool
    """Field ``isActive``."""
    unusual: Mapping[str, object] | None = None
    """What the fields above cannot give back: unknown fields, and values served in another shape
    (a time with an offset, say), by field name. ``None`` for an ordinary record."""

    def beat_age(self, at: Instant) -> float:
        """Seconds since the last heartbeat; negative when it lies in the future of ``at``."""
        return seconds_between(self.last_heartbeat, at)

    def is_there(self, at: Instant) -> bool:
        """Whether this record, asked for by its id at ``at``, is that of an active connection.

        Of one whose two minutes are over within a second that is not said any more.
        """
        return self.is_active and self.beat_age(at) <= HEARTBEAT_LIMIT - 1.0

    def up(self, at: Instant) -> float:
        """Seconds since the start: the true duration of a connection that is still there."""
        return seconds_between(self.start, at)

    @property
    def lifetime(self) -> float:
        """Seconds from the start to the last heartbeat: all that is certain of one that ended."""
        return seconds_between(self.start, self.last_heartbeat)

    def record(self) -> dict[str, object]:
        """The record as the API served it: its field names, its order, seven fractional digits."""
        duration = self.duration
        record: dict[str, object] = {
            "connectionId": self.connection_id,
            "organizationId": self.organization_id,
            "apikeyId": self.api_key_id,
            "host": self.host,
            "ipAddress": self.client,
            "protocolName": self.protocol,
            "serviceName": self.service,
            "dataCenter": self.data_center,
            "lastHeartbeat": as_served(self.last_heartbeat),
            "connectionStartTime": as_served(self.start),
            "updatedAt": as_served(self.updated),
            "connectionDurationSeconds": int(duration) if duration.is_integer() else duration,
            "isActive": self.is_active,
        }
        if self.unusual:
            record.update(self.unusual)
        return record


def state_of(
    connection: Connection,
    at: Instant,
    late_after: float,
    silent_after: float = HEARTBEAT_LIMIT,
) -> State:
    """The state of a connection that is in the answer of instant ``at``.

    Args:
        connection: the record.
        at: the server's time of the answer, never a later one: between two answers it is we who
            know nothing, not the connection that is silent.
        late_after: seconds without a heartbeat that its rhythm allows (see ``rhythm.late_after``).
        silent_after: seconds without a heartbeat that the API calls inactive, as far as we can
            tell from outside.
    """
    age = at - connection.last_heartbeat
    if not connection.is_active or age > silent_after * TICKS:
        return State.SILENT
    return State.LATE if age > late_after * TICKS else State.LIVE
