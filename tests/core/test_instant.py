"""Instants are exact to the seventh digit, everywhere in the calendar."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.strategies import FIRST, LAST, NOON, hostile_texts, instants
from tui.core.instant import (
    TICKS,
    as_served,
    clock_text,
    day_text,
    from_datetime,
    parse_instant,
    seconds_between,
    span_text,
    span_words,
    to_datetime,
)

ZONES = st.integers(-23 * 60 - 59, 23 * 60 + 59)


@given(instants())
@example(FIRST)
@example(LAST)
@example(-1)
def test_what_is_served_is_what_was_parsed_to_the_tick(instant: int) -> None:
    text = as_served(instant)
    assert parse_instant(text) == instant
    assert len(text) == 28
    assert text[19] == "."
    assert text.endswith("Z")


@given(instants(), instants())
def test_served_times_sort_as_text_as_they_sort_as_numbers(one: int, other: int) -> None:
    assert (one < other) == (as_served(one) < as_served(other))


@given(instants(NOON - 10**15, NOON + 10**15), ZONES)
def test_an_offset_names_the_same_instant(instant: int, minutes: int) -> None:
    sign = "-" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    local = as_served(instant + minutes * 60 * TICKS)[:-1]
    assert parse_instant(f"{local}{sign}{hours:02d}:{rest:02d}") == instant
    assert parse_instant(f"{local}{sign}{hours:02d}{rest:02d}") == instant


@given(st.integers(0, 9).flatmap(lambda n: st.text("0123456789", min_size=n, max_size=n)))
def test_none_to_nine_fractional_digits_are_read_and_those_past_the_seventh_dropped(
    digits: str,
) -> None:
    text = f"2024-01-15T14:30:25.{digits}Z" if digits else "2024-01-15T14:30:25Z"
    ticks = int(digits[:7].ljust(7, "0")) if digits else 0
    assert parse_instant(text) == NOON + ticks


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2024-01-15 14:30:25", "2024-01-15T14:30:25Z"),
        ("2024-01-15t14:30:25z", "2024-01-15T14:30:25Z"),
        ("2024-01-15T14:30", "2024-01-15T14:30:00Z"),
        ("2024-01-15T14:30:25 Z", "2024-01-15T14:30:25Z"),
        ("2024-02-29T23:59:59-00:30", "2024-03-01T00:29:59Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.0000000Z"),
        ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z"),
    ],
)
def test_usual_spellings_of_a_time_are_understood(text: str, same: str) -> None:
    assert parse_instant(text) == parse_instant(same)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2024-01-15",
        "15/01/2024 14:30",
        "2024-13-01T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "2024-01-15T14:60:00Z",
        "2024-01-15T14:30:60Z",
        "2024-01-15T14:30:25.Z",
        "2024-01-15T14:30:25.0123456789Z",
        "2024-01-15T14:30:25Zjunk",
        "2024-01-15T14:30:25Z\n",
        "\uff12024-01-15T14:30:25Z",
        "2024-01-15T14:30:25+24:00",
        "2024-01-15T14:30:25+01:60",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
    ],
)
def test_junk_and_times_outside_the_calendar_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_instant(text)


@given(hostile_texts())
def test_any_text_either_names_an_instant_of_the_calendar_or_is_refused(text: str) -> None:
    try:
        instant = parse_instant(text)
    except ValueError:
        return
    assert FIRST <= instant <= LAST


@given(st.datetimes(), ZONES)
def test_an_aware_datetime_keeps_its_microseconds(moment: datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=UTC)
    assert to_datetime(from_datetime(aware)) == aware
    if datetime(2, 1, 1) < moment < datetime(9998, 1, 1):  # noqa: DTZ001  # naive on purpose
        shifted = aware.astimezone(timezone(timedelta(minutes=minutes)))
        assert from_datetime(shifted) == from_datetime(aware)


@given(instants(), ZONES)
def test_every_instant_has_a_text_for_people_in_every_zone(instant: int, minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    mark = "Z" if zone is UTC else ""
    assert len(clock_text(instant, zone).removesuffix(mark)) == 8
    assert len(day_text(instant, zone).removesuffix(mark)) == 19
    assert day_text(instant) == as_served(instant)[:19].replace("T", " ") + "Z"
    assert clock_text(instant) == as_served(instant)[11:19] + "Z"


@given(instants(), instants())
def test_a_span_is_the_same_both_ways_but_for_its_sign(one: int, other: int) -> None:
    assert seconds_between(one, other) == -seconds_between(other, one)
    assert seconds_between(one, one + TICKS // 2) == 0.5


_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def _read_span(text: str) -> int:
    """The seconds that a span's text names."""
    total, digits = 0, ""
    for char in text:
        if char.isdigit():
            digits += char
        else:
            total += int(digits) * _UNITS[char]
            digits = ""
    assert not digits
    return total


@given(st.floats(allow_nan=False, allow_infinity=False))
@example((LAST - FIRST) / TICKS)
@example(1e308)
def test_no_span_is_longer_than_seven_cells(seconds: float) -> None:
    assert 2 <= len(span_text(seconds)) <= 7


@given(st.floats(0, 2**40), st.floats(0, 2**40))
def test_a_longer_span_never_reads_shorter(one: float, other: float) -> None:
    short, long = sorted((one, other))
    assert _read_span(span_text(short)) <= _read_span(span_text(long))


@given(st.floats(0, 86_400 * 900_000))
def test_a_span_is_rounded_down_within_its_second_unit(seconds: float) -> None:
    text = span_text(seconds)
    smallest = 86_400 if text[:-1].isdigit() and text[-1] == "d" else _UNITS[text[-1]]
    assert 0 <= seconds - _read_span(text) < smallest


def test_up_to_three_minutes_a_span_is_in_seconds_because_the_limit_is() -> None:
    assert [span_text(s) for s in (-5, 0, 119.9, 120, 179)] == ["0s", "0s", "119s", "120s", "179s"]
    assert span_text(180) == "3m00s"


@given(st.floats(-10, 86_400 * 400))
def test_words_of_a_span_name_its_two_largest_units(seconds: float) -> None:
    words = span_words(seconds).split()
    assert len(words) in (2, 4)
    assert set(words[1::2]) <= {"d", "h", "min", "s"}
    assert span_words(86_400 + 61) == "1 d 1 min"
    assert span_words(0) == "0 s"
