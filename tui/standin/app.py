"""The stand-in as an ASGI application: the documented endpoint, and its own controls."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import re
import secrets
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from fastapi import FastAPI, Request, Response

from tui.standin import openapi
from tui.standin.clock import Clock, InstantError, ManualClock, RealClock
from tui.standin.clock_faults import NO_FAULTS, Faults
from tui.standin.endpoint_clock import EndpointClock, Reading
from tui.standin.envelope import CutShort, Envelope, compressed, wants_gzip
from tui.standin.faults import JSON, Allowance, Reply, mishap_for, problem, refusal
from tui.standin.instant import instant_text
from tui.standin.query import ParameterError, Query, parse_query
from tui.standin.scenarios import (
    Script,
    Still,
    Switch,
    UnknownScenarioError,
    playable,
    scenario_named,
)
from tui.standin.settings import Assumptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?", re.IGNORECASE)


class UnansweredError(RuntimeError):
    """A source has no answer at present; its text is one sentence."""


class Source(Protocol):
    """Where answers come from: a simulated fleet, or the records of a file."""

    plays_fleet_scenarios: bool
    """Whether scenarios that break connections can be played on it."""

    @property
    def connections(self) -> int:
        """Clients of the fleet, or records of the file."""
        ...

    @property
    def seed(self) -> int | None:
        """The fleet's seed; a file has none."""
        ...

    def answer(
        self,
        query: Query,
        at: int,
        switches: tuple[Switch, ...],
        assumptions: Assumptions,
        reading: Reading | None = None,
    ) -> bytes:
        """The body of a 200 when the data have come to an instant in ticks.

        ``reading`` is how the endpoint's clocks stand; without it they are all right. What cannot
        be answered raises UnansweredError.
        """
        ...


def create_app(
    source: Source,
    *,
    api_key: str,
    assumptions: Assumptions | None = None,
    clock: Clock | None = None,
    script: Script | None = None,
    log: TextIO | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    faults: Faults = NO_FAULTS,
) -> FastAPI:
    """The stand-in's application.

    ``clock`` gives every time it tells, ``script`` the scenarios and their times, ``log`` gets a
    line for each request, and ``sleep`` is how a slow answer waits. ``faults`` are there all
    along; one that this source cannot show raises FaultError.
    """
    if not source.plays_fleet_scenarios:
        faults.check_fleet()
    endpoint = _Endpoint(
        source,
        api_key=api_key,
        assumptions=assumptions or Assumptions(),
        clock=clock or RealClock(),
        script=script or Script(),
        sleep=sleep,
        faults=faults,
    )
    app = FastAPI(title="Connection Analytics stand-in", docs_url=None, redoc_url=None)
    app.get(
        openapi.PATH,
        summary=openapi.SUMMARY,
        description=openapi.DESCRIPTION,
        operation_id="queryConnections",
        response_class=Response,
        responses=openapi.responses(endpoint.assumptions),
        openapi_extra={"parameters": openapi.PARAMETERS, "security": [{"key": []}]},
    )(endpoint.query)
    _add_controls(app, endpoint)
    describe = app.openapi

    def with_security() -> dict[str, Any]:
        schema = describe()
        schema.setdefault("components", {})["securitySchemes"] = openapi.SECURITY_SCHEMES
        return schema

    app.openapi = with_security  # type: ignore[method-assign]
    app.add_middleware(
        Envelope, clock=endpoint.time, log=log, secret=api_key, dated=not faults.no_date
    )
    return app


