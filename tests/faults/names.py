"""Names of hosts that a test decides about: unknown, known again, with one address or with two.

They are put before Python's resolver. What a real one says of a name cannot be changed while a
test runs: that takes a name server, or a line in /etc/hosts, which only root may write.
"""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

NAME = "console.example"
"""A name for this machine that nobody takes for this machine's."""


class Names:
    """What the resolver knows besides all that it knows already."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *addresses: str, name: str = NAME) -> None:
        """``name`` has these addresses at first."""
        self.addresses = addresses
        self._name = name
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)

    def _look_up(self, host: str | bytes | None, *args: Any, **more: Any) -> list[Any]:
        name = host.decode() if isinstance(host, bytes) else host
        if name != self._name:
            return self._real(host, *args, **more)
        if not self.addresses:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return [one for each in self.addresses for one in self._real(each, *args, **more)]

    @contextmanager
    def failing(self) -> Iterator[None]:
        """For a while the resolver does not answer."""
        known, self.addresses = self.addresses, ()
        try:
            yield
        finally:
            self.addresses = known
