"""ConsoleApi: the endpoint over HTTP, with one client for the life of the program."""

import asyncio
import dataclasses
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import httpx
from msgspec.structs import replace

from tui.core.clock import ServerClock
from tui.core.connection import Connection
from tui.core.instant import TICKS
from tui.core.query import Query
from tui.core.snapshot import Cost, Cut, Snapshot, Trouble
from tui.source.base import SourceError
from tui.source.client import Clients, is_proxied, maker
from tui.source.endpoint import Endpoint
from tui.source.errors import broken, late, refusal
from tui.source.foretaste import ENOUGH, Foretaste
from tui.source.secret import Secret
from tui.source.steady import steady
from tui.source.told_time import Belief, Told, told_time
from tui.source.unpack import PackingError, unpacker
from tui.source.wire import NotAnAnswerError, read_body, read_start

_ERROR_BODY = 16_384
_SMALL = 65_536
_TURN = 8
"""Pieces of a body after which others in the event loop have their turn."""
_ASLEEP = 5.0
"""Seconds past a limit that no busy machine explains."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one question, so that no server can hold or flood the monitor."""

    connect: float = 5.0
    """Seconds to connect, TLS included."""
    read: float = 10.0
    """Seconds without a single byte."""
    total: float = 15.0
    """Seconds from the question to the last byte; a slow drip ends here."""
    body: int = 64 * 2**20
    """Bytes of body after decompression: some 140,000 records."""


DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class _Head:
    """What is to know about an answer once its head is there."""

    query: Query
    """What was asked."""
    told: Told | None
    """The server's time by the headers, where they tell one that can be."""
    sent: float
    """Steady seconds just before the request."""
    received: float
    """Steady seconds when the head was there."""
    wall: float
    """This machine's clock at that moment, seconds since 1970."""
    requests: int
    """Requests that it took."""
    belied: bool = False
    """Whether ``told`` is left out because the answer's own heartbeats give the lie to it."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """A whole body, and how it came."""

    head: _Head
    body: bytearray


class ConsoleApi:
    """A Source over the documented endpoint, real or stood in for."""

    def __init__(
        self,
        endpoint: Endpoint,
        read_key: Callable[[], Secret],
        *,
        limits: Limits = DEFAULT_LIMITS,
        monotonic: Callable[[], float] = steady,
        wall: Callable[[], float] = time.time,
        connections: int = 4,
        foretaste: Foretaste | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """
        Args:
            endpoint: the checked address.
            read_key: gives the API key; called off the loop, and again after the key was refused,
                so that a rotated key is picked up.
            limits: bounds on one question.
            monotonic: seconds that never jump and go on while the machine sleeps.
            wall: this machine's clock in seconds since 1970, right or wrong.
            connections: how many questions may be under way at once; further ones wait.
            foretaste: where the first records of the first answer go.
            transport: httpx's own seam, for tests.
        """  # noqa: D205, D212
        self.endpoint = endpoint
        self._read_key = read_key
        self._key: Secret | None = None
        self._limits = limits
        self._monotonic = monotonic
        self._wall = wall
        self._clock = ServerClock()
        self._belief = Belief()
        self._foretaste = foretaste or Foretaste(told=True)
        self._proxied = is_proxied(endpoint)
        self._clients = Clients(
            maker(
                endpoint, httpx.Timeout(limits.read, connect=limits.connect), connections, transport
            )
        )

    async def fetch(self, query: Query) -> Snapshot:
        """Ask the endpoint once.

        Raises:
            SourceError: there is no answer; the sentence says why.
        """
        key = await self._present_key()
        asked = self._monotonic()
        try:
            answer, asleep = await self._ask_awake(query, key)
        except SourceError as error:
            if error.trouble is Trouble.KEY:
                self._key = None
            raise
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
        self._foretaste.told = True
        head = self._as_believed(answer.head, reading.records)
        self._clock = self._clock_after(head)
        snapshot = self._snapshot(head, self._clock, reading.records)
        return replace(
            snapshot,
            cut=_why_cut(query, reading.served),
            served=reading.served,
            cost=Cost(done - asked - asleep, head.requests, len(body)),
            lapse=asleep,
            unreadable=reading.unreadable,
            garbled=reading.garbled,
        )

    def _tell_first(self, head: _Head, body: bytearray) -> None:
        """Hand on what can be read so far, to be looked at and forgotten."""
        self._foretaste.told = True
        records = read_start(body, ENOUGH // 2)
        if records:
            head = self._as_believed(head, records)
            first = self._snapshot(head, self._clock_after(head), records)
            self._foretaste.tell(replace(first, cut=Cut.UNDERWAY, served=len(records)))

    def _snapshot(
        self, head: _Head, clock: ServerClock, records: tuple[Connection, ...]
    ) -> Snapshot:
        at = clock.at(head.received)
        skew = head.wall - at / TICKS if clock.known else None
        return Snapshot(head.query, records, at, clock=clock, belied=head.belied, local_skew=skew)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._clients.aclose()

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

    async def _ask_awake(self, query: Query, key: str) -> tuple[_Answer, float]:
        """One answer in time, and for how many seconds we were asleep before it.

        Where far more time than the limit is over, it was us who were stopped: that is nobody's
        failure, and the question is asked once more.
        """
        asleep = 0.0
        while True:
            asked = self._monotonic()
            try:
                async with asyncio.timeout(self._limits.total):
                    return await self._ask(query, key), asleep
            except TimeoutError:
                error = late(self.endpoint, self._limits.total, proxied=self._proxied)
            except SourceError as failed:
                error = failed
            over = self._monotonic() - asked - self._limits.total
            if asleep or over < _ASLEEP or error.trouble is not Trouble.TIMEOUT:
                raise error from None
            asleep = over

    async def _ask(self, query: Query, key: str) -> _Answer:
        """One answer; a connection that the server had closed between two polls is replaced
        once, unseen."""  # noqa: D205, D209
        for requests in (1, 2):
            try:
                return await self._ask_once(query, key, requests)
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError) as error:
                if requests == 2:
                    raise self._broken(error) from None
            except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
                # The last one: a name that cannot be one, which httpx lets pass at first.
                raise self._broken(error) from None
        raise AssertionError("unreachable")

    def _broken(self, error: Exception) -> SourceError:
        return broken(error, self.endpoint, self._limits.total, proxied=self._proxied)

    async def _ask_once(self, query: Query, key: str, requests: int) -> _Answer:
        sent = self._monotonic()
        headers, params = {"Authorization": key}, query.to_params()
        async with (
            self._clients.client() as client,
            client.stream("GET", self.endpoint.url, params=params, headers=headers) as response,
        ):
            received, wall = self._monotonic(), self._wall()
            if response.status_code != 200:
                raise refusal(response, await self._read_refusal(response), secret=key)
            try:
                told = told_time(response.headers.get("date"), response.headers.get("age"))
                head = _Head(query, told, sent, received, wall, requests)
                body = await self._read(response, self._limits.body, head)
            except PackingError as error:
                raise SourceError(
                    Trouble.ANSWER, f"the answer of {self.endpoint.host} {error}"
                ) from None
            if len(body) > self._limits.body:
                raise SourceError(
                    Trouble.ANSWER,
                    f"{self.endpoint.host} sends more than {self._limits.body // 2**20} MiB",
                )
            return _Answer(head, body)

    async def _read_refusal(self, response: httpx.Response) -> bytes:
        """What can be had of an error's body: the status counts without it."""
        try:
            return bytes(await self._read(response, _ERROR_BODY))
        except (PackingError, httpx.HTTPError):
            return b""

    async def _read(
        self, response: httpx.Response, most: int, head: "_Head | None" = None
    ) -> bytearray:
        """The body, unpacked; reading ends soon after ``most`` bytes."""
        unpack = unpacker(response.headers.get("content-encoding", ""))
        # It grows in place: to join many parts at the end would hold the event loop up.
        body, steps = bytearray(), 0
        async for packed in response.aiter_raw():
            for chunk in unpack(packed):
                steps += 1
                if steps % _TURN == 0:
                    # One packet may hold ten thousand chunks, or unpack to a thousand times itself.
                    await asyncio.sleep(0)
                body += chunk
                if len(body) > most:
                    return body
                if head is not None and not self._foretaste.told and len(body) >= ENOUGH:
                    self._tell_first(head, body)
        return body

    def _as_believed(self, head: _Head, records: Iterable[Connection]) -> _Head:
        """The head without a time that the answer itself gives the lie to."""
        if head.told is None:
            return head
        known = self._clock.at(head.received) if self._clock.known else round(head.wall * TICKS)
        beats = [one.last_heartbeat for one in records if one.is_active]
        if not self._belief.denies(head.told, beats, known):
            return head
        return dataclasses.replace(head, told=None, belied=True)

    def _clock_after(self, head: _Head) -> ServerClock:
        """The server's clock by this answer too; this machine's where the server tells no time
        that can be."""  # noqa: D205, D209
        told = head.told
        if told is not None:
            return self._clock.observe(told.date, head.sent, head.received, within=told.within)
        if self._clock == ServerClock():
            # Once: from then on the steady clock goes on, whatever is done to the wall clock.
            ahead = head.wall - head.received
            return ServerClock(ahead, ahead)
        return self._clock


def _why_cut(query: Query, served: int) -> Cut | None:
    if served < query.effective_limit:
        return None
    return Cut.SINGLE if query.limit is None else Cut.LIMIT
