"""Client: how HTTP is spoken to the endpoint; put into place anew where httpx lets one spoil."""

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.request import getproxies, proxy_bypass

import httpx

from tui import __version__
from tui.source.endpoint import Endpoint
from tui.source.unpack import ENCODINGS


class Clients:
    """One httpx client for the life of the program, or one after the other.

    A question that is cancelled at a bad moment, when its connection stands but nothing is sent
    yet, leaves that connection in httpx's pool for good, where it can neither be used nor be
    replaced. So the client that met a cancellation, which every deadline is, gets no further
    question, and is closed as soon as those on it are done.
    """

    def __init__(self, make: Callable[[], httpx.AsyncClient]) -> None:
        """``make`` gives a fresh client."""
        self._make = make
        self._present = make()
        self._questions: Counter[httpx.AsyncClient] = Counter()

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """The one to ask with, for one question."""
        client = self._present
        self._questions[client] += 1
        try:
            yield client
        except asyncio.CancelledError:
            if client is self._present:
                self._present = self._make()
            raise
        finally:
            self._questions[client] -= 1
            if client is not self._present and not self._questions[client]:
                del self._questions[client]
                await client.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        for client in {self._present, *self._questions}:
            await client.aclose()


def maker(
    endpoint: Endpoint,
    timeout: httpx.Timeout,
    connections: int,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Callable[[], httpx.AsyncClient]:
    """What makes a client for an endpoint; the certificates are read once, and now.

    Args:
        endpoint: is asked.
        timeout: for connecting and for each byte.
        connections: the most at once; further questions wait.
        transport: httpx's own seam, for tests.

    Raises:
        OSError: the certificates that the environment names cannot be read.
    """
    trusted = _certificates(endpoint)

    def make() -> httpx.AsyncClient:
        return httpx.AsyncClient(
            headers={
                "User-Agent": f"conntop/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": ENCODINGS,
            },
            timeout=timeout,
            limits=httpx.Limits(max_connections=connections, keepalive_expiry=330.0),
            follow_redirects=False,
            event_hooks={"response": [_stay_here]},
            # A proxy from the environment must not see what is asked of this machine itself.
            trust_env=not endpoint.loopback,
            verify=trusted,
            transport=transport,
        )

    return make


async def _stay_here(response: httpx.Response) -> None:
    """Put out of httpx's sight where a redirect leads: it is not followed, and where it is no
    address httpx would fail over it."""  # noqa: D205, D209
    if "location" in response.headers:
        response.extensions["location"] = response.headers.pop("location")


def _certificates(endpoint: Endpoint) -> ssl.SSLContext:
    """Whom to trust. To read the certificates takes a tenth of the start, which plain HTTP, that
    is this machine itself, need not wait for: nobody is trusted there."""  # noqa: D205, D209
    if endpoint.url.startswith("https:"):
        return httpx.create_ssl_context(trust_env=not endpoint.loopback)
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def is_proxied(endpoint: Endpoint) -> bool:
    """Whether the environment names a proxy for this endpoint."""
    if endpoint.loopback:
        return False
    proxies = getproxies()
    host = endpoint.url.split("/")[2]
    return bool(proxies.get("https") or proxies.get("all")) and not proxy_bypass(host)
