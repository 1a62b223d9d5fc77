"""What nobody outside knows of the endpoint: each point a setting, its default an assumption."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, NonNegativeInt, PositiveInt
from pydantic import ValidationError as _Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

RECORD_FIELDS = (
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
"""The 13 fields of a record in the documentation's order and spelling."""

RecordField = Literal[
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
]
Order = Literal["start-desc", "start-asc", "id", "shuffled"]


LONGEST_RETENTION = 31 * 86_400
"""The longest time an ended session can be kept, in seconds."""


class AssumptionError(ValueError):
    """An assumption was given by an unknown name or with a value it cannot take."""


def _split(value: object) -> object:
    return [part for part in value.split(",") if part] if isinstance(value, str) else value


def _none(value: object) -> object:
    return None if value in ("", "none") else value


class Assumptions(BaseModel):
    """The points the documentation leaves open. A client must be right under every value."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    order: Annotated[Order | None, BeforeValidator(_none)] = None
    """Order of the records, and so which ones ``limit`` keeps.

    Not set, a fleet answers ``start-desc`` (the newest start first) and a file keeps its own
    order. ``shuffled`` is one order drawn from the seed, the same in every answer.
    """

    limit_cap: Annotated[PositiveInt | None, BeforeValidator(_none)] = None
    """The most records ever served. A higher ``limit`` is lowered to it and nothing says so."""

    minutes_and_window: Literal["window", "minutes", "both"] = "window"
    """Which wins when ``minutes`` and ``timeStart`` or ``timeEnd`` are given; or both must hold."""

    start_inclusive: bool = True
    """Whether a connection that started exactly at ``timeStart`` is in the answer."""

    end_inclusive: bool = True
    """Whether a connection that started exactly at ``timeEnd`` is in the answer."""

    case_insensitive: bool = False
    """Whether the text filters overlook upper and lower case. A uuid is always free of case."""

    data_center_prefix: bool = False
    """Whether ``dataCenter=us-east-1`` finds ``us-east-1/server-01``. Otherwise it is exact."""

    null_fields: Annotated[frozenset[RecordField], BeforeValidator(_split)] = frozenset()
    """Fields served as null in every record. The filters go on knowing the values."""

    retention_seconds: Annotated[int, Field(ge=0, le=LONGEST_RETENTION)] = 86_400
    """How long an ended session stays in the answers after its last heartbeat, in seconds.

    At most 31 days, so that the history of a large fleet fits into memory.
    """

    requests_per_minute: Annotated[PositiveInt | None, BeforeValidator(_none)] = None
    """Requests allowed in one minute of the server's clock. Not set, none is ever refused."""

    active_clock_skew_seconds: Annotated[float, Field(ge=-86_400, le=86_400)] = 0
    """Seconds by which the clock behind ``isActive`` is ahead of the one behind ``activeOnly``."""

    close_marks_inactive: bool = False
    """Whether a session that ended in good order is inactive at once.

    Otherwise it becomes so only when its last heartbeat is more than two minutes old.
    """

    error_shape: Literal["error", "empty", "problem"] = "error"
    """The body of a 401, a 429 or a 5xx: ``{"error": …}``, none, or ProblemDetails."""

    gzip_min_size: NonNegativeInt = 1024
    """Answers of fewer bytes than this are not compressed."""

    def capped(self, most: int) -> Assumptions:
        """The same with answers of at most this many records, or fewer if that is assumed."""
        return self.model_copy(update={"limit_cap": min(most, self.limit_cap or most)})


def assume(pairs: Iterable[str]) -> Assumptions:
    """Read assumptions from ``name=value`` texts, as a command line gives them."""
    given: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise AssumptionError(f"An assumption is written name=value, not {pair!r}.")
        given[name.strip().replace("-", "_")] = value.strip()
    unknown = sorted(given.keys() - Assumptions.model_fields.keys())
    if unknown:
        known = ", ".join(Assumptions.model_fields)
        raise AssumptionError(f"There is no assumption {unknown[0]!r}; there are: {known}.")
    try:
        return Assumptions.model_validate(given)
    except _Invalid as invalid:
        first = invalid.errors()[0]
        raise AssumptionError(
            f"The assumption {first['loc'][0]} is wrong: {first['msg']}."
        ) from None
