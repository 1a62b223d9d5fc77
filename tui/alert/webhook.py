"""The webhook: JSON over HTTPS, signed, and tried again where that may help."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tui import __version__
from tui.alert.channel import Letter, SendError
from tui.source.base import SourceError
from tui.source.endpoint import host_of, is_loopback
from tui.source.secret import Secret

if TYPE_CHECKING:
    from tui.alert.posting import Posting

PAUSES = (1.0, 5.0)
"""Seconds between two tries."""


def signature(secret: str, moment: int, body: bytes) -> str:
    """The value of ``X-Conntop-Signature``: a time, and what only who knows the secret can make.

    Args:
        secret: shared with the receiver.
        moment: seconds since 1970, so that a receiver can refuse what somebody repeats later.
        body: the request's body, to the byte.
    """
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"t={moment},v1={digest.hexdigest()}"


class Webhook:
    """Posts to one address."""

    def __init__(
        self,
        read_address: Callable[[], Secret],
        read_secret: Callable[[], Secret] | None = None,
        *,
        pauses: tuple[float, ...] = PAUSES,
        now: Callable[[], float] = time.time,
    ) -> None:
        """
        Args:
            read_address: gives the address, which may be a secret; raises ``SourceError``.
            read_secret: gives what messages are signed with; ``None``: they are not.
            pauses: seconds before the second and each further try.
            now: this machine's time in seconds since 1970.
        """  # noqa: D205, D212
        self._read_address = read_address
        self._read_secret = read_secret
        self._pauses = pauses
        self._now = now
        self._closing = threading.Event()

    @property
    def name(self) -> str:
        """What it is called in sentences."""
        return "webhook"

    def close(self) -> None:
        """Try no longer."""
        self._closing.set()

    def send(self, letter: Letter) -> None:
        """Post a letter."""
        try:
            address = self._read_address().get_secret_value()
            secret = None if self._read_secret is None else self._read_secret()
        except SourceError as error:
            raise SendError(error.sentence) from None
        loopback = _check(address)
        body = json.dumps(letter.payload(), ensure_ascii=False).encode("utf-8", "replace")
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"conntop/{__version__}",
            "X-Conntop-Kind": letter.kind,
            "X-Conntop-Id": letter.identity,
            "Idempotency-Key": letter.identity,
        }
        # Only now, in a thread of its own: what speaks HTTP takes long to be imported.
        from tui.alert.posting import Posting

        with Posting(address, loopback=loopback) as posting:
            self._try(posting, host_of(address), body, headers, secret)

    def _try(
        self,
        posting: "Posting",
        where: str,
        body: bytes,
        headers: dict[str, str],
        secret: Secret | None,
    ) -> None:
        for tries in range(1, len(self._pauses) + 2):
            if secret is not None:
                moment = int(self._now())
                headers["X-Conntop-Signature"] = signature(secret.get_secret_value(), moment, body)
            refusal = posting.post(body, headers)
            if refusal is None:
                return
            wait = refusal.wait
            last = wait is None or tries > len(self._pauses)
            if last or self._closing.wait(max(wait or 0.0, self._pauses[tries - 1])):
                many = f", tried {tries} times" if tries > 1 else ""
                raise SendError(f"{where}: {refusal.said}{many}")


def _check(address: str) -> bool:
    """Whether the address is of this machine.

    Raises:
        SendError: it is none, or would carry what is told readable over the network.
    """
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise SendError("its address cannot be read: give one like https://example.com/x") from None
    if parts.scheme not in ("http", "https") or not host:
        raise SendError("its address cannot be read: give one like https://example.com/x")
    if parts.scheme == "http" and not is_loopback(host):
        raise SendError(f"{host_of(address)} is not encrypted: use https")
    return is_loopback(host)
