"""Whether there is a terminal to draw on."""

import os
import sys

from tui.cli.failure import CommandError
from tui.report.exit_codes import ExitCode
from tui.report.output import is_terminal


def need_terminal() -> None:
    """Refuse to draw where nothing can be drawn.

    Raises:
        CommandError: stdin or stdout is no terminal, or a dumb one.
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
