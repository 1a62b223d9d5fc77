"""Complete: a Source that gets all the records of an endpoint that has no paging.

An answer of ``limit`` records may be cut, nobody knows where. So the start times are asked in
parts, and each part whose answer is not proven whole in smaller ones. The parts are remembered
from poll to poll: a steady fleet costs one question a part.

What is taken as proof: an answer with fewer records than asked for, and with fewer than the server
has served in one answer before, which it can do then.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, ParamSpec, TypeAlias, TypeVar

from msgspec.structs import replace

from tui.core.connection import Connection
from tui.core.instant import Instant
from tui.core.query import DEFAULT_LIMIT, Query
from tui.core.snapshot import Cost, Cut, Snapshot, Trouble
from tui.source.base import Source, SourceError
from tui.source.capacity import Capacity, has_shrunk
from tui.source.parallel import fetch_all
from tui.source.windows import (
    Part,
    Tree,
    has_hidden,
    is_astray,
    merge,
    slide,
    split,
    unite,
    window_start,
)

PARTS = 4
"""Questions under way at once: as many as ``ConsoleApi`` has connections."""
BUDGET = 40
"""Most questions in one poll, so that a monitor never floods the endpoint."""

_MANY = 5_000
"""Records from which on they are sorted in a thread, so that the screen goes on."""
_WIDEST: Final = Query(active_only=False)
_ABOUT_US: Final = (Trouble.UNREACHABLE, Trouble.KEY, Trouble.RATE)
"""Failures that any other question would meet too."""

_P = ParamSpec("_P")
_T = TypeVar("_T")
_Answered: TypeAlias = tuple[Part, Snapshot]


@dataclass(slots=True)
class _Poll:
    """One fetch under way."""

    query: Query
    """The question to be answered."""
    frame: Query
    """The question whose window holds at the open ends of the parts."""
    tree: Tree
    """The parts as they are now."""
    started: float
    """Monotonic seconds."""
    asked: int = 0
    """Questions sent."""
    received: list[Snapshot] = field(default_factory=list)
    """All answers, in the order received."""
    answers: dict[Part, Snapshot] = field(default_factory=dict)
    """To the parts of the tree."""
    wider: list[_Answered] = field(default_factory=list)
    """To parts that were split because of them."""
    measured: list[_Answered] = field(default_factory=list)
    """To the whole query, where only its size was wanted."""
    at: Instant = 0
    """The server's time of the last answer that brings records."""
    piles: bool = False
    """Whether a part cannot be split any further."""


