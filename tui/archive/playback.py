"""Playback: a recording as a source that is asked in its own time."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from statistics import median_low

from msgspec.structs import replace

from tui.archive.reading import Recording
from tui.archive.store import RecordingError
from tui.core.fleet import Fleet
from tui.core.instant import TICKS, Instant
from tui.core.narrowing import narrowed
from tui.core.past import Moment
from tui.core.query import Query
from tui.core.snapshot import Failure, Outcome, Snapshot
from tui.source.base import SourceError
from tui.source.poller import Poller
from tui.source.steady import steady

SPEEDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
"""The steps of ``+`` and ``-``: seconds of the recording in one second."""
_LOOK = 1.0
"""Seconds after which it is looked whether the recording goes on."""
_RETRY = 10.0
"""The same, where it could not be read."""
_GAPS = 9
_EVER = 2**62


class PlayClock:
    """The time of what is played, in seconds since 1970: it runs, faster or slower, from one poll
    to the next one, stands there until that is taken, and stands while it is paused."""  # noqa: D205, D209

    def __init__(
        self, at: Instant, speed: float, *, monotonic: Callable[[], float] = steady
    ) -> None:
        """
        Args:
            at: where it begins.
            speed: its seconds in one second.
            monotonic: the clock by which it goes.
        """  # noqa: D205, D212
        self._monotonic = monotonic
        self._base = self._limit = at / TICKS
        self._since = monotonic()
        self._speed = speed
        self._paused = False

    def now(self) -> float:
        """The present instant."""
        if self._paused:
            return self._base
        return min(self._limit, self._base + (self._monotonic() - self._since) * self._speed)

    def _settle(self) -> None:
        self._base, self._since = self.now(), self._monotonic()

    def reach(self, at: Instant, following: Instant) -> None:
        """A poll is taken, and the next one is of ``following``."""
        self._base, self._since = at / TICKS, self._monotonic()
        self._limit = following / TICKS

    def expect(self, following: Instant) -> None:
        """The next poll is of ``following``, which was not known before."""
        self._settle()
        self._limit = following / TICKS

    @property
    def speed(self) -> float:
        """Its seconds in one second."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._settle()
        self._speed = speed

    @property
    def paused(self) -> bool:
        """Whether it stands."""
        return self._paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._settle()
        self._paused = paused


class Replay:
    """A Source that gives what the polls of a recording brought, one after the other."""

    def __init__(
        self,
        recording: Recording,
        organization: str,
        moment: Moment,
        fleet: Fleet,
        clock: PlayClock,
    ) -> None:
        """
        Args:
            recording: is played.
            organization: whose connections, as ``Recording.feed`` tells it.
            moment: the poll after which it begins.
            fleet: what was known after it.
            clock: is told how far it has come.
        """  # noqa: D205, D212
        self._recording = recording
        self._organization = organization
        self._clock = clock
        self.here = moment
        """The poll that was taken last."""
        self.upcoming: Moment | None = None
        """The one that is next; ``None`` at the end, or where it cannot be read."""
        self.ended = False
        """Whether it was looked for in vain."""
        self.trouble = ""
        """Why it cannot be read, in one sentence."""
        self._coming: Outcome | None = None
        self._current: Outcome | None = fleet.last
        self._asked = self._recorded = fleet.query
        self._rest: Iterator[tuple[Moment, Outcome]] | None = None
        self._gaps: deque[int] = deque(maxlen=_GAPS)

    @property
    def rhythm(self) -> float | None:
        """Seconds of the recording from one poll to the next, as they were lately."""
        return median_low(self._gaps) / TICKS if self._gaps else None

    async def fetch(self, query: Query) -> Snapshot:
        """What the next poll brought, at once; to another question than before, what this one did.

        Raises:
            SourceError: that poll was not answered.
        """
        if query != self._asked and self._current is not None:
            self._asked = query
            return self._answer(self._current, query)
        while self.upcoming is None or self._coming is None:
            if not await self.look():
                await asyncio.sleep(_LOOK)
        outcome, before, self.here = self._coming, self.here, self.upcoming
        self._gaps.append(self.here.at - before.at)
        self.upcoming = self._coming = None
        if isinstance(outcome, Snapshot):
            outcome = by_play(outcome, self.here.at)
            follows = query == self._recorded
            self._recorded = outcome.query
            query = outcome.query if follows else query
        self._current, self._asked = outcome, query
        await self.look()
        self._clock.reach(self.here.at, self._following())
        return self._answer(outcome, query)

    @staticmethod
    def _answer(outcome: Outcome, query: Query) -> Snapshot:
        if isinstance(outcome, Failure):
            raise SourceError(
                outcome.trouble,
                outcome.sentence,
                retry_after=outcome.retry_after,
                retryable=outcome.retryable,
                at=outcome.at,
            )
        return narrowed(outcome, query)

    def is_asked_else(self, query: Query) -> bool:
        """Whether ``query`` is another question than the one before."""
        return query != self._asked

    async def look(self) -> bool:
        """See whether there is a next poll, where none is known of; whether there is."""
        if self.upcoming is None:
            found = await asyncio.to_thread(self._read)
            if found is not None:
                self.upcoming, self._coming = found
            self.ended = found is None
        return self.upcoming is not None

    def _following(self) -> Instant:
        """Up to when the clock may go."""
        return self.here.at if self.upcoming is None else self.upcoming.at

    def expect(self) -> None:
        """Have the clock go on to a poll that was not there before."""
        self._clock.expect(self._following())

    def _read(self) -> tuple[Moment, Outcome] | None:
        recording, organization = self._recording, self._organization
        found, place = None, self.here.place
        try:
            if self._rest is not None:
                found = next(self._rest, None)
            if found is None:
                self._rest = None
                if recording.moment_at(organization, _EVER).place > place:
                    self._rest = recording.outcomes(organization, place)
                    found = next(self._rest, None)
        except RecordingError as error:
            self._rest = None
            self.trouble = str(error)
            return None
        self.trouble = ""
        return found

    async def aclose(self) -> None:
        """Let go of the recording."""
        self._rest = None
        await asyncio.to_thread(self._recording.close)


