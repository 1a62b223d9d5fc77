"""The demo's hold on its stand-in: which scenario is on, and switching to another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tui.standin.scenarios import playable

if TYPE_CHECKING:
    from collections.abc import Sequence

_PATIENCE = 10.0
"""Seconds for an answer of the stand-in's controls."""


class StandInDemo:
    """The stand-in's controls, over its own URL."""

    def __init__(self, scenario: str) -> None:
        """``scenario`` is the one that the stand-in is started with."""
        self.url: str | None = None
        """The stand-in's base address; ``None`` until it has started."""
        self._scenario = scenario

    @property
    def scenarios(self) -> Sequence[tuple[str, str]]:
        """Names and one sentence each."""
        return [(one.name, one.description) for one in playable(fleet=True)]

    @property
    def scenario(self) -> str:
        """The name of the present one."""
        return self._scenario

    def switch(self, name: str) -> None:
        """Change to another scenario. Blocks; raises ``OSError`` when no stand-in answers."""
        import urllib.request

        if self.url is None:
            raise ConnectionRefusedError
        # Loopback only: a proxy that the environment names has no business there.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        request = urllib.request.Request(  # noqa: S310  # http to this machine, from spawn()
            f"{self.url}/standin/scenario",
            json.dumps({"name": name}).encode(),
            {"Content-Type": "application/json"},
        )
        with opener.open(request, timeout=_PATIENCE) as response:
            self._scenario = json.load(response)["scenario"]
