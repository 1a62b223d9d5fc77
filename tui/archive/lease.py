"""Lease: of several recorders of one organization, one writes. The others stand by.

It is a row of the database, good until a time of the database's clock. Whoever holds it says so
again in the transaction of each poll, before anything else is written there; the number that a
taker gets is higher than all before. So a recorder that was away for so long that another took its
place finds the number changed, and nothing of its poll is kept, whatever the clocks say.
"""

import os
import socket

from msgspec import Struct
from sqlalchemy import BigInteger, ColumnElement, cast, extract, func, select, update
from sqlalchemy import Connection as Link
from sqlalchemy.dialects.postgresql import insert

from tui.archive.schema import leases
from tui.core.instant import TICKS


class Lease(Struct, frozen=True):
    """The right to write what one organization's polls bring."""

    organization: str
    holder: str
    number: int
    """Higher than that of every lease of the organization before."""
    seconds: float
    """How long it is good after each time that it was held on to."""


class Holder(Struct, frozen=True):
    """Who has the lease instead, as far as it is known."""

    name: str
    seconds: float
    """How much longer it is good; not above 0: it could be taken now."""


class LeaseError(Exception):
    """Another recorder has the lease; ``holder`` is what it says of itself."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"recorded by {holder}")
        self.holder = holder


def this_process() -> str:
    """What others are told of this process: ``host:pid``."""
    return f"{socket.gethostname()}:{os.getpid()}"


def take(link: Link, organization: str, holder: str, seconds: float) -> Lease | Holder:
    """Take the lease if nobody has it, or tell who does.

    Args:
        link: a transaction of its own, which is short.
        organization: whose.
        holder: what others are told of who has it.
        seconds: how long it is good each time.
    """
    fresh = insert(leases).values(
        organization=organization, holder=holder, number=1, until=_now() + int(seconds * TICKS)
    )
    taken = fresh.on_conflict_do_update(
        index_elements=[leases.c.organization],
        set_={
            "holder": fresh.excluded.holder,
            "number": leases.c.number + 1,
            "until": fresh.excluded.until,
        },
        where=leases.c.until <= _now(),
    ).returning(leases.c.number)
    number = link.execute(taken).scalar()
    if number is not None:
        return Lease(organization, holder, number, seconds)
    return _holder(link, organization)


def hold(link: Link, lease: Lease) -> None:
    """Hold on to the lease, first of all in a transaction that writes.

    Until the transaction ends nobody else can take it.

    Raises:
        LeaseError: another has it; the transaction must not go on.
    """
    held = link.execute(
        update(leases)
        .where(leases.c.organization == lease.organization, leases.c.number == lease.number)
        .values(until=_now() + int(lease.seconds * TICKS))
    )
    if not held.rowcount:
        raise LeaseError(_holder(link, lease.organization).name)


def let_go(link: Link, lease: Lease) -> None:
    """Give the lease back, so that nobody has to wait for its end."""
    link.execute(
        update(leases)
        .where(leases.c.organization == lease.organization, leases.c.number == lease.number)
        .values(until=_now())
    )


def _holder(link: Link, organization: str) -> Holder:
    rest = leases.c.until - _now()
    row = link.execute(
        select(leases.c.holder, rest).where(leases.c.organization == organization)
    ).one_or_none()
    return Holder("nobody", 0) if row is None else Holder(row[0], row[1] / TICKS)


def _now() -> ColumnElement[int]:
    """When the transaction began, by the clock of the database, in ticks.

    ``now()`` and not ``clock_timestamp()``: a database of several machines wants the same answer
    for the whole of a statement.
    """
    return cast(extract("epoch", func.now()) * TICKS, BigInteger)
