"""The wire between the monitor and the stand-in, on which everything can happen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.canary import CANARY
from tests.faults.listener import Listener
from tests.source.scripted_server import answer

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Iterator

    from tests.source.scripted_server import Step

Spoil = Callable[[bytes, bytes], tuple[bytes, bool]]
"""What becomes of the head and the body of an answer on its way; whether the connection stays."""


class Wire(Listener):
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
        super().__init__(host, tls)
        self.fault: Step | None = None
        self.spoil: Spoil | None = None
        """What is done to each answer of the stand-in."""
        self.key = CANARY
        """The API key that is right at present."""
        self.requests = 0
        """How many have come."""
        self.heads: list[str] = []
        """The line and headers of each, as sent."""
        self._name = name or host
        self._behind = ("", 0)

    @property
    def url(self) -> str:
        """The base URL to be asked."""
        name = f"[{self._name}]" if ":" in self._name else self._name
        return f"{'https' if self.tls else 'http'}://{name}:{self.port}"

    @property
    def open_connections(self) -> int:
        """TCP connections that are open now."""
        return len(self._writers)

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
            await self.end()

    @contextmanager
    def met_by(self, fault: Step) -> Iterator[None]:
        """For a while requests are met by ``fault``."""
        self.fault = fault
        try:
            yield
        finally:
            self.fault = None

    @contextmanager
    def spoiled(self, spoil: Spoil) -> Iterator[None]:
        """For a while answers are spoiled on their way."""
        self.spoil = spoil
        try:
            yield
        finally:
            self.spoil = None

    @asynccontextmanager
    async def showing(self, tls: ssl.SSLContext) -> AsyncIterator[None]:
        """For a while it shows another certificate."""
        good, self.tls = self.tls, tls
        async with self.unplugged():
            pass
        try:
            yield
        finally:
            self.tls = good
            async with self.unplugged():
                pass

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            stays = True
            while stays:
                head = await reader.readuntil(b"\r\n\r\n")
                self.requests += 1
                self.heads.append(head.decode("latin-1"))
                if self.fault is not None:
                    stays = await self.fault(writer)
                elif f"authorization: {self.key}\r\n" not in self.heads[-1].lower():
                    stays = await answer(b'{"error": "no such key"}', "401 Unauthorized")(writer)
                else:
                    # Of the keys that may be right the stand-in knows one only.
                    head = head.replace(self.key.encode(), CANARY.encode())
                    stays = await self._pass_on(head, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # One side is gone, which is what some of the faults are.
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _pass_on(self, request: bytes, writer: asyncio.StreamWriter) -> bool:
        reader, behind = await asyncio.open_connection(*self._behind)
        try:
            behind.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.decode("latin-1").lower().split("\r\n")
            lengths = [int(line[15:]) for line in lines if line.startswith("content-length:")]
            body = await (reader.readexactly(lengths[0]) if lengths else reader.read())
            whole, stays = head + body, bool(lengths)
            if self.spoil is not None:
                whole, stays = self.spoil(head, body)
            writer.write(whole)
            await writer.drain()
            return stays
        finally:
            behind.close()
