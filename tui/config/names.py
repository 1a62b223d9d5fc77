"""The table ``[names]`` of the settings: what people call API keys, networks and hosts."""

from collections.abc import Callable, Mapping
from ipaddress import ip_network
from typing import TypeVar

from tui.core.names import Names, Network
from tui.core.query import Query, QueryError
from tui.core.safe import safe

TABLES = ("keys", "networks", "hosts")
"""The tables in it, each of names by what the API serves."""

_LONGEST_NAME = 60
_LONGEST_HOST = 253

_NAME = (
    f"takes a name of 1 to {_LONGEST_NAME} printable characters in quotes; "
    "what has a dot or a slash stands in quotes, too"
)

_Named = TypeVar("_Named")


class NamesError(ValueError):
    """A name that cannot be used: the place in the file, and what is the matter with it."""

    def __init__(self, place: tuple[str, ...], sentence: str) -> None:
        super().__init__(sentence)
        self.place = place
        self.sentence = sentence


def read_names(tables: Mapping[str, object]) -> Names:
    """The names that the tables hold, by what is compared.

    Raises:
        NamesError: the first that cannot be used. It tells nothing of what stands where an API
            key id belongs, since it may be the API key.
    """
    return Names(
        keys=_table("keys", tables, _key),
        networks=_table("networks", tables, _network),
        hosts=_table("hosts", tables, _host),
    )


def _table(
    title: str, tables: Mapping[str, object], read: Callable[[str, int], _Named]
) -> dict[_Named, str]:
    table = tables.get(title, {})
    if not isinstance(table, dict):
        raise NamesError((title,), f"is a table, written [names.{title}]")
    names: dict[_Named, str] = {}
    for number, (text, value) in enumerate(table.items(), 1):
        named = read(text, number)
        if not isinstance(value, str):
            raise NamesError((title, text), _NAME)
        name = value.strip()
        if not name or len(name) > _LONGEST_NAME or name != safe(name):
            raise NamesError((title, text), _NAME)
        if named in names:
            raise NamesError((title, text), f"is called {names[named]} already: keep one name")
        names[named] = name
    return names


def _key(text: str, number: int) -> str:
    try:
        Query(api_key_id=text)
    except QueryError as error:
        raise NamesError(
            ("keys",), f"has to name API keys by their id, and number {number} does not: {error}"
        ) from None
    return text.lower()


def _network(text: str, number: int) -> Network:
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        raise NamesError(
            ("networks", text),
            'is no network: write one like "203.0.113.0/24" or "2001:db8::/48", in quotes',
        ) from None


def _host(text: str, number: int) -> str:
    if not text or len(text) > _LONGEST_HOST or text != safe(text) or " " in text:
        raise NamesError(("hosts", text), "is no host: write one like ws-server-01")
    return text.lower()
