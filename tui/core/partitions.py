"""Partitions: each way in which connections fall into kinds, counted at the speed of C.

A dimension tells one connection's value; here the values of 100,000 are counted at once, which
leaves no time for a call of Python's each. So a partition reads a column of raw values first, as C
does it, and sorts only the different ones into kinds.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from functools import partial
from itertools import compress, repeat
from math import floor
from operator import and_, attrgetter, floordiv
from typing import Any

from msgspec import Struct

from tui.core.connection import State
from tui.core.dimensions import AGES, BY_KEY, Dimension
from tui.core.fleet import Tracked
from tui.core.grammar import NAMED
from tui.core.instant import MINUTE, TICKS, Instant, as_served
from tui.core.names import NO_LABELS
from tui.core.places import network_of, region_of

Kind = Hashable
"""What connections of one value have in common; ``None`` where they have no value."""
Raw = Any
"""A raw value of a column, from which alone the kind follows."""
Read = Callable[["Table"], list[Raw]]


class Table:
    """Some connections at an instant, read by columns, each of them once."""

    def __init__(self, rows: Sequence[Tracked], at: Instant, *, plain: bool = False) -> None:
        """
        Args:
            rows: the connections.
            at: the instant by which ages go.
            plain: it is known that none of them is gone, and that people have no names for them.
        """  # noqa: D205, D212
        self.rows = rows
        self.at = at
        self.records = list(map(attrgetter("connection"), rows))
        self._columns: dict[Read, list[Raw]] = {}
        self._tallies: dict[Read, Counter[Raw]] = {}
        self._masks: dict[tuple[str, Kind, int | None], int] = {}
        self._members: dict[tuple[OfKind, ...], frozenset[int]] = {}
        self._labelled = False if plain else None
        self._some_gone = False if plain else None

    def column(self, read: Read) -> list[Raw]:
        """The raw value of each."""
        if read not in self._columns:
            self._columns[read] = read(self)
        return self._columns[read]

    def tally(self, read: Read) -> Counter[Raw]:
        """How many have each raw value."""
        if read not in self._tallies:
            self._tallies[read] = Counter(self.column(read))
        return self._tallies[read]

    @property
    def is_labelled(self) -> bool:
        """Whether people have a name for anything in it."""
        if self._labelled is None:
            labels = list(map(attrgetter("labels"), self.rows))
            self._labelled = labels.count(NO_LABELS) < len(labels)
        return self._labelled

    @property
    def has_gone(self) -> bool:
        """Whether any of them is gone."""
        if self._some_gone is None:
            self._some_gone = State.GONE in list(map(attrgetter("state"), self.rows))
        return self._some_gone

    def mask(self, partition: "Partition", kind: Kind, first: int | None = None) -> int:
        """Which of them are of a kind: one bit for each, in their order, each in a byte.

        Of the ``first`` ones alone, where that is given.
        """
        name = partition.name, kind, first
        if name not in self._masks:
            rows = None if first is None else range(min(first, len(self.rows)))
            which = partition.which(self, kind, rows)
            self._masks[name] = int.from_bytes(bytes(which), "little")
        return self._masks[name]

    def members(self, *kinds: "OfKind") -> frozenset[int]:
        """The places of those of one kind, or of both of two: quick if few are of the first."""
        if kinds not in self._members:
            (partition, kind), *more = kinds
            if more:
                rows = list(self.members(kinds[0]))
                ((partition, kind),) = more
                found = compress(rows, partition.which(self, kind, rows))
            else:
                found = compress(range(len(self.rows)), partition.which(self, kind))
            self._members[kinds] = frozenset(found)
        return self._members[kinds]


class Partition(Struct, frozen=True):
    """One way to tell connections apart."""

    name: str
    """Its own name; several may be of one dimension."""
    dimension: Dimension
    """Whose filter tells a kind."""
    read: Read
    """The column of raw values."""
    kind: Callable[[Raw], Kind]
    """The kind of a raw value."""
    text: Callable[[Raw], str]
    """The dimension's value for a raw value of the kind, as served."""
    sieve: Callable[[Collection[Kind]], Callable[[Raw], bool]] | None = None
    """Made for some kinds it tells quickly which raw values may be of them; it never misses one."""

    def of_kinds(self, raws: Iterable[Raw], kinds: Collection[Kind]) -> list[Raw]:
        """The raw values that are of one of the kinds."""
        if self.sieve is not None:
            raws = filter(self.sieve(kinds), raws)
        kind = self.kind
        return [raw for raw in raws if kind(raw) in kinds]

    def count(self, table: Table, kinds: Collection[Kind]) -> Counter[Kind]:
        """How many of the table are of each of the kinds."""
        tally = table.tally(self.read)
        found: Counter[Kind] = Counter()
        for raw in self.of_kinds(tally, kinds):
            found[self.kind(raw)] += tally[raw]
        return found

    def which(self, table: Table, kind: Kind, rows: Iterable[int] | None = None) -> Iterable[bool]:
        """Whether each of the table is of a kind, or each of those in ``rows``."""
        raws = set(self.of_kinds(table.tally(self.read), {kind}))
        column = table.column(self.read)
        values = column if rows is None else map(column.__getitem__, rows)
        return map(raws.__contains__, values)


OfKind = tuple[Partition, Kind]
"""A kind of a partition."""


