"""stalls: how long the event loop is held while the fleet is refreshed.

The real program on a real terminal, over the stand-in in another process, asks every five seconds
and finds every heartbeat changed. A probe in its loop notes how late each wake-up comes. The start
(until the rows are there and two polls are done) is told apart from the steady refreshes.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.endpoint import Endpoint, page_for, standing_in
from tests.benchmarks.loop_probe import Stall, read_stalls
from tests.benchmarks.process_meter import cpu_seconds, pinning, rss_mib, take_other_cores
from tests.benchmarks.rows import SIZES, Row, Scale, alone, median, quantile
from tests.benchmarks.targets import LONGEST_STALL
from tests.benchmarks.terminal_meter import ALL_IS_THERE, MeteredTerminal
from tui.core.dimensions import DIMENSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = (sys.executable, "-m", "tests.benchmarks.loop_probe")
EVERY = 5
BOUNDS = (20, 30, 60)
"""Milliseconds: stalls beyond each are counted."""
_PATIENCE = 60.0
_RIGHT = b"\x1b[C"
_KEYS = [one.key for one in DIMENSIONS]
_HOST_TO_CLIENT = _KEYS.index("client") - _KEYS.index("host")


def measure(scale: Scale) -> Iterator[Row]:
    """A few rows for each size."""
    take_other_cores()
    floor = _floor(scale.pick(10, 4))
    for size in scale.sizes:
        with standing_in(size, page=page_for(size)) as endpoint:
            yield from _rows(size, endpoint, floor, scale.pick(6, 2))


def _floor(seconds: float) -> list[Stall]:
    """The same probe in the least Textual app."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "probe.json")
        with MeteredTerminal([*PROGRAM, "floor"], {"PROBE_FILE": str(path)}) as terminal:
            terminal.until(rb"floor \d", _PATIENCE)
            begun = time.monotonic()
            terminal.pump(seconds)
            ended = time.monotonic()
            _quit(terminal)
        return [one for one in read_stalls(path) if begun <= one.at <= ended]


def _quit(terminal: MeteredTerminal) -> None:
    terminal.send(b"q")
    deadline = time.monotonic() + _PATIENCE
    while not terminal.ended and time.monotonic() < deadline:
        terminal.pump(0.5)


def _rows(size: int, endpoint: Endpoint, floor: list[Stall], refreshes: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "probe.json")
        command = [*PROGRAM, "monitor", "--url", endpoint.url, f"--every={EVERY}"]
        with MeteredTerminal(command, endpoint.environment | {"PROBE_FILE": str(path)}) as terminal:
            shown = terminal.until(rb"\xe2\x97\x8f ?live", _PATIENCE)
            if shown is None:
                yield Row("stalls", f"{size:,} connections", "ms", None, note=terminal.last_words)
                return
            # Of a large fleet the first rows come long before the rest of the first answer does.
            deadline = time.monotonic() + _PATIENCE
            while not terminal.has_said(ALL_IS_THERE) and time.monotonic() < deadline:
                terminal.pump(0.5)
            # Until the second answer is folded, which is the first with a comparison.
            terminal.pump(EVERY + 3)
            begun, cpu, asked = time.monotonic(), cpu_seconds(terminal.pid), endpoint.requests()
            terminal.pump(refreshes * EVERY * (1.0 if size < SIZES[-1] else 1.3))
            ended = time.monotonic()
            cpu = cpu_seconds(terminal.pid) - cpu
            asked = endpoint.requests() - asked
            peak = rss_mib(terminal.pid, peak=True)
            terminal.send(b"\r")
            opened = time.monotonic()
            terminal.pump(refreshes * EVERY)
            closed = time.monotonic()
            # Close the detail, group by host, and then by client: the most groups.
            terminal.send(b"q")
            terminal.pump(1)
            grouped = time.monotonic()
            terminal.send(b"t")
            terminal.pump(EVERY)
            for _ in range(_HOST_TO_CLIENT):
                terminal.send(_RIGHT)
                terminal.pump(0.5)
            terminal.pump(refreshes * EVERY / 2)
            ungrouped = time.monotonic()
            terminal.send(b"q")
            terminal.pump(1)
            terminal.send(b"q")
            _quit(terminal)
        stalls = read_stalls(path)
    start = [one.late for one in stalls if one.at < begun]
    steady = [one.late for one in stalls if begun <= one.at <= ended]
    detailed = [one.late for one in stalls if opened <= one.at <= closed]
    quiet = [one.late for one in floor]
    here = f"{size:,} connections"
    over = ", ".join(f"{sum(late > most for late in steady)} > {most} ms" for most in BOUNDS)
    span = ended - begun
    note = (
        f"{asked} requests in {span:.0f} s; page {page_for(size) or 'default'}; "
        f"{len(steady)} wake-ups: {over}; {pinning()}"
    )
    yield Row(
        "stalls",
        f"{here}, longest",
        "ms",
        max(steady),
        max(quiet),
        most=LONGEST_STALL[size],
        note=note,
    )
    windows = _longest_by_window(stalls, begun, ended)
    yield Row("stalls", f"{here}, longest of a typical refresh", "ms", median(windows))
    yield Row(
        "stalls",
        f"{here}, longest with the detail open",
        "ms",
        max(detailed),
        max(quiet),
        most=LONGEST_STALL[size],
    )
    yield Row(
        "stalls",
        f"{here}, longest with the groups opened, and open",
        "ms",
        max(one.late for one in stalls if grouped <= one.at <= ungrouped),
        max(quiet),
        most=LONGEST_STALL[size],
        note="by host, then by client",
    )
    yield Row("stalls", f"{here}, p99", "ms", quantile(steady, 0.99), quantile(quiet, 0.99))
    yield Row("stalls", f"{here}, longest at the start", "ms", max(start))
    yield Row("stalls", f"{here}, start to first rows", "s", shown - terminal.started)
    yield Row(
        "stalls", f"{here}, CPU", "% of a core", 100 * cpu / span, note="the probe's included"
    )
    yield Row("stalls", f"{here}, most memory", "MiB", peak)


def _longest_by_window(stalls: list[Stall], begun: float, ended: float) -> list[float]:
    """The longest stall of each interval between polls."""
    count = max(1, int((ended - begun) // EVERY))
    longest = [0.0] * count
    for one in stalls:
        place = int((one.at - begun) // EVERY)
        if 0 <= place < count:
            longest[place] = max(longest[place], one.late)
    return longest


if __name__ == "__main__":
    alone(measure, __doc__)
