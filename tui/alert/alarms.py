"""Alarms: the engine of the rules, kept going beside whoever watches a fleet."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tui.alert.channel import Letter, letter_of
from tui.alert.notifier import Notifier
from tui.alert.terminal import ring
from tui.core.alert_rules import MOST, Rule
from tui.core.alerts import Alert, Alerts, advance, alerts_of, by_gravity, tick
from tui.core.fleet import Fleet
from tui.core.notices import Outbox, post
from tui.core.query import Query
from tui.source.steady import steady

if TYPE_CHECKING:
    from tui.config import Settings

TICK = 5.0
"""Seconds between two ticks, where nobody ticks by himself."""


class Alarms:
    """Takes fleets, and gives letters.

    ::

        alarms = alarms_of(settings, query)
        async with alarms.at_work():
            async for fleet in fleets:
                await alarms.see("prod", fleet)

    Each context is judged by itself: it has a clock, a health and rules of its own.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        notifier: Notifier,
        *,
        query: Query | None = None,
        messages: int = MOST,
        bell: bool = True,
        desktop: bool = True,
        time: Callable[[], float] = steady,
    ) -> None:
        """
        Args:
            rules: what is to be told.
            notifier: takes the letters.
            query: the question that the rules are about; the first one asked, unless given.
            messages: within ten minutes, at the most.
            bell: whether the terminal's bell is to ring.
            desktop: whether the terminal is to be asked for a notification.
            time: seconds on a clock that nobody sets.
        """  # noqa: D205, D212
        self._rules, self._query = tuple(rules), query
        self._engines: dict[str, _Engine] = {}
        self._outbox = Outbox(messages)
        self._notifier = notifier
        self._bell, self._desktop = bell, desktop
        self.told: Callable[[Letter], None] = lambda letter: None
        """Is called with each letter, in the loop, for whoever has a terminal to show it on."""
        self._time = time

    @property
    def firing(self) -> tuple[Alert, ...]:
        """What fires now, the gravest first."""
        return by_gravity(chain(*(one.alerts.firing for one in self._engines.values())))

    @property
    def waits(self) -> bool:
        """Whether the rules of the fleet wait, since another question is asked than theirs."""
        return any(one.alerts.waits for one in self._engines.values())

    @property
    def failures(self) -> tuple[str, ...]:
        """What could not be delivered, a sentence for each channel that does not work."""
        return self._notifier.failures

    def ring(self, letter: Letter) -> str:
        """What a terminal that shows a letter is to be sent, by the settings."""
        return ring(letter, os.environ, bell=self._bell, desktop=self._desktop)

    def keep(self, contexts: Iterable[str]) -> None:
        """Only these contexts are watched from now on; what was so of others is forgotten."""
        kept = set(contexts)
        self._engines = {name: one for name, one in self._engines.items() if name in kept}

    async def see(self, context: str, fleet: Fleet) -> None:
        """One more poll of a context has been folded; the rules are looked at off the loop."""
        if not self._rules:
            return
        if context not in self._engines:
            self._engines[context] = _Engine(alerts_of(self._rules, self._query, context))
        engine = self._engines[context]
        engine.busy = True
        try:
            engine.alerts, told = await asyncio.to_thread(
                advance, engine.alerts, fleet, self._time()
            )
        finally:
            engine.busy = False
        if self._engines.get(context) is engine:
            engine.fleet = _without_connections(fleet)
            self._tell(told)

    def tick(self) -> None:
        """Time passes, while something is asked: to be called every few seconds."""
        told: list[Alert] = []
        for engine in self._engines.values():
            if engine.fleet is not None and not engine.busy:
                engine.alerts, more = tick(engine.alerts, engine.fleet, self._time())
                told += more
        self._tell(told)

    def _tell(self, told: Sequence[Alert]) -> None:
        self._outbox, notice = post(self._outbox, told, self._time())
        if notice is not None:
            letter = letter_of(notice)
            self._notifier.send(letter)
            self.told(letter)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """While the block runs, time passes; at its end what is under way has two seconds."""

        async def pass_time() -> None:
            while True:
                await asyncio.sleep(TICK)
                self.tick()

        ticking = asyncio.create_task(pass_time())
        try:
            yield
        finally:
            ticking.cancel()
            await asyncio.to_thread(self.close)

    def close(self) -> None:
        """Give what is under way two seconds."""
        self._notifier.close()


@dataclass
class _Engine:
    """The rules of one context."""

    alerts: Alerts
    fleet: Fleet | None = None
    """What a tick looks at."""
    busy: bool = False
    """Whether a poll is looked at just now."""


def _without_connections(fleet: Fleet) -> Fleet:
    """All that a tick looks at, so that nobody else has the end of a large fleet on his hands."""
    last = None if fleet.last is None else replace(fleet.last, records=(), ended={})
    return Fleet(
        query=fleet.query,
        last=last,
        outage=fleet.outage,
        standstill=fleet.standstill,
        verdicts=fleet.verdicts,
    )


def alarms_of(
    settings: "Settings",
    query: Query,
    *,
    changed: Callable[[], None] = lambda: None,
) -> Alarms:
    """The alarms that the settings want.

    Args:
        settings: what is to be told, and where.
        query: the question that the rules are about.
        changed: is called from a thread when ``failures`` has changed.

    Raises:
        ConfigError: the settings contradict themselves.
    """
    from tui.alert.channels import channels_of

    notify = settings.notify
    return Alarms(
        settings.alerts,
        Notifier(channels_of(settings), changed),
        query=query,
        messages=notify.messages,
        bell=notify.bell,
        desktop=notify.desktop,
    )
