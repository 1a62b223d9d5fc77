"""What holds for all tests: how often properties are tried, the canary, the board."""

from __future__ import annotations

import gc
import signal
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.canary import leaks, leaky_files
from tests.faults.board import ON_THE_BOARD, stands_for
from tests.faults.inputs import Input
from tui.__main__ import _YOUNG

# The suite has three minutes; .ci/nightly tries the properties three times as often. Neither
# goes by the clock, which on a busy machine tells of the machine.
settings.register_profile("suite", max_examples=35, deadline=None)
settings.register_profile("thorough", max_examples=100, deadline=None)
settings.load_profile("suite")

_LONGEST = (
    "tests/faults/test_soak.py",
    "tests/faults/test_state_machine.py",
    "tests/pty/test_hostile.py",
    "tests/faults/test_refusals.py",
    "tests/faults/test_bombs.py",
    "tests/faults/test_crash.py",
    "tests/faults/test_inputs_screens.py",
    "tests/faults/test_process.py",
    "tests/faults/test_sizes.py",
    "tests/faults/test_clocks.py",
    "tests/truth/test_nothing_missed_nothing_false.py",
    "tests/screens/test_event_log.py",
    "tests/screens/test_no_room.py",
    "tests/screens/test_filters.py",
)
"""Begun last, one of them would keep one worker busy when the others have nothing left."""

_QUICK = f"not ({ON_THE_BOARD} or slow)"


def pytest_make_parametrize_id(config: object, val: object, argname: str) -> str | None:
    """Packed bytes hold the time of packing: as a name they would differ between two workers."""
    if isinstance(val, Input):
        return val.name
    return argname if isinstance(val, bytes) else None


def pytest_configure(config: pytest.Config) -> None:
    """Leave the board and what is slow out unless a path or a mark was named."""
    gc.set_threshold(_YOUNG)  # As the program does: a tenth of all time went into looking.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # Put into a shell's background (nohup, &) we are born deaf to it, and so is what we start.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    if whole and not config.option.markexpr:
        config.option.markexpr = _QUICK


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Write on each test what it stands for, and put the files first that take longest."""
    items.sort(key=_place)
    for item in items:
        item.user_properties.extend(stands_for(item))


def _place(item: pytest.Item) -> int:
    name = item.nodeid.split("::")[0]
    return _LONGEST.index(name) if name in _LONGEST else len(_LONGEST)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """The canary must be in nothing that a test printed, logged or left in its folder."""
    report = yield
    places = [name for name, text in report.sections if leaks(text)]
    arguments: dict[str, Any] = getattr(item, "funcargs", None) or {}
    folder = arguments.get("tmp_path")
    if call.when == "call" and isinstance(folder, Path):
        places += [path.name for path in leaky_files(folder)]
    for place in places:
        report.user_properties.append(("leak", place))
    if places and report.passed:
        report.outcome = "failed"
        report.longrepr = f"the API key is in {', '.join(places)}"
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Tell that the board was left out; its score is told by its own command."""
    if config.option.markexpr == _QUICK:
        terminalreporter.write_line("the board is left out: python -m tests.faults")
        terminalreporter.write_line("what is slow by nature is left out: pytest -m slow")


def pytest_collection_finish() -> None:
    """What is imported by now stays: no collection of garbage has to go through it again."""
    gc.collect()
    gc.freeze()
