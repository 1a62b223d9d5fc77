"""Incidents: fleets in which something dropped, for a known cause or for none.

What is drawn, and what can be told apart at all, is settled here by the connections alone, before
anybody explains anything. Nothing of this knows how ``tui.core.why`` works.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tui.core.connection import State
from tui.core.dimensions import BY_KEY, DIMENSIONS
from tui.core.fleet import Tracked
from tui.core.instant import TICKS, Instant, parse_instant
from tui.core.lineage import Session
from tui.core.names import Labels
from tui.source.wire import read_body
from tui.standin import simulator
from tui.standin.query import Query
from tui.standin.settings import Assumptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

AT: Instant = parse_instant("2026-01-15T14:30:30Z")
FEWEST, MOST = 50, 2_000
"""Connections of a fleet."""
SPARED = (0.05, 0.15)
"""Share of those that have the cause and do not drop."""
ASIDE = 0.03
"""Share of all others that drop for reasons of their own, at the most."""
NEEDED = 5
"""Connections that have to drop for the cause, and by which it has to differ from any other value
that is not the same: with fewer, chance decides what it looks like."""
PAIRS = (
    ("region", "service"),
    ("region", "protocol"),
    ("region", "key"),
    ("service", "key"),
    ("dc", "key"),
    ("host", "net"),
    ("service", "age"),
    ("protocol", "rhythm"),
    ("region", "nth"),
)
"""Pairs that are planted, too: one for each three plain causes."""
Cause = tuple[tuple[str, str], ...]
"""Values by dimension's key; of a pair two."""


@dataclass(frozen=True, slots=True)
class Incident:
    """Some of a fleet dropped."""

    struck: list[Tracked]
    rest: list[Tracked]
    cause: Cause
    """Why; empty where there is no cause."""

    @property
    def rows(self) -> list[Tracked]:
        """All of the fleet."""
        return [*self.struck, *self.rest]


def planted(count: int, seed: int) -> Iterator[Incident | None]:
    """So many incidents with a cause; ``None`` for each that nobody could tell, drawn anew."""
    rng = random.Random(seed)
    while count:
        rows = fleet_of(rng)
        kind = rng.randrange(4)
        keys = rng.choice(PAIRS) if kind == 0 else (rng.choice(DIMENSIONS).key,)
        values = [value for one in rows if (value := _value(one, keys)) is not None]
        found = None
        if values:
            found = _strike(rows, keys, rng.choice(sorted(set(values))), rng)
        count -= found is not None
        yield found


def causeless(count: int, seed: int) -> Iterator[Incident]:
    """So many incidents in which mere chance has chosen who drops."""
    rng = random.Random(seed)
    for _ in range(count):
        rows = fleet_of(rng)
        lost = set(rng.sample(range(len(rows)), rng.randint(3, max(3, len(rows) // 5))))
        yield _incident(rows, lost, ())


def fleet_of(rng: random.Random) -> list[Tracked]:
    """A fleet of the stand-in, all live: its hosts in data centers in regions, its clients."""
    count = round(FEWEST * (MOST / FEWEST) ** rng.random())
    fleet = simulator.Fleet(seed=rng.randrange(2**32), connections=count)
    query, assumptions = Query(active_only=True, limit=2 * count), Assumptions()
    sessions = fleet.select(query, AT, (), assumptions)
    records = read_body(fleet.answer(query, AT, (), assumptions)).records
    contexts = rng.choice((("prod",), ("prod", "emea", "apac")))
    rows = []
    for session, record in zip(sessions, records, strict=True):
        number = 1
        while rng.random() < 0.3:
            number += 1
        name, start = record.connection_id, record.start
        rows.append(
            Tracked(
                record,
                AT,
                AT,
                State.LIVE,
                rhythm=round(session.client.rhythm / TICKS * rng.uniform(0.98, 1.02), 2),
                session=Session(name, start, record.host, record.data_center, number),
                labels=Labels(context=rng.choice(contexts)),
            )
        )
    return rows


def _value(one: Tracked, keys: Sequence[str]) -> tuple[str, ...] | None:
    """What it has in these dimensions; ``None`` where it lacks one."""
    values = tuple(BY_KEY[key].read(one, AT) for key in keys)
    return values if all(values) else None


def _strike(
    rows: list[Tracked], keys: Sequence[str], value: tuple[str, ...], rng: random.Random
) -> Incident | None:
    has = [_value(one, keys) == value for one in rows]
    spared, aside = rng.uniform(*SPARED), rng.uniform(0.0, ASIDE)
    lost = {
        place for place, one in enumerate(has) if rng.random() < (1.0 - spared if one else aside)
    }
    hit = sum(has[place] for place in lost)
    # What most of the others share is no cause that the others could belie; and where more drop
    # for reasons of their own, the cause is not what the incident is about.
    if hit < NEEDED or 2 * hit < len(lost) or 2 * sum(has) > len(rows):
        return None
    if not _can_be_told(rows, has, pairs=len(keys) > 1):
        return None
    return _incident(rows, lost, tuple(zip(keys, value, strict=True)))


def _can_be_told(rows: list[Tracked], has: list[bool], *, pairs: bool) -> bool:
    """Whether any other value is either that of the very same connections, or of quite others."""
    columns = {one.key: [one.read(row, AT) for row in rows] for one in DIMENSIONS}
    ways: list[list[object]] = [list(column) for column in columns.values()]
    if pairs:
        ways += [
            list(zip(one, other, strict=True)) for one, other in combinations(columns.values(), 2)
        ]
    size = sum(has)
    for way in ways:
        inside = Counter(value for value, one in zip(way, has, strict=True) if one)
        whole = Counter(way)
        for value, common in inside.items():
            if 0 < size + whole[value] - 2 * common < NEEDED:
                return False
    return True


def _incident(rows: list[Tracked], lost: set[int], cause: Cause) -> Incident:
    struck = [
        replace(
            one,
            state=State.SILENT,
            connection=replace(one.connection, last_heartbeat=AT - 130 * TICKS),
        )
        for place, one in enumerate(rows)
        if place in lost
    ]
    return Incident(struck, [one for n, one in enumerate(rows) if n not in lost], cause)
