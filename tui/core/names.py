"""Names: what people call their API keys, networks and hosts."""

from collections.abc import Mapping
from functools import cached_property, lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address

from msgspec import Struct, field

from tui.core.connection import Connection
from tui.core.safe import safe

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


@lru_cache(maxsize=10_000)
def _labels(key: str, client: str, host: str, context: str) -> Labels:
    """The same labels are one object, however many connections bear them."""
    return Labels(key, client, host, context)


class Names(Struct, frozen=True, dict=True):
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
        return _labels(
            self.key(connection.api_key_id),
            self._client(connection.client),
            self._host(connection.host.lower()),
            self.context,
        )

    def key(self, key_id: str) -> str:
        """The name of an API key; ``""`` where it has none."""
        return self.keys.get(key_id.lower(), "")

    def keys_called(self, name: str) -> list[str]:
        """The ids of the API keys with this name, however it is capitalized."""
        wanted = name.strip().lower()
        return [key_id for key_id, one in self.keys.items() if one.lower() == wanted]

    def fields(self, labels: Labels) -> dict[str, str | None]:
        """What an export says of a connection beside what is served, by field.

        There is a field for each kind of thing that has names at all, and nothing without names.
        """
        kinds = (
            ("apikeyName", self.keys, labels.key),
            ("clientName", self.networks, labels.client),
            ("hostName", self.hosts, labels.host),
        )
        return {field: name or None for field, names, name in kinds if names}

    @cached_property
    def _by_width(self) -> tuple[tuple[int, int, Mapping[int, str]], ...]:
        """Version, bits to leave out and names by the rest of the address, the narrowest first.

        One look-up for each width in use: hundreds of networks are asked for at each connection.
        """
        found: dict[tuple[int, int], dict[int, str]] = {}
        for network, name in self.networks.items():
            spare = network.max_prefixlen - network.prefixlen
            start = int(network.network_address) >> spare
            found.setdefault((network.version, spare), {})[start] = name
        return tuple((version, spare, found[version, spare]) for version, spare in sorted(found))

    def _client(self, text: str) -> str:
        if not self.networks:
            return ""
        try:
            address = ip_address(text)
        except ValueError:
            return ""
        number = int(address)
        for version, spare, names in self._by_width:
            name = names.get(number >> spare) if version == address.version else None
            if name is not None:
                return name
        return ""

    def _host(self, host: str) -> str:
        return self.hosts.get(host) or self.hosts.get(host.partition(".")[0], "")


def beside(value: str, name: str) -> str:
    """A served value as a sentence says it: after what people call it, where they do.

    >>> beside("203.0.113.7", "Frankfurt"), beside("203.0.113.7", "")
    ('Frankfurt (203.0.113.7)', '203.0.113.7')
    """
    shown = safe(value, 60)
    return f"{name} ({shown})" if name else shown


NO_NAMES = Names()
"""Nobody has named anything."""
