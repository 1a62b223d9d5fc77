"""What a source of Snapshots is, and how one says that it failed."""

from typing import Protocol

from tui.core.instant import Instant
from tui.core.query import Query
from tui.core.snapshot import Cost, Failure, Snapshot, Trouble


class SourceError(Exception):
    """A question that was not answered, in one sentence for people.

    The sentence holds no secret and no character that a terminal acts upon.
    """

    def __init__(
        self,
        trouble: Trouble,
        sentence: str,
        *,
        retry_after: float | None = None,
        retryable: bool = True,
        at: Instant | None = None,
    ) -> None:
        super().__init__(sentence)
        self.trouble = trouble
        self.sentence = sentence
        self.retry_after = retry_after
        self.retryable = retryable
        self.at = at
        """The server's time when it failed, where the source knows it better than we do."""

    def failure(self, query: Query, seconds: float) -> Failure:
        """The same as a value, for the fold."""
        return Failure(
            query,
            self.trouble,
            self.sentence,
            retry_after=self.retry_after,
            retryable=self.retryable,
            cost=Cost(seconds=seconds),
            at=self.at,
        )


class NoSourceError(Exception):
    """There is nobody to ask, and never will be as things are; in one sentence for people."""


class Source(Protocol):
    """Where Snapshots come from: the endpoint, a recording, or several at once."""

    async def fetch(self, query: Query) -> Snapshot:
        """Ask once.

        Raises:
            SourceError: there is no answer.
        """
        ...

    async def aclose(self) -> None:
        """Give back what it holds; it is not used after that."""
        ...
