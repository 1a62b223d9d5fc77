"""A proxy on a real socket: CONNECT, and what can be wrong with one."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tests.faults.listener import Listener
from tests.faults.names import NAME

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.source.scripted_server import Step


class Proxy(Listener):
    """Leads to ``NAME``, which is this machine, and notes all that it gets to see."""

    def __init__(self) -> None:
        super().__init__()
        self.fault: Step | None = None
        self.tunnels: list[str] = []
        """The first line of each request for a tunnel."""
        self.seen = bytearray()
        """All that came from the monitor, and all that went to it."""

    @property
    def url(self) -> str:
        """Its address, as the environment names it."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Proxy:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.end()

    @asynccontextmanager
    async def failing(self, fault: Step) -> AsyncIterator[None]:
        """For a while it meets requests for a tunnel like this, and there are no others."""
        self.fault = fault
        self.hang_up()
        try:
            yield
        finally:
            self.fault = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.seen += head
            line = head.decode("latin-1").split("\r\n")[0]
            self.tunnels.append(line)
            if self.fault is not None:
                await self.fault(writer)
                return
            method, target, _ = line.split(" ")
            assert method == "CONNECT"
            name, _, port = target.partition(":")
            assert name == NAME
            there, out = await asyncio.open_connection("127.0.0.1", int(port))
            self._writers.add(out)
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(self._pipe(reader, out), self._pipe(there, writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # One side is gone, which is what some of the faults are.
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                self.seen += data
                writer.write(data)
                await writer.drain()
        finally:
            self._writers.discard(writer)
            writer.close()
