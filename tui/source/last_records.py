"""LastRecords: what has left the active answer is asked for once more, by its id."""

import asyncio
from dataclasses import replace
from typing import Final

from tui.core.connection import Connection
from tui.core.query import Query
from tui.core.snapshot import Cost, Snapshot
from tui.source.base import Source, SourceError

LOOKUPS: Final = 20
"""Connections asked for by their id in one poll, unless set otherwise."""


class LastRecords:
    """A Source that adds the last record of what has left (``Snapshot.ended``).

    An active-only answer hides what on-call most needs: when the lost connection beat last, and
    how long it was up. So many of them are asked for with each poll, those that left first
    before the others; the rest have their turn with the polls that follow.
    """

    def __init__(
        self, source: Source, direct: Source, *, lookups: int = LOOKUPS, parts: int = 4
    ) -> None:
        """
        Args:
            source: answers the question.
            direct: answers for one id; the same endpoint, with nothing between.
            lookups: ids asked for in one poll, at the most; 0 switches it off.
            parts: questions under way at once.
        """  # noqa: D205, D212
        self._source = source
        self._direct = direct
        self._lookups = lookups
        self._parts = asyncio.Semaphore(parts)
        self._query: Query | None = None
        self._known: dict[str, Connection] = {}
        self._left: dict[str, Connection] = {}

    async def fetch(self, query: Query) -> Snapshot:
        """Ask, and ask for what has left.

        Raises:
            SourceError: the question was not answered. That an id was not is no failure: what is
                known of the connection already stays, and the id has its turn again.
        """
        answer = await self._source.fetch(query)
        if query != self._query or not query.active_only:
            self._query, self._known, self._left = query, {}, {}
        present = {one.connection_id: one for one in answer.records}
        if not query.active_only:
            return answer
        if answer.complete:
            for identity, one in self._known.items():
                if identity not in present and not query.has_left_window(one, answer.at):
                    self._left.setdefault(identity, one)
            self._known = present
        else:
            self._known |= present
        for identity in self._left.keys() & present.keys():
            del self._left[identity]
        return await self._with_last_records(answer)

    async def aclose(self) -> None:
        """Close what is asked."""
        await self._source.aclose()

    async def _with_last_records(self, answer: Snapshot) -> Snapshot:
        wanted = list(self._left)[: self._lookups]
        if not wanted:
            return answer
        found = await asyncio.gather(*map(self._last_record, wanted))
        ended: dict[str, Connection | None] = {}
        cost = answer.cost
        for identity, (reached, record, spent) in zip(wanted, found, strict=True):
            cost = Cost(
                cost.seconds, cost.requests + spent.requests, cost.received + spent.received
            )
            if not reached:
                continue
            known = self._left[identity]
            ended[identity] = record
            # One that beats on was missed by a hair: it is asked for until it is settled.
            if record is None or not known.beats_on(record, answer.at):
                del self._left[identity]
        return replace(answer, ended=ended, cost=cost)

    async def _last_record(self, identity: str) -> tuple[bool, Connection | None, Cost]:
        """Whether there was an answer, the record if there is one, and what it took."""
        try:
            async with self._parts:
                answer = await self._direct.fetch(Query(connection_id=identity, active_only=False))
        except SourceError:
            # Nothing is lost by it: the id stays in line for the next poll, and an endpoint that
            # is in trouble says so when it is asked the question itself.
            return False, None, Cost()
        # How the endpoint compares ids is unknown, so only the very same one counts.
        same = [one for one in answer.records if one.connection_id == identity]
        unsure = not same and not answer.complete
        return not unsure, same[-1] if same else None, answer.cost