class _ByStart(Partition, frozen=True):
    """By the span in which they started: a kind is a range, which is compared and not looked up."""

    span: int = MINUTE
    """Ticks."""

    def count(self, table: Table, kinds: Collection[Kind]) -> Counter[Kind]:
        """How many of the table started in each of the spans."""
        numbers = [kind for kind in kinds if isinstance(kind, int)]
        first, end = min(numbers) * self.span, (max(numbers) + 1) * self.span
        starts = filter(end.__gt__, filter(first.__le__, table.column(_start)))
        found = Counter(map(floordiv, starts, repeat(self.span)))
        return Counter({kind: found[kind] for kind in numbers})

    def which(self, table: Table, kind: Kind, rows: Iterable[int] | None = None) -> Iterable[bool]:
        """Whether each of the table started in the span, or each of those in ``rows``."""
        assert isinstance(kind, int)
        first, end = kind * self.span, (kind + 1) * self.span
        starts = table.column(_start)
        if rows is not None:
            starts = [starts[row] for row in rows]
        return map(and_, map(first.__le__, starts), map(end.__gt__, starts))


def _attribute(name: str) -> Read:
    read = attrgetter(name)
    return lambda table: list(map(read, table.records))


def _lower(raw: str) -> Kind:
    return raw.lower() or None


def _itself(raw: Raw) -> str:
    return str(raw)


_client = _attribute("client")
_data_center = _attribute("data_center")
_start = _attribute("start")


def _started(minutes: int, example: str, name: str) -> Partition:
    span = minutes * MINUTE
    return _ByStart(
        name,
        BY_KEY["start"],
        _start,
        lambda raw: raw // span,
        lambda raw: as_served(raw // span * span)[: len(example)],
        span=span,
    )


def _number(table: Table) -> list[Raw]:
    try:
        return list(map(attrgetter("session.number"), table.rows))
    except AttributeError:
        return [one.nth for one in table.rows]


def _rhythm(table: Table) -> list[Raw]:
    return list(map(attrgetter("rhythm"), table.rows))


def _beat(raw: float | None) -> Kind:
    return None if raw is None else max(1, floor(raw + 0.5))


def _age(table: Table) -> list[Raw]:
    """By how many of ``AGES`` each is older; of one that left its lifetime counts."""
    bounds = [-seconds * TICKS for seconds, _ in reversed(AGES)]
    gone, at = State.GONE, table.at
    if table.has_gone:
        born = [
            one.connection.start - (one.connection.last_heartbeat if one.state is gone else at)
            for one in table.rows
        ]
    else:
        bounds = [bound + at for bound in bounds]
        born = table.column(_start)
    return list(map(partial(bisect_left, bounds), born))


_AGE_TEXTS = [
    f"{low}-{high}"
    for low, high in zip(
        ["", *(text for _, text in AGES)], [*(text for _, text in AGES), ""], strict=True
    )
][::-1]


def _context(table: Table) -> list[Raw]:
    return list(map(attrgetter("labels.context"), table.rows))


def _head(client: str) -> str:
    """What the texts of all addresses of one network share; for IPv6 only where it is written."""
    if ":" not in client:
        return client.rpartition(".")[0]
    groups = client.split(":", 3)[:3]
    if "" in groups:
        return ":"
    return ":".join(group.lstrip("0") for group in groups).lower()


def _in_networks(networks: Collection[Kind]) -> Callable[[Raw], bool]:
    heads = {":"}
    for network in networks:
        address = str(network).partition("/")[0]
        if "." in address:
            heads.add(address.rpartition(".")[0])
        else:
            groups = (*address.partition("::")[0].split(":"), "", "")[:3]
            heads.add(":".join(group if group != "0" else "" for group in groups))
    return lambda client: _head(client) in heads


def _of_text(key: str, read: Read) -> Partition:
    return Partition(key, BY_KEY[key], read, _lower, _itself)


PARTITIONS = (
    _of_text("host", _attribute("host")),
    _of_text("dc", _data_center),
    Partition(
        "region", BY_KEY["region"], _data_center, lambda raw: _lower(region_of(raw)), region_of
    ),
    _of_text("service", _attribute("service")),
    _of_text("protocol", _attribute("protocol")),
    _of_text("key", _attribute("api_key_id")),
    _of_text("client", _client),
    Partition(
        "net",
        BY_KEY["net"],
        _client,
        lambda raw: network_of(raw) or None,
        network_of,
        _in_networks,
    ),
    _started(1, "2024-01-15T14:32", "start minute"),
    _started(10, "2024-01-15T14:3", "start ten minutes"),
    _started(60, "2024-01-15T14:", "start hour"),
    _started(1_440, "2024-01-15", "start day"),
    Partition("nth", BY_KEY["nth"], _number, lambda raw: raw, _itself),
    Partition("age", BY_KEY["age"], _age, lambda raw: raw, lambda raw: _AGE_TEXTS[raw]),
    Partition("rhythm", BY_KEY["rhythm"], _rhythm, _beat, lambda raw: f"{_beat(raw)}s"),
    _of_text("context", _context),
)
"""All of them, the likeliest causes first."""


def ambiguous(partition: Partition, tables: Iterable[Table]) -> set[Kind]:
    """Kinds whose filter lets others through, too, that people call what these are served as."""
    named = NAMED.get(partition.dimension.key)
    found: set[Kind] = set()
    if named is None or partition.name == "net":
        return found
    for table in tables:
        if table.is_labelled:
            pairs = set(zip(table.column(partition.read), map(named, table.rows), strict=True))
            found |= {name.lower() for raw, name in pairs if name.lower() != raw.lower()}
    return found
