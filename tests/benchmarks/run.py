"""Run the benchmarks and print one table: ours, the floor, the peers, their ratios.

``python -m tests.benchmarks.run`` takes some sixteen minutes, ``--quick`` three. ``--only`` runs
some parts alone, ``--list`` names them, ``--write`` puts the result into the README here.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if not __package__:
    # Run as a file, by its path.
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks import headlines
from tests.benchmarks.rows import Row, Scale, figure, machine, row_from, table
from tests.benchmarks.speed import slowness
from tests.benchmarks.terminal_meter import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PARTS = {
    "stalls": "stalls",
    "keys": "keys",
    "bytes": "terminal_bytes",
    "tables": "tables",
    "idle": "idle",
    "start": "start",
    "memory": "memory",
    "past": "past",
    "opening": "opening",
    "export": "export",
    "wire": "wire",
    "work": "work",
    "holds": "holds",
    "why": "why",
    "record": "record",
    "database": "database",
}
"""The parts by name, each a module here that can be run alone."""
TOGETHER = ("bytes", "wire")
"""These count bytes and nothing else, so that they need not wait for each other."""
_PATIENCE = 420.0
"""Seconds after which a part is given up."""


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", action="append", choices=PARTS, help="this part; repeatable")
    parser.add_argument("--quick", action="store_true", help="less of everything: a rough look")
    parser.add_argument("--list", action="store_true", help="name the parts")
    parser.add_argument("--write", action="store_true", help="put the result into the READMEs")
    wish = parser.parse_args()
    if wish.list:
        for name, module in PARTS.items():
            words = (import_module(f"tests.benchmarks.{module}").__doc__ or "").splitlines()[0]
            print(words if words.startswith(name) else f"{name}: {words}")
        return 0
    scale = Scale(wish.quick)
    begun, head, before = time.monotonic(), machine(scale), slowness()
    rows: list[Row] = []
    wanted = list(dict.fromkeys(wish.only or PARTS))
    with ThreadPoolExecutor(len(TOGETHER)) as pool:
        for group in _groups(wanted):
            for found in pool.map(lambda name: _run(name, wish.quick), group):
                rows += found
    # A shared machine changes its speed while it is measured: what counts is the faster one.
    slow, slower = sorted((before, slowness()))
    head += f", {figure(slow)} to {figure(slower)} times as slow as the machine of the targets"
    text = f"{head}, {(time.monotonic() - begun) / 60:.1f} min\n\n{table(rows, slow)}\n"
    print(text)
    for row in rows:
        if not row.is_met():
            print(f"{row.part}: {row.what}: {row.target(slow)}", file=sys.stderr)
    if wish.write:
        readme = headlines.HERE.read_text(encoding="utf-8")
        results = headlines.merged(readme, text, wish.only) if wish.only else text
        headlines.HERE.write_text(headlines.put_between(readme, results), encoding="utf-8")
        headlines.write()
    return 0


def _groups(wanted: list[str]) -> Iterator[list[str]]:
    """What to run at the same time, in order."""
    together = [name for name in wanted if name in TOGETHER]
    for name in wanted:
        if name not in TOGETHER:
            yield [name]
        elif name == together[0]:
            yield together


def _run(name: str, quick: bool) -> list[Row]:
    """The rows of a part, which runs in a process of its own and cannot harm the others."""
    command = [sys.executable, "-m", f"tests.benchmarks.{PARTS[name]}", "--json"]
    failure, since = None, time.monotonic()
    try:
        done = subprocess.run(
            [*command, *(["--quick"] if quick else [])],
            cwd=ROOT,
            capture_output=True,
            timeout=_PATIENCE,
        )
        said, complaint = done.stdout, done.stderr.decode("utf-8", "replace").strip()
        if done.returncode:
            failure = complaint.splitlines()[-1][-160:] if complaint else f"exit {done.returncode}"
    except subprocess.TimeoutExpired as late:
        said, failure = late.stdout or b"", f"not done after {_PATIENCE:.0f} s"
    print(f"{name}: {time.monotonic() - since:.0f} s", file=sys.stderr, flush=True)
    rows = [row_from(json.loads(line)) for line in said.decode().splitlines() if line]
    if failure is not None:
        rows.append(Row(name, "failed", "-", None, note=failure))
    return rows


if __name__ == "__main__":
    sys.exit(main())
