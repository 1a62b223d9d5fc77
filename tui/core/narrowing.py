"""Narrowing: the answer that was given to one question, as an answer to another one."""

from msgspec.structs import replace

from tui.core.connection import HEARTBEAT_LIMIT, Connection
from tui.core.instant import MINUTE, Instant
from tui.core.query import Query
from tui.core.snapshot import Cut, Snapshot

_EXACT = ("api_key_id", "connection_id", "service", "protocol", "data_center")


def narrowed(answer: Snapshot, query: Query) -> Snapshot:
    """What ``answer`` knows of ``query``, by the documented meaning of its parameters.

    Of two of them nobody outside knows all: texts are compared exactly, and where ``limit`` cuts,
    those that started last are kept. A question that asks for more than the answered one did gets
    what there is, with ``Cut.RECORDED``: what is absent from it may well have been there.
    """
    if query == answer.query:
        return answer
    fitting = [one for one in answer.records if _fits(one, query, answer.at)]
    ended = answer.ended
    if query.active_only and not answer.query.active_only:
        # Who was not active is known all the same, as if it had been asked for once more.
        silent = (one for one in fitting if not _is_active(one, answer.at))
        ended = {**ended, **{one.connection_id: one for one in silent}}
        fitting = [one for one in fitting if _is_active(one, answer.at)]
    cut = answer.cut if covers(answer.query, query) else Cut.RECORDED
    if query.limit is not None and len(fitting) >= query.limit:
        cut = cut or Cut.LIMIT
        fitting = sorted(fitting, key=lambda one: -one.start)[: query.limit]
    return replace(
        answer, query=query, records=tuple(fitting), served=len(fitting), cut=cut, ended=ended
    )


def _fits(one: Connection, query: Query, at: Instant) -> bool:
    since = query.time_start if query.minutes is None else at - query.minutes * MINUTE
    return (
        query.matches(one)
        and (since is None or one.start >= since)
        and (query.time_end is None or one.start <= query.time_end)
    )


def _is_active(one: Connection, at: Instant) -> bool:
    return one.is_active and one.beat_age(at) <= HEARTBEAT_LIMIT


def covers(answered: Query, asked: Query) -> bool:
    """Whether a whole answer to ``answered`` has all that ``asked`` asks for."""
    if answered.active_only and not asked.active_only:
        return False
    for name in _EXACT:
        if getattr(answered, name) not in (None, getattr(asked, name)):
            return False
    if answered.minutes is not None:
        return asked.minutes is not None and asked.minutes <= answered.minutes
    first, last = answered.time_start, answered.time_end
    return (first is None or (asked.time_start is not None and asked.time_start >= first)) and (
        last is None or (asked.time_end is not None and asked.time_end <= last)
    )
