"""Every example in the docstrings of the core and the sources is true."""

import doctest
import importlib
import pkgutil

import pytest

import tui.core
import tui.source

MODULES = sorted(
    module.name
    for package in (tui.core, tui.source)
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples_to_run() -> None:
    attempted = {name: doctest.testmod(importlib.import_module(name)).attempted for name in MODULES}
    assert len(MODULES) > 15
    assert sum(attempted.values()) > 10
    assert attempted["tui.core.instant"] > 5
