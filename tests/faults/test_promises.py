"""docs/SECURITY.md promises nothing that no test guards."""

from __future__ import annotations

import ast
import re

import pytest

from tests.faults.board import FAULTS, Board
from tests.faults.inputs import INPUTS
from tests.faults.mutants import ROOT
from tests.faults.mutations import MUTATIONS

PAGE = (ROOT / "docs/SECURITY.md").read_text(encoding="utf-8")
GUARDS = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and "promise" not in line]


@pytest.mark.parametrize(("path", "name"), GUARDS, ids=[name for _, name in GUARDS])
def test_a_guard_that_is_named_is_there(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert name in {getattr(node, "name", None) for node in ast.walk(tree)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2:40])
def test_a_promise_names_its_guard(row: str) -> None:
    _, promise, guards, _ = row.split("|")
    assert promise.strip().endswith(".")
    assert "`tests/" in guards


def test_the_score_is_the_one_that_the_board_prints() -> None:
    words = re.sub(r"[0-9]+", "", Board().line())
    assert words in re.sub(r"[NMK0]", "", PAGE)


def test_readme_quotes_a_full_board_of_the_present_size() -> None:
    faults, inputs, mutants = (f"{len(all_)}/{len(all_)}" for all_ in (FAULTS, INPUTS, MUTATIONS))
    line = (
        f"conntop scoreboard: {faults} faults survived, {inputs} inputs handled, 0 leaks, "
        f"{mutants} mutants caught\n"
    )
    assert line in (ROOT / "README.md").read_text(encoding="utf-8")
