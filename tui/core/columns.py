"""One set of columns for the live table, ``list`` and help."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from tui.core.cells import cells_of
from tui.core.connection import AHEAD_ALLOWED
from tui.core.fleet import Tracked
from tui.core.instant import Instant, age_text, day_text, rough_age_text, span_text
from tui.core.names import Names
from tui.core.safe import safe

SortKey = tuple[float | str, ...]

_UUID = 36
"""Cells of an API key's id."""
_ID_BEGINS = 9
"""Cells in which the beginning of an id tells it from others."""
_MOST_NAME = 20
"""Cells that a column gives to names; the detail and the wide table show longer ones in full."""
_NAMED_RANKS = {"key": 4, "client": 5, "network": 5}
"""Of columns that have names to show: what people took the trouble to name is what they look for,
and counts for more than a protocol. An address goes only after the name of its network."""


class Column(Struct, frozen=True):
    """How one property of a connection is shown and sorted."""

    key: str
    """Its name in settings and in the sort menu."""
    title: str
    """The head of the column."""
    width: int
    """Cells it wants."""
    cell: Callable[[Tracked, Instant], str]
    """The text at an instant; may be longer than ``width``, never hostile."""
    sort: Callable[[Tracked, Instant], SortKey]
    """What it is ordered by, the smallest first."""
    help: str
    """One sentence for the help screen."""
    align: Literal["left", "right"] = "left"
    ticks: bool = False
    """Whether the text changes by itself with time."""
    falls: bool = False
    """Whether its order goes from much to little: the worst first."""
    most: int = 0
    """Cells it takes where there is room to spare; 0: never more than ``width``."""
    rank: int = 0
    """Order in which columns are given up when the screen is narrow: higher goes first;
    0 stays always."""
    whole: Callable[[Tracked, Instant], str] | None = None
    """The text where nothing has to be left out; ``None`` where that is ``cell``."""


def _beat(one: Tracked, at: Instant) -> str:
    age = one.connection.beat_age(at)
    return age_text(age) if age >= -AHEAD_ALLOWED else "skew"


def _rough_beat(one: Tracked, at: Instant) -> str:
    age = max(0.0, one.connection.beat_age(at))
    return rough_age_text(age) if _beat(one, at) != "skew" else "skew"


def _state(one: Tracked, at: Instant) -> str:
    return f"{one.state.glyph} {one.state.value}"


def _served(one: Tracked, at: Instant) -> str:
    return span_text(one.connection.duration)


def _column(
    key: str,
    title: str,
    width: int,
    read: Callable[[Tracked], str],
    text: str,
    rank: int,
    most: int = 0,
) -> Column:
    return Column(
        key,
        title,
        width,
        lambda one, at: safe(read(one)),
        lambda one, at: (read(one).lower(),),
        text,
        most=most,
        rank=rank,
    )


def _called(
    key: str,
    title: str,
    width: int,
    read: Callable[[Tracked], tuple[str, str]],
    text: str,
    rank: int,
) -> Column:
    """What may have a name, which is shown in the place of what is served."""

    def cell(one: Tracked, at: Instant) -> str:
        name, served = read(one)
        return name or safe(served)

    def whole(one: Tracked, at: Instant) -> str:
        name, served = read(one)
        return f"{name} {safe(served)}" if name else safe(served)

    def sort(one: Tracked, at: Instant) -> SortKey:
        name, served = read(one)
        return (name or served).lower(), served.lower()

    return Column(key, title, width, cell, sort, text, rank=rank, whole=whole)


CONTEXT = _column(
    "context", "context", 10, lambda one: one.labels.context, "the context it is seen in", 1
)
"""The one column that there is only where several contexts are watched at once."""

