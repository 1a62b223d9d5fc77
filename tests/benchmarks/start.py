"""start: how long it takes until something can be seen, by processes from their very beginning.

``--version`` and ``--help`` against a Python that does nothing, and the heavy modules that they
load, which should be none. To the first frame and to the first rows against the least Textual app
that asks the same endpoint the same question with httpx and shows forty rows as text. Runs take
turns, so that what else the machine does meets all alike. The endpoint runs beforehand.
"""

from __future__ import annotations

import compileall
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from tests.benchmarks import peers
from tests.benchmarks.endpoint import Endpoint, page_for, standing_in
from tests.benchmarks.process_meter import ALL_CORES, APP_CORE, take_other_cores
from tests.benchmarks.rows import Row, Scale, alone, median
from tests.benchmarks.targets import FIRST_ROWS, FIRST_ROWS_BY_SIZE
from tests.benchmarks.targets import HEAVY as NO_HEAVY
from tests.benchmarks.terminal_meter import ESCAPE, ROOT, MeteredTerminal, program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HEAVY = ("textual", "httpx", "pydantic", "rich", "fastapi", "asyncio", "msgspec")
_PATIENCE = 60.0
_ROWS = rb"\xe2\x97\x8f ?live"
_NOTHING = [sys.executable, "-c", "pass"]
_FLOOR = [sys.executable, "-m", "tests.benchmarks.floor_app", "fetch"]


class Seen(NamedTuple):
    """Seconds from the start of a process."""

    frame: float
    rows: float


def measure(scale: Scale) -> Iterator[Row]:
    """Commands without a screen, then the screen."""
    take_other_cores()
    # As pip leaves what it installs, also where Python is told to write no bytecode.
    for source in ("tui", "tests/benchmarks"):
        compileall.compile_dir(ROOT / source, quiet=1)
    rounds = scale.pick(7, 3)
    yield from _commands(rounds)
    installed, missing = peers.there()
    first: dict[str, float | str] = dict(missing)
    for peer in installed:
        first[peer.name] = median(_first_frame(peer) for _ in range(3))
    small = _screens(1_000, rounds, None)
    yield from _rows(1_000, rounds, None, *small, first)
    if scale.quick:
        return
    large = _screens(100_000, rounds, None)
    yield from _rows(100_000, rounds, None, *large, {})
    yield Row(
        "start",
        "first rows of 100,000 by those of 1,000",
        "times",
        median(one.rows for one in large[0]) / median(one.rows for one in small[0]),
        median(one.rows for one in large[1]) / median(one.rows for one in small[1]),
        most=FIRST_ROWS_BY_SIZE,
    )
    page = page_for(100_000)
    yield from _rows(100_000, 3, page, *_screens(100_000, 3, page), {})


def _commands(rounds: int) -> Iterator[Row]:
    commands = {"nothing": _NOTHING, "--version": program("--version"), "--help": program("--help")}
    took: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            took[name].append(_wall(command))
    floor = median(took["nothing"])
    for name in ("--version", "--help"):
        yield Row(
            "start",
            f"conntop {name}",
            "ms",
            median(took[name]) * 1e3,
            floor * 1e3,
            note=f"median of {rounds}; floor: a Python that does nothing",
        )
        heavy = _heavy(program(name))
        yield Row(
            "start",
            f"heavy modules of {name}",
            "modules",
            len(heavy),
            most=NO_HEAVY,
            note=f"loaded: {', '.join(heavy) or 'none'} of {', '.join(HEAVY)}",
        )


def _wall(command: Sequence[str]) -> float:
    begun = time.monotonic()
    # Onto the core of what is measured: it has nothing else to do.
    argv = ["taskset", "-c", str(APP_CORE), *command] if len(ALL_CORES) > 1 else [*command]
    subprocess.run(argv, cwd=ROOT, capture_output=True, check=True, timeout=_PATIENCE)
    return time.monotonic() - begun


def _heavy(command: Sequence[str]) -> list[str]:
    """The heavy packages that a command has loaded."""
    done = subprocess.run(
        [command[0], "-X", "importtime", *command[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=_PATIENCE,
    )
    loaded = set(re.findall(r"\|\s+(\w+)$", done.stderr, re.MULTILINE))
    return [name for name in HEAVY if name in loaded]


def _screens(size: int, rounds: int, page: int | None) -> tuple[list[Seen], list[Seen]]:
    """Ours and the floor's, by turns."""
    ours, floor = [], []
    with standing_in(size, page=page) as endpoint:
        asking = endpoint.environment | {
            "FLOOR_URL": endpoint.url,
            "FLOOR_LIMIT": str(page or 1_000),
        }
        command = program("monitor", "--url", endpoint.url)
        # Once for nothing, which fills the caches of the disk.
        _see(command, asking, endpoint)
        for _ in range(rounds):
            ours.append(_see(command, asking, endpoint))
            floor.append(_see(_FLOOR, asking, endpoint))
    return ours, floor


def _see(command: Sequence[str], environment: dict[str, str], endpoint: Endpoint) -> Seen:
    with MeteredTerminal(command, environment) as terminal:
        frame = terminal.until(rb"conntop", _PATIENCE)
        rows = None
        if frame is not None:
            seen = [chunk for chunk in terminal.chunks if chunk.at == frame]
            # The rows may have come with the very same bytes.
            again = re.search(_ROWS, ESCAPE.sub(b"", seen[0].data))
            rows = frame if again else terminal.until(_ROWS, _PATIENCE)
        if frame is None or rows is None:
            raise RuntimeError(f"{endpoint.url} was not shown: {terminal.last_words}")
        return Seen(frame - terminal.started, rows - terminal.started)


def _first_frame(peer: peers.Peer) -> float:
    """Seconds until a peer has filled a first frame: until it is silent for a tenth of a second."""
    with peers.running(peer) as terminal:
        terminal.pump(2.0)
        chunks = [chunk for chunk in terminal.chunks if chunk.at]
        last = terminal.started
        for index, chunk in enumerate(chunks):
            enough = index and sum(len(one.data) for one in chunks[:index]) > 500
            if enough and chunk.at - last > 0.1:
                break
            last = chunk.at
        return last - terminal.started


def _rows(
    size: int,
    rounds: int,
    page: int | None,
    ours: list[Seen],
    floor: list[Seen],
    first: dict[str, float | str],
) -> Iterator[Row]:
    note = f"medians of {rounds}, by turns"
    here = f"{size:,} connections{'' if page is None else ' in one answer'}, start to first"
    yield Row(
        "start",
        f"{here} frame",
        "s",
        median(one.frame for one in ours),
        median(one.frame for one in floor),
        first,
        note=f"{note}; peers: to the end of their first burst" if first else note,
    )
    yield Row(
        "start",
        f"{here} rows",
        "s",
        median(one.rows for one in ours),
        median(one.rows for one in floor),
        most=FIRST_ROWS,
        of_floor=True,
    )


if __name__ == "__main__":
    alone(measure, __doc__)
