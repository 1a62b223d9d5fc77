"""What a command that runs on says until the first answer is there."""

from collections.abc import Callable

from tui.core.fleet import Fleet
from tui.core.instant import day_text
from tui.core.snapshot import Snapshot
from tui.source.base import SourceError
from tui.source.poller import Poller


class Beginning:
    """Says each thing once: that nothing answers yet, and then what is being done."""

    def __init__(
        self, poller: Poller, say: Callable[[str], None], recalled: Snapshot | None, doing: str
    ) -> None:
        """
        Args:
            poller: asks.
            say: takes the notes for people.
            recalled: the last answer of an earlier run, from which this one goes on.
            doing: such as ``watching``.
        """  # noqa: D205, D212
        self._poller = poller
        self._say = say
        self._recalled = recalled
        self.doing = doing
        """What is said to be done."""
        self._failed: str | None = None
        self.over = False
        """Whether there was an answer."""

    def of(self, fleet: Fleet, where: str = "") -> None:
        """What a poll brought, until the first answer.

        Args:
            fleet: after the poll.
            where: what is to be said beside, such as ``to past.db``.

        Raises:
            SourceError: the first one says that asking again is of no use.
        """
        if self.over:
            return
        if fleet.outage is not None:
            failure = fleet.outage.failure
            if not failure.retryable and self._failed is None:
                raise SourceError(failure.trouble, failure.sentence, retryable=False)
            if failure.sentence != self._failed:
                self._say(f"{failure.sentence} — asking again")
            self._failed = failure.sentence
            return
        self.over = True
        assert fleet.last is not None
        number = len(fleet.last.records)
        noun = "connection" if number == 1 else "connections"
        since = ""
        if self._recalled is not None:
            since = f", going on from {day_text(self._recalled.at)}"
        self._say(
            f"{self.doing} {number:,} {noun} every {self._poller.every:g} s{where}: "
            f"{fleet.query.describe(fleet.names)}{since}"
        )
