"""Masks: API key ids that cannot be taken from a note, and clients' addresses where wished."""

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from tui.core.fleet import Tracked
from tui.core.places import network_of

_TOKEN = re.compile(r"[\w.:%-]+(?:/\d+)?")
_SHORT = 12
"""Characters up to which an id shows its first two only."""
_LEAST = 8
"""Characters of an id that a filter gets at the least; a shorter one is no secret."""


def masked_key(key_id: str) -> str:
    """An API key id that can be recognized and not used.

    >>> masked_key("f1e2d3c4-b5a6-9879-8765-4321dcba0987")
    'f1e2…0987'
    """
    return f"{key_id[:4]}…{key_id[-4:]}" if len(key_id) > _SHORT else f"{key_id[:2]}…"


class Mask(Struct, frozen=True):
    """What is put in the place of what."""

    words: Mapping[str, str] = field(default_factory=dict)
    """By what must not be told, in lower case: what is told instead."""
    keys: tuple[str, ...] = ()
    """The key ids among them, in lower case."""

    def __call__(self, text: str) -> str:
        """``text`` with all of them masked, as far as they stand in it as words."""
        return _TOKEN.sub(self._masked, text)

    def in_place(self, text: str) -> str:
        """The same in as many characters, for text that stands in columns."""
        masked = _TOKEN.sub(lambda found: self._masked(found).ljust(len(found[0])), text)
        return masked[: len(text)]

    def _masked(self, found: re.Match[str]) -> str:
        token = found[0]
        # A filter's field stands before a colon, a sentence's full stop behind.
        for start in {0, token.find(":") + 1}:
            for end in {len(token), len(token.rstrip(".:"))}:
                instead = self.words.get(token[start:end].lower())
                if instead is not None:
                    return token[:start] + instead + token[end:]
        return token

    def of_filter(self, text: str, key_id: str | None = None) -> str:
        """A filter that lets the same through and holds no whole key id.

        Args:
            text: the filter.
            key_id: an API key id that is wanted besides.
        """
        for key in self.keys:
            if key in text.lower():
                beginning = self._beginning(key)
                exact = re.compile(rf'\bkey="?{re.escape(key)}"?', re.IGNORECASE)
                text = exact.sub(f"key:{beginning}", text)
                text = re.sub(re.escape(key), beginning, text, flags=re.IGNORECASE)
        if key_id is None:
            return text
        # In front, since a quote that is not closed reads to the end.
        return f"key:{self._beginning(key_id.lower())} {text}".strip()

    def _beginning(self, key: str) -> str:
        """As little of a key id as tells it from the others."""
        others = [one for one in self.keys if one != key]
        lengths = range(_LEAST, len(key))
        unique = (
            key[:length] for length in lengths if not any(key[:length] in one for one in others)
        )
        return next(unique, key[:_LEAST])


def mask_of(tracked: Iterable[Tracked], key_id: str | None, *, clients: bool) -> Mask:
    """The mask for all that is known.

    Args:
        tracked: the connections.
        key_id: an API key id that is asked for.
        clients: whether addresses are told by their /24 or /48 only.
    """
    ones = list(tracked)
    keys = {} if key_id is None else {key_id.lower(): masked_key(key_id)}
    for key, one in {one.connection.api_key_id: one for one in ones}.items():
        if len(key) >= _LEAST:
            keys[key.lower()] = one.labels.key or masked_key(key)
    places: dict[str, str] = {}
    if clients:
        addresses = {one.connection.client for one in ones}
        places = {each.lower(): masked_client(each) for each in addresses}
    return Mask({**places, **keys}, tuple(keys))


def masked_client(address: str) -> str:
    """The network that an address is in; of what is no address nothing is told.

    >>> masked_client("203.0.113.195")
    '203.0.113.0/24'
    """
    return network_of(address) or "…"
