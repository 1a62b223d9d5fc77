"""Of several recorders of one organization, one writes: held to on a real PostgreSQL."""

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, Integer, MetaData, Table, Text, delete, select, update
from sqlalchemy import Connection as Link
from sqlalchemy.exc import DBAPIError

from tests.archive.postgres import PostgresServer
from tui.archive.lease import Holder, Lease, LeaseError, hold, let_go, take
from tui.archive.schema import leases
from tui.archive.store import make_store
from tui.core.instant import TICKS

pytestmark = pytest.mark.slow

WHOSE = "one"
SECONDS = 30.0
written = Table(
    "written",
    MetaData(),
    Column("place", Integer, nullable=False),
    Column("holder", Text, nullable=False),
    Column("number", Integer, nullable=False),
)


@pytest.fixture(scope="module")
def store(server: PostgresServer) -> Iterator[Engine]:
    engine = make_store(server.make_database())
    written.create(engine)
    yield engine
    engine.dispose()


@pytest.fixture(autouse=True)
def nobody(store: Engine) -> None:
    with store.begin() as link:
        link.execute(delete(leases))
        link.execute(delete(written))


def taken(store: Engine, holder: str) -> Lease | Holder:
    with store.begin() as link:
        return take(link, WHOSE, holder, SECONDS)


def pass_time(store: Engine, seconds: float) -> None:
    """The database's clock goes on, as far as leases can tell."""
    with store.begin() as link:
        link.execute(update(leases).values(until=leases.c.until - int(seconds * TICKS)))


def test_the_second_is_told_who_records_and_for_how_long(store: Engine) -> None:
    first = taken(store, "a:1")
    assert isinstance(first, Lease)
    second = taken(store, "b:2")
    assert isinstance(second, Holder)
    assert second.name == "a:1"
    assert SECONDS - 5 < second.seconds <= SECONDS


def test_each_organization_has_its_own(store: Engine) -> None:
    with store.begin() as link:
        assert isinstance(take(link, "one", "a:1", SECONDS), Lease)
        assert isinstance(take(link, "two", "b:2", SECONDS), Lease)


def test_who_holds_on_keeps_it_for_longer_than_one_lease(store: Engine) -> None:
    first = taken(store, "a:1")
    assert isinstance(first, Lease)
    for _ in range(4):
        pass_time(store, SECONDS - 10)
        with store.begin() as link:
            hold(link, first)
        assert isinstance(taken(store, "b:2"), Holder)


def test_when_it_ends_the_next_takes_it_and_the_former_is_told_by_whom(store: Engine) -> None:
    first = taken(store, "a:1")
    assert isinstance(first, Lease)
    pass_time(store, SECONDS)
    second = taken(store, "b:2")
    assert isinstance(second, Lease)
    assert second.number > first.number
    with store.connect() as link, pytest.raises(LeaseError, match="recorded by b:2"):
        hold(link, first)


def test_who_was_late_and_not_replaced_still_has_it(store: Engine) -> None:
    first = taken(store, "a:1")
    assert isinstance(first, Lease)
    pass_time(store, SECONDS * 10)
    with store.begin() as link:
        hold(link, first)
    assert isinstance(taken(store, "b:2"), Holder)


def test_given_back_it_is_free_at_once_and_only_by_its_holder(store: Engine) -> None:
    first = taken(store, "a:1")
    assert isinstance(first, Lease)
    with store.begin() as link:
        let_go(link, first)
    second = taken(store, "b:2")
    assert isinstance(second, Lease)
    with store.begin() as link:
        let_go(link, first)
    assert isinstance(taken(store, "a:1"), Holder)


@dataclass
class Recording:
    """A recorder, as far as the lease is concerned: it goes on where the table ends."""

    store: Engine
    name: str
    lease: Lease | None = None
    place: int = 0
    open: ExitStack | None = None
    link: Link | None = None
    fenced: int = field(default=0)

    def begin(self) -> None:
        """Come to the middle of a poll's transaction, or of taking the lease."""
        if self.open is not None:
            return
        with ExitStack() as stack:
            link = stack.enter_context(self.store.connect())
            link.exec_driver_sql("SET lock_timeout = '30ms'")
            link.commit()
            try:
                if self.lease is None:
                    found = take(link, WHOSE, self.name, SECONDS)
                    if isinstance(found, Lease):
                        self.lease = found
                        self.place = len(link.execute(select(written)).all())
                else:
                    hold(link, self.lease)
                    row = {"holder": self.name, "number": self.lease.number}
                    link.execute(written.insert().values(place=self.place, **row))
            except LeaseError:
                self.fenced += 1
                self.lease = None
                return
            except DBAPIError:
                return  # The other one is in the middle of something: tried again later.
            self.open, self.link = stack.pop_all(), link

    def end(self) -> None:
        """Commit what is in the middle."""
        if self.open is None or self.link is None:
            return
        self.link.commit()
        self.place = len(self.link.execute(select(written)).all())
        self.link.commit()
        self.open.close()
        self.open = None

    def poll(self) -> None:
        """A whole one."""
        self.begin()
        self.end()

    def die(self) -> None:
        """Leave all as it is; the server ends the transaction. Another process comes in its place
        and knows nothing."""  # noqa: D205, D209
        if self.open is not None and self.link is not None:
            self.link.invalidate()
            self.open.close()
        self.open = self.lease = None


ACTS = ("poll", "begin", "end", "die")


@example(
    [(0, "poll"), (0, "poll"), (0, "begin"), (2, "time"), (1, "poll"), (0, "end"), (1, "poll")]
)
@example([(0, "poll"), (2, "time"), (1, "poll"), (0, "poll"), (1, "poll"), (0, "poll")])
@given(
    st.lists(
        st.tuples(st.sampled_from((0, 1)), st.sampled_from(ACTS)) | st.just((2, "time")),
        max_size=24,
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_two_recorders_do_each_poll_is_there_once(
    store: Engine, acts: list[tuple[int, str]]
) -> None:
    with store.begin() as link:
        link.execute(delete(leases))
        link.execute(delete(written))
    both = Recording(store, "a:1"), Recording(store, "b:2")
    try:
        for who, act in acts:
            if act == "time":
                with suppress(DBAPIError), store.begin() as link:
                    link.exec_driver_sql("SET LOCAL lock_timeout = '30ms'")
                    link.execute(update(leases).values(until=leases.c.until - int(40 * TICKS)))
            else:
                getattr(both[who], act)()
    finally:
        for one in both:
            one.die()
    with store.connect() as link:
        rows = link.execute(select(written).order_by(written.c.place, written.c.number)).all()
    assert [row.place for row in rows] == list(range(len(rows)))
    numbers = [row.number for row in rows]
    assert numbers == sorted(numbers), "a former one wrote after the next one"
