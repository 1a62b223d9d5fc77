"""What a running process costs, read from Linux from outside it: CPU, memory, wake-ups, cores."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL_CORES = sorted(os.sched_getaffinity(0))
"""The cores that this run may use."""
APP_CORE = ALL_CORES[-1]
"""The core of what is measured. The endpoint is another machine in reality, and so is the
terminal: they and this program have the others."""


def take_other_cores() -> None:
    """Leave ``APP_CORE`` to what is measured, where there is another one for us."""
    others = set(ALL_CORES) - {APP_CORE}
    if others:
        os.sched_setaffinity(0, others)


def take_app_core() -> None:
    """Put this process onto the core of what is measured."""
    os.sched_setaffinity(0, {APP_CORE})


def pinning() -> str:
    """A word on how it was pinned."""
    return "app on a core of its own" if len(ALL_CORES) > 1 else "app and endpoint on one core"


def cpu_seconds(pid: int) -> float:
    """CPU time of all threads so far, to the nanosecond."""
    # The clock of another process, as clock_getcpuclockid(3) makes its number.
    return time.clock_gettime((~pid << 3) | 2)


def rss_mib(pid: int, *, peak: bool = False) -> float:
    """Resident memory, or the most that it ever was."""
    return _status(Path(f"/proc/{pid}/status"))["VmHWM" if peak else "VmRSS"] / 1024


def wakeups(pid: int) -> dict[int, int]:
    """Voluntary context switches of each thread so far: how often it went to wait for something."""
    found = {}
    for path in _tasks(pid):
        try:
            found[int(path.name)] = _status(path / "status")["voluntary_ctxt_switches"]
        except OSError:
            # A thread that has ended in between.
            continue
    return found


def wakeups_since(before: dict[int, int], now: dict[int, int]) -> int:
    """Of the threads that are there now, between the two."""
    return sum(count - before.get(thread, 0) for thread, count in now.items())


def _tasks(pid: int) -> Iterator[Path]:
    yield from Path(f"/proc/{pid}/task").iterdir()


def _status(path: Path) -> dict[str, int]:
    numbers = {}
    for line in path.read_text().splitlines():
        name, _, value = line.partition(":")
        first = value.split()[:1]
        if first and first[0].isdigit():
            numbers[name] = int(first[0])
    return numbers
