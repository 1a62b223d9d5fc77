"""Nothing that a terminal acts upon passes ``safe``."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.strategies import HOSTILE, hostile_texts
from tui.core.safe import safe, safe_csv

FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def forbidden_in(text: str) -> list[str]:
    return [f"U+{ord(char):04X}" for char in text if unicodedata.category(char) in FORBIDDEN]


@given(hostile_texts(200))
def test_no_control_invisible_or_unassigned_character_is_left(text: str) -> None:
    assert forbidden_in(safe(text)) == []


@given(hostile_texts(200))
def test_what_is_safe_stays_as_it_is(text: str) -> None:
    assert safe(safe(text)) == safe(text)


@given(hostile_texts(200), st.integers(1, 50))
def test_the_length_is_bounded_and_a_cut_shows(text: str, limit: int) -> None:
    shown = safe(text, limit)
    assert len(shown) <= limit
    if len(text) > limit and not any(unicodedata.category(char)[0] == "M" for char in text):
        assert shown.endswith("…")


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=400))
def test_printable_ascii_is_untouched(text: str) -> None:
    assert safe(text) == text


@given(st.text(st.characters(categories=("L", "N", "P", "S")), max_size=100))
def test_letters_digits_and_signs_of_all_scripts_are_untouched(text: str) -> None:
    assert safe(text) == text


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_known_attack_is_defused_and_stays_visible(text: str) -> None:
    shown = safe(text)
    assert forbidden_in(shown) == []
    assert shown.strip()
    assert len(shown) <= 400


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", "a␛[2Jb"),
        ("\x1b]52;c;eA==\x07", "␛]52;c;eA==␇"),
        ("\x9b31m", "\ufffd31m"),
        ("\u202eabc", "\ufffdabc"),
        ("a\u200bb", "a\ufffdb"),
        ("a\u2028b\u2029c", "a\ufffdb\ufffdc"),
        ("\ud800", "\ufffd"),
        ("\U000e0041", "\ufffd"),
        ("a\r\nb\tc\x00\x7f", "a␍␊b␉c␀␡"),
        ("a\u00a0b\u3000c", "a b c"),
        ("e\u0301", "e\u0301"),
    ],
)
def test_a_stand_in_says_what_was_there(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_of_a_tower_of_combining_marks_two_stay_on_each_letter() -> None:
    tower = "\u0301" * 150
    assert safe(f"a{tower}b{tower}") == "a\u0301\u0301b\u0301\u0301"


@given(hostile_texts(), st.sampled_from(["=", "+", "-", "@", "\t", "\r"]))
@example("1+1", "=")
def test_a_csv_cell_is_never_a_formula(text: str, start: str) -> None:
    assert safe_csv(start + text) == f"'{start}{text}"
    assert safe_csv(text)[:1] not in ("=", "+", "-", "@", "\t", "\r")


@given(st.text(st.characters(categories=("L", "N")), max_size=30))
def test_an_ordinary_csv_cell_stays_as_served(text: str) -> None:
    assert safe_csv(text) == text