class Complete:
    """A Source that answers a question completely, or says why it could not."""

    def __init__(
        self,
        source: Source,
        *,
        parts: int = PARTS,
        budget: int | None = BUDGET,
        page: int | None = None,
        split: bool = True,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            source: is asked; belongs to this one from now on.
            parts: the most questions under way at once.
            budget: the most questions in one fetch; ``None``: as many as it takes.
            page: the ``limit`` of each question; ``None``: the endpoint's own.
            split: whether to ask in parts at all.
            monotonic: seconds that never jump, the same that ``source`` goes by.
        """  # noqa: D205, D212
        self._source = source
        self._parts = parts
        self._budget = budget
        self._page = page
        self._capacity = Capacity(page or DEFAULT_LIMIT)
        self._split = split
        self._monotonic = monotonic
        self._probed = False
        self._doubted = False
        self._served: tuple[Query, int] | None = None
        self._remembered: tuple[Query, Tree] | None = None
        self._last: Snapshot | None = None

    async def fetch(self, query: Query) -> Snapshot:
        """Ask until nothing is missing, or the budget is used up.

        Raises:
            SourceError: a part has no answer, so there is none to the whole.
        """
        if query.limit is not None:
            return await self._ask_once(query, query, Cut.LIMIT)
        if not self._split:
            return await self._ask_once(query, replace(query, limit=self._page), Cut.SINGLE)
        poll = self._begin(query)
        try:
            await self._ask_parts(poll)
        finally:
            # What a poll had learned when it failed spares the next one half of its questions.
            self._remember(poll)
        return await self._conclude(poll)

    def doubt(self) -> None:
        """Something is there that the last answer lacked: the next one has to be proven anew."""
        self._doubted = True

    async def aclose(self) -> None:
        """Close the source behind it."""
        await self._source.aclose()

    async def _ask_once(self, query: Query, asked: Query, reason: Cut) -> Snapshot:
        answer = await self._source.fetch(asked)
        self._note(answer)
        may_lack = self._capacity.may_lack(answer.served, asked.effective_limit)
        return replace(answer, query=query, cut=reason if may_lack else answer.cut)

    # The parts from poll to poll

    def _begin(self, query: Query) -> _Poll:
        started = self._monotonic()
        tree: Tree = {Part(): None}
        frame = query
        if self._remembered is not None and self._remembered[0] == query:
            tree = self._remembered[1]
            if query.minutes is not None and self._last is not None:
                # A source that tells no clock tells the time of its last answer.
                now = max(self._last.at, self._last.clock.at(started))
                frame = _with_fixed_start(query, query.minutes, now)
                tree = slide(tree, window_start(query.minutes, now))
            tree = merge(tree, self._capacity.proven)
            if len(tree) == 1:
                tree, frame = {Part(): None}, query
        return _Poll(query, frame, tree, started)

    def _remember(self, poll: _Poll) -> None:
        # A short question in between, for one connection say, lets the parts be remembered.
        if len(poll.tree) > 1:
            self._remembered = poll.query, poll.tree

    # Asking

    def _note(self, answer: Snapshot) -> None:
        self._capacity.note(answer.served)
        self._last = answer

    async def _ask_parts(self, poll: _Poll) -> None:
        todo = list(poll.tree)
        while todo:
            batch = todo[: self._room(poll)]
            todo = todo[len(batch) :]
            if not batch:
                return
            answers = await self._ask(poll, [part.question(poll.frame) for part in batch])
            poll.at = poll.received[-1].at
            answered = list(zip(batch, answers, strict=True))
            if not poll.answers and self._is_doubtful(poll.query, answers):
                self._capacity.doubt(max(one.served for one in answers))
                self._probed = self._doubted = False
            unproven = self._unproven(answered)
            if unproven and await self._look_for_headroom(poll, unproven):
                unproven = self._unproven(answered)
            for part, answer in answered:
                poll.answers[part], poll.tree[part] = answer, answer.served
            todo += await self._split_all(poll, unproven)

    def _room(self, poll: _Poll) -> int | None:
        return None if self._budget is None else max(1, self._budget) - poll.asked

    def _is_doubtful(self, query: Query, answers: Iterable[Snapshot]) -> bool:
        """Whether the first answers of a poll may show that the server serves less than it did."""
        if self._doubted:
            return True
        if self._served is None or self._served[0] != query:
            return False
        return has_shrunk(self._served[1], sum(one.served for one in answers))

    def _unproven(self, answered: Iterable[_Answered]) -> list[_Answered]:
        proven = self._capacity.proven
        return [(part, answer) for part, answer in answered if answer.served >= proven]

    async def _ask(self, poll: _Poll, questions: Sequence[Query]) -> list[Snapshot]:
        def note(answer: Snapshot) -> None:
            self._note(answer)
            poll.received.append(answer)

        poll.asked += len(questions)
        paged = [replace(question, limit=self._page) for question in questions]
        return await fetch_all(self._source, paged, self._parts, on_answer=note)

    async def _look_for_headroom(self, poll: _Poll, unproven: Sequence[_Answered]) -> bool:
        """Ask something wider where its size may prove that the server can serve more.

        For the whole query that is the widest question of all, once in the life of this source.
        For parts it is the whole query: else they would stay as small as they are now while the
        fleet grows, and become many.
        """
        if self._room(poll) == 0 or all(one.served >= self._capacity.page for _, one in unproven):
            return False
        whole_was_asked = any(part == Part() for part, _ in (*unproven, *poll.wider))
        question = _WIDEST if whole_was_asked else poll.query
        if whole_was_asked:
            if self._probed or poll.query == _WIDEST:
                return False
            self._probed = True
        elif self._capacity.is_capped or poll.measured:
            return False
        try:
            [answer] = await self._ask(poll, [question])
        except SourceError as error:
            if error.trouble in _ABOUT_US:
                raise
            # Nobody but this proof needs the answer: without it smaller parts give the proof,
            # and they fail by themselves if it was not the width of the question.
            return False
        if not whole_was_asked:
            poll.measured.append((Part(), answer))
        return True

    async def _split_all(self, poll: _Poll, unproven: Sequence[_Answered]) -> list[Part]:
        """Put smaller parts in the place of those that may be cut; gives them."""
        if not unproven:
            return []
        if poll.frame.minutes is not None:
            # Which wins when minutes and a start are given is unknown, so parts carry no minutes.
            poll.frame = _with_fixed_start(poll.frame, poll.frame.minutes, unproven[0][1].at)
        size = sum(len(answer.records) for _, answer in unproven)
        smaller = await _aside(size, _split_each, unproven, poll.frame)
        for part, answer in unproven:
            if smaller[part]:
                del poll.answers[part]
                poll.wider.append((part, answer))
            else:
                poll.piles = True
        tree: Tree = {}
        for part, served in poll.tree.items():
            tree |= dict.fromkeys(smaller[part]) if smaller.get(part) else {part: served}
        poll.tree = tree
        return [one for parts in smaller.values() for one in parts]

    # The answer

    async def _conclude(self, poll: _Poll) -> Snapshot:
        answers = [poll.answers[part] for part in poll.tree if part in poll.answers]
        last, cut = poll.received[-1], None
        if len(poll.tree) == 1:
            [answer] = answers
            records, served = answer.records, answer.served
            cut = Cut.PILE if poll.piles else answer.cut
        else:
            size = sum(len(one.records) for one in poll.received)
            records, cut = await _aside(size, self._unite, poll, answers)
            served = len(records)
        if len(answers) == len(poll.tree):
            self._served = poll.query, served
        if cut is None:
            self._capacity.settle()
        return replace(
            last,
            query=poll.query,
            records=records,
            at=poll.at,
            cut=cut,
            served=served,
            cost=Cost(
                self._monotonic() - poll.started,
                sum(one.cost.requests for one in poll.received),
                sum(one.cost.received for one in poll.received),
            ),
            lapse=sum(one.lapse for one in poll.received),
            belied=any(one.belied for one in poll.received),
            garbled=frozenset[str]().union(*(one.garbled for one in answers)),
            unreadable=sum((Counter(one.unreadable) for one in answers), Counter[str]()),
        )

    def _unite(
        self, poll: _Poll, answers: Sequence[Snapshot]
    ) -> tuple[tuple[Connection, ...], Cut | None]:
        capacity = self._capacity
        asked_all = len(answers) == len(poll.tree)
        wider = [answer for _, answer in poll.wider]
        records, disagree = unite(answers, wider, poll.query, poll.at, asked_all=asked_all)
        for part, answer in (*poll.wider, *poll.measured):
            if answer.served < capacity.page and not capacity.is_capped:
                capacity.cap = answer.served if has_hidden(part, answer, records) else capacity.cap
        if not asked_all:
            return records, Cut.BUDGET
        if any(is_astray(part, answer.records) for part, answer in poll.answers.items()):
            return records, Cut.SHIFT
        if poll.piles:
            return records, Cut.PILE
        if disagree:
            return records, Cut.SHIFT
        return records, next((one.cut for one in answers if one.cut is not None), None)


def _with_fixed_start(query: Query, minutes: int, at: Instant) -> Query:
    return replace(query, minutes=None, time_start=window_start(minutes, at))


def _split_each(unproven: Iterable[_Answered], frame: Query) -> dict[Part, list[Part]]:
    # Smaller windows are no help with a server that does not keep to them.
    return {
        part: [] if is_astray(part, answer.records) else split(part, frame, answer.records)
        for part, answer in unproven
    }


async def _aside(size: int, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """What ``work`` gives; done in a thread when there are many records."""
    if size <= _MANY:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)
