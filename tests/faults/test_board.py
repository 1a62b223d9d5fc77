"""The board itself: it counts what passed, and goes red for all that did not."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.canary import CANARY, FORMS, leaks, leaky_files
from tests.faults.board import FAULTS, Board
from tests.faults.inputs import INPUTS, SURFACES
from tests.faults.mutants import ROOT, mutate
from tests.faults.mutations import MUTATIONS, Mutation

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal


def report(
    outcome: Literal["passed", "failed", "skipped"],
    *stands_for: tuple[str, object],
    when: Literal["setup", "call", "teardown"] = "call",
) -> pytest.TestReport:
    return pytest.TestReport(
        "test", ("test", 0, "test"), {}, outcome, None, when, user_properties=list(stands_for)
    )


def full() -> Board:
    board = Board()
    for number in FAULTS:
        board.pytest_runtest_logreport(report("passed", ("fault", number)))
    for one in INPUTS:
        for surface in SURFACES[one.kind]:
            board.pytest_runtest_logreport(report("passed", ("input", [one.name, surface])))
    return board


def test_a_full_board_has_no_gap() -> None:
    board = full()
    assert list(board.gaps()) == []
    assert board.line() == (
        f"conntop scoreboard: {len(FAULTS)}/{len(FAULTS)} faults survived, "
        f"{len(INPUTS)}/{len(INPUTS)} inputs handled, 0 leaks"
    )


def test_an_empty_board_has_nothing_but_gaps() -> None:
    assert f"0/{len(FAULTS)} faults survived, 0/{len(INPUTS)} inputs" in Board().line()
    assert len(list(Board().gaps())) >= len(FAULTS) + len(INPUTS)


@pytest.mark.parametrize("outcome", ["failed", "skipped"])
@pytest.mark.parametrize("when", ["setup", "call", "teardown"])
def test_one_test_that_did_not_pass_is_enough(
    outcome: Literal["failed", "skipped"], when: Literal["setup", "call", "teardown"]
) -> None:
    one = INPUTS[0]
    surface = SURFACES[one.kind][0]
    board = full()
    board.pytest_runtest_logreport(
        report(outcome, ("fault", 5), ("input", [one.name, surface]), when=when)
    )
    assert 5 not in board.survived
    assert one not in board.handled()
    assert len(list(board.gaps())) == 2


def test_an_input_has_to_be_put_to_every_surface() -> None:
    one = INPUTS[0]
    board = full()
    del board.inputs[one.name, SURFACES[one.kind][-1]]
    assert list(board.gaps()) == [f"input {one.name}, {SURFACES[one.kind][-1]}: no test ran"]


def test_a_leak_is_a_gap() -> None:
    board = full()
    board.pytest_runtest_logreport(report("failed", ("leak", "Captured log call")))
    assert "1 leaks" in board.line()
    assert list(board.gaps()) == ["leak: test: Captured log call"]


def test_the_names_of_inputs_are_told_apart() -> None:
    assert len({(one.kind, one.name) for one in INPUTS}) == len(INPUTS)


# The canary


@pytest.mark.parametrize("form", FORMS, ids=range(len(FORMS)))
def test_the_canary_is_found_in_every_form(form: bytes) -> None:
    assert leaks(b"before" + form + b"after")


def test_the_canary_is_found_in_base64_wherever_it_stands() -> None:
    from base64 import b64encode

    for before in range(6):
        text = b"x" * before + CANARY.encode() + b"yz"
        assert leaks(b64encode(text))
    assert not leaks(b64encode(b"Authorization: canary"))


def test_a_file_that_holds_the_canary_is_found(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    export = tmp_path / "inner" / "export.json"
    export.write_text(f'["{CANARY}"]')
    assert leaky_files(tmp_path) == [export]
    export.unlink()


# The mutants


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.name)
def test_a_mutant_can_be_made(mutation: Mutation, tmp_path: Path) -> None:
    path = tmp_path / mutation.path
    path.parent.mkdir(parents=True)
    shutil.copy(ROOT / mutation.path, path)
    mutate(tmp_path, mutation)
    changed = path.read_text(encoding="utf-8")
    assert changed != (ROOT / mutation.path).read_text(encoding="utf-8")
    compile(changed, mutation.path, "exec")


def test_a_mutation_that_no_longer_fits_is_refused(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("a = 1\na = 1\n")
    for old, times in (("a = 1", 2), ("b = 1", 0)):
        with pytest.raises(ValueError, match=f"{times} times"):
            mutate(tmp_path, Mutation("unfit", "module.py", old, "a = 2", ()))
