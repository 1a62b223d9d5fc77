"""Instants: read and written to the seventh digit."""

from __future__ import annotations

import doctest
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tui.standin.instant as instant
from tui.standin.clock import InstantError, ManualClock, RealClock
from tui.standin.instant import from_datetime, instant_text, parse_instant


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(instant).failed == 0


@given(st.integers(min_value=from_datetime(datetime(1, 1, 1, tzinfo=UTC)), max_value=2**57))
def test_what_is_written_reads_back(ticks: int) -> None:
    text = instant_text(ticks)
    assert len(text) == len("2024-01-15T14:30:25.0000000Z")
    assert parse_instant(text) == ticks


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2024-01-15T14:30:25", "2024-01-15T14:30:25.0000000Z"),
        ("2024-01-15t14:30:25z", "2024-01-15T14:30:25.0000000Z"),
        ("2024-01-15T14:30:25+01:30", "2024-01-15T13:00:25.0000000Z"),
        ("2024-01-15T14:30:25-01:30", "2024-01-15T16:00:25.0000000Z"),
        ("2024-01-15T14:30:25.12345678Z", "2024-01-15T14:30:25.1234567Z"),
        ("2024-01-15T14:30:25.5Z", "2024-01-15T14:30:25.5000000Z"),
    ],
)
def test_other_ways_to_write_an_instant(text: str, same: str) -> None:
    assert instant_text(parse_instant(text)) == same


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2024-01-15",
        "2024-01-15 14:30:25Z",
        "2024-02-30T14:30:25Z",
        "2024-01-15T24:30:25Z",
        "2024-01-15T14:30:25+24:00",
        "2024-01-15T14:30:25 00:00",
        "0000-01-15T14:30:25Z",
        "٢٠٢٤-01-15T14:30:25Z",
        "2024-01-15T14:30:25Z\n",
    ],
)
def test_what_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match=r"date-time|range|must be"):
        parse_instant(text)


def test_a_manual_clock_stands_until_it_is_moved() -> None:
    clock = ManualClock(datetime(2024, 1, 15, tzinfo=UTC))
    assert clock.now() == clock.now()
    clock.advance(1.5)
    assert instant_text(clock.now()) == "2024-01-15T00:00:01.5000000Z"
    clock.set(datetime(2023, 1, 15, tzinfo=UTC))
    assert clock.datetime == datetime(2023, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize("by", [float("inf"), float("nan"), -1e11, 1e300])
def test_a_clock_refuses_to_leave_the_years_it_can_show(by: float) -> None:
    clock = ManualClock(datetime(2024, 1, 15, tzinfo=UTC))
    with pytest.raises(InstantError, match="1980"):
        clock.advance(by)


def test_a_clock_refuses_a_time_without_a_zone() -> None:
    with pytest.raises(InstantError, match="no time zone"):
        ManualClock(datetime(2024, 1, 15))  # noqa: DTZ001 - the point of the test


def test_the_real_clock_goes_on() -> None:
    clock = RealClock()
    assert clock.now() <= clock.now()
