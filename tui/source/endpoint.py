"""Endpoint: the address that is asked, and whether it may be given the key."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from tui.core.safe import safe

DEFAULT_URL = "https://api-console.apibricks.io"
"""The vendor's host, from the documentation."""
PATH = "/api/connection-analytics/query"
"""The endpoint's path, appended to the base address."""


class EndpointError(ValueError):
    """An address that must not or cannot be asked, in one sentence."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A checked base address."""

    base: str
    """Scheme, host, port and path prefix, without a slash at the end."""
    host: str
    """Host, with the port where one is given: for the header and for sentences."""
    loopback: bool
    """Whether it is this machine: then no proxy is asked, and plain http is allowed."""

    @property
    def url(self) -> str:
        """The full address of the endpoint."""
        return self.base + PATH


def parse_endpoint(text: str) -> Endpoint:
    """The endpoint at a base address.

    Raises:
        EndpointError: no http(s) address, one with a password or a query in it, or plain http to
            another machine, which would send the API key readable to everybody on the way.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        raise EndpointError(f"not an address: give a base URL like {DEFAULT_URL}") from None
    if parts.scheme not in ("http", "https") or not host or host != safe(host):
        raise EndpointError(f"not an address: give a base URL like {DEFAULT_URL}")
    if port == 0:
        raise EndpointError("the base URL names port 0, which nobody listens on")
    if parts.username or parts.password:
        raise EndpointError("the base URL holds a user or password: leave them out")
    if parts.query or parts.fragment:
        raise EndpointError("the base URL holds a query: leave out everything from ? or #")
    loopback = is_loopback(host)
    if parts.scheme == "http" and not loopback:
        raise EndpointError(
            f"http://{host} is not encrypted, so the API key is not sent there: use https"
        )
    shown = f"[{host}]" if ":" in host else host
    netloc = f"{shown}:{port}" if port else shown
    base = f"{parts.scheme}://{netloc}{parts.path.rstrip('/')}"
    return Endpoint(base.removesuffix(PATH), netloc, loopback)


def host_of(address: str) -> str:
    """Scheme and host of an address, all of it that may be shown where the rest is a secret.

    >>> host_of("https://user:secret@hooks.example.com/T0/B0/xyz?key=1")
    'https://hooks.example.com'
    """
    try:
        parts = urlsplit(address.strip())
        host, scheme = parts.hostname or "", parts.scheme
    except ValueError:
        return "an address that cannot be read"
    return f"{safe(scheme, 20)}://{safe(host, 100)}"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
