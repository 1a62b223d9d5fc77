"""Files that a command is told to write."""

from pathlib import Path

from tui.cli.failure import CommandError
from tui.report.exit_codes import ExitCode


def new_file(name: str) -> Path:
    """The file, which must not be there: better said now than after the look."""
    path = Path(name).expanduser()
    if path.exists() or path.is_symlink():
        raise CommandError(f"there is a file {path} already: give another name", ExitCode.USAGE)
    return path
