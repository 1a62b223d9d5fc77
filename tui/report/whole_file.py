"""A new file that is there as a whole, or not at all."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import IO


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Write into a file beside ``path``, which takes that name once the block is through.

    Whatever ends the block otherwise, ctrl-c too, leaves nothing behind.

    Raises:
        FileExistsError: there is a file of that name by now: it stays what it is.
        OSError: it cannot be written.
    """
    beside = path.with_name(f".{path.name[:100]}.{token_hex(4)}")
    with beside.open("xb") as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if path.exists() or path.is_symlink():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
