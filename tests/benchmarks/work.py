"""work: where the time of one refresh goes off the loop, and what else could read an answer.

CPU milliseconds of parsing a body into Connections, folding it, arranging the rows and grouping
them, for polls in which every heartbeat has changed. The alternatives read the very same body, by
the same code from fields to a Connection, so that only the decoding differs; the floor is
``json.loads`` alone, which makes no Connection of it.
"""

from __future__ import annotations

import gc
import json
import time
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec.structs import astuple

from tests.benchmarks.fleets import START, bodies, snapshot_of
from tests.benchmarks.process_meter import take_app_core
from tests.benchmarks.rows import Row, Scale, alone, median
from tui.core.arrangement import Order, arrange
from tui.core.connection import FIELDS, Connection
from tui.core.dimensions import BY_KEY
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.groups import group
from tui.core.instant import TICKS, parse_instant
from tui.source.tolerant import read_tolerantly
from tui.source.wire import read_body
from tui.source.wire_record import WireRecord
from tui.view.group_list import Sheet, lay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_T = TypeVar("_T")
_DECODER = msgspec.json.Decoder(list[WireRecord])


def by_pydantic(body: bytes) -> list[Connection]:
    """With the model that judges what is not exactly the documented record."""
    records, _ = read_tolerantly(body, Counter(), set())
    return [build(list(astuple(record))) for record, _ in records]


def by_json(body: bytes) -> list[Connection]:
    """With the standard library, which checks nothing."""
    return [build([one[name] for name in FIELDS]) for one in json.loads(body)]


def by_msgspec(body: bytes) -> list[Connection]:
    """With the struct that reads ordinary records, the whole body in one call."""
    return [build(list(astuple(record))) for record in _DECODER.decode(body)]


def build(values: list[Any]) -> Connection:
    """A Connection of the values of ``FIELDS``, by the plainest code."""
    return Connection(
        connection_id=values[0],
        organization_id=values[1],
        api_key_id=values[2],
        host=values[3],
        client=values[4],
        protocol=values[5],
        service=values[6],
        data_center=values[7],
        last_heartbeat=parse_instant(values[8]),
        start=parse_instant(values[9]),
        updated=parse_instant(values[10]),
        duration=float(values[11]),
        is_active=values[12],
    )


def measure(scale: Scale) -> Iterator[Row]:
    """Parse, fold and arrange at each size."""
    take_app_core()
    for size in scale.sizes:
        served = bodies(size)
        rounds = scale.pick(5 if size < 100_000 else 3, 2)
        some = [next(served) for _ in range(rounds)]
        here, note = f"{size:,} connections", f"median of {rounds}, one thread"
        readers: dict[str, Callable[[bytes], object]] = {
            "pydantic": by_pydantic,
            "json": by_json,
            "msgspec": by_msgspec,
        }
        peers: dict[str, float | str] = {
            name: _cost(reader, some) for name, reader in readers.items()
        }
        yield Row(
            "work",
            f"{here}: parse",
            "CPU ms",
            _cost(read_body, some),
            _cost(json.loads, some),
            peers,
            note=f"{note}; {len(some[0]) / 2**20:.1f} MiB",
        )
        folding, arranging, fleet = _fold_and_arrange(some)
        yield Row("work", f"{here}: fold", "CPU ms", folding, note=note)
        yield Row("work", f"{here}: arrange", "CPU ms", arranging, note=note)
        for key in ("host", "client"):
            took = [_timed(partial(_grouped, fleet, key)) for _ in range(rounds)]
            groups = f"{took[0][1].groups:,} groups"
            cost = median(one for one, _ in took)
            yield Row("work", f"{here}: group by {key}", "CPU ms", cost, note=f"{note}; {groups}")


def _cost(work: Callable[[bytes], object], some: Iterable[bytes]) -> float:
    """CPU milliseconds for one body."""
    return median(_timed(partial(work, body))[0] for body in some)


def _fold_and_arrange(some: Iterable[bytes]) -> tuple[float, float, Fleet]:
    fleet, at = Fleet(), START
    folding, arranging = [], []
    for number, body in enumerate(some):
        snapshot = snapshot_of(tuple(read_body(body).records), at)
        took, fleet = _timed(partial(fold, fleet, snapshot))
        shown, _ = _timed(partial(arrange, fleet, Order()))
        # The first has nothing to compare with.
        if number:
            folding.append(took)
            arranging.append(shown)
        at += 5 * TICKS
    return median(folding), median(arranging), fleet


def _grouped(fleet: Fleet, key: str) -> Sheet:
    """All that is done of the screen of groups before it is drawn."""
    return lay(group(fleet, BY_KEY[key]))


def _timed(work: Callable[[], _T]) -> tuple[float, _T]:
    gc.collect()
    begun = time.process_time()
    result = work()
    return (time.process_time() - begun) * 1e3, result


if __name__ == "__main__":
    alone(measure, __doc__)
