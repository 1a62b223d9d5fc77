"""PostgreSQL: how it is reached, so that nothing waits for ever for a server or link that died."""

from collections.abc import Callable
from contextlib import closing
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL

CONNECT = 5
"""Seconds until a server that does not answer is given up, for each of its addresses."""
STATEMENT = 30
"""Seconds until the server gives up a statement, or a transaction whose client is silent."""
LOCK = 10
"""Seconds to wait for what another transaction holds."""
ANSWER = 45.0
"""Seconds after which a server that does not even give up a statement is hung up on."""
_DEAD = {
    # A link that carries nothing any more is noticed within half a minute.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}


def make_engine(address: URL, *, to_read: bool, answer: float = ANSWER) -> Engine:
    """An engine that reaches the database when it is asked, again after a restart, too.

    Args:
        address: with the driver's name.
        to_read: whether the server shall refuse all that writes.
        answer: seconds to wait for any answer.

    Raises:
        ModuleNotFoundError: the driver is not installed.
    """
    how: dict[str, Any] = {
        "connect_timeout": CONNECT,
        "application_name": "conntop",
        **_DEAD,
    }
    engine = create_engine(
        address,
        connect_args={name: each for name, each in how.items() if name not in address.query},
        pool_pre_ping=True,
        pool_size=2,
        max_overflow=3,
        pool_timeout=STATEMENT,
        hide_parameters=True,
    )
    settings = {
        "statement_timeout": f"{STATEMENT}s",
        "lock_timeout": f"{LOCK}s",
        "idle_in_transaction_session_timeout": f"{STATEMENT}s",
        "default_transaction_read_only": "on" if to_read else "off",
    }

    # As statements, not as options of the connection, which poolers between us refuse.
    @event.listens_for(engine, "connect")
    def settle(connection: Any, _record: object) -> None:
        connection.wait = _bounded(connection, answer)
        with closing(connection.cursor()) as cursor:
            for name, value in settings.items():
                cursor.execute(f"SET {name} = '{value}'")
        connection.commit()

    return engine


def _bounded(connection: Any, seconds: float) -> Callable[..., object]:
    """The one way in which a connection of psycopg waits, but not for ever.

    The limits above are kept by the server, or by the kernel where the other one is dead; a server
    that stands still answers neither, and its kernel goes on.
    """
    wait = connection.wait

    def bounded(*args: Any, **options: Any) -> object:
        try:
            return wait(*args, **{"timeout": seconds} | options)
        except connection.OperationalError:
            if connection.info.transaction_status.name == "ACTIVE":
                connection.close()
            raise

    return bounded
