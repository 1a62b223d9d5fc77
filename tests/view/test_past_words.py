"""Nobody takes the past for the present, at any width, and nobody misses what is the matter now."""

from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import NOON
from tui.core.connection import State
from tui.core.fleet import Fleet
from tui.core.instant import TICKS
from tui.core.past import Moment
from tui.core.rewind import Stop
from tui.view.past_words import Rewound, now_parts, now_words, past_parts
from tui.view.status import Situation, first_line, query_line
from tui.view.then import Then
from tui.view.time_strip import moment_words, strip_line


def rewound(ago: float = 910.0, **changes: object) -> Rewound:
    return Rewound(NOON, ago, 42, 720, **changes)  # type: ignore[arg-type]


def said(past: Rewound, width: int) -> str:
    return "".join(text for text, _ in past_parts(past, width)).strip()


def test_the_header_says_past_in_words_and_how_long_ago() -> None:
    assert said(rewound(), 80) == "PAST 14:30:25Z  15m10s ago · 42 of 720 kept"
    assert said(rewound(), 60) == "PAST 14:30:25Z  15m10s ago"
    assert said(rewound(), 20) == "PAST 14:30:25Z"
    assert said(rewound(100_000.0), 80).startswith("PAST 2024-01-15 14:30:25Z")


@given(st.integers(20, 200), st.text(max_size=60), st.floats(0, 1e9))
def test_it_is_said_at_any_width_whoever_is_watched(width: int, host: str, ago: float) -> None:
    line = first_line(Situation(context=host, host=host, past=rewound(ago)), width)
    assert line.cell_length <= width
    assert "PAST" in line.plain


def test_what_is_the_matter_now_is_told_first_and_calm_beside_the_query() -> None:
    calm = {State.LIVE: 298, State.LATE: 2, State.GONE: 0}
    assert now_words(rewound(counts=calm)) == ""
    assert now_parts(rewound(counts=calm))[0] == [("now: 2 late", "$muted")]
    assert now_parts(rewound(counts={State.LIVE: 9}))[0] == [("now: all live", "$success")]
    down = rewound(counts={State.GONE: 12}, matters=("mass drop", "2 alerts"))
    assert now_words(down) == "NOW: mass drop · 2 alerts · 12 gone — L is live again"
    assert query_line(Situation(past=rewound(counts=calm)), 80).plain.endswith("now: 2 late")


@given(st.integers(1, 200), st.integers(1, 300), st.data())
def test_the_strip_fits_its_line_and_marks_where_one_is(
    width: int, count: int, data: st.DataObject
) -> None:
    stops = [Stop("prod", Moment(i, NOON + 9_000 * i * TICKS)) for i in range(count)]
    place = data.draw(st.integers(0, count - 1))
    line = strip_line(Then(stops, place, {}, {"prod": Fleet()}), width)
    assert line.plain.count("◆") == 1
    assert line.cell_length <= max(width, 50)


def test_what_a_moment_brought_is_said_in_words() -> None:
    assert moment_words(Moment(0, NOON)) == "nothing new"
    assert moment_words(Moment(0, NOON, 16, 12, 3)) == "12 stopped, 3 late, 1 other event"
    assert moment_words(Moment(0, NOON, blind=True)) == "not known"
