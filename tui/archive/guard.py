"""Guard: of the processes on this machine, one writes a file.

The lock is on a file beside it, since SQLite has locks of its own on the recording. The kernel
frees it when the process ends, however that happens.
"""

import fcntl
import os
import socket
from contextlib import suppress
from pathlib import Path

from tui.core.safe import safe

_LONGEST = 200


class GuardedError(Exception):
    """Another process has it; ``holder`` is what it says of itself."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


class Guard:
    """The lock on one file. It is taken when this is made."""

    def __init__(self, path: Path) -> None:
        """
        Args:
            path: the file that is guarded; its real one, so that two names have one guard.

        Raises:
            GuardedError: another process has it.
            OSError: the file beside cannot be made.
        """  # noqa: D205, D212
        self._path = path.with_name(f"{path.name}.lock")
        while True:
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            self._number = os.open(self._path, flags, 0o600)
            try:
                fcntl.flock(self._number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self.holds:
                    os.ftruncate(self._number, 0)
                    os.pwrite(self._number, _this_process().encode(), 0)
                    return
            except BlockingIOError:
                holder = os.pread(self._number, _LONGEST, 0).decode(errors="replace")
                os.close(self._number)
                raise GuardedError(safe(holder, _LONGEST) or "another process") from None
            except BaseException:
                # Whatever ends it, ctrl-c too: the lock goes with the file.
                os.close(self._number)
                raise
            # The one who had it has taken the file away with it.
            os.close(self._number)

    @property
    def holds(self) -> bool:
        """Whether the file beside is still the one that is locked."""
        with suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(self._number), self._path.stat())
        return False

    def release(self) -> None:
        """Let others have it."""
        with suppress(OSError):
            if self.holds:
                self._path.unlink()
        os.close(self._number)


def _this_process() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}"
