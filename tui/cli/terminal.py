"""Whether there is a terminal to draw on, and that nobody else draws there."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from tui.cli.crash import shown
from tui.cli.failure import CommandError
from tui.core.safe import safe
from tui.report.exit_codes import ExitCode
from tui.report.output import is_terminal
from tui.view.output.encoding import encoding_of

_TOLD = 20
"""Lines of what was put aside that are told, the first ones, of which the others often come."""
_LONGEST = 8_192
"""Bytes of it that are looked at."""


def need_terminal() -> None:
    """Refuse to draw where nothing can be drawn.

    Raises:
        CommandError: stdin or stdout is no terminal, a dumb one, or one without UTF-8.
    """
    if not is_terminal(sys.stdout) or not is_terminal(sys.stdin):
        raise CommandError(
            "the monitor needs a terminal for its input and output; for a pipe or a file use "
            "conntop list",
            ExitCode.USAGE,
        )
    if os.environ.get("TERM", "") in ("", "dumb"):
        raise CommandError(
            "this terminal cannot draw (TERM is dumb or not set); use conntop list",
            ExitCode.USAGE,
        )
    if encoding_of(sys.stdout) != "utf-8":
        raise CommandError(
            f"the screen is drawn in UTF-8, and not in {safe(sys.stdout.encoding, 40)}: set LC_ALL "
            "to a UTF-8 locale such as C.UTF-8, or use conntop list",
            ExitCode.USAGE,
        )


@contextmanager
def errors_put_aside() -> Iterator[None]:
    """While the screen runs in the block, keep from it what is written to stderr past it.

    A library, the interpreter or the system may complain there at any time. Afterwards it is told;
    what goes elsewhere than to the terminal is left alone.
    """
    stderr = sys.stderr
    if stderr is not sys.__stderr__ or stderr is None or not is_terminal(stderr):
        yield
        return
    number = stderr.fileno()
    terminal = os.dup(number)
    with _aside() as aside:
        stderr.flush()
        os.dup2(aside.fileno(), number)
        try:
            yield
        finally:
            stderr.flush()
            os.dup2(terminal, number)
            os.close(terminal)
            stderr.writelines(f"{shown(line)}\n" for line in _first_lines(aside))


def _aside() -> BinaryIO:
    """A file that nobody else sees."""
    from tempfile import TemporaryFile

    try:
        return TemporaryFile(buffering=0)
    except OSError:
        # No folder for it, or a full one: then that is lost, and the screen is not.
        return open(os.devnull, "w+b", buffering=0)  # noqa: PTH123


def _first_lines(file: BinaryIO) -> list[str]:
    file.seek(0)
    return file.read(_LONGEST).decode("utf-8", "replace").splitlines()[:_TOLD]
