"""One real WebSocket gateway: a process that keeps a registry of its connections.

It is told its name, the clock's start and speed, and the seconds between heartbeats, and reports
on stdout: first the port it listens on, then each connection that opens, beats and closes. SIGTERM
is a restart in good order, which says goodbye to every client. SIGKILL and SIGSTOP do what they
do to any server.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from tui.standin.gateway_child import report, told_to_end
from tui.standin.gateway_clock import ServerClock

if TYPE_CHECKING:
    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Request, Response

KEY_HEADER = "X-Api-Key-Id"
"""Header of the handshake in which a client names the id of its API key."""
ADDRESS_HEADER = "X-Forwarded-For"
"""Header of the handshake with the client's address, as a load balancer adds it.

Over loopback every socket comes from 127.0.0.1, so each client presents here the address it
stands for, which is one of the networks set aside for documentation.
"""

_HEARTBEAT = json.dumps({"type": "heartbeat"})
_GOOD_ENDS = (1000, 1001)
_GOODBYE_SECONDS = 1.0


class Gateway:
    """What one gateway does with its connections."""

    def __init__(self, name: str, clock: ServerClock, heartbeat: float) -> None:
        self._name = name
        self._clock = clock
        self._rhythm = clock.real(heartbeat)

    def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse a handshake that does not say who is there."""
        if KEY_HEADER in request.headers and ADDRESS_HEADER in request.headers:
            return None
        return connection.respond(401, f"Say who you are: {KEY_HEADER}, {ADDRESS_HEADER}.\n")

    async def attend(self, connection: ServerConnection) -> None:
        """Keep one connection until it ends, and report its life."""
        assert connection.request is not None
        headers = connection.request.headers
        connection_id = f"conn_{secrets.token_hex(8)}"
        report(
            "opened",
            id=connection_id,
            at=self._clock.now(),
            key=headers[KEY_HEADER],
            address=headers[ADDRESS_HEADER],
        )
        beats = asyncio.create_task(self._beat(connection, connection_id))
        try:
            with suppress(ConnectionClosed):
                # Read all along, whatever is said: unread words would hold up the pongs.
                async for _ in connection:
                    pass
        finally:
            beats.cancel()
            clean = connection.close_code in _GOOD_ENDS
            report("closed", id=connection_id, at=self._clock.now(), clean=clean)

    async def _beat(self, connection: ServerConnection, connection_id: str) -> None:
        """Say hello, then ping in a rhythm; each pong that comes back is a heartbeat.

        A client cannot see a ping, its library answers by itself. So each one goes along with a
        heartbeat message, as the vendor's servers send them.
        """
        with suppress(ConnectionClosed):
            hello = {"type": "hello", "host": self._name, "connection": connection_id}
            await connection.send(json.dumps(hello))
            while True:
                await asyncio.sleep(self._rhythm)
                await connection.send(_HEARTBEAT)
                await (await connection.ping())
                report("beat", id=connection_id, at=self._clock.now())


async def _run(gateway: Gateway) -> None:
    told = told_to_end()
    async with serve(
        gateway.attend,
        "127.0.0.1",
        0,
        process_request=gateway.admit,
        ping_interval=None,
        close_timeout=_GOODBYE_SECONDS,
        compression=None,
        backlog=1024,
    ) as server:
        report("listening", port=next(iter(server.sockets)).getsockname()[1])
        await told.wait()


def main(name: str, start: str, speed: str, heartbeat: str) -> None:
    """Serve until told to end."""
    clock = ServerClock(int(start), float(speed))
    asyncio.run(_run(Gateway(name, clock, float(heartbeat))))


if __name__ == "__main__":
    main(*sys.argv[1:])
