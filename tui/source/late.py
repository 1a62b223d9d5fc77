"""LateSource: made when it is first asked, so that the screen need not wait for what that takes."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from tui.core.query import Query
from tui.core.snapshot import Snapshot
from tui.source.base import NoSourceError, Source


class LateSource:
    """A Source that is made off the loop by the first question, which is asked alone."""

    def __init__(self, make: Callable[[], Source]) -> None:
        """``make`` blocks while it imports, and raises ``NoSourceError`` when it cannot be."""
        self._make = make
        self._making: asyncio.Task[Source] | None = None

    async def fetch(self, query: Query) -> Snapshot:
        """Ask once.

        Raises:
            SourceError: there is no answer.
            NoSourceError: there is nobody to ask.
        """
        if self._making is None:
            self._making = asyncio.create_task(asyncio.to_thread(self._make))
        # Whoever asks may go; what is being made is still to be closed.
        source = await asyncio.shield(self._making)
        return await source.fetch(query)

    async def aclose(self) -> None:
        """Close what was made, if it was."""
        if self._making is not None:
            with suppress(NoSourceError):
                await (await self._making).aclose()
