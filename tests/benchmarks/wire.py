"""wire: requests and bytes of a poll, on the wire and unpacked, and how they are packed.

The program's own source asks the stand-in through a relay that counts every byte of TCP, headers
and questions included. The first poll is told apart: it has to find out what fits into an answer.
"""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.benchmarks.endpoint import Endpoint, page_for, standing_in
from tests.benchmarks.process_meter import take_other_cores
from tests.benchmarks.rows import Row, Scale, alone, median
from tests.benchmarks.targets import PACKED
from tui.core.query import Query
from tui.source.asking import Asking
from tui.source.base import SourceError
from tui.source.console_api import ConsoleApi
from tui.source.endpoint import parse_endpoint
from tui.source.secret import Secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tui.core.snapshot import Snapshot

EVERY = 5.0
_PACKING = re.compile(rb"content-encoding: *([\w-]+)", re.IGNORECASE)


class Relay:
    """Between the program and the endpoint: passes everything on, and counts."""

    def __init__(self, url: str) -> None:
        there = urlsplit(url)
        self._host, self._port = str(there.hostname), int(there.port or 80)
        self.received = 0
        """Bytes from the endpoint."""
        self.sent = 0
        """Bytes to it."""
        self.packed: set[str] = set()
        """How its answers were packed."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Run; gives the URL to ask."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, here = await asyncio.open_connection(self._host, self._port)
        try:
            await asyncio.gather(
                self._pass_on(reader, here, inward=False), self._pass_on(there, writer, inward=True)
            )
        except ConnectionError:
            # One side is gone, and so is the other.
            pass
        finally:
            here.close()
            writer.close()

    async def _pass_on(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, inward: bool
    ) -> None:
        while data := await source.read(65_536):
            if inward:
                self.received += len(data)
                self.packed |= {one.decode() for one in _PACKING.findall(data[:2_048])}
            else:
                self.sent += len(data)
            sink.write(data)
            await sink.drain()
        sink.close()


def measure(scale: Scale) -> Iterator[Row]:
    """For each size, asked as a stranger would and with a page that holds the fleet."""
    take_other_cores()
    polls = scale.pick(2, 1)
    for size in scale.sizes:
        with standing_in(size) as endpoint:
            for page in dict.fromkeys((None, page_for(size))):
                yield from asyncio.run(_rows(size, page, endpoint, polls))


async def _rows(size: int, page: int | None, endpoint: Endpoint, polls: int) -> list[Row]:
    here = f"{size:,} connections, page {page or 'default'}"
    relay = Relay(endpoint.url)
    received, sent, asked, unpacked = [], [], [], []
    answer: Snapshot | None = None
    async with relay.running() as url:
        api = ConsoleApi(parse_endpoint(url), lambda: Secret(endpoint.key))
        source = Asking(page=page).over(api)
        try:
            for _ in range(1 + polls):
                begun, before, out = time.monotonic(), relay.received, relay.sent
                so_far = endpoint.requests()
                answer = await source.fetch(Query())
                received.append(relay.received - before)
                sent.append(relay.sent - out)
                asked.append(endpoint.requests() - so_far)
                unpacked.append(answer.cost.received)
                await asyncio.sleep(max(0.0, min(EVERY, 1 + begun + EVERY - time.monotonic())))
        except SourceError as error:
            return [Row("wire", here, "bytes", None, note=str(error))]
        finally:
            await source.aclose()
    whole = "whole" if answer is not None and answer.complete else "cut by the budget"
    packed = ", ".join(sorted(relay.packed)) or "not packed"
    steady, plain, requests = median(received[1:]), median(unpacked[1:]), median(asked[1:])
    return [
        Row("wire", f"{here}: requests a poll", "requests", requests, note=f"answer {whole}"),
        Row("wire", f"{here}: requests a minute", "1/min", requests * 60 / EVERY),
        Row("wire", f"{here}: requests of the first poll", "requests", asked[0]),
        Row(
            "wire",
            f"{here}: received a poll",
            "KiB",
            steady / 1024,
            peers={"unpacked": plain / 1024},
            note=f"packing: {packed} (to be {PACKED}); headers included",
        ),
        Row("wire", f"{here}: sent a poll", "KiB", median(sent[1:]) / 1024),
    ]


if __name__ == "__main__":
    alone(measure, __doc__)
