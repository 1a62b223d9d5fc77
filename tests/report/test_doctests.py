"""Every example in the docstrings of the reports and the settings is true."""

import doctest

import pytest

from tui.config import show


@pytest.mark.parametrize("module", [show])
def test_the_examples_are_true(module: object) -> None:
    failed, attempted = doctest.testmod(module)  # type: ignore[arg-type]  # modules are objects
    assert failed == 0
    assert attempted > 0
