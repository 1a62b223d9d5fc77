"""Poller: one long-lived asker. Schedule, wake, pause, backoff, and never two questions at once."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable

from msgspec.structs import replace

from tui.core.query import Query
from tui.core.snapshot import Failure, Outcome
from tui.source.base import Source, SourceError
from tui.source.retry import retry_delay

FASTEST = 1.0
"""Shortest interval between polls, seconds."""
SLOWEST = 300.0
"""Longest interval between polls, seconds."""
INTERVALS = (1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0)
"""The steps of ``+`` and ``-``."""
_ABOUT = 1.0
"""Seconds before and after the beginning of a question."""


class Poller:
    """Asks a source again and again, and brings what it says.

    A changed query or ``refresh`` wakes it; a change while a question is under way lets that one
    end (cancelling it would spoil the connection), drops its late answer and asks anew at once.
    """

    def __init__(
        self,
        source: Source,
        query: Query,
        every: float,
        *,
        rng: random.Random | None = None,
        time: Callable[[], float] | None = None,
    ) -> None:
        """
        Args:
            source: is asked.
            query: the first question.
            every: seconds between two questions while all is well, kept between the two bounds.
            rng: makes the jitter repeatable.
            time: seconds by which the schedule goes; the loop's by default.
        """  # noqa: D205, D212
        self._source = source
        self._query = query
        self._every = _within_bounds(every)
        self._rng = rng or random.Random()  # noqa: S311  # jitter is no secret
        self._time = time
        self._wake = asyncio.Event()
        self._ask_now = False
        self._failures = 0
        self._paused = False
        self._finished: float | None = None
        self._planned: float | None = None
        self._lapse = 0.0
        self._wait: float | None = None
        self.due: float | None = None
        """Time of the next question; ``None`` while one is under way or when paused."""
        self.asking_since: float | None = None
        """Time at which the present question was sent; ``None`` when there is none."""

    def time(self) -> float:
        """The present instant of the schedule, in seconds."""
        return asyncio.get_running_loop().time() if self._time is None else self._time()

    @property
    def is_at_it(self) -> bool:
        """Whether it asks about now: an answer may be expected within a second or two."""
        moment = self.due if self.asking_since is None else self.asking_since
        return moment is not None and abs(moment - self.time()) < _ABOUT

    @property
    def query(self) -> Query:
        """The present question; a change asks at once."""
        return self._query

    @query.setter
    def query(self, query: Query) -> None:
        if query != self._query:
            self._query = query
            self.refresh()

    @property
    def every(self) -> float:
        """Seconds between two questions while all is well."""
        return self._every

    @every.setter
    def every(self, seconds: float) -> None:
        self._every = _within_bounds(seconds)
        self._wake.set()

    @property
    def paused(self) -> bool:
        """Whether it asks only when told to."""
        return self._paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._paused = paused
        self._wake.set()

    def refresh(self) -> None:
        """Ask now, or at once after the present question."""
        self._ask_now = True
        self._wake.set()

    def resume(self) -> None:
        """Ask at once after a pause."""
        self.refresh()

    def step(self, step: int) -> None:
        """Take the next longer (``step`` 1) or shorter (-1) of the ``INTERVALS``."""
        beyond = (one for one in INTERVALS[::step] if (one - self.every) * step > 0)
        self.every = next(beyond, self.every)

    async def outcomes(self) -> AsyncIterator[Outcome]:
        """What the source says, without end; the next question waits for its reader."""
        while True:
            self._ask_now = False
            asked = self._query
            self._lapse += self._overslept()
            self.due, self.asking_since = None, self.time()
            outcome = await self._ask(asked)
            self.asking_since, self._finished = None, self.time()
            self._planned = None
            if asked != self._query:
                continue
            if isinstance(outcome, Failure):
                self._failures += 1
                self._wait = retry_delay(outcome, self._failures, self._every, self._rng)
            else:
                self._failures = 0
                self._wait = None
                outcome = replace(outcome, lapse=outcome.lapse + self._lapse)
                self._lapse = 0.0
            self.due = self._next(outcome.cost.seconds)
            yield outcome
            await self._sleep(outcome.cost.seconds)

    def _overslept(self) -> float:
        """Seconds by which the question that is about to be asked comes too late."""
        if self._finished is None:
            return 0.0
        planned = self._finished + self._every if self._planned is None else self._planned
        return max(0.0, self.time() - planned)

    async def _ask(self, query: Query) -> Outcome:
        started = self.time()
        try:
            return await self._source.fetch(query)
        except SourceError as error:
            return error.failure(query, self.time() - started)

    def _next(self, took: float) -> float | None:
        """When the next question is due, by the present interval."""
        if self._paused or self._finished is None:
            return None
        if self._wait is not None:
            return self._finished + self._wait
        # A slow endpoint gets room to breathe instead of the next question at once.
        return self._finished + max(self._every - took, min(1.0, self._every))

    async def _sleep(self, took: float) -> None:
        """Until the next question is due or asked for; the interval may change meanwhile."""
        while not self._ask_now:
            self._wake.clear()
            self.due = self._next(took)
            if self.due is not None:
                # The latest counts: a shorter interval is no word about the time before it.
                self._planned = max(self.due, self._planned or self.due)
            try:
                async with asyncio.timeout(None if self.due is None else self.due - self.time()):
                    await self._wake.wait()
            except TimeoutError:
                return


def _within_bounds(seconds: float) -> float:
    return min(max(seconds, FASTEST), SLOWEST)
