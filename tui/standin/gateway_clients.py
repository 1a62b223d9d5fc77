"""Real WebSocket clients of the gateways, all in one process.

They are told the clock's start and speed, their patience, the fleet's seed and size, and the
gateways' ports. They report on stdout each connection that they get and lose. SIGTERM
makes them close their connections in good order.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from typing import TYPE_CHECKING

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from tui.standin.clients import Client, populate
from tui.standin.gateway import ADDRESS_HEADER, KEY_HEADER
from tui.standin.gateway_child import report, told_to_end
from tui.standin.gateway_clock import ServerClock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from websockets.asyncio.client import ClientConnection

PAUSE = 1.0
"""Server seconds between two attempts, with no backoff, as the vendor's client does it."""

_GOODBYE_SECONDS = 1.0


class Caller:
    """One client: it holds one connection, and gets another when that is dead."""

    def __init__(
        self, client: Client, ports: Sequence[int], clock: ServerClock, patience: float
    ) -> None:
        self._client = client
        self._ports = ports
        self._clock = clock
        self._patience = clock.real(patience)
        self._headers = {KEY_HEADER: client.key, ADDRESS_HEADER: client.address}
        self._rng = random.Random(client.seed)  # noqa: S311 - which gateway is next, no secret

    async def stay_connected(self) -> None:
        """Be connected for ever, at first to the home gateway."""
        port = self._ports[self._client.index % len(self._ports)]
        while True:
            try:
                async with connect(
                    f"ws://127.0.0.1:{port}",
                    additional_headers=self._headers,
                    open_timeout=self._patience,
                    close_timeout=_GOODBYE_SECONDS,
                    ping_interval=None,
                    compression=None,
                    proxy=None,
                ) as connection:
                    await self._hold(connection)
            except (OSError, TimeoutError, WebSocketException):
                # A gateway that refuses or does not answer is as good as a dead one.
                pass
            await asyncio.sleep(self._clock.real(PAUSE))
            port = self._rng.choice([one for one in self._ports if one != port] or self._ports)

    async def _hold(self, connection: ClientConnection) -> None:
        """Listen until the connection is closed, or silent for longer than patience allows."""
        async with asyncio.timeout(self._patience):
            hello = json.loads(await connection.recv())
        facts = {
            "client": self._client.index,
            "connection_id": hello["connection"],
            "host": hello["host"],
        }
        report("connected", at=self._clock.now(), **facts)
        why = "ended"
        try:
            while True:
                async with asyncio.timeout(self._patience):
                    await connection.recv()
        except TimeoutError:
            why = "gave up"
            # A goodbye would only wait for somebody who does not listen.
            connection.transport.abort()
        except ConnectionClosed:
            why = f"closed {connection.close_code}"
        finally:
            report("lost", at=self._clock.now(), why=why, **facts)


async def _run(callers: Sequence[Caller]) -> None:
    told = told_to_end()
    tasks = [asyncio.create_task(caller.stay_connected()) for caller in callers]
    await told.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def main(start: str, speed: str, patience: str, seed: str, count: str, *ports: str) -> None:
    """Be clients until told to end."""
    clock = ServerClock(int(start), float(speed))
    listening = [int(port) for port in ports]
    clients = populate(int(seed), int(count)).clients
    asyncio.run(_run([Caller(each, listening, clock, float(patience)) for each in clients]))


if __name__ == "__main__":
    main(*sys.argv[1:])
