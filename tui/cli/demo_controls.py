"""The demo's hold on its stand-in: which scenario is on, and switching to another."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PATIENCE = 10.0
"""Seconds for an answer of the stand-in's controls."""


class StandInDemo:
    """The stand-in's controls, over its own URL."""

    def __init__(self, url: str, scenario: str) -> None:
        """``url`` is the stand-in's base address, ``scenario`` the one it was started with."""
        self._url = f"{url}/standin"
        # Loopback only: a proxy that the environment names has no business there.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._scenario = scenario
        self._scenarios = tuple(
            (one["name"], one["description"]) for one in self._call(None)["scenarios"]
        )

    @property
    def scenarios(self) -> Sequence[tuple[str, str]]:
        """Names and one sentence each."""
        return self._scenarios

    @property
    def scenario(self) -> str:
        """The name of the present one."""
        return self._scenario

    def switch(self, name: str) -> None:
        """Change to another scenario. Blocks; raises ``OSError`` when the stand-in is gone."""
        self._scenario = self._call({"name": name})["scenario"]

    def _call(self, body: Mapping[str, str] | None) -> dict[str, Any]:
        path = self._url if body is None else f"{self._url}/scenario"
        request = urllib.request.Request(  # noqa: S310  # http to this machine, from spawn()
            path,
            None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with self._opener.open(request, timeout=_PATIENCE) as response:
            answer: dict[str, Any] = json.load(response)
        return answer
