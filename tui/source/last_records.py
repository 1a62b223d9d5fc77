"""LastRecords: what has left the active answer is asked for once more, by its id."""

import asyncio
from collections.abc import Callable
from itertools import islice
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tui.core.connection import HEARTBEAT_LIMIT, Connection
from tui.core.fleet import GONE_KEPT
from tui.core.query import Query, QueryError
from tui.core.snapshot import Cost, Snapshot, Trouble
from tui.source.base import Source, SourceError

LOOKUPS: Final = 20
"""Connections asked for by their id in one poll, unless set otherwise."""

_TURNS = 5
"""Times that an id is asked for whose answers prove nothing."""
_IN_LINE = 1_000
"""Ids that wait for their turn, at the most: more of them would wait longer than rows stay."""
_MANY = 1_000
"""Records from which on they are looked through in a thread, so that the screen goes on."""
_NOTHING: Final = Cost(requests=0)


class _Left(Struct, frozen=True):
    """One that has left, and whose last record is not known yet."""

    known: Connection
    """Its record as it is known so far."""
    turns: int = 0
    """How often it was asked for in vain."""


class _Reply(Struct, frozen=True):
    """What asking for one id brought."""

    settled: bool
    """Whether it is known now what the endpoint has of it."""
    record: Connection | None = None
    cost: Cost = _NOTHING
    reached: bool = True
    """Whether the endpoint said anything to it."""


class LastRecords:
    """A Source that adds the last record of what has left (``Snapshot.ended``).

    An active-only answer hides what on-call most needs: when the lost connection beat last, and
    how long it was up. So many of them are asked for with each poll, those that left first
    before the others; the rest have their turn with the polls that follow.
    """

    def __init__(
        self,
        source: Source,
        direct: Source,
        *,
        lookups: int = LOOKUPS,
        parts: int = 4,
        doubt: Callable[[], None] = lambda: None,
    ) -> None:
        """
        Args:
            source: answers the question.
            direct: answers for one id; the same endpoint, with nothing between.
            lookups: ids asked for in one poll, at the most; 0 switches it off.
            parts: questions under way at once.
            doubt: is called when an answer that seemed whole lacked an active connection.
        """  # noqa: D205, D212
        self._source = source
        self._direct = direct
        self._lookups = lookups
        self._parts = parts
        self._doubt = doubt
        self._query: Query | None = None
        self._known: dict[str, Connection] = {}
        self._left: dict[str, _Left] = {}
        self._doubtful: dict[str, _Left] = {}

    async def fetch(self, query: Query) -> Snapshot:
        """Ask, and ask for what has left.

        Raises:
            SourceError: the question was not answered. That an id was not is no failure: what is
                known of the connection already stays, and the id has its turn again.
        """
        answer = await self._source.fetch(query)
        if query != self._query or not query.active_only:
            self._query, self._known, self._left, self._doubtful = query, {}, {}, {}
        if not query.active_only:
            return answer
        if len(answer.records) < _MANY:
            moves = self._note(answer)
        else:
            moves = await asyncio.to_thread(self._note, answer)
        wanted = list(self._left)[: self._lookups]
        if not wanted:
            return answer
        return await self._with_last_records(answer, wanted, moves)

    async def aclose(self) -> None:
        """Close what is asked."""
        await self._source.aclose()

    def _note(self, answer: Snapshot) -> bool:
        """Who is there, and who has left; and whether anything moves in this answer."""
        at, known = answer.at, self._known
        present = {one.connection_id: one for one in answer.records}
        moves = any(
            identity not in known or known[identity].last_heartbeat != one.last_heartbeat
            for identity, one in present.items()
        )
        if moves:
            # What was heard of them may be as old as the data that stood still until now.
            self._left = {**self._doubtful, **self._left}
            self._doubtful = {}
        if answer.complete:
            for identity, one in known.items():
                if identity in answer.garbled:
                    present[identity] = one
                if identity not in present and not answer.query.has_left_window(one, at):
                    self._left.setdefault(identity, _Left(one))
            self._known = present
        else:
            # Who is not seen for long is forgotten here as it is on screen.
            oldest = GONE_KEPT + HEARTBEAT_LIMIT
            there = (known | present).items()
            self._known = {name: one for name, one in there if one.beat_age(at) <= oldest}
        waiting = ((name, left) for name, left in self._left.items() if name not in present)
        self._left = dict(islice(waiting, _IN_LINE))
        return moves

    async def _with_last_records(
        self, answer: Snapshot, wanted: list[str], moves: bool
    ) -> Snapshot:
        turn, in_trouble = asyncio.Semaphore(self._parts), asyncio.Event()
        replies = await asyncio.gather(*(self._ask(each, turn, in_trouble) for each in wanted))
        ended: dict[str, Connection | None] = {}
        cost = answer.cost
        for identity, reply in zip(wanted, replies, strict=True):
            cost = Cost(
                cost.seconds,
                cost.requests + reply.cost.requests,
                cost.received + reply.cost.received,
            )
            if not reply.reached:
                continue
            # Whoever has to be asked again makes room for the others.
            left = self._left.pop(identity)
            record = reply.record
            if not reply.settled:
                if left.turns + 1 < _TURNS:
                    self._left[identity] = replace(left, turns=left.turns + 1)
                continue
            ended[identity] = record
            if record is not None and record.is_there(answer.at):
                # It was missed by a hair, or the answer lacks more than it admits. It is asked
                # for until it is back, or beats no more.
                self._left[identity] = replace(left, known=record)
                self._doubt()
            elif not moves:
                self._doubtful[identity] = left
        return replace(answer, ended=ended, cost=cost)

    async def _ask(
        self, identity: str, turn: asyncio.Semaphore, in_trouble: asyncio.Event
    ) -> _Reply:
        async with turn:
            if in_trouble.is_set():
                # One that is slow or overrun is not asked twenty times more while the poll waits.
                return _Reply(False, reached=False)
            try:
                answer = await self._direct.fetch(Query(connection_id=identity, active_only=False))
            except QueryError:
                return _Reply(False)
            except SourceError as error:
                about_id = error.trouble is Trouble.QUERY
                if not about_id:
                    in_trouble.set()
                return _Reply(False, cost=Cost(), reached=about_id)
        # How the endpoint compares ids is unknown, so only the very same one counts.
        same = [one for one in answer.records if one.connection_id == identity]
        proven = answer.complete and not answer.unreadable
        return _Reply(bool(same) or proven, same[-1] if same else None, answer.cost)
