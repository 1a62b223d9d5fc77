"""Asking: how much trouble is taken over one question, and the Source that takes it."""

from collections.abc import Callable
from dataclasses import dataclass

from tui.source.base import Source
from tui.source.complete import BUDGET, PARTS, Complete
from tui.source.last_records import LOOKUPS, LastRecords
from tui.source.steady import steady


@dataclass(frozen=True, slots=True)
class Asking:
    """How the endpoint is asked."""

    split: bool = True
    """Whether what does not fit into one answer is asked for in parts."""
    parts: int = PARTS
    """Requests under way at once."""
    budget: int | None = BUDGET
    """Requests that one poll may send for the question; ``None``: as many as it takes."""
    page: int | None = None
    """``limit`` of each request; ``None``: none is sent, and the endpoint's own default holds."""
    lookups: int = LOOKUPS
    """Connections that have left and are asked for by their id, in one poll."""

    def over(self, api: Source, monotonic: Callable[[], float] = steady) -> Source:
        """A Source that asks ``api`` in this manner, and closes it at its end."""
        complete = Complete(
            api,
            parts=self.parts,
            budget=self.budget,
            page=self.page,
            split=self.split,
            monotonic=monotonic,
        )
        if not self.lookups:
            return complete
        return LastRecords(
            complete, api, lookups=self.lookups, parts=self.parts, doubt=complete.doubt
        )
