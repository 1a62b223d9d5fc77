"""Exporter: folds what the polls bring, and holds the numbers ready. A scrape only reads them."""

import time
from collections.abc import Callable, Iterable

from msgspec import Struct
from msgspec.structs import replace
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.snapshot import Failure, Outcome
from tui.report.metrics.families import described, of_fleet, of_totals, of_us, of_verdicts
from tui.report.metrics.tally import Tally, tally
from tui.report.metrics.totals import Totals, count
from tui.source.steady import steady


class _Page(Struct, frozen=True):
    """All that a scrape can bring until the next poll is folded."""

    always: tuple[Family, ...]
    """What holds whether the present is known or not."""
    known: tuple[Family, ...] = ()
    """What is so as long as the last answer is of the present."""
    blind: tuple[Family, ...] = ()
    """What is said in its stead when it is not, or no longer."""
    until: float = 0.0
    """Steady seconds up to which the last answer is of the present."""


class Exporter(Collector):
    """The numbers of a fleet. ``take`` makes them, in one thread; ``collect`` tells them."""

    def __init__(
        self,
        fleet: Fleet,
        every: float,
        *,
        monotonic: Callable[[], float] = steady,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """
        Args:
            fleet: what is known at the start: the question, and how lives are told apart.
            every: seconds between two polls.
            monotonic: the clock by which answers grow old.
            wall: this machine's clock in seconds since 1970, by which Prometheus goes, too.
        """  # noqa: D205, D212
        self.fleet = fleet
        """What is known after the last poll."""
        self._every = every
        self._monotonic = monotonic
        self._wall = wall
        self._tally = Tally()
        self._totals = Totals()
        self._answered_at: float | None = None
        self._page = self._blind_page()

    def take(self, outcome: Outcome) -> None:
        """Fold one more outcome and work out all numbers: a second or two in a large fleet."""
        began = self._monotonic()
        if isinstance(outcome, Failure) and self.fleet.last is not None:
            # A failure tells no time; the last answer's clock does.
            outcome = replace(outcome, at=self.fleet.last.clock.at(began))
        self.fleet = fold(self.fleet, outcome)
        self._totals = count(self._totals, outcome, self.fleet)
        if self.fleet.is_blind:
            self._page = self._blind_page()
            return
        self._answered_at = self._wall() - (self._monotonic() - began)
        self._tally = tally(self.fleet, self._tally)
        page = self._blind_page()
        known = of_fleet(self.fleet, self._tally), of_verdicts(self.fleet, blind=False)
        took = outcome.cost.seconds + self._monotonic() - began
        self._page = replace(
            page,
            known=tuple(family for families in known for family in families),
            until=began + _lasts(self._every, took),
        )

    def _blind_page(self) -> _Page:
        us = of_us(self.fleet, self._every, self._answered_at)
        always = (*us, *of_totals(self._totals))
        return _Page(always, blind=tuple(of_verdicts(self.fleet, blind=True)))

    def collect(self) -> Iterable[Family]:
        """The numbers as they are. What is of the present is there only while that is known."""
        page = self._page
        yield from page.known if self._monotonic() < page.until else page.blind
        yield from page.always

    def describe(self) -> Iterable[Family]:
        """All metrics that there may be."""
        return described()


def _lasts(every: float, took: float) -> float:
    """Seconds for which an answer is of the present: until the poll after next is overdue.

    Args:
        every: seconds between two polls.
        took: seconds for which the last one was asked and folded.
    """
    return 2 * max(every, took + 1.0) + 3.0
