"""The wire between the monitor and the stand-in, on which everything can happen."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

    from tests.source.scripted_server import Step


class Wire:
    """Passes each request on to the stand-in, unless there is a fault: then that answers it.

    It lives in the loop of the test. With ``fault`` set, requests are met by that step of
    ``tests.source.scripted_server``; a TLS connection or one that waits to be accepted is none
    yet, so what goes wrong there is for the test to set up.
    """

    def __init__(
        self, *, host: str = "127.0.0.1", name: str = "", tls: ssl.SSLContext | None = None
    ) -> None:
        """
        Args:
            host: the address it listens on.
            name: the host's name in its URL; by default its address.
            tls: the certificate it shows, for an https URL.
        """  # noqa: D205, D212
        self.fault: Step | None = None
        self.requests = 0
        """How many have come."""
        self.heads: list[str] = []
        """The line and headers of each, as sent."""
        self.connections = 0
        """TCP connections that were accepted."""
        self._host, self._name, self._tls = host, name or host, tls
        self._behind = ("", 0)
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """The base URL to be asked."""
        name = f"[{self._name}]" if ":" in self._name else self._name
        return f"{'https' if self._tls else 'http'}://{name}:{self.port}"

    @asynccontextmanager
    async def before(self, url: str) -> AsyncIterator[str]:
        """Stand in front of the stand-in at ``url``; gives the address to ask instead."""
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        self._behind = (parts.hostname, parts.port)
        await self.open()
        try:
            yield self.url
        finally:
            await self.close()

    async def open(self) -> None:
        """Listen; once it has been closed, on the same port again."""
        self._server = await asyncio.start_server(
            self._accept, self._host, self.port, ssl=self._tls, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Listen no more, and break what is open."""
        if self._server is None:
            return
        self._server.close()
        self.hang_up()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._server = None

    def hang_up(self) -> None:
        """Close the connections that are open, as a balancer does with idle ones."""
        for writer in list(self._writers):
            writer.close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            stays = True
            while stays:
                head = await reader.readuntil(b"\r\n\r\n")
                self.requests += 1
                self.heads.append(head.decode("latin-1"))
                if self.fault is None:
                    stays = await self._pass_on(head, writer)
                else:
                    stays = await self.fault(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # One side is gone, which is what some of the faults are.
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _pass_on(self, request: bytes, writer: asyncio.StreamWriter) -> bool:
        reader, behind = await asyncio.open_connection(*self._behind)
        try:
            behind.write(request)
            answer = await reader.readuntil(b"\r\n\r\n")
            lines = answer.decode("latin-1").lower().split("\r\n")
            lengths = [int(line[15:]) for line in lines if line.startswith("content-length:")]
            writer.write(answer)
            writer.write(await (reader.readexactly(lengths[0]) if lengths else reader.read()))
            await writer.drain()
            return bool(lengths)
        finally:
            behind.close()
