"""What reaches the terminal shows what Textual's own text would have shown, in fewer bytes."""

import pyte
from hypothesis import given
from hypothesis import strategies as st

from tui.view.output.screen import Screen
from tui.view.output.stream import Stream

COLUMNS, ROWS = 24, 6


def shown(text: str) -> list[list[tuple[object, ...]]]:
    """The cells of a terminal that has got ``text``: what stands there, and how it looks."""
    screen = pyte.Screen(COLUMNS, ROWS)
    pyte.Stream(screen).feed(text.replace("\n", "\r\n"))
    return [[_seen(screen.buffer[y][x]) for x in range(COLUMNS)] for y in range(ROWS)]


def _seen(cell: pyte.screens.Char) -> tuple[object, ...]:
    """What can be seen of a cell: where there is but ground, its ink cannot."""
    inked = cell.data != " " or cell.underscore or cell.reverse or cell.strikethrough
    return tuple(cell if inked else cell._replace(fg="default", bold=False, italics=False))


STYLES = st.sampled_from(
    [
        "0",
        "1",
        "0;1",
        "38;2;200;60;60",
        "0;48;2;20;24;30",
        "7",
        "38;5;120",
        "4;38;2;1;2;3",
        "39",
        "22",
    ]
)
TEXTS = st.text(st.sampled_from("ab12 .●▸│█"), min_size=1, max_size=8)


@st.composite
def pieces(draw: st.DrawFn) -> str:
    """A move, a style and a text that ends within the row."""
    text = draw(TEXTS)
    y, x = draw(st.integers(1, ROWS)), draw(st.integers(1, COLUMNS - len(text)))
    return f"\x1b[{y};{x}H\x1b[{draw(STYLES)}m{text}\x1b[0m"


FRAMES = st.lists(st.lists(pieces(), max_size=8).map("".join), max_size=5)


@given(FRAMES, st.booleans())
def test_the_terminal_shows_what_was_written(frames: list[str], each_by_itself: bool) -> None:
    blank = "".join(f"\x1b[{y};1H\x1b[0m{' ' * COLUMNS}" for y in range(1, ROWS + 1))
    screen = Screen(COLUMNS, ROWS)
    stream = Stream(screen)
    stream.feed(blank)
    sent = screen.take()
    for frame in frames:
        stream.feed(frame)
        sent += screen.take() if each_by_itself else ""
    sent += screen.take()
    assert shown(sent) == shown(blank + "".join(frames))
    # What it shows already is not sent again, but when somebody asks for that.
    stream.feed(frames[-1] if frames else "")
    assert len(screen.take()) <= len("\x1b[6;24H")
    screen.redraw()
    assert shown(sent + "\x1b[2J" + screen.take()) == shown(blank + "".join(frames))


def test_forty_ages_that_grow_by_a_second_cost_some_bytes_each() -> None:
    def ages(second: int) -> str:
        return "".join(
            f"\x1b[{y};40H\x1b[38;2;90;190;120;48;2;20;24;30m{y + second:>5}s\x1b[0m"
            for y in range(1, 41)
        )

    screen = Screen(160, 45)
    stream = Stream(screen)
    stream.feed(ages(100))
    screen.take()
    stream.feed(ages(101))
    assert len(screen.take()) <= 40 * len("\x1b[40;44H99") + 60


def test_a_sequence_in_two_pieces_is_read_as_one() -> None:
    screen = Screen(COLUMNS, ROWS)
    stream = Stream(screen)
    for piece in ("\x1b", "[2;", "3Hab\x1b[1", "mc"):
        stream.feed(piece)
    assert shown(screen.take()) == shown("\x1b[2;3Hab\x1b[1mc")


def test_what_is_no_drawing_passes_in_order() -> None:
    screen = Screen(COLUMNS, ROWS)
    stream = Stream(screen)
    stream.feed("\x1b[?1049h\x1b[?1000h\x1b[1;1Ha\x07\x1b]52;c;YQ==\x07")
    sent = screen.take()
    marks = ["\x1b[?1049h", "\x1b[?1000h", "\x07", "\x1b]52;c;YQ==\x07"]
    places = [sent.index(mark) for mark in marks]
    assert places == sorted(places)


def test_sixteen_colours_keep_the_states_apart() -> None:
    screen = Screen(COLUMNS, ROWS, "16")
    stream = Stream(screen)
    colours = ["90;190;120", "210;170;70", "230;90;90"]
    stream.feed("".join(f"\x1b[{y};1H\x1b[38;2;{rgb}mx" for y, rgb in enumerate(colours, 1)))
    sent = screen.take()
    assert "38;2" not in sent
    looks = [row[0] for row in shown(sent)[:3]]
    assert len(set(looks)) == 3
