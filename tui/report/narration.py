"""What is said to people beside the data: one sentence a line, on stderr."""

import sys
from contextlib import suppress

from tui.core.safe import safe

_LONGEST = 600


def say(sentence: str) -> None:
    """Write ``conntop: sentence`` to stderr, if there is one."""
    if sys.stderr is None:
        return
    # Where nobody listens any more, the exit code still tells.
    with suppress(BrokenPipeError):
        sys.stderr.write(f"conntop: {safe(sentence, _LONGEST)}\n")
        sys.stderr.flush()
