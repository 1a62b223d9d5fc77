"""holds: for how long work in a thread keeps the event loop waiting, and other ways to do it.

The thread does one thing, again and again; meanwhile the main thread, at the program's own switch
interval, sleeps for a millisecond again and again and notes how late it wakes up, as an event loop
does that wants to answer a key. One call of C code keeps Python's lock from its begin to its end,
in whatever thread: that is why answers are read, sorted and freed in slices.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.benchmarks.fleets import START, PureFleet, bodies
from tests.benchmarks.process_meter import take_app_core
from tests.benchmarks.rows import Row, Scale, alone, median
from tests.benchmarks.work import by_msgspec, by_pydantic
from tui.core.ordering import in_order
from tui.source.wire import read_body
from tui.view.freeing import free
from tui.view.run import SWITCH_INTERVAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tui.core.connection import Connection

_SLEEP = 0.001


def measure(scale: Scale) -> Iterator[Row]:
    """Reading, sorting and freeing at each size."""
    take_app_core()
    sys.setswitchinterval(SWITCH_INTERVAL)
    rounds = scale.pick(5, 3)
    for size in scale.sizes:
        body = next(bodies(size))
        yield _row(
            f"{size:,} connections: read",
            rounds,
            {
                "ours": partial(read_body, body),
                "msgspec in one call": partial(by_msgspec, body),
                "pydantic": partial(by_pydantic, body),
                "json alone": partial(json.loads, body),
            },
        )
        records = PureFleet(size).at(START)
        yield _row(
            f"{size:,} connections: sort",
            rounds,
            {
                "ours": partial(in_order, records, key=_host),
                "sorted in one call": partial(sorted, records, key=_host),
            },
        )
        yield _row(
            f"{size:,} connections: free",
            rounds,
            {"ours": free, "in one go": _drop},
            prepare=partial(_fleet, size),
        )


def _host(one: Connection) -> tuple[str, str]:
    return one.host, one.connection_id


def _fleet(size: int) -> list[Connection]:
    return list(PureFleet(size).at(START))


def _drop(kept: list[object]) -> None:
    kept.clear()


def _row(
    what: str,
    rounds: int,
    ways: dict[str, Callable[..., object]],
    prepare: Callable[[], Any] | None = None,
) -> Row:
    """The longest wait for each way, and how long it took, as a note."""
    found = {name: [_wait(way, prepare) for _ in range(rounds)] for name, way in ways.items()}
    waits = {name: median(wait for wait, _ in each) for name, each in found.items()}
    walls = {name: median(wall for _, wall in each) for name, each in found.items()}
    took = ", ".join(f"{name} {wall:.0f}" for name, wall in walls.items())
    ours = waits.pop("ours")
    return Row(
        "holds", f"{what}, longest wait", "ms", ours, peers=waits, note=f"ms it took: {took}"
    )


def _wait(way: Callable[..., object], prepare: Callable[[], Any] | None) -> tuple[float, float]:
    """Milliseconds of the longest wait while ``way`` runs in a thread, and of all of it."""
    given = () if prepare is None else (prepare(),)
    took = 0.0

    def run() -> None:
        nonlocal took
        begun = time.monotonic()
        way(*given)
        took = time.monotonic() - begun

    thread = threading.Thread(target=run)
    before = time.monotonic()
    # Who takes the lock at once keeps us waiting here already.
    thread.start()
    longest = time.monotonic() - before
    while thread.is_alive():
        before = time.monotonic()
        time.sleep(_SLEEP)
        longest = max(longest, time.monotonic() - before - _SLEEP)
    return longest * 1e3, took * 1e3


if __name__ == "__main__":
    alone(measure, __doc__)