def by_play(answer: Snapshot, at: Instant) -> Snapshot:
    """The answer of a poll at ``at``, with the server's time as the clock of the play has it."""
    shift = (answer.at - at) / TICKS
    measured = at / TICKS if answer.clock.known else None
    clock = replace(answer.clock, lowest=shift, highest=shift, measured=measured)
    return replace(answer, clock=clock)


class Playback(Poller):
    """Asks a replay at the times at which the recorded polls were, by a clock of its own.

    No poll is left out, however fast it goes. At the end it waits for what may yet be recorded, and
    from then on it keeps up with the recorder: whoever watches through a database that was away for
    a while does not lag behind by as much for ever.
    """

    def __init__(self, source: Replay, query: Query, clock: PlayClock) -> None:
        """
        Args:
            source: is asked.
            query: the first question.
            clock: by which it goes; the source's.
        """  # noqa: D205, D212
        super().__init__(source, query, 10.0, time=clock.now)
        self._replay = source
        self._keeps_up = False
        self.clock = clock

    @property
    def every(self) -> float:
        """Seconds of the recording from one poll to the next."""
        return self._replay.rhythm or self._every

    @every.setter
    def every(self, seconds: float) -> None:
        """How often was asked cannot be changed any more."""

    @property
    def paused(self) -> bool:
        """Whether it stands until told otherwise."""
        return self.clock.paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self.clock.paused = paused
        self._keeps_up = False
        self._wake.set()

    def resume(self) -> None:
        """Nothing is made up for after a pause."""

    def step(self, step: int) -> None:
        """Play faster (``step`` 1) or slower (-1)."""
        beyond = (one for one in SPEEDS[::step] if (one - self.clock.speed) * step > 0)
        self.clock.speed = next(beyond, self.clock.speed)
        self._keeps_up = False
        self._wake.set()

    async def outcomes(self) -> AsyncIterator[Outcome]:
        """What the polls brought, each in its time, without end."""
        await self._replay.look()
        self._replay.expect()
        await self._sleep(0.0)
        async for outcome in super().outcomes():
            # Where the recorder asked another question from here on, so does whoever follows it.
            if isinstance(outcome, Snapshot):
                self._query = outcome.query
            yield outcome

    def _overslept(self) -> float:
        return 0.0

    def _next(self, took: float) -> float | None:
        upcoming = self._replay.upcoming
        if self.paused or upcoming is None:
            return None
        return self.time() if self._keeps_up else upcoming.at / TICKS

    async def _sleep(self, took: float) -> None:
        while True:
            self._wake.clear()
            replay = self._replay
            if self._ask_now and (replay.upcoming is not None or replay.is_asked_else(self._query)):
                return
            self._ask_now = False
            self.due = self._next(took)
            wait: float | None = None
            if self.due is not None:
                wait = (self.due - self.time()) / self.clock.speed
            elif replay.upcoming is None:
                wait = _RETRY if replay.trouble else _LOOK
            try:
                async with asyncio.timeout(wait):
                    await self._wake.wait()
            except TimeoutError:
                if replay.upcoming is not None:
                    return
                self._keeps_up = not self.paused
                if await replay.look():
                    replay.expect()
