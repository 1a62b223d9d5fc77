"""A server on a real loopback socket that answers, or misbehaves, by a script."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType

from tui.source.endpoint import Endpoint, parse_endpoint

Step = Callable[[asyncio.StreamWriter], Awaitable[bool]]
"""What is done about one request; gives whether the connection stays open."""

OK_DATE = "Mon, 15 Jan 2024 14:30:25 GMT"


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    line: str
    headers: Mapping[str, str]
    """By name in lower case."""
    connection: int
    """The number of its TCP connection, from 1."""


def answer(
    body: bytes = b"[]",
    status: str = "200 OK",
    headers: Mapping[str, str] | None = None,
    *,
    stays: bool = True,
) -> Step:
    """A whole answer. ``stays`` says whether the connection is really kept open after it."""
    lines = {
        "Content-Type": "application/json",
        "Date": OK_DATE,
        "Content-Length": str(len(body)),
        **(headers or {}),
    }
    head = f"HTTP/1.1 {status}\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items() if v)
    return raw(head.encode() + b"\r\n" + body, stays=stays)


def raw(data: bytes, *, stays: bool = False) -> Step:
    """These bytes and nothing else."""

    async def step(writer: asyncio.StreamWriter) -> bool:
        writer.write(data)
        await writer.drain()
        return stays

    return step


def reset_after(data: bytes) -> Step:
    """These bytes, then a TCP reset."""

    async def step(writer: asyncio.StreamWriter) -> bool:
        writer.write(data)
        await writer.drain()
        # Without this the end would be an orderly one.
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()
        return False

    return step


def silence() -> Step:
    """Nothing, while the connection stays open."""

    async def step(writer: asyncio.StreamWriter) -> bool:
        await asyncio.Event().wait()
        return False

    return step


def drip(head: bytes, drop: bytes = b"x", every: float = 0.01) -> Step:
    """``head``, then ``drop`` again and again without end."""

    async def step(writer: asyncio.StreamWriter) -> bool:
        writer.write(head)
        while not writer.is_closing():
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(every)
        return False

    return step


def head(*lines: str) -> bytes:
    """The head of a 200 answer."""
    return "\r\n".join(("HTTP/1.1 200 OK", *lines, "", "")).encode()


@dataclass
class ScriptedServer:
    """Meets the n-th request with the n-th step, and all further ones with the last."""

    steps: list[Step]
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set as soon as a request has come."""
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set as soon as a client's connection has ended."""

    def __post_init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def endpoint(self) -> Endpoint:
        return parse_endpoint(self.base)

    async def __aenter__(self) -> "ScriptedServer":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.ensure_future(self._serve(reader, writer, self.connections))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        try:
            stays = True
            while stays:
                text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                line, *rest = text.split("\r\n")
                pairs = (one.split(":", 1) for one in rest if ":" in one)
                headers = {name.lower(): value.strip() for name, value in pairs}
                self.requests.append(Request(line, headers, number))
                self.asked.set()
                stays = await self._step()(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # The client has gone; the tests look at what it says about that.
        finally:
            writer.close()
            self.closed.set()

    def _step(self) -> Step:
        return self.steps[min(len(self.requests), len(self.steps)) - 1]


async def refused_port() -> int:
    """A port on which nobody listens."""
    async with ScriptedServer([silence()]) as server:
        return server.port
