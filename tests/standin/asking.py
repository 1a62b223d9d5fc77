"""Asking a stand-in, for tests."""

from __future__ import annotations

import asyncio
import json
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tui.standin.clock import ManualClock
from tui.standin.instant import parse_instant
from tui.standin.query import Query
from tui.standin.scenarios import Script, Switch
from tui.standin.server import create_app
from tui.standin.settings import Assumptions
from tui.standin.simulator import Fleet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.types import ASGIApp

    from tui.standin.sessions import Session

KEY = "demo-0123abcd"
PATH = "/api/connection-analytics/query"
EXAMPLE = Path(__file__).parent.parent / "data" / "example.json"
NOON = datetime(2024, 1, 15, 12, tzinfo=UTC)
T0 = parse_instant("2024-01-15T12:00:00Z")
DEFAULT = Assumptions()
EVERYTHING = Query(limit=1_000_000)


class Asker:
    """A client of an application that needs no socket and no event loop of the test's."""

    def __init__(self, runner: asyncio.Runner, app: ASGIApp) -> None:
        self._runner = runner
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000"
        )

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._runner.run(self._client.request(method, path, **options))

    def get(
        self,
        params: dict[str, str] | list[tuple[str, str]] | str = "",
        *,
        key: str | None = KEY,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Ask the documented endpoint."""
        sent = dict(headers or {}) | ({} if key is None else {"Authorization": key})
        return self.request("GET", PATH, params=params, headers=sent)

    def records(self, **params: str) -> list[dict[str, Any]]:
        """The records of a 200."""
        answer = self.get(params)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert isinstance(found, list)
        return found

    def play(self, scenario: str) -> httpx.Response:
        """Switch the scenario."""
        return self.request("POST", "/standin/scenario", json={"name": scenario})


@contextmanager
def asking(app: ASGIApp) -> Iterator[Asker]:
    """An Asker for the time of a block."""
    with asyncio.Runner() as runner:
        yield Asker(runner, app)


@contextmanager
def asking_fleet(
    connections: int = 60, *, seed: int = 7, **assumed: Any
) -> Iterator[tuple[Asker, ManualClock]]:
    """An Asker and the clock of a fleet, under assumptions by name."""
    clock = ManualClock(NOON)
    app = create_app(
        Fleet(seed=seed, connections=connections),
        api_key=KEY,
        assumptions=Assumptions(**assumed),
        clock=clock,
        script=Script(),
    )
    with asking(app) as asker:
        yield asker, clock


def sessions(fleet: Fleet, at: int, *switches: Switch) -> list[Session]:
    """All connections a fleet knows at an instant."""
    return fleet.select(EVERYTHING, at, switches, DEFAULT)


def body(fleet: Fleet, at: int, *switches: Switch, **assumed: Any) -> list[dict[str, Any]]:
    """All records a fleet serves at an instant."""
    found = json.loads(fleet.answer(EVERYTHING, at, switches, Assumptions(**assumed)))
    assert isinstance(found, list)
    return found
