"""SQLite: how the file is opened, so that a crash costs the last poll at most and it can shrink."""

import errno
import os
import sqlite3
import stat
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection as Link
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

WAIT = 5.0
"""Seconds to wait for somebody else who has the file just now."""
_PAGE = 4_096
"""Bytes. What a poll's row has beyond a page goes on in pages of its own, so that little is left
empty; of larger pages it would be half, with rows that are just over half a page."""
_LOG = 4_000_000
"""Bytes to which the file beside is cut back once it is written over."""


def reading_engine(path: Path, *, leaves_no_trace: bool = False) -> Engine:
    """The engine for a file that is only read.

    Args:
        path: of the file.
        leaves_no_trace: whether nothing is put beside it, for a short look while nobody writes.

    Raises:
        OSError: there is none, or it cannot be read.
    """
    # Not opened and closed, as that would let go of what SQLite has locked of it in this process.
    if stat.S_ISDIR(path.stat().st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not os.access(path, os.R_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    if leaves_no_trace and not path.with_name(f"{path.name}-wal").exists():
        return _engine(path, "mode=ro&immutable=1")
    engine = _engine(path, "mode=ro")
    try:
        with engine.connect() as link:
            link.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1")
    except DBAPIError:
        engine.dispose()
        if path.with_name(f"{path.name}-wal").exists():
            return engine
        # In a folder that cannot be written to nobody writes, so that nothing has to be shared.
        return _engine(path, "mode=ro&immutable=1")
    return engine


def make_file(path: Path) -> bool:
    """Make an empty file where there is none; whether there was none.

    Raises:
        OSError: there cannot be one.
    """
    with suppress(FileExistsError):
        # By us, so that nobody else can read it: who the clients are is in it.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        return True
    return False


def take_away(path: Path) -> None:
    """Take a file away again that nobody has open, with what is beside it."""
    for end in ("-wal", "-shm", ""):
        with suppress(OSError):
            path.with_name(path.name + end).unlink()


def writing_engine(path: Path) -> Engine:
    """The engine for a file that is written to; an empty one is made where there is none.

    Raises:
        OSError: there cannot be one.
    """
    make_file(path)
    if not os.access(path, os.W_OK, effective_ids=True):
        # SQLite would open it all the same, to read, and put its own files beside it.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    engine = _engine(path, "mode=rw")

    @event.listens_for(engine, "connect")
    def settle(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in (
            # The first two are of use in a new file only.
            f"page_size={_PAGE}",
            "auto_vacuum=INCREMENTAL",
            "journal_mode=WAL",
            f"journal_size_limit={_LOG}",
            "synchronous=FULL",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(link: Link) -> None:
        # Python's own way begins too late for what makes tables.
        link.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def is_foreign(error: DBAPIError) -> bool:
    """Whether the file is something else than a SQLite file."""
    return getattr(error.orig, "sqlite_errorname", "") == "SQLITE_NOTADB"


def leave_moved(engine: Engine, path: Path) -> None:
    """Let go of a file that is no longer at ``path``, with all that was written to it.

    What is beside is of the former file: SQLite would take it for that of whatever is there now.

    Args:
        engine: the one that had it open.
        path: where it was.
    """
    with suppress(DBAPIError), engine.connect() as link:
        # Where it was moved to it is whole like that.
        link.exec_driver_sql("COMMIT")
        link.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()
    engine.dispose()
    for end in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + end).unlink()


def used_bytes(link: Link) -> int:
    """Bytes of the file that hold something."""
    pages = int(link.exec_driver_sql("PRAGMA page_count").scalar_one())
    return pages * _page_size(link) - free_bytes(link)


def free_bytes(link: Link) -> int:
    """Bytes of the file that hold nothing."""
    pages = int(link.exec_driver_sql("PRAGMA freelist_count").scalar_one())
    return pages * _page_size(link)


def shrink(link: Link, most: int) -> None:
    """Give free bytes back to the system, ``most`` at the most."""
    for _ in range(most // _page_size(link)):
        # SQLite does a page at each step of a statement, and Python takes one step of this one.
        link.exec_driver_sql("PRAGMA incremental_vacuum(1)")


def _page_size(link: Link) -> int:
    return int(link.exec_driver_sql("PRAGMA page_size").scalar_one())


def _engine(path: Path, parameters: str) -> Engine:
    uri = f"{path.absolute().as_uri()}?{parameters}"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            uri, uri=True, check_same_thread=False, timeout=WAIT, isolation_level=None
        )

    return create_engine(
        "sqlite+pysqlite://", creator=connect, poolclass=QueuePool, hide_parameters=True
    )
