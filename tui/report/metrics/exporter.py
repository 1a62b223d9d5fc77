"""Exporter: holds the numbers of the last poll ready. A scrape only reads them."""

import time
from collections.abc import Callable, Iterable

from msgspec import Struct
from msgspec.structs import replace
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from tui.core.fleet import Fleet
from tui.core.snapshot import Outcome
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
        every: float,
        *,
        monotonic: Callable[[], float] = steady,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """
        Args:
            every: seconds between two polls.
            monotonic: the clock by which answers grow old.
            wall: this machine's clock in seconds since 1970, by which Prometheus goes, too.
        """  # noqa: D205, D212
        self._every = every
        self._monotonic = monotonic
        self._wall = wall
        self._tally = Tally()
        self._totals = Totals()
        self._answered_at: float | None = None
        self._page = self._blind_page(Fleet())

    def take(self, outcome: Outcome, fleet: Fleet) -> None:
        """Work out all numbers: a few tenths of a second in a large fleet.

        Args:
            outcome: what a poll has brought.
            fleet: the fleet folded from it.
        """
        self._totals = count(self._totals, outcome, fleet)
        if fleet.is_blind:
            self._page = self._blind_page(fleet)
            return
        self._answered_at = self._wall()
        self._tally = tally(fleet, self._tally)
        self._page = replace(
            self._blind_page(fleet),
            known=(*of_fleet(fleet, self._tally), *of_verdicts(fleet, blind=False)),
            until=self._monotonic() + _lasts(self._every, outcome.cost.seconds),
        )

    def _blind_page(self, fleet: Fleet) -> _Page:
        us = of_us(fleet, self._every, self._answered_at)
        always = (*us, *of_totals(self._totals))
        return _Page(always, blind=tuple(of_verdicts(fleet, blind=True)))

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
        took: seconds that the last one took; a slow endpoint is given a second's rest.
    """
    return 2 * max(every, took + 1.0) + 3.0
