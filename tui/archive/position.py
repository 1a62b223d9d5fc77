"""Position: how far a recording has come, so that a later process goes on from there."""

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection as Link
from sqlalchemy import insert, select

from tui.archive.pages import Position, column_text
from tui.archive.schema import events, feeds, gaps, keyframes, polls
from tui.core.deltas import fleet_after, open_keyframe
from tui.core.events import EVENTS_KEPT, Event, EventKind
from tui.core.fleet import Fleet
from tui.core.instant import Instant
from tui.core.lineage import ClientField, Lineage
from tui.core.names import Names
from tui.core.roll import Roll

_LONGEST = 200
"""Characters of an organization: it is in each key."""


def feed_of(link: Link, context: str, host: str) -> str | None:
    """The organization under which a context is recorded; ``None`` where it is not yet."""
    found = select(feeds.c.organization).where(
        feeds.c.context == column_text(context), feeds.c.host == column_text(host)
    )
    return link.execute(found.order_by(feeds.c.made_at.desc()).limit(1)).scalar()


def new_organization(context: str, host: str, served: str | None, taken: Iterable[str]) -> str:
    """The organization under which a context is recorded that was not recorded before.

    Args:
        context: the name of the context.
        host: whom it asks.
        served: the organization that its records name, where there are any.
        taken: organizations that others record meanwhile: what is theirs is not mixed with this.
    """
    organization = column_text(served or f"{context}@{host}")[:_LONGEST]
    if organization in taken:
        organization = f"{organization} ({column_text(context)[:_LONGEST]})"
    return organization


def make_feed(link: Link, organization: str, context: str, host: str, now: Instant) -> None:
    """Say whose connections an organization's are, where nobody has said so yet."""
    known = select(feeds.c.organization).where(feeds.c.organization == organization)
    if link.execute(known).scalar() is None:
        row = {"context": column_text(context), "host": column_text(host), "made_at": now}
        link.execute(insert(feeds).values(organization=organization, **row))


def position_of(
    link: Link, organization: str, client: tuple[ClientField, ...], names: Names
) -> Position:
    """How far the recording of an organization has come.

    Args:
        link: to the recording.
        organization: whose.
        client: what tells one client from another now.
        names: what people call keys, clients and hosts now.

    Raises:
        msgspec.MsgspecError: it is damaged.
        zlib.error: it is damaged.
    """
    mine = keyframes.c.organization == organization
    columns = keyframes.c.at, keyframes.c.place, keyframes.c.parts
    frame = link.execute(
        select(*columns).where(mine).order_by(keyframes.c.at.desc()).limit(1)
    ).one_or_none()
    if frame is None:
        return Position(organization, _nothing(client, names), Roll())
    since, place, packed = frame
    parts = msgspec.msgpack.decode(packed, type=tuple[bytes, ...])
    fleet, roll = open_keyframe(parts, client, names)
    later = link.execute(
        select(polls.c.at, polls.c.place, polls.c.delta)
        .where(polls.c.organization == organization, polls.c.at > since)
        .order_by(polls.c.at)
    ).all()
    fleet = fleet_after(fleet, roll, [row.delta for row in later])
    if later:
        place = later[-1].place
    return Position(
        organization,
        replace(fleet, events=(), log=_log(link, organization, since, fleet)),
        roll,
        place + 1,
        later[-1].at if later else since,
        link.execute(
            select(polls.c.at)
            .where(polls.c.organization == organization, polls.c.blind.is_(False))
            .order_by(polls.c.at.desc())
            .limit(1)
        ).scalar(),
        link.execute(
            select(gaps.c.since).where(gaps.c.organization == organization, gaps.c.until.is_(None))
        ).scalar(),
    )


def _nothing(client: tuple[ClientField, ...], names: Names) -> Fleet:

    return Fleet(lineage=Lineage(client), names=names)


def _log(link: Link, organization: str, since: Instant, fleet: Fleet) -> tuple[Event, ...]:
    """The log as far as further folds look at it, as ``remember`` keeps it."""
    later = link.execute(
        select(events.c.at, events.c.kind, events.c.evidence, events.c.number)
        .where(events.c.organization == organization, events.c.at > since)
        .order_by(events.c.at, events.c.place, events.c.rank)
    ).all()
    kept = [row for row in later[:-1] if row.number is None] + list(later[-1:])
    told = (Event(row.at, EventKind(row.kind), row.evidence) for row in kept)
    return (*fleet.log, *told)[-EVENTS_KEPT:]
