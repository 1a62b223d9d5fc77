"""why: how often what dropped is explained rightly, and how long that takes.

1,000 incidents: half of them with a planted cause, each dimension and some pairs, half of them
without any (``incidents``). *Not first* is how often the planted cause is not what the first line
tells, *claimed* how often anything is told where there is no cause. The time is that of one
explanation of 100,000 connections, CPU, with everything read anew; floor: one column counted once.
"""

from __future__ import annotations

import gc
import sys
import time
from collections import Counter
from functools import partial
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING

from tests.benchmarks import targets
from tests.benchmarks.fleets import START, bodies, snapshot_of
from tests.benchmarks.incidents import AT, Incident, causeless, planted
from tests.benchmarks.rows import Row, Scale, alone, median
from tui.core.dimensions import BY_KEY
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.grammar import parse_filter
from tui.core.instant import TICKS
from tui.core.why import explain, explain_rows
from tui.source.wire import read_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tui.core.why import Line

_SEED = 6


def measure(scale: Scale) -> Iterator[Row]:
    """The incidents, then the time."""
    half = scale.pick(500, 50)
    missed: Counter[str] = Counter()
    drawn: Counter[str] = Counter()
    untold = 0
    for one in planted(half, _SEED):
        if one is None:
            untold += 1
            continue
        kind = " and ".join(key for key, _ in one.cause)
        drawn[kind] += 1
        lines = explain_rows(one.struck, one.rest, AT).lines
        if not (lines and is_it(lines[0], one)):
            missed[kind] += 1
            print(f"missed {one.cause}: {[each.sentence for each in lines]}", file=sys.stderr)
    misses = ", ".join(f"{kind} {count} of {drawn[kind]}" for kind, count in missed.most_common())
    yield Row(
        "why",
        f"{half:,} planted causes, not first",
        "%",
        100 * missed.total() / half,
        most=targets.NOT_FIRST,
        note=f"{misses or 'none'}; {untold:,} more were drawn that nobody could tell",
    )
    claimed = 0
    for one in causeless(half, _SEED + 1):
        lines = explain_rows(one.struck, one.rest, AT).lines
        claimed += bool(lines)
        for line in lines:
            print(f"claimed {line.sentence}, {line.chance:.2g}", file=sys.stderr)
    yield Row(
        "why",
        f"{half:,} without a cause, claimed",
        "%",
        100 * claimed / half,
        most=targets.CLAIMED,
        note=f"{claimed} of {half:,}",
    )
    for size in scale.sizes:
        yield from _times(size, scale.pick(7, 3))


def is_it(line: Line, one: Incident) -> bool:
    """Whether a line tells the cause: by its name, or as what the very same connections have."""
    if any(set(each) == set(one.cause) for each in line.causes):
        return True
    condition = parse_filter(line.condition)
    wanted = parse_filter(_condition(one))
    return all(condition.passes(row, AT) == wanted.passes(row, AT) for row in one.rows)


def _condition(one: Incident) -> str:
    return " ".join(BY_KEY[key].condition(value) for key, value in one.cause)


def _times(size: int, rounds: int) -> Iterator[Row]:
    fleet = _as_read(size)
    rows = list(fleet.tracked.values())
    floor = _quickest(rounds, lambda: Counter(map(attrgetter("connection.host"), rows)))
    by_host = sorted(fleet.tracked, key=lambda name: fleet.tracked[name].connection.host)
    for chosen in (60, size // 20):
        took = _quickest(rounds, partial(explain, fleet, by_host[:chosen]))
        most = targets.EXPLAINED if size == 100_000 else None
        yield Row(
            "why", f"{size:,} connections, {chosen:,} chosen", "ms", took, floor=floor, most=most
        )


def _as_read(size: int) -> Fleet:
    """A fleet after two polls, of records as the program reads them: equal texts are one text."""
    fleet = Fleet()
    for number, body in enumerate(islice(bodies(size), 2)):
        records = tuple(read_body(body).records)
        fleet = fold(fleet, snapshot_of(records, START + 5 * number * TICKS))
    return fleet


def _quickest(rounds: int, work: Callable[[], object]) -> float:
    """Milliseconds of CPU, the median of some rounds."""
    took = []
    for _ in range(rounds):
        gc.collect()
        begun = time.process_time()
        work()
        took.append((time.process_time() - begun) * 1e3)
    return median(took)


if __name__ == "__main__":
    alone(measure, __doc__)
