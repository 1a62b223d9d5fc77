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
from tui.core.instant import TICKS, Instant, from_datetime
from tui.core.query import Query
from tui.core.snapshot import Cost, Snapshot, Trouble
from tui.source.base import SourceError
from tui.source.endpoint import Endpoint
from tui.source.errors import broken, refusal
from tui.source.wire import NotAnAnswerError, read_body

_ERROR_BODY = 16_384
_SMALL = 65_536


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


class _TooLongError(Exception):
    """The body went past a bound; the sentence says which."""


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
            headers={"User-Agent": f"conntop/{__version__}", "Accept": "application/json"},
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
        if self._key is None:
            self._key = await asyncio.to_thread(self._read_key)
        sent = self._monotonic()
        try:
            body, date, received = await self._ask(query, self._key)
        except SourceError as error:
            if error.trouble is Trouble.KEY:
                self._key = None
            raise
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
        at = self._note_time(date, sent, received)
        return Snapshot(
            query,
            reading.records,
            at,
            complete=reading.served < query.effective_limit,
            clock=self._clock,
            cost=Cost(done - sent, 1, len(body)),
            unreadable=reading.unreadable,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _ask(self, query: Query, key: SecretStr) -> tuple[bytes, str | None, float]:
        """Body, ``Date`` header, and when the head was there; a connection that the server
        had closed between two polls is replaced once, unseen."""  # noqa: D205, D209
        for last_try in (False, True):
            try:
                return await self._ask_once(query, key)
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError) as error:
                if last_try:
                    raise broken(error, self.endpoint, self._limits.total) from None
            except _TooLongError as error:
                raise SourceError(Trouble.TIMEOUT, f"{self.endpoint.host} {error}") from None
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise broken(error, self.endpoint, self._limits.total) from None
        raise AssertionError("unreachable")

    async def _ask_once(self, query: Query, key: SecretStr) -> tuple[bytes, str | None, float]:
        deadline = time.monotonic() + self._limits.total
        async with self._client.stream(
            "GET",
            self.endpoint.url,
            params=query.to_params(),
            headers={"Authorization": key.get_secret_value()},
        ) as response:
            received = self._monotonic()
            if response.status_code != 200:
                raise refusal(response, await self._read(response, deadline, _ERROR_BODY, cut=True))
            if "," in response.headers.get("content-encoding", ""):
                raise SourceError(Trouble.ANSWER, "the answer is packed twice, which is refused")
            body = await self._read(response, deadline, self._limits.body)
            return body, response.headers.get("date"), received

    async def _read(
        self, response: httpx.Response, deadline: float, most: int, *, cut: bool = False
    ) -> bytes:
        """The body within its bounds. httpx has neither; cancelling it would spoil its pool."""
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.aiter_bytes():
            chunks.append(chunk)
            size += len(chunk)
            if size > most:
                if cut:
                    break
                raise _TooLongError(f"sends more than {most // 2**20} MiB")
            if time.monotonic() > deadline:
                raise _TooLongError(f"gave no whole answer within {self._limits.total:.0f} s")
        return b"".join(chunks)

    def _note_time(self, date: str | None, sent: float, received: float) -> Instant:
        """The server's time of this answer; this machine's where the server tells none."""
        told = _parse_date(date)
        if told is not None:
            self._clock = self._clock.observe(told, sent, received)
        elif not self._clock.known:
            wall = from_datetime(datetime.now(UTC)) / TICKS - received
            self._clock = ServerClock(wall, wall)
        return self._clock.at(received)


def _parse_date(text: str | None) -> Instant | None:
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
