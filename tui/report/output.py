"""stdout as a command finds it: a terminal, a file, a pipe that somebody closes, or nothing."""

import io
import os
import select
import shutil
import sys
from collections.abc import Iterable
from typing import IO, TextIO

_CHUNK = 500


class NoOutputError(RuntimeError):
    """There is no stdout to write to."""


def for_data() -> TextIO:
    """The stdout, as UTF-8, whatever the locale says.

    Raises:
        NoOutputError: it is closed.
    """
    out = _stdout()
    if isinstance(out, io.TextIOWrapper):
        out.reconfigure(encoding="utf-8", errors="backslashreplace", newline="")
    return out


def for_bytes() -> IO[bytes]:
    """The stdout, for what is no text.

    Raises:
        NoOutputError: it is closed.
    """
    return _stdout().buffer


def for_people() -> TextIO:
    r"""The stdout, in the terminal's own encoding; what it cannot show becomes ``\u25cf``.

    Raises:
        NoOutputError: it is closed.
    """
    out = _stdout()
    if isinstance(out, io.TextIOWrapper):
        out.reconfigure(errors="backslashreplace")
    return out


def _stdout() -> TextIO:
    # Python sets it to None when the program is started with a closed stdout.
    if sys.stdout is None:
        raise NoOutputError("stdout is closed, so there is nowhere to write to")
    return sys.stdout


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person sits at the other end; a closed stream is none."""
    return stream is not None and not stream.closed and stream.isatty()


def width_of(out: TextIO) -> int | None:
    """Cells in a line of a terminal; ``None`` where lines may be as long as they like."""
    return shutil.get_terminal_size().columns if is_terminal(out) else None


def write_pieces(out: TextIO, pieces: Iterable[str]) -> None:
    """Write text piece by piece, in larger chunks, and see it through to the system."""
    held: list[str] = []
    for piece in pieces:
        held.append(piece)
        if len(held) == _CHUNK:
            out.write("".join(held))
            held.clear()
    out.write("".join(held))
    out.flush()


def flush() -> None:
    """Bring out what is still held, now, while an error can still be told."""
    if sys.stdout is not None:
        sys.stdout.flush()


def silence() -> None:
    """Let go of a broken stdout and stderr, so that nothing is complained of at the exit.

    The interpreter flushes both once more when it ends; into the null device that works.
    """
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        if stream is None:
            continue
        try:
            stream.flush()
        except OSError:
            os.dup2(null, stream.fileno())
    os.close(null)


def need_reader(stream: TextIO) -> None:
    """See whether somebody reads what is written to a pipe, also while there is nothing to write.

    Raises:
        BrokenPipeError: nobody does any more.
    """
    poll = select.poll()
    poll.register(stream, 0)
    if any(seen & select.POLLERR for _, seen in poll.poll(0)):
        raise BrokenPipeError


def let_go(stream: TextIO) -> None:
    """Send what is still held of a stream, and all that follows, nowhere."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)
