"""A time is read as people write it at three in the morning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import NOON, hostile_texts, instants
from tui.core.instant import MINUTE, TICKS, as_served, clock_text, day_text, parse_instant
from tui.core.when import WhenError, parse_when

DAY = 1_440 * MINUTE
TIMES = instants(parse_instant("0002-01-01T00:00:00Z"))


@given(TIMES, TIMES)
def test_what_the_screen_writes_is_read_back(at: int, now: int) -> None:
    second = at - at % TICKS
    assert parse_when(day_text(at), now) == second
    assert parse_when(as_served(at), now) == at
    assert parse_when(day_text(at)[:10], now) == at - at % DAY


@given(TIMES, TIMES)
def test_a_time_of_day_is_the_last_one_that_is_not_to_come(at: int, now: int) -> None:
    when = parse_when(clock_text(at), now)
    assert now - DAY < when <= now
    assert when % DAY == at % DAY - at % TICKS
    assert parse_when(f"yesterday {clock_text(at)}", now) == now - now % DAY - DAY + when % DAY


@given(st.integers(0, 99), st.integers(0, 999), st.integers(0, 9_999), st.integers(0, 9_999))
def test_a_span_is_so_long_ago(days: int, hours: int, minutes: int, seconds: int) -> None:
    now = NOON
    when = now - days * DAY - hours * 60 * MINUTE - minutes * MINUTE - seconds * TICKS
    for form in ("{}d{}h{}m{}s", "-{}d{}h{}min{}s", "  {}D{}H{}M{}S ago "):
        assert parse_when(form.format(days, hours, minutes, seconds), now) == when


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("now", "2024-01-15T14:30:25Z"),
        ("-15m", "2024-01-15T14:15:25Z"),
        ("15 m ago", None),
        ("2h", "2024-01-15T12:30:25Z"),
        ("90s ago", "2024-01-15T14:28:55Z"),
        ("3:12", "2024-01-15T03:12:00Z"),
        ("14:30:25", "2024-01-15T14:30:25Z"),
        ("14:31", "2024-01-14T14:31:00Z"),
        ("today 14:31", "2024-01-15T14:31:00Z"),
        ("Yesterday", "2024-01-14T00:00:00Z"),
        ("2024-01-10 03:12", "2024-01-10T03:12:00Z"),
        ("2024-01-10T03:12:05+01:00", "2024-01-10T02:12:05Z"),
        ("", None),
        ("15", None),
        ("-", None),
        ("25:00", None),
        ("03:60", None),
        ("2024-13-01", None),
        ("2024-01-10 25:00", None),
        ("soon", None),
        ("9999999d", None),
        ("٠٣:١٢", None),
    ],
)
def test_what_is_a_time_and_what_is_none(text: str, when: str | None) -> None:
    if when is not None:
        assert parse_when(text, NOON) == parse_instant(when)
        return
    with pytest.raises(WhenError) as told:
        parse_when(text, NOON)
    assert str(told.value)


@given(hostile_texts(), TIMES)
def test_any_text_is_an_instant_or_one_safe_sentence(text: str, now: int) -> None:
    said = ""
    try:
        parse_when(text, now)
    except WhenError as error:
        said = str(error)
    assert said == "" or said.isprintable()
    assert len(said) < 200
