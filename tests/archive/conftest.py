"""What the tests of recordings share."""

from collections.abc import Iterator

import pytest

from tests.archive.postgres import PostgresServer, running_server


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """A real PostgreSQL, started by the first test that asks for it."""
    with running_server() as running:
        yield running


@pytest.fixture
def database(server: PostgresServer) -> str:
    """The URL of an empty database."""
    return server.make_database()
