"""How fast this machine is, by what the framework itself takes to start.

The targets (``targets``) were set on a machine on which the least Textual app has painted its first
frame after 262 ms. Where that takes twice as long, everything does; what is missed here by less
than that is said to be met there. It is taken before all else and after it, and the faster counts.
"""

from __future__ import annotations

import sys

from tests.benchmarks.rows import median
from tests.benchmarks.terminal_meter import MeteredTerminal

REFERENCE = 0.262
"""Seconds to the first frame of the least app, where the targets were set."""
_ROUNDS = 7
_PATIENCE = 30.0


def slowness() -> float:
    """How many times as long as there the least app takes here; the median of some starts."""
    command = [sys.executable, "-m", "tests.benchmarks.floor_app", "clock"]
    took = []
    for _ in range(_ROUNDS):
        with MeteredTerminal(command) as terminal:
            shown = terminal.until(rb"conntop's floor", _PATIENCE)
            if shown is None:
                raise RuntimeError(f"the least app shows nothing: {terminal.last_words}")
            took.append(shown - terminal.started)
    return median(took) / REFERENCE
