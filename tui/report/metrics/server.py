"""The HTTP side: ``/metrics``, a page that leads there, and a word that the process lives."""

import gzip
import socket
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any, NamedTuple

import uvicorn
from prometheus_client.exposition import choose_encoder, gzip_accepted
from prometheus_client.registry import Collector

_Message = MutableMapping[str, Any]
_Send = Callable[[_Message], Awaitable[None]]

_HOME = """<!doctype html>
<html lang="en"><title>conntop</title>
<p>conntop, exporter for Prometheus: <a href="metrics">metrics</a></p></html>
"""
_MOST = 100
"""Connections that are served at once. More would take from the polls what they need."""


class ListenError(ValueError):
    """The address or the port cannot be had; in one sentence for people."""


class Address(NamedTuple):
    """Where to listen."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """``HOST:PORT``, an IPv6 address in brackets.

    Raises:
        ListenError: it is none.

    >>> parse_address("[::1]:9105")
    Address(host='::1', port=9105)
    """
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ListenError("an IPv6 address goes in brackets, like [::1]:9105")
    if not (colon and host and port.isascii() and port.isdigit() and int(port[:6]) <= 65_535):
        raise ListenError("it takes HOST:PORT, like 127.0.0.1:9105")
    return Address(host, int(port))


def listen(address: Address) -> socket.socket:
    """A socket bound to ``address``; port 0 takes any free one.

    Raises:
        ListenError: it cannot be had.
    """
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            *address, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as reason:
        raise ListenError(f"cannot listen on {address}: {_words(reason)}") from None
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(place)
        bound.listen()
    except OSError as reason:
        bound.close()
        raise ListenError(f"cannot listen on {address}: {_words(reason)}") from None
    return bound


def _words(reason: Exception) -> str:
    text = reason.strerror if isinstance(reason, OSError) else None
    return (text or "there is no such host").lower()


def is_open(bound: socket.socket) -> bool:
    """Whether other machines may reach it."""
    return not ip_address(bound.getsockname()[0].partition("%")[0]).is_loopback


def url_of(bound: socket.socket) -> str:
    """Where the metrics are, as this machine reaches them."""
    host, port = bound.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # read, not bound
    return f"http://{Address(host, port)}/metrics"


class Server(uvicorn.Server):
    """uvicorn over one registry, that leaves signals to whoever started it."""

    def __init__(self, registry: Collector) -> None:
        super().__init__(
            uvicorn.Config(
                _app(registry),
                log_config=None,
                log_level="error",
                access_log=False,
                server_header=False,
                lifespan="off",
                ws="none",
                limit_concurrency=_MOST,
                timeout_graceful_shutdown=1,
            )
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signals: uvicorn would raise them once more after a clean end."""
        yield


class _Answer(NamedTuple):
    status: HTTPStatus
    headers: dict[str, str]
    body: bytes


def _app(registry: Collector) -> Callable[[_Message, object, _Send], Awaitable[None]]:
    """The application, by ASGI."""

    async def app(scope: _Message, _receive: object, send: _Send) -> None:
        assert scope["type"] == "http"
        headers = {
            name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]
        }
        answer = _answer(registry, scope["method"], scope["path"], headers)
        told = {**answer.headers, "Content-Length": str(len(answer.body))}
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": [(name.encode(), text.encode("latin-1")) for name, text in told.items()],
            }
        )
        await send({"type": "http.response.body", "body": answer.body})

    return app


def _answer(registry: Collector, method: str, path: str, headers: dict[str, str]) -> _Answer:
    text = {"Content-Type": "text/plain; charset=utf-8"}
    if path not in ("/", "/metrics", "/-/healthy"):
        return _Answer(HTTPStatus.NOT_FOUND, text, b"there is /metrics\n")
    if method not in ("GET", "HEAD"):
        allow = {**text, "Allow": "GET, HEAD"}
        return _Answer(HTTPStatus.METHOD_NOT_ALLOWED, allow, b"ask with GET\n")
    if path == "/":
        html = {"Content-Type": "text/html; charset=utf-8"}
        return _Answer(HTTPStatus.OK, html, _HOME.encode())
    if path == "/-/healthy":
        return _Answer(HTTPStatus.OK, text, b"conntop metrics is there\n")
    return _metrics(registry, headers)


def _metrics(registry: Collector, headers: dict[str, str]) -> _Answer:
    """The numbers, in the format that the scraper asks for."""
    try:
        encode, content_type = choose_encoder(headers.get("accept", ""))
    except TypeError:
        # A version that is no number; whoever asks for that gets the oldest format.
        encode, content_type = choose_encoder("")
    told = {"Content-Type": content_type}
    body = encode(registry)
    if gzip_accepted(headers.get("accept-encoding", "")):
        told["Content-Encoding"] = "gzip"
        body = gzip.compress(body, compresslevel=1)
    return _Answer(HTTPStatus.OK, told, body)
