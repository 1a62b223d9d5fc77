"""A recording in a database: the same as in a file, on a real PostgreSQL, and shared."""

import re
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.schema import CreateTable

from tests.archive.made import ROUND, make_recording
from tests.archive.postgres import PostgresServer
from tests.ports import reserved_port
from tests.report.reports import report_of
from tui.archive.known import KnownBefore
from tui.archive.postgres import make_engine
from tui.archive.reading import Recording
from tui.archive.schema import metadata
from tui.archive.sets import SETS, Span, rows_of
from tui.archive.store import RecordingError, address_of, make_store, open_store
from tui.core.instant import TICKS

SECRET = "sesame"
PAGE = Path(__file__).parents[2] / "docs/scaling.md"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://me:{0}@127.0.0.1:{1}/past", "127.0.0.1/past cannot be reached: Connection"),
        (
            "postgresql://me:{0}@127.0.0.1:{1}/p?sslmode=no",
            "127.0.0.1/p cannot be reached: connection is bad: inval",
        ),
        ("postgresql://me:se@{0}@127.0.0.1:{1}/past", "the URL of the database cannot be read"),
        ("postgresql+asyncpg://me:{0}@127.0.0.1:{1}/past", "the URL of the database cannot be"),
        ("mysql://me:{0}@127.0.0.1:{1}/past", "the URL of the database cannot be read"),
        ("postgres://me:{0}@127.0.0.1:{1}/past", "127.0.0.1/past cannot be reached: Connection"),
        ("cockroachdb://me:{0}@127.0.0.1:{1}/past", "the database needs a driver that is not"),
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


def all_rows(where: str) -> dict[str, list[str]]:
    """What is recorded, but for who has the lease."""
    store = open_store(where)
    with store.connect() as link:
        rows = {
            name: sorted(map(repr, link.execute(select(table)).all()))
            for name, table in metadata.tables.items()
            if name not in ("leases", "recording")
        }
    store.dispose()
    assert all(rows.values()), "the script has something for every table"
    return rows


def all_taken(where: str) -> list[object]:
    """What export, serve and the screens take of a recording."""
    with closing(Recording(open_store(where))) as recording:
        organization = recording.feed()
        since, until = recording.span(organization)
        span = Span(organization, since, until)
        known = KnownBefore(recording, organization)
        return [
            *(list(rows_of(what, recording, span)) for what in SETS.values()),
            recording.moments(organization),
            [recording.fleet_at(organization, place) for place in range(0, ROUND, 9)],
            [outcome for _, outcome in recording.outcomes(organization, 3)],
            [known.at(at) for at in range(since, until, 60 * TICKS)],
        ]


def test_what_is_recorded_and_all_that_is_read_is_the_same_as_with_a_file(
    tmp_path: Path, database: str
) -> None:
    file = str(tmp_path / "past.db")
    make_recording(file)
    make_recording(database)
    assert all_rows(file) == all_rows(database)
    assert report_of(file).seen == report_of(database).seen
    for one, other in zip(all_taken(file), all_taken(database), strict=True):
        assert one == other


@pytest.mark.slow
def test_who_may_only_read_can_read_all(server: PostgresServer, database: str) -> None:
    make_recording(database)
    name = database.rpartition("/")[2]
    server.ask(name, "CREATE ROLE watcher LOGIN")
    server.ask(name, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO watcher")
    watching = database.replace("conntop@", "watcher@")
    assert all_taken(watching) == all_taken(database)
    with pytest.raises(RecordingError, match="permission denied"):
        make_store(watching.replace(name, "postgres"))


def blocks_of_sql() -> list[str]:
    """What the page on scaling has its readers type."""
    return re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.slow
def test_as_partitions_made_as_the_page_says_it_is_recorded_and_read_unchanged(
    server: PostgresServer, tmp_path: Path, database: str
) -> None:
    make_store(database).dispose()
    name = database.rpartition("/")[2]
    for block in blocks_of_sql():
        server.ask(name, block)
    file = str(tmp_path / "past.db")
    make_recording(Path(file))
    make_recording(database)
    assert all_rows(file) == all_rows(database)
    assert report_of(file).seen == report_of(database).seen
    counts = server.ask(name, "SELECT tableoid::regclass, count(*) FROM polls GROUP BY 1")
    assert re.fullmatch(r"polls_\d_2024_01\|40\n", counts)


def test_every_key_leads_with_the_organization_and_none_is_unique_without_it() -> None:
    engine = make_engine(address_of("postgresql://me@nowhere/past"), to_read=True)
    for table in metadata.tables.values():
        if table.name == "recording":
            continue
        assert table.primary_key.columns.keys()[0] == "organization"
        assert not table.foreign_key_constraints
        for index in table.indexes:
            assert index.columns.keys()[0] == "organization"
            assert not index.unique, "a partition by time could not hold it"
        made = str(CreateTable(table).compile(engine))
        assert "SERIAL" not in made
        assert "IDENTITY" not in made
