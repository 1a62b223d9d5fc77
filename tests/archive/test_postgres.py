"""A recording in a database: the same as in a file, on a real PostgreSQL, and shared."""

from pathlib import Path

import pytest
from sqlalchemy import select

from tests.archive.made import make_recording
from tests.archive.postgres import PostgresServer
from tests.ports import reserved_port
from tui.archive.schema import metadata
from tui.archive.store import RecordingError, make_store, open_store

SECRET = "sesame"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://me:{0}@127.0.0.1:{1}/past", "127.0.0.1/past cannot be reached: Connection"),
        (
            "postgresql://me:{0}@127.0.0.1:{1}/p?sslmode=no",
            "127.0.0.1/p cannot be reached: connection is bad: inval",
        ),
        ("postgresql://me:se@{0}@127.0.0.1:{1}/past", "the URL of the database cannot be read"),
        ("postgresql:///past?host=/nowhere&password={0}", "past cannot be reached: No such file"),
    ],
)
@pytest.mark.parametrize("use", [open_store, make_store])
def test_a_database_that_is_not_there_is_said_without_the_password(
    use: object, url: str, told: str
) -> None:
    with reserved_port() as port, pytest.raises(RecordingError) as raised:
        use(url.format(SECRET, port))  # type: ignore[operator]
    said = str(raised.value).replace("written to", "reached")
    assert said.startswith(told)
    assert SECRET not in said
    assert "\n" not in said
    assert raised.value.__cause__ is None


@pytest.mark.slow
def test_what_is_no_recording_is_said_and_so_is_a_database_that_does_not_exist(
    server: PostgresServer, database: str
) -> None:
    with pytest.raises(RecordingError, match=r"^127.0.0.1/test_\d+ is no recording of conntop$"):
        open_store(database)
    with pytest.raises(RecordingError, match=r'/nowhere cannot be .*: database "nowhere" does not'):
        make_store(server.url("nowhere"))


@pytest.mark.slow
def test_a_script_is_recorded_with_the_same_rows_as_in_a_file(
    tmp_path: Path, database: str
) -> None:
    file = tmp_path / "past.db"
    make_recording(file)
    make_recording(database)
    rows = []
    for where in (str(file), database):
        store = open_store(where)
        with store.connect() as link:
            rows.append(
                {
                    name: sorted(map(repr, link.execute(select(table)).all()))
                    for name, table in metadata.tables.items()
                    if name not in ("leases", "keyframes")
                }
            )
        store.dispose()
    assert rows[0] == rows[1]
