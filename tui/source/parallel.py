"""Several questions to one source at once, without harm to its connections when one fails."""

import asyncio
from collections.abc import Callable, Sequence

from tui.core.query import Query
from tui.core.snapshot import Snapshot
from tui.source.base import Source, SourceError


async def fetch_all(
    source: Source,
    questions: Sequence[Query],
    at_once: int,
    *,
    on_answer: Callable[[Snapshot], None],
) -> list[Snapshot]:
    """The answers to all questions, in the order of the questions.

    After a failure no other question is sent, but those under way end: to cancel one would spoil
    its connection. A cancellation from outside does reach them.

    Args:
        source: is asked.
        questions: the first one is sent first.
        at_once: the most under way.
        on_answer: is called with each answer when it is there.

    Raises:
        SourceError: the first failure.
    """
    answers: dict[int, Snapshot] = {}
    failures: list[SourceError] = []
    waiting = iter(enumerate(questions))

    async def ask() -> None:
        while not failures and (following := next(waiting, None)) is not None:
            place, question = following
            try:
                answers[place] = await source.fetch(question)
            except SourceError as error:
                failures.append(error)
            else:
                on_answer(answers[place])

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(questions))):
                group.create_task(ask())
    except ExceptionGroup as defects:
        # What is no SourceError is a defect, which reads better alone than in a group.
        raise defects.exceptions[0] from None
    if failures:
        raise failures[0]
    return [answers[place] for place in range(len(questions))]
