"""What surrounds every answer: the ``Date`` header, compression and a line in the log."""

from __future__ import annotations

import gzip
import logging
import time
from email.utils import format_datetime
from typing import TYPE_CHECKING, TextIO

from fastapi import Response

from tui.standin.instant import to_datetime

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from tui.standin.clock import Clock


def http_date(now: int) -> str:
    """An instant as the ``Date`` header has it, in whole seconds."""
    return format_datetime(to_datetime(now).replace(microsecond=0), usegmt=True)


def wants_gzip(accept_encoding: str) -> bool:
    """Whether an ``Accept-Encoding`` header allows gzip; naming it with ``q=0`` forbids it."""
    weights: dict[str, bool] = {}
    for part in accept_encoding.lower().split(","):
        name, _, parameters = part.partition(";")
        weight = parameters.replace(" ", "").removeprefix("q=")
        weights[name.strip()] = not weight.startswith("0") or weight.strip("0.") != ""
    return weights.get("gzip", weights.get("*", False))


def compressed(body: bytes) -> bytes:
    """A body in gzip; the same bytes at all times, so no time is written into it."""
    return gzip.compress(body, compresslevel=1, mtime=0)


def _is_news(record: logging.LogRecord) -> bool:
    return "without completing response" not in record.getMessage()


class CutShort(Response):
    """An answer of which only a share arrives before the connection is closed."""

    def __init__(
        self,
        body: bytes,
        status: int,
        headers: Mapping[str, str],
        media_type: str | None,
        *,
        share: float,
    ) -> None:
        super().__init__(body, status, headers, media_type)
        self._arrives = int(len(body) * share)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Promise all of the body and leave some of it out, which makes the server hang up."""
        # uvicorn takes it for a mistake and says so on stderr; here it is what was asked for.
        logging.getLogger("uvicorn.error").addFilter(_is_news)
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        part = self.body[: self._arrives]
        await send({"type": "http.response.body", "body": part, "more_body": True})


class Envelope:
    """Adds ``Date`` from the server's clock to every answer and writes one line for each.

    The line has method, path with query string, status and milliseconds. The key is never in it,
    even where somebody puts it into the address by mistake. An answer that is not ``dated`` has no
    ``Date``.
    """

    def __init__(
        self, app: ASGIApp, *, clock: Clock, log: TextIO | None, secret: str, dated: bool = True
    ) -> None:
        self._app = app
        self._clock = clock
        self._dated = dated
        self._log = log
        self._secret = secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        async def send_dated(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            if message["type"] == "http.response.start" and self._dated:
                date = http_date(self._clock.now()).encode()
                message["headers"] = [*message["headers"], (b"date", date)]
            await send(message)

        try:
            await self._app(scope, receive, send_dated)
        finally:
            if self._log is not None:
                spent = (time.perf_counter() - began) * 1000
                self._log.write(f"{scope['method']} {self._url(scope)} {status} {spent:.1f} ms\n")
                self._log.flush()

    def _url(self, scope: Scope) -> str:
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"-").decode("latin-1")
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        query = scope["query_string"].decode("latin-1")
        url = f"{scope['scheme']}://{host}{path}{'?' if query else ''}{query}"
        return url.replace(self._secret, "***")
