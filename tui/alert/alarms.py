"""Alarms: the engine of the rules, kept going beside whoever watches a fleet."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tui.alert.channel import Letter, letter_of
from tui.alert.notifier import Notifier
from tui.alert.terminal import ring
from tui.core.alert_rules import MOST, Rule
from tui.core.alerts import Alert, advance, alerts_of, tick
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

        alarms = alarms_of(settings, context="prod", query=query)
        async with alarms.at_work():
            async for fleet in fleets:
                await alarms.see(fleet)
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        notifier: Notifier,
        *,
        context: str,
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
            context: the name of what is watched.
            query: the question that the rules are about; the first one asked, unless given.
            messages: within ten minutes, at the most.
            bell: whether the terminal's bell is to ring.
            desktop: whether the terminal is to be asked for a notification.
            time: seconds on a clock that nobody sets.
        """  # noqa: D205, D212
        self._alerts = alerts_of(rules, query)
        self._outbox = Outbox(messages)
        self._notifier = notifier
        self._bell, self._desktop = bell, desktop
        self.told: Callable[[Letter], None] = lambda letter: None
        """Is called with each letter, in the loop, for whoever has a terminal to show it on."""
        self._context = context
        self._time = time
        self._fleet: Fleet | None = None
        self._busy = False

    @property
    def firing(self) -> tuple[Alert, ...]:
        """What fires now, the gravest first."""
        return self._alerts.firing

    @property
    def waits(self) -> bool:
        """Whether the rules of the fleet wait, since another question is asked than theirs."""
        return self._alerts.waits

    @property
    def failures(self) -> tuple[str, ...]:
        """What could not be delivered, a sentence for each channel that does not work."""
        return self._notifier.failures

    def ring(self, letter: Letter) -> str:
        """What a terminal that shows a letter is to be sent, by the settings."""
        return ring(letter, os.environ, bell=self._bell, desktop=self._desktop)

    def begin_anew(self, context: str) -> None:
        """Other contexts are watched from now on: what was so before tells nothing of them."""
        self._alerts = alerts_of(self._alerts.rules, self._alerts.query)
        self._context, self._fleet = context, None

    async def see(self, fleet: Fleet) -> None:
        """One more poll has been folded; the rules are looked at off the loop."""
        if not self._alerts.rules:
            return
        self._busy, before = True, self._alerts
        try:
            after, told = await asyncio.to_thread(advance, before, fleet, self._time())
        finally:
            self._busy = False
        if self._alerts is not before:
            # Others are watched since.
            return
        self._alerts = after
        self._fleet = _without_connections(fleet)
        self._tell(told)

    def tick(self) -> None:
        """Time passes, while something is asked: to be called every few seconds."""
        if self._busy or self._fleet is None:
            return
        self._alerts, told = tick(self._alerts, self._fleet, self._time())
        self._tell(told)

    def _tell(self, told: Sequence[Alert]) -> None:
        self._outbox, notice = post(self._outbox, told, self._time())
        if notice is not None:
            letter = letter_of(notice, self._context)
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


def _without_connections(fleet: Fleet) -> Fleet:
    """All that a tick looks at, so that nobody else has the end of a large fleet on his hands."""
    last = None if fleet.last is None else replace(fleet.last, records=(), ended={})
    return Fleet(
        query=fleet.query,
        last=last,
        outage=fleet.outage,
        standstill=fleet.standstill,
        verdicts=fleet.verdicts,
        parts={name: _without_connections(part) for name, part in fleet.parts.items()},
    )


def alarms_of(
    settings: "Settings",
    *,
    context: str,
    query: Query,
    changed: Callable[[], None] = lambda: None,
) -> Alarms:
    """The alarms that the settings want.

    Args:
        settings: what is to be told, and where.
        context: the name of what is watched.
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
        context=context,
        query=query,
        messages=notify.messages,
        bell=notify.bell,
        desktop=notify.desktop,
    )
