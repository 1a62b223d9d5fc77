"""``handover``: a look at the fleet that is long enough for a note about it."""

import asyncio
from dataclasses import dataclass
from time import monotonic as steadily

from msgspec.structs import replace

from tui.core.connection import HEARTBEAT_LIMIT
from tui.core.fleet import GONE_KEPT, Fleet
from tui.core.fold import fold
from tui.core.query import Query
from tui.core.snapshot import Snapshot, Trouble
from tui.source.base import Source, SourceError
from tui.source.following import follow
from tui.source.poller import Poller
from tui.source.steady import steady

_OURS = (Trouble.KEY, Trouble.QUERY)
"""What no further question helps against, and what no note is worth: somebody has to act."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look has brought."""

    fleet: Fleet
    remarks: tuple[str, ...] = ()
    """What limits it, a sentence each, in words of our own."""


async def look(source: Source, fleet: Fleet, every: float, span: float) -> Look:
    """Ask once for what has ended, then again and again for what is there.

    Whoever has left an answer before we came is in no active one. So all are asked for first,
    those included that ended: who of them beat within the last minutes is taken for there at the
    beginning, as it would have been for whoever had watched, and is found gone by the first active
    answer, if that is whole.

    Args:
        source: is asked, and stays open.
        fleet: nothing but the question, and what tells clients apart.
        every: seconds between two questions.
        span: seconds after which no other question is asked; one is answered at the least.

    Raises:
        SourceError: the key or the question is refused.
    """
    until = steadily() + span
    remarks = []
    if fleet.query.active_only:
        try:
            answer = await source.fetch(replace(fleet.query, active_only=False))
        except SourceError as error:
            if error.trouble in _OURS:
                raise
            remarks.append(
                "What had ended before was asked for in vain: who was gone by then is not in it"
            )
        else:
            fleet = await asyncio.to_thread(fold, fleet, beginning(answer, fleet.query))
            if not answer.complete:
                remarks.append(
                    "Not all that had ended before could be read: more may be gone than is told"
                )
    # By the steady clock, so that a sleep of this machine is noticed.
    async for after in follow(Poller(source, fleet.query, every, time=steady), fleet):
        fleet = after
        outage = fleet.outage
        if outage is not None and outage.failure.trouble in _OURS:
            failure = outage.failure
            raise SourceError(failure.trouble, failure.sentence, retryable=False)
        if steadily() + every > until:
            break
    if fleet.last is not None and not fleet.rhythms:
        remarks.append(
            "No rhythm is known after so short a look: who stopped less than two minutes before "
            "still counts as live"
        )
    return Look(fleet, tuple(remarks))


def beginning(answer: Snapshot, query: Query) -> Snapshot:
    """What an answer to ``query`` would have had a few minutes ago, by one that has all.

    Args:
        answer: to the same question, what has ended included.
        query: for active ones only.
    """
    oldest = GONE_KEPT + HEARTBEAT_LIMIT
    recent = tuple(one for one in answer.records if one.beat_age(answer.at) <= oldest)
    return replace(answer, query=query, records=recent)
