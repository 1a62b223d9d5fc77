"""What the program's exit codes mean, in one place."""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended."""

    OK = 0
    """All went well; an empty answer and a closed pipe are well, too."""
    FAILED = 1
    """It was asked rightly, and failed."""
    USAGE = 2
    """Options or settings that cannot be used: somebody has to change them."""
    INTERRUPTED = 130
    """Ended by ctrl-c."""
