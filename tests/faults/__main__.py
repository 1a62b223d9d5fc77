"""The board: every fault, every hostile input, every mutant, and the score.

    python -m tests.faults [--no-mutants]

Exits with 1 unless the board is full. Its tests take longer than all others, so ``pytest`` alone
leaves them out; one that is named by its path runs as any other.
"""

from __future__ import annotations

import sys

import pytest

from tests.faults.board import ON_THE_BOARD, Board
from tests.faults.mutants import meet_all
from tests.faults.mutations import MUTATIONS


def main(arguments: list[str]) -> int:
    """Run the board; the exit code."""
    if arguments not in ([], ["--no-mutants"]):
        print("usage: python -m tests.faults [--no-mutants]", file=sys.stderr)
        return 2
    board = Board()
    # What the board itself imports is there before pytest could rewrite its assertions.
    quiet = ("-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning")
    chosen = ("-m", ON_THE_BOARD, "-p", "no:cacheprovider")
    code = pytest.main([*quiet, *chosen], plugins=[board])
    line, full = board.line(), code == pytest.ExitCode.OK
    if not arguments:
        caught = 0
        for one in meet_all():
            caught += bool(one)
            if not one:
                print(one.output, f"MISSED: {one.mutation.name}", sep="\n")
        line += f", {caught}/{len(MUTATIONS)} mutants caught"
        full &= caught == len(MUTATIONS)
    gaps = list(board.gaps())
    for gap in gaps:
        print(gap)
    print(line)
    return 0 if full and not gaps else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
