"""idle: what the monitor costs while nobody touches it, and how often it wakes up.

1,000 connections: with an interval of five minutes, where only the ages tick, and with polls every
five seconds in which every heartbeat has changed. Wake-ups are the voluntary context switches of
all its threads: each is a thread that had waited for something. The floor is a Textual app in
which the ages of forty rows tick.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

from tests.benchmarks import peers
from tests.benchmarks.endpoint import page_for, standing_in
from tests.benchmarks.process_meter import (
    cpu_seconds,
    rss_mib,
    take_other_cores,
    wakeups,
    wakeups_since,
)
from tests.benchmarks.rows import Row, Scale, alone
from tests.benchmarks.targets import POLLS_CPU, TICKS_CPU
from tests.benchmarks.terminal_meter import MeteredTerminal, program

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNECTIONS = 1_000
_PATIENCE = 30.0
_FLOOR = [sys.executable, "-m", "tests.benchmarks.floor_app", "ages"]


class Use(NamedTuple):
    """What a program used in a span."""

    cpu: float
    """Per cent of a core."""
    wakeups: float
    """In a second, all threads."""
    threads: str
    """The wake-ups of each thread in a second, the busiest first."""
    rss: float
    """MiB at the end."""


def measure(scale: Scale) -> Iterator[Row]:
    """Ours in both ways, the floor, the peers."""
    take_other_cores()
    seconds = scale.pick(20, 5)
    settling = scale.pick(6, 3)
    installed, missing = peers.there()
    cpu: dict[str, float | str] = dict(missing)
    wakes: dict[str, float | str] = {}
    rss: dict[str, float | str] = {}
    # All at once: each uses a few per cent, and is measured by itself.
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        terminals = {peer.name: stack.enter_context(peers.running(peer)) for peer in installed}
        terminals["floor"] = stack.enter_context(MeteredTerminal(_FLOOR))
        found = dict(
            zip(
                terminals,
                pool.map(lambda one: use(one, settling, seconds), terminals.values()),
                strict=True,
            )
        )
    floor = found.pop("floor")
    for name, one in found.items():
        if one is None:
            cpu[name] = "ended"
        else:
            cpu[name], wakes[name], rss[name] = one.cpu, one.wakeups, one.rss
    for label, every in (("ticks alone", 300), ("a poll every 5 s", 5)):
        with standing_in(CONNECTIONS, page=page_for(CONNECTIONS)) as endpoint:
            command = program("monitor", "--url", endpoint.url, f"--every={every}")
            with MeteredTerminal(command, endpoint.environment) as terminal:
                terminal.until(rb"\xe2\x97\x8f ?live", _PATIENCE)
                # Whole intervals, so that each has as many polls as it should.
                span = max(1, seconds // every) * every if every < 60 else seconds
                ours = use(terminal, settling, span)
        if ours is None or floor is None:
            yield Row("idle", label, "% of a core", None, note="ended by itself")
            continue
        most = POLLS_CPU if every < 60 else TICKS_CPU
        yield Row("idle", f"{label}, CPU", "% of a core", ours.cpu, floor.cpu, cpu, most)
        yield Row(
            "idle",
            f"{label}, wake-ups",
            "1/s",
            ours.wakeups,
            floor.wakeups,
            wakes,
            note=f"by thread: {ours.threads}; floor: {floor.threads}",
        )
        yield Row("idle", f"{label}, resident memory", "MiB", ours.rss, floor.rss, rss)


def _has_ended(terminal: MeteredTerminal) -> bool:
    return terminal.ended


def use(terminal: MeteredTerminal, settling: float, seconds: float) -> Use | None:
    """What a program uses in a span, once it has settled; ``None`` when it has ended."""
    terminal.pump(settling)
    if _has_ended(terminal):
        return None
    begun, cpu, wakes = time.monotonic(), cpu_seconds(terminal.pid), wakeups(terminal.pid)
    terminal.pump(seconds)
    if _has_ended(terminal):
        return None
    span, now = time.monotonic() - begun, wakeups(terminal.pid)
    each = sorted((count - wakes.get(thread, 0) for thread, count in now.items()), reverse=True)
    return Use(
        100 * (cpu_seconds(terminal.pid) - cpu) / span,
        wakeups_since(wakes, now) / span,
        " + ".join(f"{count / span:.1f}" for count in each),
        rss_mib(terminal.pid),
    )


if __name__ == "__main__":
    alone(measure, __doc__)
