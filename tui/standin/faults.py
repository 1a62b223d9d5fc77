"""Answers that are not 200: the bodies an error can have, and the mishaps a scenario brings."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tui.standin.clients import mix
from tui.standin.instant import TICKS, instant_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

JSON = "application/json"
PROBLEM = "application/problem+json"

Shape = Literal["error", "empty", "problem"]
_ROTATION: tuple[Shape, ...] = ("error", "empty", "problem")
_TITLES = {
    400: "One or more validation errors occurred.",
    401: "Unauthorized",
    403: "Forbidden",
    429: "Too Many Requests",
    503: "Service Unavailable",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """One finished answer of the endpoint."""

    status: int
    body: bytes = b""
    media_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    arrives: float = 1
    """The share of its body that arrives before the connection is closed."""


@dataclass(frozen=True, slots=True)
class Mishap:
    """What a scenario does to one request: hold it up, answer it itself, or cut its answer."""

    delay_seconds: float = 0
    reply: Reply | None = None
    arrives: float = 1
    """The share of the answer's body that arrives before the connection is closed."""


def problem(
    status: int, *, errors: Mapping[str, list[str]] | None = None, detail: str | None = None
) -> Reply:
    """An answer in the ProblemDetails shape; ``errors`` has sentences for each parameter."""
    body: dict[str, object] = {
        "type": f"https://httpstatuses.io/{status}",
        "title": _TITLES[status],
        "status": status,
    }
    if detail is not None:
        body["detail"] = detail
    if errors is not None:
        body["errors"] = dict(errors)
    return Reply(status, json.dumps(body).encode(), PROBLEM)


def refusal(
    status: int, sentence: str, shape: Shape, headers: Mapping[str, str] | None = None
) -> Reply:
    """An error in one of the three shapes the vendor's products use."""
    if shape == "empty":
        return Reply(status, headers=headers or {})
    if shape == "problem":
        whole = problem(status, detail=sentence)
        return Reply(status, whole.body, PROBLEM, headers or {})
    return Reply(status, json.dumps({"error": sentence}).encode(), JSON, headers or {})


def rate_headers(limit: int, used: int, reset: int) -> dict[str, str]:
    """The vendor's ``X-RateLimit-*`` headers; ``reset`` is an instant in ticks."""
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Used": str(min(used, limit)),
        "X-RateLimit-Remaining": str(max(0, limit - used)),
        "X-RateLimit-Reset": instant_text(reset),
    }


def too_many(limit: int, used: int, wait_seconds: int, now: int, shape: Shape) -> Reply:
    """A 429 that says in whole seconds when to try again."""
    headers = rate_headers(limit, used, now + wait_seconds * TICKS)
    headers["Retry-After"] = str(wait_seconds)
    return refusal(429, "Too many requests.", shape, headers)


def _unavailable(turn: int) -> Mishap:
    # The point is that a client meets all shapes.
    which = _ROTATION[turn % len(_ROTATION)]
    return Mishap(reply=refusal(503, "The service is not available.", which))


def _down(number: int, now: int, shape: Shape) -> Mishap:
    del now, shape
    return _unavailable(number)


def _slow(number: int, now: int, shape: Shape) -> Mishap:
    del now, shape
    return Mishap(delay_seconds=3.0 + number % 3)


def _limited(number: int, now: int, shape: Shape) -> Mishap:
    return Mishap(reply=too_many(60, 60 + number, 5, now, shape))


def _flaky(number: int, now: int, shape: Shape) -> Mishap:
    """Of each two requests one fails, by chance the first or the second, each time differently."""
    del now, shape
    turn, second = divmod(number, 2)
    if mix(0xF1A, turn) & 1 != second:
        return NO_MISHAP
    match turn % 4:
        case 0:
            return _unavailable(turn // 4)
        case 1:
            return Mishap(arrives=0.5)
        case 2:
            return Mishap(reply=Reply(502))
        case _:
            return Mishap(arrives=0)


_MISHAPS: Mapping[str, Callable[[int, int, Shape], Mishap]] = {
    "api-down": _down,
    "api-slow": _slow,
    "api-429": _limited,
    "api-flaky": _flaky,
}
"""By scenario, the mishap of a request of a number, at an instant in ticks."""

NO_MISHAP = Mishap()


def mishap_for(scenario: str, number: int, now: int, shape: Shape) -> Mishap:
    """What the scenario that is on does to the request of this number (counted from 0)."""
    make = _MISHAPS.get(scenario)
    return NO_MISHAP if make is None else make(number, now, shape)


class Allowance:
    """Counts requests in each minute of the server's clock."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._minute = -1
        self._used = 0

    def take(self, now: int, shape: Shape) -> tuple[dict[str, str], Reply | None]:
        """Count one request: the headers its answer carries, and the refusal if it is too many."""
        minute, within = divmod(now, 60 * TICKS)
        if minute != self._minute:
            self._minute, self._used = minute, 0
        self._used += 1
        left = 60 * TICKS - within
        if self._used > self.per_minute:
            wait = -(-left // TICKS)
            return {}, too_many(self.per_minute, self._used, wait, now, shape)
        return rate_headers(self.per_minute, self._used, now + left), None
