"""The weather of a soak: which faults, scenarios and restarts a seed brings, and for how long."""

from __future__ import annotations

import asyncio
import random
import zlib
from collections import Counter
from typing import TYPE_CHECKING

from tests.source.scripted_server import answer, drip, head, raw, reset_after
from tui.standin.scenarios import SCENARIOS

if TYPE_CHECKING:
    from tests.faults.wire import Wire
    from tests.source.scripted_server import Step
    from tests.stage import Stage

_PORTAL = b"<html><body>Please sign in to the hotel's network</body></html>"
_START = b'[{"connectionId":"conn_1","organizationId":"a1b2'


async def _silence(writer: asyncio.StreamWriter) -> bool:
    """No answer. That the client has gone is not seen either, only when the wire is hung up."""
    await writer.wait_closed()
    return False


FAULTS: dict[str, Step] = {
    "reset": reset_after(head("Content-Length: 5000") + _START),
    "reset at once": reset_after(b""),
    "cut": raw(head("Content-Length: 5000") + _START),
    "cut chunk": raw(head("Transfer-Encoding: chunked") + b"ff\r\n" + _START),
    "cut gzip": raw(
        head("Content-Encoding: gzip", "Content-Length: 40") + zlib.compress(_START, wbits=31)[:40]
    ),
    "drip": drip(head("Content-Type: application/json"), b" ", every=0.05),
    "silence": _silence,
    "500": answer(b'{"error":"boom"}', "500 Internal Server Error"),
    "502": answer(b"", "502 Bad Gateway"),
    "503": answer(b"{}", "503 Service Unavailable", {"Retry-After": "Fri, 31 Feb 2024 99:00 GMT"}),
    "429": answer(b"", "429 Too Many Requests", {"Retry-After": "7"}),
    "401": answer(b'{"error":"no such key"}', "401 Unauthorized"),
    "portal": answer(_PORTAL, headers={"Content-Type": "text/html"}),
    "redirect": answer(b"", "302 Found", {"Location": "http://elsewhere.example/"}),
    "empty": answer(b"[]"),
    "no records": answer(b'[{"connectionId":"conn_1"},7,null]'),
    "no HTTP": raw(b"\x15\x03\x01\x00\x02\x02\x46"),
}
"""What the wire may do to each request while a fault lasts. ``empty`` is a lie in good form."""

PLAYED = sorted(SCENARIOS.keys() - {"api-slow"})
"""All but the one that waits by a clock of its own; drip and silence are slower."""

SIZES = ((160, 45), (80, 24), (40, 12), (20, 6), (1, 1), (300, 100), (110, 34), (79, 200))

RARE = 0.015
"""Chance of a fault to begin, by poll."""
_RESTART, _HANG_UP, _SIZE = 0.002, 0.01, 0.01
_SCENARIO = 0.008
LONGEST = 8
"""Polls that a fault lasts at the most."""


class Weather:
    """Changes with each poll."""

    def __init__(self, on: Stage, wire: Wire, rng: random.Random) -> None:
        """``rng`` draws all that happens."""
        self._on, self._wire, self._rng = on, wire, rng
        self._left = 0
        self._is_closed = False
        self.met: Counter[str] = Counter()
        """How often each fault has begun."""
        self.played: Counter[str] = Counter()
        """How often each scenario was switched on."""
        self.sizes = 0
        """How often the terminal was given another size."""

    async def change(self) -> None:
        """The weather of the next poll."""
        draw = self._rng.random
        if draw() < _SIZE:
            self.sizes += 1
            await self._on.resize(*self._rng.choice(SIZES))
        if draw() < _SCENARIO:
            self.play(self._rng.choice(PLAYED))
        if draw() < _HANG_UP:
            self._wire.hang_up()
            self.met["idle connections closed"] += 1
        self._left -= 1
        if self._left <= 0:
            await self.clear()
            if draw() < RARE:
                await self._begin()

    async def _begin(self) -> None:
        self._left = self._rng.randint(1, LONGEST)
        if self._rng.random() < _RESTART / RARE:
            await self._wire.close()
            self._is_closed = True
            self.met["restart"] += 1
            return
        name = self._rng.choice(sorted(FAULTS))
        self.met[name] += 1
        self._wire.fault = FAULTS[name]

    def play(self, name: str) -> None:
        """Let a scenario begin."""
        self.played[name] += 1
        self._on.scenario(name)

    async def clear(self) -> None:
        """No fault any more; the scenario goes on."""
        self._left = 0
        if self._wire.fault is not None:
            self._wire.fault = None
            self._wire.hang_up()
        if self._is_closed:
            await self._wire.open()
            self._is_closed = False


class Director:
    """Lends the soak's scenarios to the key ``S``, as the demo does."""

    def __init__(self, on: Stage, weather: Weather) -> None:
        self._on, self._weather = on, weather

    @property
    def scenarios(self) -> list[tuple[str, str]]:
        """Names and one sentence each."""
        return [(name, SCENARIOS[name].description) for name in PLAYED]

    @property
    def scenario(self) -> str:
        """The name of the present one."""
        return self._on.script.name(self._on.clock.now())

    def switch(self, name: str) -> None:
        """Change to another scenario."""
        self._weather.play(name)
