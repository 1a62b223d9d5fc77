"""Places: what a data center's name and a client's address tell of where they are."""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_PREFIX = {4: 24, 6: 48}
"""Bits that the addresses of one site commonly share."""
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_DECIMAL = re.compile(rf"{_BYTE}(?:\.{_BYTE}){{3}}")
"""An IPv4 address."""


def region_of(data_center: str) -> str:
    """The region in a data center's name, which may name a server behind it.

    >>> region_of("us-east-1/server-01")
    'us-east-1'
    """
    return data_center.partition("/")[0]


@lru_cache(maxsize=65_536)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


@lru_cache(maxsize=65_536)
def network_of(client: str) -> str:
    """The /24 or /48 that a client's address is in; ``""`` for what is no address.

    >>> network_of("203.0.113.195"), network_of("2001:db8:1:2::3")
    ('203.0.113.0/24', '2001:db8:1::/48')
    """
    if _DECIMAL.fullmatch(client):
        # Nearly all, and many times as quick as by their numbers.
        return f"{client[: client.rindex('.')]}.0/24"
    address = _address(client)
    if address is None:
        return ""
    return str(ip_network((int(address), _PREFIX[address.version]), strict=False))


def is_in(client: str, network: IPv4Network | IPv6Network) -> bool:
    """Whether a client's address is in a network; what is no address is in none."""
    address = _address(client)
    return address is not None and address in network
