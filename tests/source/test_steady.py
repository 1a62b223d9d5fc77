"""The steady clock is never set and counts sleep, where the platform has such a one."""

import sys
import time
from inspect import signature

import pytest

from tui.source.console_api import ConsoleApi
from tui.source.steady import steady, steady_clock
from tui.view.lane import Lane


def test_the_clock_goes_on_and_never_back() -> None:
    times = [steady() for _ in range(1_000)]
    assert times == sorted(times)
    assert times[0] < times[-1]


@pytest.mark.skipif(sys.platform != "linux", reason="the clock of Linux")
def test_on_linux_it_is_the_clock_that_counts_suspend() -> None:
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert before <= steady() <= time.clock_gettime(time.CLOCK_BOOTTIME)


@pytest.mark.parametrize(
    ("platform", "name"), [("linux", "CLOCK_BOOTTIME"), ("darwin", "CLOCK_MONOTONIC_RAW")]
)
def test_each_platform_has_its_own(
    platform: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, name, 77, raising=False)
    monkeypatch.setattr(time, "clock_gettime", {77: 12.5}.__getitem__)
    assert steady_clock(platform)() == 12.5


@pytest.mark.parametrize("platform", ["win32", "freebsd14", "sunos5", ""])
def test_elsewhere_it_is_pythons_own(platform: str) -> None:
    assert steady_clock(platform) is time.monotonic


def test_where_python_does_not_know_the_clock_it_is_pythons_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(time, "CLOCK_BOOTTIME", raising=False)
    assert steady_clock("linux") is time.monotonic


def test_where_the_system_refuses_the_clock_it_is_pythons_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(number: int) -> float:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(time, "clock_gettime", refuse)
    monkeypatch.setattr(time, "CLOCK_BOOTTIME", 7, raising=False)
    assert steady_clock("linux") is time.monotonic


def test_it_is_the_clock_of_the_source_and_of_what_shows_its_ages() -> None:
    assert signature(ConsoleApi).parameters["monotonic"].default is steady
    assert signature(Lane).parameters["monotonic"].default is steady
