"""Something of the network that listens, and can be taken away and put back."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from tests.ports import reserved_port

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator


class Listener:
    """Accepts connections in the loop of the test; ``_serve`` says what becomes of each."""

    def __init__(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        """
        Args:
            host: the address it listens on.
            tls: the certificate it shows, if it speaks TLS.
        """  # noqa: D205, D212
        self.tls = tls
        """The certificate that it shows once it is opened again."""
        self.port = 0
        self.connections = 0
        """TCP connections that were accepted."""
        self._host = host
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._reserved = ExitStack()

    async def open(self) -> None:
        """Listen; once it has been closed, on the same port again."""
        if not self.port:
            self.port = self._reserved.enter_context(reserved_port())
        self._server = await asyncio.start_server(
            self._accept, self._host, self.port, ssl=self.tls, reuse_address=True
        )

    async def close(self) -> None:
        """Listen no more, on this port of any address, and break what is open."""
        if self._server is None:
            return
        self._server.close()
        self.hang_up()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._server = None

    async def end(self) -> None:
        """Close for good: the port may be another's."""
        await self.close()
        self._reserved.close()

    def hang_up(self) -> None:
        """Close the connections that are open, as a balancer does with idle ones."""
        for writer in list(self._writers):
            writer.close()

    @asynccontextmanager
    async def unplugged(self) -> AsyncIterator[None]:
        """For a while nobody listens."""
        await self.close()
        try:
            yield
        finally:
            await self.open()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError
