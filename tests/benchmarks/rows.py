"""Rows of the result, the table that they make, and what each part needs to be run alone."""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

SIZES = (1_000, 10_000, 100_000)
"""Connections at which most parts measure."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured."""

    quick: bool = False
    """Fewer repetitions, to see that everything works; the numbers are rough."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """Connections at which to measure."""
        return (10_000,) if self.quick else SIZES

    def pick(self, full: int, quick: int) -> int:
        """One of two counts."""
        return quick if self.quick else full


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result: a quantity, and what it is compared with in the same run."""

    part: str
    what: str
    unit: str
    ours: float | None
    """``None``: not to be had; ``note`` says why."""
    floor: float | None = None
    """The same of the least program that does it, or a computed lower bound."""
    peers: Mapping[str, float | str] = field(default_factory=dict)
    """Other programs; a text says why there is no number."""
    most: float | None = None
    """What ours is to be at the most (``targets``)."""
    of_floor: bool = False
    """Whether ``most`` is in times of the floor."""
    note: str = ""

    def cells(self, slowness: float = 1.0) -> list[str]:
        """The cells of the line, on a machine so many times as slow as that of the targets."""
        peers = "; ".join(
            f"{name}: {one}" if isinstance(one, str) else f"{name} {figure(one)}"
            for name, one in self.peers.items()
        )
        return [
            f"{self.part}: {self.what}",
            self.unit,
            self.target(slowness) or "-",
            "-" if self.ours is None else figure(self.ours),
            "-" if self.floor is None else figure(self.floor),
            peers or "-",
            self.ratios() or "-",
            self.note or "-",
        ]

    def target(self, slowness: float = 1.0) -> str:
        """What ours is to be, and whether it is."""
        if self.most is None:
            return ""
        words = f"≤ {figure(self.most)}{'× floor' if self.of_floor else ''}"
        if self.is_met():
            return f"{words}: met"
        if self.ours is not None and self._takes_time and self.is_met(slowness):
            return f"{words}: {figure(self.ours / slowness)} at the targets' speed, met"
        return f"{words}: MISSED"

    def is_met(self, slowness: float = 1.0) -> bool:
        """Whether the target is met, where there is one."""
        if self.most is None:
            return True
        unit = (self.floor or 0.0) if self.of_floor else slowness if self._takes_time else 1.0
        return self.ours is not None and self.ours <= self.most * unit

    @property
    def _takes_time(self) -> bool:
        """Whether it is measured in what a slower machine takes more of."""
        return self.unit in ("ms", "s", "% of a core") and not self.of_floor

    def ratios(self) -> str:
        """Ours by each of the others."""
        if self.ours is None:
            return ""
        others = {"floor": self.floor, **self.peers}
        return ", ".join(
            f"{figure(self.ours / one)}× {name}"
            for name, one in others.items()
            if isinstance(one, int | float) and one > 0
        )


HEAD = ["what", "unit", "target", "ours", "floor", "peers", "ours is", "note"]
"""The columns of the table."""


def figure(number: float) -> str:
    """A number with three digits that mean something.

    >>> [figure(n) for n in (0, 0.01234, 1.5, 123.4, 56789)]
    ['0', '0.0123', '1.5', '123', '56,789']
    """
    if not math.isfinite(number):
        return "-"
    if number == 0 or abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}"


def quantile(numbers: Iterable[float], share: float) -> float:
    """The smallest number that at least ``share`` of all do not exceed; nan without any.

    >>> quantile([4, 1, 3, 2], 0.5), quantile([1, 2, 3], 1.0)
    (2, 3)
    """
    ordered = sorted(numbers)
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median(numbers: Iterable[float]) -> float:
    """The lower median; nan without any."""
    return quantile(numbers, 0.5)


def table(rows: Sequence[Row], slowness: float = 1.0) -> str:
    """All rows as a Markdown table."""
    lines = [HEAD, ["---"] * len(HEAD), *(row.cells(slowness) for row in rows)]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def machine(scale: Scale) -> str:
    """On what, with what and when it was measured, in one line."""
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    packages = ", ".join(
        f"{name} {installed(name)}"
        for name in ("textual", "httpx", "pydantic", "msgspec", "textual-fastdatatable")
    )
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} × {names[0] if names else platform.machine()}, "
        f"Python {platform.python_version()}, {packages}, {datetime.now(UTC):%Y-%m-%d %H:%MZ}, "
        f"load {load:.1f} at the start{', quick' if scale.quick else ''}"
    )


def installed(package: str) -> str:
    """The version of a package, or that there is none."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def alone(measure: Callable[[Scale], Iterator[Row]], words: str | None) -> None:
    """Run one part by itself: ``--quick`` for less, ``--json`` for ``run.py``."""
    parser = argparse.ArgumentParser(description=words)
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("--json", action="store_true", help="a line of JSON for each row")
    wish = parser.parse_args()
    scale = Scale(wish.quick)
    rows = []
    for row in measure(scale):
        rows.append(row)
        if wish.json:
            print(json.dumps(asdict(row)), flush=True)
        else:
            print(" | ".join(row.cells()), file=sys.stderr, flush=True)
    if not wish.json:
        print(f"{machine(scale)}\n\n{table(rows)}")


def row_from(values: dict[str, Any]) -> Row:
    """A row as ``--json`` wrote it."""
    return Row(**values)
