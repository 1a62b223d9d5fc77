"""headlines: the lines of the last result that the project's README quotes.

``python -m tests.benchmarks.headlines`` copies them from the README here; ``run.py --write`` does
it, too.
"""

from __future__ import annotations

from pathlib import Path

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
    "keys: 1,000, quiet: bytes of scroll by a line",
    "tables: 100,000 rows, loop held at load",
    "idle: ticks alone, CPU",
    "idle: a poll every 5 s, CPU",
    "start: conntop --version",
    "start: 1,000 connections, start to first frame",
    "start: 1,000 connections, start to first rows",
    "start: first rows of 100,000 by those of 1,000",
    "memory: 100,000 connections, resident",
    "wire: 1,000 connections, page default: received a poll",
    "wire: 1,000 connections, page default: requests a minute",
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


def headlines(measured: str) -> str:
    """The machine's line and the quoted lines of a text with a whole result between its markers."""
    _, _, rest = measured.partition(BEGIN)
    lines = rest.partition(END)[0].strip().splitlines()
    table = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines[2:]]
    by_name = {cells[0]: cells for cells in table}
    chosen = [table[0], table[1], *(by_name[name] for name in QUOTED if name in by_name)]
    quoted = "\n".join(f"| {' | '.join(cells[c] for c in _COLUMNS)} |" for cells in chosen)
    return f"{lines[0]}\n\n{quoted}\n"


def write() -> None:
    """Quote the last result."""
    quoted = headlines(HERE.read_text(encoding="utf-8"))
    readme = QUOTING.read_text(encoding="utf-8")
    QUOTING.write_text(put_between(readme, quoted), encoding="utf-8")


if __name__ == "__main__":
    write()
