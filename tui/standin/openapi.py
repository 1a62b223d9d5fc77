"""What the stand-in says of itself in OpenAPI."""

from __future__ import annotations

from typing import Any

from tui.standin.faults import JSON, PROBLEM
from tui.standin.query import DEFAULT_LIMIT
from tui.standin.settings import RECORD_FIELDS, Assumptions

PATH = "/api/connection-analytics/query"
"""Path of the documented endpoint."""

SUMMARY = "Gets raw connection status records with flexible filtering for the current organization"
DESCRIPTION = (
    "Returns raw connection status records for your organization with flexible filtering options."
    " Use for detailed analysis, UI display, and export. Includes connection duration, active"
    " status, and heartbeat information."
)

SECURITY_SCHEMES: dict[str, Any] = {
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "API Key is required to access the endpoints",
    }
}

_INT32 = {"type": "integer", "format": "int32", "minimum": -(2**31), "maximum": 2**31 - 1}
_TIME = {"type": "string", "format": "date-time"}
_TYPES: dict[str, dict[str, Any]] = {
    "organizationId": {"type": "string", "format": "uuid"},
    "apikeyId": {"type": "string", "format": "uuid"},
    "lastHeartbeat": _TIME,
    "connectionStartTime": _TIME,
    "updatedAt": _TIME,
    "connectionDurationSeconds": {"type": "integer", "format": "int32"},
    "isActive": {"type": "boolean"},
}


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "allowEmptyValue": True,
        "description": description,
        "schema": schema,
    }


PARAMETERS: list[dict[str, Any]] = [
    _parameter("apiKeyId", "Optional API key ID filter", {"type": "string", "format": "uuid"}),
    _parameter("connectionId", "Optional connection ID filter", {"type": "string"}),
    _parameter("serviceName", "Optional service name filter", {"type": "string"}),
    _parameter("protocolName", "Optional protocol name filter", {"type": "string"}),
    _parameter("dataCenter", "Optional data center filter", {"type": "string"}),
    _parameter(
        "activeOnly",
        "Filter for active connections only (heartbeat within last 2 minutes)",
        {"type": "boolean"},
    ),
    _parameter("timeStart", "Start time for the query range (ConnectionStartTime)", _TIME),
    _parameter("timeEnd", "End time for the query range (ConnectionStartTime)", _TIME),
    _parameter("minutes", "Minutes back from now (alternative to timeStart/timeEnd)", _INT32),
    _parameter(
        "limit",
        "Maximum number of records to return",
        {**_INT32, "minimum": 1, "default": DEFAULT_LIMIT},
    ),
]


def _record(assumptions: Assumptions) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for name in RECORD_FIELDS:
        schema = _TYPES.get(name, {"type": "string"})
        if name in assumptions.null_fields:
            schema = {"anyOf": [schema, {"type": "null"}]}
        properties[name] = schema
    return {"type": "object", "properties": properties, "required": list(RECORD_FIELDS)}


_PROBLEM: dict[str, Any] = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
    "required": ["type", "title", "status"],
}
_ERROR: dict[str, Any] = {
    "type": "object",
    "properties": {"error": {"type": "string"}},
    "required": ["error"],
}


def responses(assumptions: Assumptions) -> dict[int | str, dict[str, Any]]:
    """The declared answers. Of the errors the documentation shows neither codes nor bodies."""
    any_shape = {JSON: {"schema": _ERROR}, PROBLEM: {"schema": _PROBLEM}}
    if assumptions.error_shape == "empty":
        any_shape = {}
    return {
        200: {
            "description": "Connection status records",
            "content": {
                JSON: {"schema": {"type": "array", "items": _record(assumptions)}},
            },
        },
        400: {
            "description": "A parameter cannot be read",
            "content": {PROBLEM: {"schema": _PROBLEM}},
        },
        401: {"description": "No key, or a wrong one", "content": any_shape},
        429: {
            "description": "Too many requests",
            "content": any_shape,
            "headers": {
                "Retry-After": {
                    "description": "Seconds to wait",
                    "schema": {"type": "integer"},
                }
            },
        },
        503: {"description": "The service is not available"},
    }
