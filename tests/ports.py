"""Ports that nobody listens on."""

from __future__ import annotations

import errno
import socket
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ABSENT = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
"""The machine has no such address, so nobody else can have the port there either."""


@contextmanager
def reserved_port() -> Iterator[int]:
    """A port of this machine that refuses connections, on IPv4 and on IPv6, until a test listens.

    A port that was free a moment ago may be given to a server of another test, which runs at the
    same time. This one is bound and does not listen: the kernel gives it to nobody who asks for
    any port, and who asks for this one, with SO_REUSEADDR as servers do, gets it.
    """
    with ExitStack() as stack:
        while True:
            first = stack.enter_context(_bound(socket.AF_INET, "127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                stack.enter_context(_bound(socket.AF_INET6, "::1", port))
            except OSError as error:
                if error.errno not in _ABSENT:
                    continue  # Somebody has it there: the next one.
            break
        yield port


def _bound(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    one = socket.socket(family)
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((host, port))
    except OSError:
        one.close()
        raise
    return one
