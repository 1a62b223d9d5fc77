"""headlines: the lines of the last result that the project's README quotes.

``python -m tests.benchmarks.headlines`` copies them from the README here; ``run.py --write`` does
it, too.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

HERE = Path(__file__).with_name("README.md")
QUOTING = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
QUOTED = (
    "stalls: 1,000 connections, longest",
    "stalls: 1,000 connections, longest of a typical refresh",
    "stalls: 10,000 connections, longest",
    "stalls: 100,000 connections, longest",
    "stalls: 100,000 connections, longest of a typical refresh",
    "keys: 1,000, quiet: arrow to paint, median",
    "keys: 100,000, busy: arrow to paint, median",
    "keys: 100,000, busy: arrow to paint, p99",
    "bytes: median of the seconds",
    "bytes: --low-bandwidth, mean of the seconds",
    "bytes: --low-bandwidth, median of each 5 s by that without",
    "bytes: --low-bandwidth, mean by the mean without",
    "keys: 1,000, quiet: bytes of scroll by a line",
    "tables: 100,000 rows, loop held at load",
    "idle: ticks alone, CPU",
    "idle: a poll every 5 s, CPU",
    "start: conntop --version",
    "start: 1,000 connections, start to first frame",
    "start: 1,000 connections, start to first rows",
    "start: first rows of 100,000 by those of 1,000",
    "memory: 100,000 connections, resident",
    "memory: 1,000 connections, resident after hour 24; floor: after hour 1",
    "wire: 1,000 connections, page default: received a poll",
    "wire: 1,000 connections, page default: requests a minute",
    "why: 500 planted causes, not first",
    "why: 500 without a cause, claimed",
    "why: 100,000 connections, 60 chosen",
    "why: 100,000 connections, 5,000 chosen",
)
"""What is quoted, by its name in the table."""
_COLUMNS = (0, 1, 2, 3, 4, 5)
"""All but the quotients, which can be read off, and the notes."""


def put_between(text: str, results: str) -> str:
    """``text`` with other results between its two markers."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"there are no markers {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{results.strip()}\n\n{END}{after}"


def merged(text: str, results: str, parts: Iterable[str]) -> str:
    """``results`` of some parts, within all that stand between the markers of ``text``."""
    heads, old = _taken_apart(text.partition(BEGIN)[2].partition(END)[0])
    new_heads, new = _taken_apart(results)
    names = ", ".join(parts)
    anew = f"{names} measured anew: {new_heads[0]}"
    heads = [head for head in heads if not head.startswith(f"{names} measured anew: ")]
    starts = tuple(f"| {part}: " for part in parts)
    first = next((i for i, line in enumerate(old) if line.startswith(starts)), len(old))
    kept = [line for line in old if not line.startswith(starts)]
    return "\n".join(
        [*(f"{head}\n" for head in (*heads, anew)), *kept[:first], *new[2:], *kept[first:]]
    )


def _taken_apart(results: str) -> tuple[list[str], list[str]]:
    """The lines above the table, and the table."""
    lines = [line for line in results.strip().splitlines() if line.strip()]
    return (
        [line for line in lines if not line.startswith("|")],
        [line for line in lines if line.startswith("|")],
    )


def headlines(measured: str) -> str:
    """The machine's line and the quoted lines of a text with a whole result between its markers."""
    _, _, rest = measured.partition(BEGIN)
    heads, lines = _taken_apart(rest.partition(END)[0])
    table = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
    by_name = {cells[0]: cells for cells in table}
    chosen = [table[0], table[1], *(by_name[name] for name in QUOTED if name in by_name)]
    quoted = "\n".join(f"| {' | '.join(cells[c] for c in _COLUMNS)} |" for cells in chosen)
    above = "\n\n".join(heads)
    return f"{above}\n\n{quoted}\n"


def write() -> None:
    """Quote the last result."""
    quoted = headlines(HERE.read_text(encoding="utf-8"))
    readme = QUOTING.read_text(encoding="utf-8")
    QUOTING.write_text(put_between(readme, quoted), encoding="utf-8")


if __name__ == "__main__":
    write()
