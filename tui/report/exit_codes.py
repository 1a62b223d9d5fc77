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


class Health(IntEnum):
    """How ``check`` ends: the service states of the Monitoring Plugins guidelines."""

    OK = 0
    """It was checked, and all is well."""
    WARNING = 1
    """A value is beyond its warning threshold."""
    CRITICAL = 2
    """A value is beyond its critical threshold, or there is no answer."""
    UNKNOWN = 3
    """It could not be checked: wrong options, no key, a refused key or query, an answer that lacks
    what would decide it. So end --help and --version, too."""