COLUMNS: tuple[Column, ...] = (
    Column(
        "state",
        "state",
        8,
        _state,
        lambda one, at: (
            -one.state.trouble,
            at - one.connection.last_heartbeat if one.state.trouble else 0,
        ),
        "live, late for its own rhythm, silent for two minutes, or gone from the answer",
        falls=True,
    ),
    Column(
        "beat",
        "beat",
        6,
        _beat,
        lambda one, at: (one.connection.last_heartbeat - at,),
        "time since its last heartbeat, ticking; skew when it lies in the server's own future",
        align="right",
        falls=True,
        ticks=True,
    ),
    _column("id", "connection", 21, lambda one: one.connection.connection_id, "its id", 0, 26),
    _column("service", "service", 13, lambda one: one.connection.service, "serviceName", 1, 16),
    _column("protocol", "protocol", 9, lambda one: one.connection.protocol, "protocolName", 6),
    _column("dc", "data center", 24, lambda one: one.connection.data_center, "dataCenter", 2),
    _column(
        "client", "client", 15, lambda one: one.connection.client, "the client's address", 7, 24
    ),
    _column(
        "network",
        "network",
        9,
        lambda one: one.labels.client,
        "the name that the settings have for the network of the client's address",
        12,
    ),
    Column(
        "up",
        "up",
        7,
        lambda one, at: age_text(one.duration(at)),
        lambda one, at: (one.duration(at),),
        "time since its start; for one that left, until its last heartbeat",
        align="right",
        ticks=True,
        rank=3,
    ),
    Column(
        "nth",
        "nth",
        3,
        lambda one, at: str(one.nth) if one.nth > 1 else "",
        lambda one, at: (one.nth,),
        "which session of its client this is, where it took the place of one that stopped",
        align="right",
        falls=True,
        rank=8,
    ),
    _called(
        "host",
        "host",
        25,
        lambda one: (one.labels.host, one.connection.host),
        "the vendor's server, by the name that it has in the settings",
        9,
    ),
    _called(
        "key",
        "API key",
        _UUID,
        lambda one: (one.labels.key, one.connection.api_key_id),
        "the API key, by the name that it has in the settings, or its id",
        10,
    ),
    Column(
        "served",
        "served",
        7,
        _served,
        lambda one, at: (one.connection.duration,),
        "connectionDurationSeconds: until its last heartbeat",
        align="right",
        rank=11,
    ),
    Column(
        "start",
        "start",
        20,
        lambda one, at: day_text(one.connection.start),
        lambda one, at: (one.connection.start,),
        "connectionStartTime, UTC",
        rank=13,
    ),
    Column(
        "last",
        "last beat",
        20,
        lambda one, at: day_text(one.connection.last_heartbeat),
        lambda one, at: (one.connection.last_heartbeat,),
        "lastHeartbeat, UTC",
        rank=14,
    ),
)
"""All columns, in the order of the table: what changes each second stands left."""

ROUGH: Mapping[str, Callable[[Tracked, Instant], str]] = {"beat": _rough_beat}
"""Cells, by column, that change less often than the column's own, for where bytes are dear."""

BY_KEY = {column.key: column for column in (*COLUMNS, CONTEXT)}
"""The columns by their key, that of several contexts included."""

DEFAULT_KEYS = (
    "state",
    "beat",
    "id",
    "service",
    "protocol",
    "dc",
    "client",
    "up",
    "nth",
    "host",
    "key",
)
"""The columns shown without ``w``, as far as the width allows."""


def default_columns(names: Names) -> list[Column]:
    """The columns shown without ``w``, with those that have names to show."""
    keys = [*DEFAULT_KEYS]
    if names.networks:
        keys.insert(keys.index("client") + 1, "network")
    return with_names([BY_KEY[key] for key in keys], names)


def with_names(columns: Iterable[Column], names: Names, *, wide: bool = False) -> list[Column]:
    """The columns as they have to be for these names.

    Names take few cells, and are shown early. ``wide`` has room for a name and what it stands for.
    """
    return [
        _with_names(column, names, wide=wide)
        for column in columns
        if column.key != "network" or names.networks
    ]


def _with_names(column: Column, names: Names, *, wide: bool) -> Column:
    kinds: dict[str, Mapping[Any, str]] = {
        "key": names.keys,
        "client": names.networks,
        "network": names.networks,
        "host": names.hosts,
    }
    longest = max(map(cells_of, kinds.get(column.key, {}).values()), default=0)
    if not longest:
        return column
    if wide and column.whole is not None:
        return replace(column, cell=column.whole, width=longest + 1 + column.width)
    width, rank = column.width, _NAMED_RANKS.get(column.key, column.rank)
    if column.key == "network":
        width = max(len(column.title), longest if wide else min(longest, _MOST_NAME))
    elif column.key == "key":
        width = max(_ID_BEGINS, min(longest, _MOST_NAME))
    return replace(column, width=width, rank=rank)


def fit(columns: Iterable[Column], width: int, gap: int = 1) -> list[tuple[Column, int]]:
    """The columns that fit into ``width`` cells, each with its own width, in their order.

    The dearest stay. What is left over goes to those that have more to show, the least dear of
    them first: an id is read from its beginning, an IPv6 address to its end.

    Args:
        columns: candidates in the order of the table.
        width: cells to fill.
        gap: cells between two columns.
    """
    candidates = list(columns)
    widths: dict[str, int] = {}
    room = width + gap
    for column in sorted(candidates, key=lambda one: one.rank):
        if column.rank and column.width + gap > room:
            break
        widths[column.key] = column.width
        room -= column.width + gap
    for column in sorted(candidates, key=lambda one: -one.rank):
        if column.key in widths and column.most and room > 0:
            more = min(room, column.most - column.width)
            widths[column.key] += more
            room -= more
    return [(column, widths[column.key]) for column in candidates if column.key in widths]
