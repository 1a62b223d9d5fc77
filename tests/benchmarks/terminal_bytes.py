"""bytes: what is written to the terminal in a steady minute, and what would have sufficed.

1,000 connections, a terminal of 160x45 with some forty rows of ages that tick each second, and a
poll every five with every heartbeat changed. The lower bound is worked out from the very frames
(``least_bytes``): of each second's last frame against that of the second before. All programs run
at the same time, since only bytes are counted. Bytes of a key are in the part ``keys``.
"""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from tests.benchmarks import peers
from tests.benchmarks.endpoint import page_for, standing_in
from tests.benchmarks.process_meter import take_other_cores
from tests.benchmarks.replay import least_per_second
from tests.benchmarks.rows import Row, Scale, alone, median
from tests.benchmarks.targets import BYTES, LOW_SHARE
from tests.benchmarks.terminal_meter import MeteredTerminal, program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CONNECTIONS = 1_000
EVERY = 5
_PATIENCE = 30.0
_SETTLING = 8.0
"""Seconds that everybody is given to start."""


def measure(scale: Scale) -> Iterator[Row]:
    """Ours, ours over a slow line, and the peers."""
    take_other_cores()
    seconds = scale.pick(60, 10)
    installed, missing = peers.there()
    with standing_in(CONNECTIONS, page=page_for(CONNECTIONS)) as endpoint, ExitStack() as stack:
        command = program("monitor", "--url", endpoint.url, f"--every={EVERY}")
        plain = stack.enter_context(MeteredTerminal(command, endpoint.environment))
        low = stack.enter_context(
            MeteredTerminal([*command, "--low-bandwidth"], endpoint.environment)
        )
        others = {peer.name: stack.enter_context(peers.running(peer)) for peer in installed}
        everybody = [plain, low, *others.values()]
        _pump_all(everybody, _SETTLING)
        begun = time.monotonic()
        _pump_all(everybody, seconds)
        refused = low.ended
    numbers: dict[str, float | str] = dict(missing)
    means: dict[str, float | str] = {}
    for name, terminal in others.items():
        bins = _bins(terminal, begun, seconds)
        numbers[name] = f"ended: {terminal.last_words[-40:]}" if not sum(bins) else median(bins)
        means[name] = sum(bins) / seconds
    yield from _rows("", plain, begun, seconds, numbers, means)
    if refused:
        note = f"refused: {low.last_words[-80:]}"
        yield Row("bytes", "--low-bandwidth, median", "bytes/s", None, note=note)
    else:
        yield from _rows("--low-bandwidth, ", low, begun, seconds, numbers, means)
        usual, little = (_bins(one, begun, seconds) for one in (plain, low))
        yield Row(
            "bytes",
            f"--low-bandwidth, median of each {EVERY} s by that without",
            "times",
            median(_polls(little)) / median(_polls(usual)),
            most=LOW_SHARE,
            note="from poll to poll; where it moves rows the minute is dearer: the mean, below",
        )
        share = sum(little) / sum(usual)
        yield Row(
            "bytes", "--low-bandwidth, mean by the mean without", "times", share, most=LOW_SHARE
        )


def _polls(seconds: Sequence[int]) -> list[int]:
    """Bytes from poll to poll: all that there is to send has come once in each."""
    return [sum(seconds[start : start + EVERY]) for start in range(0, len(seconds), EVERY)]


def _rows(
    here: str,
    terminal: MeteredTerminal,
    begun: float,
    seconds: int,
    medians: dict[str, float | str],
    means: dict[str, float | str],
) -> Iterator[Row]:
    bins = _bins(terminal, begun, seconds)
    least = least_per_second(terminal.chunks, begun, seconds)
    note = f"{seconds} s, 160x45"
    yield Row(
        "bytes",
        f"{here}median of the seconds",
        "bytes/s",
        median(bins),
        median(least),
        medians,
        BYTES,
        note=note,
    )
    mean, bound = sum(bins) / seconds, sum(least) / seconds
    yield Row("bytes", f"{here}mean of the seconds", "bytes/s", mean, bound, means)
    # A second with a poll in it is among the heaviest fifth.
    heavy = sorted(bins)[-max(1, seconds // EVERY) :]
    heavy_least = sorted(least)[-max(1, seconds // EVERY) :]
    yield Row(
        "bytes", f"{here}a second with a refresh", "bytes/s", median(heavy), median(heavy_least)
    )


def _bins(terminal: MeteredTerminal, begun: float, seconds: int) -> list[int]:
    return [terminal.bytes_between(begun + each, begun + each + 1) for each in range(seconds)]


def _pump_all(terminals: Sequence[MeteredTerminal], seconds: float) -> None:
    """Take what all of them write, each by a thread of its own."""
    threads = [threading.Thread(target=one.pump, args=[seconds]) for one in terminals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds + _PATIENCE)


if __name__ == "__main__":
    alone(measure, __doc__)
