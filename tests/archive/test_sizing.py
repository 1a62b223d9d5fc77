"""What docs/scaling.md computes is computed by the program, from what was measured."""

import re
from pathlib import Path

import pytest

from tests.benchmarks import headlines
from tui.archive import sizing
from tui.archive.sizing import LOADS, Load, table

PAGE = Path(__file__).parents[2] / "docs/scaling.md"


def test_the_table_of_the_page_is_current() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert table() in page, "put what python -m tui.archive.sizing prints into docs/scaling.md"


def measured(what: str) -> float:
    """What the benchmarks' page says of one line, in its unit."""
    page = headlines.HERE.read_text(encoding="utf-8")
    found = re.search(rf"^\| {re.escape(what)} \|[^|]*\|[^|]*\| ([\d.,]+) \|", page, re.MULTILINE)
    assert found is not None, what
    return float(found[1].replace(",", ""))


@pytest.mark.parametrize(
    ("number", "what", "unit"),
    [
        (sizing.HEARTBEAT, "database: a heartbeat: on disk", 1),
        (sizing.POLL, "database: a poll, but for its heartbeats: on disk", 1),
        (sizing.IN_KEYFRAME, "database: a connection in a keyframe: on disk", 1),
        (sizing.SESSION, "database: a connection that takes the place of another: on disk", 1),
        (sizing.SESSION_ROWS, "database: a connection that takes the place of another: rows", 1),
        (
            sizing.RECEIVED,
            "wire: 10,000 connections, page default: received a poll",
            1024 / 10_000,
        ),
    ],
)
def test_what_is_computed_with_was_measured(number: float, what: str, unit: float) -> None:
    assert number == pytest.approx(measured(what) * unit, rel=0.1)


def test_what_a_connection_keeps_the_recorder_busy_was_measured_in_three_parts() -> None:
    parts = (
        "work: 10,000 connections: parse",
        "database: 10,000 connections: fold, CPU a poll",
        "database: 10,000 connections: write, CPU a poll",
    )
    took = sum(measured(part) for part in parts) / 1e3 / 10_000
    assert pytest.approx(took, rel=0.3) == sizing.CPU


@pytest.mark.parametrize("connections", [1_000, 10_000])
def test_the_requests_are_those_that_were_counted(connections: int) -> None:
    counted = measured(f"wire: {connections:,} connections, page default: requests a poll")
    assert Load(connections, 10, 10).requests == counted


def test_more_of_anything_takes_no_less() -> None:
    for load in LOADS:
        more = Load(load.connections * 2, load.rhythm, load.every)
        assert more.bytes_a_day > load.bytes_a_day
        assert more.requests >= load.requests
        assert more.recorders >= load.recorders
        assert Load(load.connections, load.rhythm, load.every * 2).busy < load.busy
