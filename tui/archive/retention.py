"""Retention: the oldest goes, a stretch at a time, by its age and by the size of the file.

A stretch is a keyframe with the polls up to the next one: without its keyframe none of them could
be read. Of states the last one before what is kept stays, of those that are still there.
"""

from sqlalchemy import Connection as Link
from sqlalchemy import delete, exists, or_, select

from tui.archive.bounds import Bounds
from tui.archive.pages import GONE
from tui.archive.schema import connections, events, gaps, keyframes, polls, states
from tui.archive.sqlite import free_bytes, shrink, used_bytes
from tui.core.absence import CHANGED, UNSEEN
from tui.core.instant import TICKS, Instant

_BITE = 2_000_000
"""Bytes that are given back to the system at once: more would hold up the next poll."""
_SLACK = 4_000_000
"""Free bytes that are left for what comes, but for a file that is to be small."""


def tidy(link: Link, organization: str, at: Instant, bounds: Bounds) -> bool:
    """Let the oldest stretch go, if it is to go; a further call lets go of the next one.

    Args:
        link: a transaction.
        organization: whose polls.
        at: the last one.
        bounds: what is kept.

    Returns:
        Whether there was one to let go.
    """
    until = _end_of_first(link, organization)
    is_file = link.dialect.name == "sqlite"
    # They count as well: it is the file that has the bound.
    slack = min(_SLACK, bounds.size // 16)
    went = False
    if until is not None:
        old = until <= at - round(bounds.age * TICKS)
        if old or (is_file and used_bytes(link) + slack > bounds.size):
            _let_go(link, organization, until)
            went = True
    if is_file:
        shrink(link, min(_BITE, free_bytes(link) - slack))
    return went


def _end_of_first(link: Link, organization: str) -> Instant | None:
    """When the second stretch begins; ``None`` where there is none."""
    return link.execute(
        select(keyframes.c.at)
        .where(keyframes.c.organization == organization)
        .order_by(keyframes.c.at)
        .offset(1)
        .limit(1)
    ).scalar()


def _let_go(link: Link, organization: str, until: Instant) -> None:
    for table in (polls, keyframes, events):
        link.execute(delete(table).where(table.c.organization == organization, table.c.at < until))
    link.execute(delete(gaps).where(gaps.c.organization == organization, gaps.c.until <= until))
    later = states.alias("later")
    followed = exists().where(
        later.c.organization == organization,
        later.c.number == states.c.number,
        later.c.at > states.c.at,
        later.c.at <= until,
    )
    ended = states.c.state.in_((GONE, UNSEEN, CHANGED))
    link.execute(
        delete(states).where(
            states.c.organization == organization, states.c.at < until, or_(ended, followed)
        )
    )
    told_of = exists().where(
        states.c.organization == organization, states.c.number == connections.c.number
    )
    link.execute(
        delete(connections).where(
            connections.c.organization == organization, connections.c.first_seen < until, ~told_of
        )
    )
