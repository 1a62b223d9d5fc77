"""Store: a recording that is open, whichever database holds it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection as Link
from sqlalchemy import Engine, inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    ProgrammingError,
)

from tui.archive.migration import FIRST, STEPS, NewerError, NoRecordingError, Step, settle
from tui.archive.postgres import make_engine
from tui.archive.schema import VERSION, recording
from tui.archive.sqlite import is_foreign, reading_engine, writing_engine
from tui.core.instant import from_datetime
from tui.core.safe import safe

_BACKENDS = {"postgresql": "postgresql", "postgres": "postgresql", "cockroachdb": "cockroachdb"}
"""What the URL of a database begins with. CockroachDB speaks PostgreSQL's protocol and not quite
its SQL, so that SQLAlchemy has a dialect of its own for it."""


class RecordingError(Exception):
    """A recording that cannot be used, in one sentence that says what to do."""


def address_of(text: str) -> URL:
    """The address of a recording: of a PostgreSQL database by its URL, else of a SQLite file.

    Raises:
        RecordingError: the URL cannot be read.
    """
    scheme, separator, _ = text.partition("://")
    if not separator:
        return URL.create("sqlite+pysqlite", database=str(Path(text).expanduser()))
    backend = _BACKENDS.get(scheme)
    try:
        address = make_url(text).set(drivername=f"{backend}+psycopg") if backend else None
    except (ArgumentError, ValueError):
        address = None
    # An @ in the password would make its end a part of the host, which is told to people.
    if address is None or "@" in (address.host or ""):
        raise RecordingError(
            "the URL of the database cannot be read: give one like postgresql://user@host/name, "
            "and the password by PGPASSWORD or ~/.pgpass"
        )
    return address


def shown(address: URL) -> str:
    """A recording as it is called before people: the file, or the host and the database's name."""
    if address.get_backend_name() == "sqlite":
        return safe(address.database or "", 200)
    place = "/".join(part for part in (address.host, address.database) if part)
    return safe(place or "the database", 200)


def title(text: str) -> str:
    """A recording by a name that is short: that of the file, or host and name of the database.

    Raises:
        RecordingError: the URL cannot be read.
    """
    address = address_of(text)
    if address.get_backend_name() == "sqlite":
        return safe(Path(address.database or "").name, 60)
    return shown(address)


def repeatable(text: str) -> str:
    """A recording as a command line may name it where others read it: without a password.

    Raises:
        RecordingError: the URL cannot be read.

    >>> repeatable("postgresql://me:secret@db:5433/conntop?sslpassword=secret")
    'postgresql://me@db:5433/conntop'
    """
    address = address_of(text)
    if address.get_backend_name() == "sqlite":
        return text
    plain = URL.create("postgresql", address.username, None, address.host, address.port)
    return plain.set(database=address.database).render_as_string(hide_password=False)


def open_store(text: str) -> Engine:
    """A recording to read from.

    Args:
        text: the name of a file, or the URL of a PostgreSQL database.

    Raises:
        RecordingError: there is none, or not one that can be read.
    """
    address = address_of(text)
    if address.get_backend_name() == "sqlite":
        try:
            engine = reading_engine(Path(address.database or ""))
        except OSError as error:
            raise RecordingError(f"{shown(address)}: {error.strerror}") from None
    else:
        engine = _database(address, to_read=True)
    try:
        with engine.connect() as link:
            check(link, shown(address))
    except DBAPIError as error:
        engine.dispose()
        raise RecordingError(f"{shown(address)} cannot be reached: {reason(error)}") from None
    except BaseException:
        # Whatever ends it, ctrl-c too: no link to the recording is left open.
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
        raise _newer(name, version)
    if version < VERSION:
        raise RecordingError(
            f"{name} was recorded by an older conntop (version {version} of the tables, and this "
            f"one has {VERSION}): conntop record --to it takes it further"
        )


def reason(error: DBAPIError) -> str:
    """What a database says of a failure, in one line for people."""
    said = [line.strip() for line in str(error.orig).splitlines() if line.strip()]
    # Where a host has several addresses each has failed: the last one is told.
    told = [line for line in said if "failed: " in line] or said or [type(error.orig).__name__]
    words = told[-1 if told[0].startswith("Multiple") else 0].rpartition("failed: ")[2]
    return safe(words.removeprefix("FATAL:").strip(), 200)


def make_store(text: str, steps: Sequence[Step] = STEPS) -> Engine:
    """A recording to write into, made where there is none, and taken further where it is older.

    Args:
        text: the name of a file, or the URL of a PostgreSQL database.
        steps: what takes older tables further.

    Raises:
        RecordingError: there cannot be one. What is there is left as it is.
    """
    address = address_of(text)
    name = shown(address)
    engine = _to_write(address, name, FIRST + len(steps))
    try:
        try:
            _settle(engine, name, steps)
        except (ProgrammingError, IntegrityError):
            # Another recorder makes the same tables at this moment, or nobody may: now it shows.
            _settle(engine, name, steps)
    except DBAPIError as error:
        engine.dispose()
        if is_foreign(error):
            raise _foreign(name) from None
        raise RecordingError(f"{name} cannot be written to: {reason(error)}") from None
    except BaseException:
        # Whatever ends it, ctrl-c too: no link to the recording is left open.
        engine.dispose()
        raise
    return engine


def _to_write(address: URL, name: str, newest: int) -> Engine:
    if address.get_backend_name() != "sqlite":
        return _database(address, to_read=False)
    path = Path(address.database or "")
    try:
        if path.exists() and path.stat().st_size:
            # Before anything is set in it.
            _see_whose(path, name, newest)
        return writing_engine(path)
    except OSError as error:
        raise RecordingError(f"{name} cannot be written to: {error.strerror}") from None


def _see_whose(path: Path, name: str, newest: int) -> None:
    engine = reading_engine(path, leaves_no_trace=True)
    version = None
    try:
        with engine.connect() as link:
            tables = inspect(link).get_table_names()
            if recording.name in tables:
                version = link.execute(select(recording.c.version)).scalar()
    except DBAPIError as error:
        if is_foreign(error):
            raise _foreign(name) from None
        raise RecordingError(f"{name} cannot be written to: {reason(error)}") from None
    finally:
        engine.dispose()
    if tables and version is None:
        raise _foreign(name)
    if version is not None and version > newest:
        raise _newer(name, version)


def _settle(engine: Engine, name: str, steps: Sequence[Step]) -> None:
    try:
        with engine.begin() as link:
            settle(link, from_datetime(datetime.now(UTC)), steps)
    except NoRecordingError:
        raise _foreign(name) from None
    except NewerError as error:
        raise _newer(name, error.version) from None


def _foreign(name: str) -> RecordingError:
    return RecordingError(f"{name} is no recording of conntop and is left as it is: name another")


def _newer(name: str, version: int) -> RecordingError:
    return RecordingError(
        f"{name} was recorded by a newer conntop (version {version} of the tables, and this one "
        f"knows {VERSION}): update conntop"
    )


def _database(address: URL, *, to_read: bool) -> Engine:
    try:
        return make_engine(address, to_read=to_read)
    except (ModuleNotFoundError, NoSuchModuleError):
        extra = "postgres" if address.get_backend_name() == "postgresql" else "cockroachdb"
        raise RecordingError(
            f"the database needs a driver that is not there: pip install 'conntop[{extra}]'"
        ) from None
