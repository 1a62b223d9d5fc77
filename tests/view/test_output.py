"""What reaches the terminal shows what Textual's own text would have shown, in fewer bytes."""

import fcntl
import os
from threading import Event, Thread
from time import monotonic, sleep
from typing import get_args

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.view.output.pace import Pace
from tui.view.output.screen import Screen
from tui.view.output.sixteen import Colours
from tui.view.output.stream import Stream
from tui.view.output.terminal import Terminal

COLUMNS, ROWS = 24, 6


def shown(text: str, columns: int = COLUMNS, rows: int = ROWS) -> list[list[tuple[object, ...]]]:
    """The cells of a terminal that has got ``text``: what stands there, and how it looks."""
    screen = pyte.Screen(columns, rows)
    pyte.Stream(screen).feed(text.replace("\n", "\r\n"))
    return [[_seen(screen.buffer[y][x]) for x in range(columns)] for y in range(rows)]


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
NARROW = st.text(st.sampled_from("ab12 .●▸│█"), min_size=1, max_size=8)
WIDE = st.lists(st.sampled_from(["a", " ", "漢", "ｱ", "e\u0301", "한"]), max_size=4).map("".join)
_SLOT = 8


@st.composite
def pieces(draw: st.DrawFn) -> str:
    """A move, a style and a text that ends within the row.

    What may be wide has rows and places of its own: of a wide character that is overwritten by half
    pyte keeps the other half, where terminals make it a blank.
    """
    if draw(st.booleans()):
        text = draw(NARROW)
        y, x = draw(st.integers(1, ROWS // 2)), draw(st.integers(1, COLUMNS - len(text)))
    else:
        text = draw(WIDE)
        text += " " * (_SLOT - cell_len(text))
        y = draw(st.integers(ROWS // 2 + 1, ROWS))
        x = 1 + _SLOT * draw(st.integers(0, COLUMNS // _SLOT - 1))
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


def test_a_slow_terminal_moves_rows_beside_which_others_stand_still() -> None:
    def row(y: int, number: int) -> str:
        return f"\x1b[{y};1Hfilter {y:<3}\x1b[{y};60Hconnection {number} of host {number**9:>40}"

    def page(first: int) -> str:
        return "\x1b[0m" + "".join(row(y, first + y) for y in range(1, 41))

    sizes = []
    for colours in get_args(Colours):
        screen = Screen(160, 45, colours)
        stream = Stream(screen)
        stream.feed(page(100))
        sent = screen.take()
        stream.feed(page(101))
        step = screen.take()
        assert shown(sent + step, 160, 45) == shown(page(101), 160, 45)
        sizes.append(len(step))
    usual, slow = sizes
    assert slow < usual / 2


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


class Written:
    """A Terminal that writes into a pipe of one page, which nobody reads for now."""

    def __init__(self) -> None:
        self.end, into = os.pipe()
        fcntl.fcntl(into, fcntl.F_SETPIPE_SZ, 4096)
        self.errors: list[Exception] = []
        self.slow = Event()
        screen = Screen(COLUMNS, ROWS)
        self.terminal = Terminal(into, screen, str.encode, self.slow.set, self.errors.append)
        self._into = into

    def all(self) -> str:
        """All that was sent, once the terminal is closed."""
        closing = Thread(target=self._close)
        closing.start()
        read = b""
        while piece := os.read(self.end, 65_536):
            read += piece
        closing.join()
        os.close(self.end)
        return read.decode()

    def _close(self) -> None:
        self.terminal.close()
        os.close(self._into)


def test_while_the_terminal_takes_nothing_frames_are_folded_into_the_newest() -> None:
    written = Written()
    frames = [
        "".join(f"\x1b[{y};1H\x1b[0m{number * y:>{COLUMNS}}" for y in range(1, ROWS))
        for number in range(10**20, 10**20 + 3_000)
    ]
    for frame in frames:
        written.terminal.write(frame)
    sent = written.all()
    assert shown(sent) == shown(frames[-1])
    assert len(sent) < sum(map(len, frames)) / 4
    assert written.errors == []


def test_what_the_model_cannot_do_is_told_and_all_goes_out_as_it_is() -> None:
    written = Written()

    def fail(screen: Screen) -> None:
        raise ValueError("a bug")

    written.terminal.order(fail)
    deadline = monotonic() + 10
    while not written.errors:
        assert monotonic() < deadline
        sleep(0)
    written.terminal.write("\x1b[?1049l")
    assert written.all().endswith("\x1b[?1049l")
    assert [str(error) for error in written.errors] == ["a bug"]


def test_a_terminal_is_slow_when_it_makes_us_wait_again_and_again() -> None:
    once, often, very = Pace(), Pace(), Pace()
    once.wrote(0.0, 30.0)
    once.wrote(30.0, 30.1)
    assert not once.keeps_up
    assert not once.is_slow
    for second in range(9):
        assert not often.is_slow
        often.wrote(second, second + 0.4)
    assert often.is_slow
    # It takes a quarter of a minute to take a screen.
    very.wrote(0.0, 14.0)
    very.wrote(14.0, 28.0)
    assert very.is_slow
    often.wrote(90.0, 90.0)
    assert often.keeps_up
    assert not often.is_slow
