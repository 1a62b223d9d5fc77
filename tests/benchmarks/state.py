"""What the state of ``conntop watch`` takes at each poll.

``python -m tests.benchmarks.state [CONNECTIONS]``
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.benchmarks.fleets import polls_of
from tui.core.lineage import DEFAULT_CLIENT
from tui.core.memory import recall, remember
from tui.report.state_file import Asked, StateFile

_ROUNDS = 5


def main() -> None:
    """Print the size of the file, and the best time of some rounds for each step."""
    connections = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    fleet = polls_of(connections, 5)[-1].fleet
    asked = Asked("https://example.com", "default", {})
    kept, saved = [], []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "state"
        state = StateFile.open(path, asked)
        for _ in range(_ROUNDS):
            begun = perf_counter()
            memory = remember(fleet)
            kept.append(perf_counter() - begun)
            begun = perf_counter()
            state.save(memory, ())
            saved.append(perf_counter() - begun)
        state.close()
        size = path.stat().st_size
        begun = perf_counter()
        state = StateFile.open(path, asked)
        assert state.memory is not None
        again = recall(state.memory, DEFAULT_CLIENT)
        opened = perf_counter() - begun
        state.close()
    assert again.counts() == fleet.counts()
    print(f"{connections:,} connections: {size / 1e6:.2f} MB")
    print(f"each poll: {min(kept):.2f} s to gather, {min(saved):.2f} s to write (in a thread)")
    print(f"at the start: {opened:.2f} s to read")


if __name__ == "__main__":
    main()
