"""Names: what people call their API keys, networks and hosts."""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address

from msgspec import Struct, field

from tui.core.connection import Connection

Network = IPv4Network | IPv6Network


class Labels(Struct, frozen=True):
    """What is said of one connection by people; each is ``""`` where nothing is. All are safe."""

    key: str = ""
    """The name of its API key."""
    client: str = ""
    """The name of the network that the client's address is in."""
    host: str = ""
    """The name of the vendor's server."""
    context: str = ""
    """The context that it was seen in, where several are watched at once."""


NO_LABELS = Labels()
"""Of a connection of which nothing is said."""


class Names(Struct, frozen=True):
    """The names in use, by what the API serves. All names are safe to show."""

    keys: Mapping[str, str] = field(default_factory=dict)
    """By API key id, in lower case."""
    networks: Mapping[Network, str] = field(default_factory=dict)
    """By network of client addresses; the narrowest that holds an address names it."""
    hosts: Mapping[str, str] = field(default_factory=dict)
    """By host, in lower case: all of it, or its first part before a dot."""
    context: str = ""
    """Of all connections of this fleet, where several are watched at once."""

    def __bool__(self) -> bool:
        return bool(self.keys or self.networks or self.hosts or self.context)

    def of(self, connection: Connection) -> Labels:
        """What people say of ``connection``."""
        if not self:
            return NO_LABELS
        return Labels(
            self.keys.get(connection.api_key_id.lower(), ""),
            self._client(connection.client),
            self._host(connection.host.lower()),
            self.context,
        )

    def _client(self, text: str) -> str:
        if not self.networks:
            return ""
        try:
            address = ip_address(text)
        except ValueError:
            return ""
        holding = (one for one in self.networks if address in one)
        narrowest = max(holding, key=lambda one: one.prefixlen, default=None)
        return "" if narrowest is None else self.networks[narrowest]

    def _host(self, host: str) -> str:
        return self.hosts.get(host) or self.hosts.get(host.partition(".")[0], "")


NO_NAMES = Names()
"""Nobody has named anything."""
