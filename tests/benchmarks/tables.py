"""tables: ours beside Textual's own DataTable and textual-fastdatatable, on the same data.

Each table at each size is a process of its own on a terminal of its own. Its rows are ready as
texts (ours: as folded connections) before the clock starts; ours is arranged off the loop within
the clock. Held is the longest time for which the event loop was not free.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.keys import DOWN, first_bytes, type_keys
from tests.benchmarks.process_meter import cpu_seconds, take_other_cores
from tests.benchmarks.rows import Row, Scale, alone, median
from tests.benchmarks.terminal_meter import MeteredTerminal

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = ("ours", "built-in", "fastdatatable")
_PATIENCE = 120.0
_STEPS = (
    ("load", "loop held at load", "ms"),
    ("first rows", "data ready to first rows", "ms"),
    ("replace", "loop held at replacing all rows", "ms"),
    ("replace took", "replacing all rows, to paint", "ms"),
    ("ages", "loop held when all ages change", "ms"),
    ("down", "cursor down, key to first byte", "ms"),
    ("down bytes", "cursor down", "bytes"),
    ("tick cpu", "40 ages tick each second, CPU", "% of a core"),
    ("tick bytes", "40 ages tick each second", "bytes/s"),
    ("table memory", "memory beyond the data", "MiB"),
)


def measure(scale: Scale) -> Iterator[Row]:
    """A row for each quantity and size."""
    take_other_cores()
    missing = None if find_spec("textual_fastdatatable") else "not installed"
    for size in scale.sizes:
        found = {
            kind: _cell(kind, size, scale)
            for kind in KINDS
            if not (kind == "fastdatatable" and missing)
        }
        for name, words, unit in _STEPS:
            peers: dict[str, float | str] = {
                kind: _number(found[kind], name) if kind in found else "not installed"
                for kind in KINDS[1:]
            }
            ours = _number(found["ours"], name)
            note = "" if isinstance(ours, float) else ours
            yield Row(
                "tables",
                f"{size:,} rows, {words}",
                unit,
                ours if isinstance(ours, float) else None,
                peers=peers,
                note=note,
            )


def _number(found: dict[str, float] | str, name: str) -> float | str:
    return found if isinstance(found, str) else float(found[name])


def _cell(kind: str, size: int, scale: Scale) -> dict[str, float] | str:
    """All numbers of one table at one size, or why there are none."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "found.json")
        command = [sys.executable, "-m", "tests.benchmarks.tables_app", kind, str(size), str(path)]
        with MeteredTerminal(command) as terminal:
            # The first row of all reads the same in each.
            shown = terminal.until(rb"conn_0", _PATIENCE)
            if shown is None or terminal.until(rb"did", _PATIENCE) is None:
                return f"not shown: {terminal.last_words[-60:]}"
            for key, word in ((b"r", rb"replace"), (b"a", rb"ages")):
                terminal.pump(0.3)
                terminal.send(key)
                if terminal.until(word, _PATIENCE) is None:
                    return f"no answer: {terminal.last_words[-60:]}"
            terminal.pump(0.5)
            typed = type_keys(terminal, [DOWN] * scale.pick(20, 8), random.Random(5))
            terminal.send(b"t")
            terminal.pump(1.2)
            span = scale.pick(5, 3)
            begun, cpu = time.monotonic(), cpu_seconds(terminal.pid)
            terminal.pump(span)
            cpu = cpu_seconds(terminal.pid) - cpu
            written = terminal.bytes_between(begun, begun + span)
            terminal.send(b"q")
            deadline = time.monotonic() + _PATIENCE
            while not terminal.ended and time.monotonic() < deadline:
                terminal.pump(0.2)
        found: dict[str, float] = json.loads(path.read_text())
    down = first_bytes(terminal.chunks, typed)
    return found | {
        "first rows": (shown - found["ready"]) * 1e3,
        "down": median(down.milliseconds),
        "down bytes": median(down.sizes),
        "tick cpu": 100 * cpu / span,
        "tick bytes": written / span,
        "table memory": found["memory"] - found["memory before"],
    }


if __name__ == "__main__":
    alone(measure, __doc__)
