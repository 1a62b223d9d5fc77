"""Store: a recording that is open, whichever database holds it."""

import sqlite3
from pathlib import Path

from sqlalchemy import Connection as Link
from sqlalchemy import Engine, create_engine, event, inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import QueuePool

from tui.archive.schema import VERSION, metadata, recording
from tui.core.safe import safe

SCHEMES = ("postgresql",)
"""Beginnings of a URL that names a database; all else is the name of a file."""


class RecordingError(Exception):
    """A recording that cannot be used, in one sentence that says what to do."""


def address_of(text: str) -> URL:
    """The address of a recording: of a PostgreSQL database by its URL, else of a SQLite file.

    Raises:
        RecordingError: the URL cannot be read.
    """
    if not text.startswith(tuple(f"{scheme}:" for scheme in SCHEMES)):
        return URL.create("sqlite+pysqlite", database=str(Path(text).expanduser()))
    try:
        return make_url(text).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError):
        raise RecordingError(
            "the URL of the database cannot be read: give one like postgresql://user@host/name"
        ) from None


def shown(address: URL) -> str:
    """A recording as it is called before people: the file, or the host and the database's name."""
    if address.get_backend_name() == "sqlite":
        return safe(address.database or "", 200)
    place = "/".join(part for part in (address.host, address.database) if part)
    return safe(place or "the database", 200)


def open_store(text: str) -> Engine:
    """A recording to read from.

    Args:
        text: the name of a file, or the URL of a PostgreSQL database.

    Raises:
        RecordingError: there is none, or not one that can be read.
    """
    address = address_of(text)
    if address.get_backend_name() == "sqlite":
        engine = _to_read(Path(address.database or ""), shown(address))
    else:
        engine = create_engine(address, pool_pre_ping=True)
    try:
        with engine.connect() as link:
            check(link, shown(address))
    except BaseException:
        engine.dispose()
        raise
    return engine


def check(link: Link, name: str) -> None:
    """See that a recording is there which this conntop knows how to read.

    Args:
        link: to it.
        name: what people call it.

    Raises:
        RecordingError: it is not.
    """
    try:
        known = inspect(link).has_table(recording.name)
        version = link.execute(select(recording.c.version)).scalar() if known else None
    except DBAPIError as error:
        raise RecordingError(
            f"{name} is no recording of conntop, or cannot be read: {reason(error)}"
        ) from None
    if version is None:
        raise RecordingError(f"{name} is no recording of conntop")
    if version > VERSION:
        raise RecordingError(
            f"{name} was recorded by a newer conntop (version {version} of the tables, and this "
            f"one knows {VERSION}): update conntop"
        )
    if version < VERSION:
        raise RecordingError(
            f"{name} was recorded by an older conntop (version {version} of the tables, and this "
            f"one has {VERSION}): conntop record --to it takes it further"
        )


def reason(error: DBAPIError) -> str:
    """What a database says of a failure, in one line for people."""
    said = str(error.orig).strip().splitlines()
    return safe(said[0] if said else type(error.orig).__name__, 200)


def make_store(text: str) -> Engine:
    """A recording to write into, made where there is none.

    Raises:
        RecordingError: there cannot be one.
    """
    engine = create_engine(address_of(text))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _settle)
    metadata.create_all(engine)
    return engine


def _to_read(path: Path, name: str) -> Engine:
    """The engine for a file that is only read."""
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise RecordingError(f"{name}: {error.strerror}") from None
    beside = path.with_name(f"{path.name}-wal")
    mode = "mode=ro"
    engine = _sqlite(path, mode)
    try:
        with engine.connect() as link:
            link.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1")
    except DBAPIError:
        # In a folder that cannot be written to nobody writes, so that nothing has to be shared.
        engine.dispose()
        return engine if beside.exists() else _sqlite(path, f"{mode}&immutable=1")
    return engine


def _sqlite(path: Path, parameters: str) -> Engine:
    uri = f"{path.absolute().as_uri()}?{parameters}"
    return create_engine(
        "sqlite+pysqlite://",
        creator=lambda: sqlite3.connect(uri, uri=True, check_same_thread=False, timeout=5),
        poolclass=QueuePool,
    )


def _settle(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")
