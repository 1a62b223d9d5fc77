"""The bell, and desktop notifications through whatever lies in between."""

import re

import pytest
from hypothesis import given

from tests.alert.letters import letter
from tests.strategies import hostile_texts
from tui.alert.channel import Letter
from tui.alert.terminal import ring

TITLE = "conntop prod: ALERT silent > 5 for 30s"
TEXT = "⚑ silent > 5 for 30s: 6 silent of 26, for 30s — all 6 are on host ws-server-01"
OSC_9 = f"\x1b]9;{TITLE}: {TEXT}\x07"
OSC_777 = f"\x1b]777;notify;{TITLE};{TEXT}\x07"


def test_a_terminal_of_which_nothing_is_known_gets_both() -> None:
    assert ring(letter(), {"TERM": "xterm-256color"}) == "\x07" + OSC_9 + OSC_777


@pytest.mark.parametrize(
    "environment",
    [
        {"TERM": "xterm-kitty"},
        {"TERM": "xterm-ghostty"},
        {"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"},
    ],
)
def test_one_that_understands_both_gets_one(environment: dict[str, str]) -> None:
    assert ring(letter(), environment) == "\x07" + OSC_777


@pytest.mark.parametrize("term", ["linux", "dumb"])
def test_one_without_a_desktop_gets_the_bell(term: str) -> None:
    assert ring(letter(), {"TERM": term}) == "\x07"
    assert ring(letter(), {}) == "\x07"


def test_each_can_be_switched_off() -> None:
    plain = {"TERM": "xterm"}
    assert ring(letter(), plain, bell=False) == OSC_9 + OSC_777
    assert ring(letter(), plain, desktop=False) == "\x07"
    assert ring(letter(), plain, bell=False, desktop=False) == ""


def test_tmux_and_screen_hand_it_on() -> None:
    within = ring(letter(), {"TERM": "tmux-256color", "TMUX": "/tmp/tmux-0/default,1,0"})
    assert within == f"\x07\x1bPtmux;\x1b{OSC_9}\x1b\\\x1bPtmux;\x1b{OSC_777}\x1b\\"
    within = ring(letter(), {"TERM": "screen-256color"})
    assert within == f"\x07\x1bP{OSC_9}\x1b\\\x1bP{OSC_777}\x1b\\"


@given(hostile_texts(), hostile_texts())
def test_no_text_gets_out_of_its_sequence(title: str, line: str) -> None:
    rung = ring(Letter(title, (line, line)), {"TERM": "xterm"}, bell=False)
    nine, notification = re.fullmatch(
        r"\x1b\]9;([^\x00-\x1f\x7f-\x9f]*)\x07\x1b\]777;([^\x00-\x1f\x7f-\x9f]*)\x07", rung
    ).groups()  # type: ignore[union-attr]
    assert ";" not in nine
    assert notification.count(";") == 2
    assert len(rung) < 1_000
