"""Posting: one try to deliver a body over HTTP."""

import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpx

from tui.alert.channel import SendError
from tui.core.safe import safe

# It logs each address that it asks, all of it, and that may be a secret.
logging.getLogger("httpx").setLevel(logging.WARNING)

_LONGEST_PAUSE = 30.0
"""Seconds that a server may ask for."""
_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
_WORTH_ANOTHER_TRY = (408, 425, 429)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a body was not taken."""

    said: str
    """In words."""
    wait: float | None = None
    """Seconds to wait at the least before another try; ``None`` where none would help."""


class Posting:
    """A connection to one address, for as many tries as it takes."""

    def __init__(self, address: str, *, loopback: bool) -> None:
        """
        Args:
            address: gets the bodies.
            loopback: whether it is this machine, which is asked directly.

        Raises:
            SendError: the proxy or the certificates that the environment names cannot be used.
        """  # noqa: D205, D212
        self._address = address
        try:
            self._client = httpx.Client(
                timeout=_TIMEOUT,
                follow_redirects=False,
                trust_env=not loopback,
                verify=_trusted(address, loopback=loopback),
            )
        except OSError:
            raise SendError(
                "the certificates that SSL_CERT_FILE or SSL_CERT_DIR name cannot be read"
            ) from None
        except (ValueError, ImportError, httpx.InvalidURL):
            raise SendError(
                "the proxy that HTTP_PROXY or HTTPS_PROXY names cannot be used"
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def post(self, body: bytes, headers: Mapping[str, str]) -> Refusal | None:
        """Try once; ``None`` when it was taken."""
        try:
            # What it answers is never read: its status says all.
            with self._client.stream(
                "POST", self._address, content=body, headers=headers
            ) as response:
                return _judged(response)
        except httpx.TimeoutException:
            return Refusal("no answer in time", 0.0)
        except httpx.TransportError as error:
            return Refusal(safe(f"no connection ({_reason(error)})", 200), 0.0)
        except (httpx.InvalidURL, UnicodeError, ValueError):
            return Refusal("the address cannot be read")


def _trusted(address: str, *, loopback: bool) -> ssl.SSLContext:
    # To read the certificates takes its time, and plain HTTP, which is this machine, needs none.
    if address.startswith("https:"):
        return httpx.create_ssl_context(trust_env=not loopback)
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _judged(response: httpx.Response) -> Refusal | None:
    code = response.status_code
    if 200 <= code < 300:
        return None
    if 300 <= code < 400:
        return Refusal(f"{code}, a redirect, which is not followed: give the address it leads to")
    if code >= 500 or code in _WORTH_ANOTHER_TRY:
        asked = response.headers.get("retry-after", "")
        wait = float(asked) if asked.isascii() and asked.isdigit() else 0.0
        return Refusal(str(code), min(wait, _LONGEST_PAUSE))
    return Refusal(str(code))


def _reason(error: Exception) -> str:
    """The system's word, and nothing else: a library's own may hold the address."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__
