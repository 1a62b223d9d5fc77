"""Store: a recording that is open, whichever database holds it."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from tui.archive.schema import metadata

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
        return URL.create("sqlite+pysqlite", database=str(Path(text)))
    try:
        return make_url(text).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError):
        raise RecordingError(
            "the URL of the database cannot be read: give one like postgresql://user@host/name"
        ) from None


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


def _settle(connection: object, _record: object) -> None:
    cursor: Callable[[], object] = connection.cursor  # type: ignore[attr-defined]
    on = cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
        on.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]
    on.close()  # type: ignore[attr-defined]
