"""What the header says of a recording: never what it would say of the present."""

import pytest
from msgspec.structs import replace

from tests.view.test_lines import AT, FLEET, SITUATION
from tui.core.fold import fold
from tui.core.query import Query
from tui.core.snapshot import Failure, Trouble
from tui.view.past_words import Rewound, now_parts, now_words
from tui.view.playing import Playing
from tui.view.status import Situation, first_line, query_line, troubles

PLAYED = replace(SITUATION, playing=Playing("fleet.conntop", 10.0))


@pytest.mark.parametrize("width", [1, 10, 24, 40, 60, 80, 160])
def test_it_is_called_a_recording_wherever_the_word_fits(width: int) -> None:
    line = first_line(PLAYED, width)
    assert line.cell_length <= width
    assert width < 40 or "RECORDING" in line.plain
    assert width < 80 or "RECORDING fleet.conntop · 10×" in line.plain
    assert width < 80 or "as of 2024-01-15 14:30:25Z" in line.plain


@pytest.mark.parametrize("paused", [False, True])
@pytest.mark.parametrize("ends_at", [None, AT])
def test_nothing_sounds_live(paused: bool, ends_at: int | None) -> None:
    playing = Playing("fleet.conntop", 10.0, ends_at)
    now = replace(PLAYED, paused=paused, playing=playing)
    told = "\n".join([first_line(now, 160).plain, query_line(now, 160).plain, *troubles(now)])
    for words in ("every 5 s", "38 ms", "all well", "nothing is asked", "asking"):
        assert words not in told
    assert ("‖ paused" in told) == (paused and ends_at is None)
    assert ("■ end of the recording" in told) == (ends_at is not None)


def test_an_outage_of_then_promises_no_try() -> None:
    failed = fold(FLEET, Failure(Query(), Trouble.UNREACHABLE, "connection refused", at=AT))
    now: Situation = replace(PLAYED, fleet=failed, asking=99.0, outage_for=12.0, stale=True)
    told = " ".join(troubles(now))
    assert "connection refused — for 12s, rows are as of 14:30:25Z" in told
    for words in ("trying", "next try", "no answer yet"):
        assert words not in told
    assert "✕ no answer" in first_line(now, 160).plain


def test_what_cannot_be_read_on_is_said_and_safe() -> None:
    playing = Playing("a\x1b[2J.conntop", 1.0, None, "the recording is damaged at noon")
    now = replace(PLAYED, playing=playing)
    assert troubles(now) == ["the recording is damaged at noon; it is tried again"]
    assert "■ cannot be read" in first_line(now, 160).plain
    assert "\x1b" not in first_line(now, 160).plain


def test_from_the_past_of_a_play_it_goes_back_to_the_play() -> None:
    past = Rewound(AT, 60.0, 3, 9, ("mass drop",))
    assert now_words(past) == "NOW: mass drop — L is live again"
    assert now_words(past, played=True) == "PLAY: mass drop — L is back there"
    [[(words, _)], _] = now_parts(replace(past, matters=(), counts=FLEET.counts()), played=True)
    assert words == "play: all live"
