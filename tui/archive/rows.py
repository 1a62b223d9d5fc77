"""Rows: what a row of the tables stands for."""

from math import floor
from typing import Any

from tui.core.connection import Connection
from tui.core.instant import Instant, seconds_between


def record_of(row: Any, beat: Instant, *, is_active: bool) -> Connection:
    """A connection's record as far as the tables have it.

    Args:
        row: of ``schema.connections``.
        beat: its last heartbeat.
        is_active: what the endpoint said of it.
    """
    return Connection(
        row.connection_id,
        row.organization_id,
        row.api_key_id,
        row.host,
        row.client,
        row.protocol,
        row.service,
        row.data_center,
        beat,
        row.start,
        beat,
        float(floor(seconds_between(row.start, beat))),
        is_active,
    )
