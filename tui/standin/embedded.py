"""A server over a real socket, as a process of its own or inside a test."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp

_PATIENCE = 10.0


class NotReadyError(RuntimeError):
    """A server did not come up in time."""


class ListenError(ValueError):
    """The address or the port cannot be had."""


class Server(uvicorn.Server):
    """uvicorn that says when it is ready and leaves signals to whoever started it."""

    def __init__(self, app: ASGIApp, on_ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                # The Date header comes from the stand-in's own clock.
                date_header=False,
                server_header=False,
                lifespan="off",
                # The endpoint speaks plain HTTP; uvicorn would load a library for more.
                ws="none",
                timeout_graceful_shutdown=1,
            )
        )
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to accept, then say so."""
        await super().startup(sockets=sockets)
        self._on_ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signals: uvicorn would raise them once more after a clean end."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes any free one. Raises ListenError."""
    # Looking up the address would quietly take a larger number for another port.
    if not 0 <= port <= 65_535:
        raise ListenError(f"Cannot listen on {host} port {port}: there is no such port.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as reason:
        raise ListenError(f"Cannot listen on {host} port {port}: {reason}.") from reason
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as reason:
        bound.close()
        raise ListenError(f"Cannot listen on {host} port {port}: {reason}.") from reason
    return bound


def url_of(bound: socket.socket) -> str:
    """The base URL under which this machine reaches a bound socket."""
    host, port = bound.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serve an application on a free loopback port while the block runs; gives its base URL."""
    bound = listen("127.0.0.1", 0)
    url = url_of(bound)
    ready = threading.Event()
    server = Server(app, ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    try:
        if not ready.wait(_PATIENCE):
            raise NotReadyError(f"The server at {url} was not ready within {_PATIENCE:.0f} s.")
        yield url
    finally:
        # It closes its socket and ends by itself, a moment later, which nobody has to wait for.
        server.should_exit = True