class _Endpoint:
    """The documented endpoint and what its answers depend on."""

    def __init__(
        self,
        source: Source,
        *,
        api_key: str,
        assumptions: Assumptions,
        clock: Clock,
        script: Script,
        sleep: Callable[[float], Awaitable[None]],
        faults: Faults,
    ) -> None:
        self.source = source
        self.assumptions = assumptions
        self.clock = clock
        self.script = script
        self.time = EndpointClock(clock, script, faults)
        self._key = api_key.encode()
        self._sleep = sleep
        self._count = 0
        per_minute = assumptions.requests_per_minute
        self._allowance = None if per_minute is None else Allowance(per_minute)

    async def query(self, request: Request) -> Response:
        """Answer one request to the documented endpoint."""
        reply = await self._reply(request)
        headers = dict(reply.headers)
        body = reply.body
        # A body that could have been compressed must say so to caches even when it was not.
        headers["Vary"] = "Accept-Encoding"
        if len(body) >= max(1, self.assumptions.gzip_min_size) and wants_gzip(
            request.headers.get("accept-encoding", "")
        ):
            body = compressed(body)
            headers["Content-Encoding"] = "gzip"
        if reply.arrives < 1:
            return CutShort(body, reply.status, headers, reply.media_type, share=reply.arrives)
        return Response(body, reply.status, headers, reply.media_type)

    async def _reply(self, request: Request) -> Reply:
        now = self.clock.now()
        shape = self.assumptions.error_shape
        number, self._count = self._count, self._count + 1
        mishap = mishap_for(self.script.name(now), number, self.time.shown(now), shape)
        if mishap.delay_seconds:
            await self._sleep(mishap.delay_seconds)
            now = self.clock.now()
        if mishap.reply is not None:
            return mishap.reply
        given = request.headers.get("authorization", "").encode("latin-1")
        if not secrets.compare_digest(given, self._key):
            return refusal(401, "API key is missing or invalid.", shape)
        headers: dict[str, str] = {}
        scenario = self.script.scenario(now)
        # A request that a cache answers is none to the server.
        if self._allowance is not None and scenario.still < Still.ALL:
            headers, refused = self._allowance.take(self.time.shown(now), shape)
            if refused is not None:
                return refused
        try:
            query = parse_query(request.query_params.multi_items())
        except ParameterError as bad:
            return problem(400, errors=bad.errors)
        cap = scenario.limit_cap
        try:
            body = self.source.answer(
                query,
                self.time.data(now),
                self.script.switches,
                self.assumptions if cap is None else self.assumptions.capped(cap),
                self.time.reading(now),
            )
        except UnansweredError as reason:
            return refusal(503, str(reason), shape)
        return Reply(200, body, JSON, headers, mishap.arrives)


def _is_loopback(request: Request) -> bool:
    # The header is looked at too: a page in a browser can reach loopback under a name of its own.
    # As it was sent, since a URL made from one that cannot be read falls back to this server's.
    if _LOOPBACK.fullmatch(request.headers.get("host", "")) is None or request.client is None:
        return False
    return ipaddress.ip_address(request.client.host).is_loopback


async def _member(request: Request, name: str) -> object:
    """One member of the object in a request's body; None if there is no such thing."""
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        return None
    return body.get(name) if isinstance(body, dict) else None


def _answer(status: int, body: object) -> Response:
    return Response(json.dumps(body), status, media_type=JSON)


def _add_controls(app: FastAPI, endpoint: _Endpoint) -> None:
    """Add the stand-in's own endpoints. They are no part of the documented API.

    They work whatever the scenario does to that API, and need no key: only this machine may use
    them.
    """
    clock, script, source = endpoint.clock, endpoint.script, endpoint.source

    def state() -> Response:
        now = clock.now()
        return _answer(
            200,
            {
                "scenario": script.name(now),
                "scenarios": [
                    {"name": each.name, "description": each.description}
                    for each in playable(fleet=source.plays_fleet_scenarios)
                ],
                "connections": source.connections,
                "seed": source.seed,
                "now": instant_text(now),
            },
        )

    def refused(request: Request) -> Response | None:
        if _is_loopback(request):
            return None
        return _answer(403, {"error": "The controls only answer to this machine."})

    @app.get("/standin", include_in_schema=False)
    async def look(request: Request) -> Response:
        return refused(request) or state()

    @app.post("/standin/scenario", include_in_schema=False)
    async def switch(request: Request) -> Response:
        if (no := refused(request)) is not None:
            return no
        name = await _member(request, "name")
        if not isinstance(name, str):
            return _answer(400, {"error": 'The body must be {"name": a scenario}.'})
        try:
            scenario_named(name, fleet=source.plays_fleet_scenarios)
        except UnknownScenarioError as unknown:
            return _answer(400, {"error": str(unknown)})
        script.switch(name, clock.now())
        return state()

    @app.post("/standin/clock", include_in_schema=False)
    async def advance(request: Request) -> Response:
        if (no := refused(request)) is not None:
            return no
        if not isinstance(clock, ManualClock):
            return _answer(409, {"error": "This stand-in runs on the real clock."})
        by = await _member(request, "advance")
        if isinstance(by, bool) or not isinstance(by, int | float):
            return _answer(400, {"error": 'The body must be {"advance": seconds}.'})
        try:
            clock.advance(by)
        except InstantError as bad:
            return _answer(400, {"error": str(bad)})
        return state()
