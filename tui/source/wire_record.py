"""The record of the payload as it stands in JSON."""

from msgspec import Struct


class NotAnAnswerError(ValueError):
    """The body is no JSON array of records."""


class WireRecord(Struct, frozen=True, gc=False, forbid_unknown_fields=True, rename="camel"):
    """One record as served (Console REST API, Connection Analytics, response body).

    The documentation does not say which fields may be null. Only what a row cannot do without is
    demanded: an id, and a start or a heartbeat.
    """

    connection_id: str
    organization_id: str | None = None
    apikey_id: str | None = None
    host: str | None = None
    ip_address: str | None = None
    protocol_name: str | None = None
    service_name: str | None = None
    data_center: str | None = None
    last_heartbeat: str | None = None
    connection_start_time: str | None = None
    updated_at: str | None = None
    connection_duration_seconds: float | int | None = None
    is_active: bool | None = None
