"""Asking once, for a command that wants one answer: a few tries, each told about."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from tui.core.query import Query
from tui.core.snapshot import Snapshot
from tui.source.base import Source, SourceError
from tui.source.retry import retry_delay

TRIES = 3
"""Questions asked before a command gives up."""
LONGEST_WAIT = 60.0
"""Seconds. A server that wants a longer wait gets its answer from a person."""


async def ask(
    source: Source,
    query: Query,
    *,
    every: float,
    say: Callable[[str], None],
    rng: random.Random,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Snapshot:
    """The answer to ``query``.

    Args:
        source: what is asked; it stays open.
        query: the question.
        every: the interval between polls in seconds, which bounds the wait.
        say: is told why it waits, in a sentence.
        rng: the source of chance.
        sleep: how it waits.

    Raises:
        SourceError: there is no answer after all tries, or none to be hoped for.
    """
    tries = 0
    while True:
        tries += 1
        try:
            return await source.fetch(query)
        except SourceError as error:
            wait = retry_delay(error.failure(query, 0.0), tries, every, rng)
            if not error.retryable or tries == TRIES or wait > LONGEST_WAIT:
                raise
            say(f"{error.sentence} — trying again in {wait:.1f} s")
        await sleep(wait)
