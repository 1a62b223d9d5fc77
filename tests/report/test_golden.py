"""Headless output is a contract: it changes only where somebody reads the diff."""

import pytest

from tests.report.samples import GOLDEN, GOLDEN_FILES


@pytest.mark.parametrize("name", GOLDEN_FILES)
def test_the_output_is_as_agreed(name: str) -> None:
    assert "".join(GOLDEN_FILES[name]()) == (GOLDEN / name).read_text(encoding="utf-8"), (
        "run python -m tests.report.make_golden and read the diff"
    )


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(GOLDEN_FILES)
