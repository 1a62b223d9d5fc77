"""ConsoleApi: the endpoint over HTTP, with one client for the life of the program."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx
from pydantic import SecretStr

from tui import __version__
from tui.core.clock import ServerClock
from tui.core.instant import TICKS, Instant, from_datetime, parse_instant
from tui.core.query import Query
from tui.core.snapshot import Cost, Cut, Snapshot, Trouble
from tui.source.base import SourceError
from tui.source.endpoint import Endpoint
from tui.source.errors import broken, refusal
from tui.source.unpack import ENCODINGS, PackingError, unpacker
from tui.source.wire import NotAnAnswerError, read_body

_ERROR_BODY = 16_384
_SMALL = 65_536
_EARLIEST: Final = parse_instant("2000-01-01T00:00:00Z")
_LATEST: Final = parse_instant("9000-01-01T00:00:00Z")


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one question, so that no server can hold or flood the monitor."""

    connect: float = 5.0
    """Seconds to connect, TLS included."""
    read: float = 10.0
    """Seconds without a single byte."""
    total: float = 15.0
    """Seconds from the question to the last byte; a slow drip ends here."""
    body: int = 256 * 2**20
    """Bytes of body after decompression: some 600,000 records."""


DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class _Answer:
    """A whole body, and what is to know about how it came."""

    body: bytes
    date: str | None
    """The ``Date`` header."""
    received: float
    """Monotonic seconds when the head was there."""
    requests: int
    """Requests that it took."""


class ConsoleApi:
    """A Source over the documented endpoint, real or stood in for."""

    def __init__(
        self,
        endpoint: Endpoint,
        read_key: Callable[[], SecretStr],
        *,
        limits: Limits = DEFAULT_LIMITS,
        monotonic: Callable[[], float] = time.monotonic,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """
        Args:
            endpoint: the checked address.
            read_key: gives the API key; called off the loop, and again after the key was refused,
                so that a rotated key is picked up.
            limits: bounds on one question.
            monotonic: seconds that never jump.
            transport: httpx's own seam, for tests.
        """  # noqa: D205, D212
        self.endpoint = endpoint
        self._read_key = read_key
        self._key: SecretStr | None = None
        self._limits = limits
        self._monotonic = monotonic
        self._clock = ServerClock()
        self._client = httpx.AsyncClient(
            headers={
                "User-Agent": f"conntop/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": ENCODINGS,
            },
            timeout=httpx.Timeout(limits.read, connect=limits.connect),
            limits=httpx.Limits(max_connections=4, keepalive_expiry=330.0),
            follow_redirects=False,
            # A proxy from the environment must not see what is asked of this machine itself.
            trust_env=not endpoint.loopback,
            transport=transport,
        )

    async def fetch(self, query: Query) -> Snapshot:
        """Ask the endpoint once.

        Raises:
            SourceError: there is no answer; the sentence says why.
        """
        key = await self._present_key()
        sent = self._monotonic()
        try:
            async with asyncio.timeout(self._limits.total):
                answer = await self._ask(query, key)
        except SourceError as error:
            if error.trouble is Trouble.KEY:
                self._key = None
            raise
        except TimeoutError:
            raise SourceError(
                Trouble.TIMEOUT,
                f"{self.endpoint.host} gave no whole answer within {self._limits.total:.0f} s",
            ) from None
        body = answer.body
        done = self._monotonic()
        try:
            reading = (
                read_body(body) if len(body) < _SMALL else await asyncio.to_thread(read_body, body)
            )
        except NotAnAnswerError as error:
            raise SourceError(
                Trouble.ANSWER,
                f"{self.endpoint.host} answers, but {error}: a portal, a wrong URL, or cut short",
            ) from None
        at = self._note_time(answer.date, sent, answer.received)
        return Snapshot(
            query,
            reading.records,
            at,
            cut=_why_cut(query, reading.served),
            served=reading.served,
            clock=self._clock,
            cost=Cost(done - sent, answer.requests, len(body)),
            unreadable=reading.unreadable,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _present_key(self) -> str:
        if self._key is None:
            self._key = await asyncio.to_thread(self._read_key)
        key = self._key.get_secret_value()
        if not (key.isascii() and key.isprintable()):
            # httpx would refuse it too, in a sentence that shows the key.
            self._key = None
            raise SourceError(
                Trouble.KEY,
                "the API key holds a character that no request can carry: check where it is kept",
                retryable=False,
            )
        return key

    async def _ask(self, query: Query, key: str) -> _Answer:
        """One answer; a connection that the server had closed between two polls is replaced
        once, unseen."""  # noqa: D205, D209
        for requests in (1, 2):
            try:
                return await self._ask_once(query, key, requests)
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError) as error:
                if requests == 2:
                    raise broken(error, self.endpoint, self._limits.total) from None
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise broken(error, self.endpoint, self._limits.total) from None
        raise AssertionError("unreachable")

    async def _ask_once(self, query: Query, key: str, requests: int) -> _Answer:
        async with self._client.stream(
            "GET", self.endpoint.url, params=query.to_params(), headers={"Authorization": key}
        ) as response:
            received = self._monotonic()
            if response.status_code != 200:
                raise refusal(response, await self._read_refusal(response), secret=key)
            try:
                body = await self._read(response, self._limits.body)
            except PackingError as error:
                raise SourceError(
                    Trouble.ANSWER, f"the answer of {self.endpoint.host} {error}"
                ) from None
            if len(body) > self._limits.body:
                raise SourceError(
                    Trouble.ANSWER,
                    f"{self.endpoint.host} sends more than {self._limits.body // 2**20} MiB",
                )
            return _Answer(body, response.headers.get("date"), received, requests)

    async def _read_refusal(self, response: httpx.Response) -> bytes:
        """What can be had of an error's body: the status counts without it."""
        try:
            return await self._read(response, _ERROR_BODY)
        except (PackingError, httpx.HTTPError):
            return b""

    async def _read(self, response: httpx.Response, most: int) -> bytes:
        """The body, unpacked; reading ends soon after ``most`` bytes."""
        unpack = unpacker(response.headers.get("content-encoding", ""))
        chunks: list[bytes] = []
        size = 0
        async for packed in response.aiter_raw():
            for chunk in unpack(packed):
                chunks.append(chunk)
                size += len(chunk)
                if size > most:
                    return b"".join(chunks)
        return b"".join(chunks)

    def _note_time(self, date: str | None, sent: float, received: float) -> Instant:
        """The server's time of this answer; this machine's where the server tells none that
        can be."""  # noqa: D205, D209
        told = _parse_date(date)
        if told is not None:
            self._clock = self._clock.observe(told, sent, received)
        elif not self._clock.known:
            wall = from_datetime(datetime.now(UTC)) / TICKS - received
            self._clock = ServerClock(wall, wall)
        return self._clock.at(received)


def _why_cut(query: Query, served: int) -> Cut | None:
    if served < query.effective_limit:
        return None
    return Cut.SINGLE if query.limit is None else Cut.LIMIT


def _parse_date(text: str | None) -> Instant | None:
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
        instant = from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    # A clock at the end of the calendar would soon run past it.
    return instant if _EARLIEST <= instant <= _LATEST else None
