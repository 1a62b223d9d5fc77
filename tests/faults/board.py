"""What stands on the board, and what a run of its tests says about it.

A test stands for a fault by ``@pytest.mark.fault(5)``, and for hostile inputs by having one among
its parameters, or by ``@pytest.mark.inputs(...)``; ``@pytest.mark.surface("exports")`` says where
it puts them. A fault is survived when every test that stands for it passed. An input is handled
when it was put to every surface of its kind and every such test passed. ``@pytest.mark.board``
is for what belongs to neither, such as the soak.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tests.faults.inputs import INPUTS, SURFACES, Input

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pytest

ON_THE_BOARD = "fault or surface or board"
"""The tests of the board, as pytest's ``-m`` takes them."""

FAULTS = {
    1: "connection refused",
    2: "accepts and never answers",
    3: "SYN unanswered",
    4: "DNS failure",
    5: "reset in the middle of the body",
    6: "short length or cut chunks",
    7: "cut close-delimited or gzip: no row vanishes",
    8: "drip against a total deadline",
    9: "burst of 5xx: no storm of events",
    10: "429 with any Retry-After",
    11: "401 in mid-life, then a rotated key is picked up",
    12: "redirects: not followed",
    13: "a captive portal's HTML with 200",
    14: "bombs: memory grows by less than 150 MB",
    15: "TLS: self-signed, expired, wrong name",
    16: "keep-alive closed between polls: invisible",
    17: "1,000 cancelled polls: the client still works",
    18: "the server's clock an hour off, a bad Date",
    19: "this machine's clock is set, daylight saving",
    20: "SIGSTOP for 60 s: one poll, a gap marked, no burst",
    21: "SIGKILL while recording: the last poll at most is lost",
    22: "disk full, read-only, file deleted while recording: said, and survived",
    23: "SIGTERM, SIGHUP, terminal lost: the terminal as before, within 2 s",
    24: "500 SIGWINCH from 1x1 to 500x200",
    25: "an exception in each layer: no locals, exit code not 0",
    26: "a proxy by environment, and one that is down",
    27: "IPv6 only",
    28: "a terminal that reads slowly: memory flat",
    29: "stdout closed, no tty, TERM=dumb, POSIX locale",
    30: "two copies at once",
}
"""By number, what may happen."""


def stands_for(item: pytest.Item) -> Iterator[tuple[str, object]]:
    """What a test stands for, as properties of its report, which reach us from any worker."""
    for mark in item.iter_markers("fault"):
        for number in mark.args:
            yield "fault", number
    surfaces = [name for mark in item.iter_markers("surface") for name in mark.args]
    given: list[Input] = [one for mark in item.iter_markers("inputs") for one in mark.args]
    call = getattr(item, "callspec", None)
    if call is not None:
        given += [value for value in call.params.values() if isinstance(value, Input)]
    for one in given:
        for surface in surfaces:
            yield "input", (one.name, surface)


class Board:
    """A pytest plugin that keeps count."""

    def __init__(self) -> None:
        self.faults: defaultdict[int, list[bool]] = defaultdict(list)
        self.inputs: defaultdict[tuple[str, str], list[bool]] = defaultdict(list)
        self.leaks: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a phase of a test in; a test that was skipped has survived nothing."""
        if report.when != "call" and report.passed:
            return
        for kind, what in report.user_properties:
            if kind == "fault":
                self.faults[int(str(what))].append(report.passed)
            elif kind == "input" and isinstance(what, (tuple, list)):
                name, surface = what
                self.inputs[name, surface].append(report.passed)
            elif kind == "leak":
                self.leaks.append(f"{report.nodeid}: {what}")

    @property
    def survived(self) -> list[int]:
        """The faults of which every test passed."""
        return [number for number in FAULTS if _all_passed(self.faults.get(number, ()))]

    def handled(self) -> list[Input]:
        """The inputs that were put to every surface of their kind, well each time."""
        return [
            one
            for one in INPUTS
            if all(
                _all_passed(self.inputs.get((one.name, surface), ()))
                for surface in SURFACES[one.kind]
            )
        ]

    def gaps(self) -> Iterator[str]:
        """A line for each fault and input that is not as it should be, with what is missing."""
        for number, title in FAULTS.items():
            if not _all_passed(self.faults.get(number, ())):
                yield f"fault {number}, {title}: {_outcome(self.faults.get(number, ()))}"
        for one in INPUTS:
            for surface in SURFACES[one.kind]:
                passed = self.inputs.get((one.name, surface), ())
                if not _all_passed(passed):
                    yield f"input {one.name}, {surface}: {_outcome(passed)}"
        yield from (f"leak: {place}" for place in self.leaks)

    def line(self) -> str:
        """The scoreboard, as far as the tests can tell it."""
        return (
            f"conntop scoreboard: {len(self.survived)}/{len(FAULTS)} faults survived, "
            f"{len(self.handled())}/{len(INPUTS)} inputs handled, {len(self.leaks)} leaks"
        )


def _all_passed(passed: Iterable[bool]) -> bool:
    outcomes = list(passed)
    return bool(outcomes) and all(outcomes)


def _outcome(passed: Iterable[bool]) -> str:
    outcomes = list(passed)
    return f"{outcomes.count(False)} of {len(outcomes)} tests failed" if outcomes else "no test ran"
