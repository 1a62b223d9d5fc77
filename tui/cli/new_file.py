"""Files that a command is told to write."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tui.cli.failure import CommandError
from tui.report.exit_codes import ExitCode


def new_file(name: str) -> Path:
    """The file, which must not be there: better said now than after the look."""
    path = Path(name).expanduser()
    if path.exists() or path.is_symlink():
        raise CommandError(f"there is a file {path} already: give another name", ExitCode.USAGE)
    return path


@contextmanager
def written(path: Path) -> Iterator[IO[bytes]]:
    """The new file, to be written as a whole or not at all.

    Raises:
        CommandError: it cannot be written.
    """
    from tui.report.whole_file import whole_file

    try:
        with whole_file(path) as file:
            yield file
    except OSError as error:
        raise CommandError(f"{path} was not written: {error.strerror}") from None
