"""Every example in the docstrings of the reports and the settings is true."""

import doctest

import pytest

from tui.config import show
from tui.report.metrics import server


@pytest.mark.parametrize("module", [show, server])
def test_the_examples_are_true(module: object) -> None:
    failed, attempted = doctest.testmod(module)  # type: ignore[arg-type]  # modules are objects
    assert failed == 0
    assert attempted > 0
