"""Alarms: the engine of the rules, kept going beside whoever watches a fleet."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from tui.alert.channel import Letter, letter_of
from tui.core.alert_rules import MOST, Rule
from tui.core.alerts import Alert, advance, alerts_of, tick
from tui.core.fleet import Fleet
from tui.core.notices import Outbox, post
from tui.core.query import Query
from tui.source.steady import steady


class Alarms:
    """Takes fleets, and gives letters.

    ::

        alarms = Alarms(settings.alerts, notifier.send, context="prod")
        async for fleet in fleets:
            await alarms.see(fleet)

    Beside that, ``tick`` every few seconds lets the time of an outage go on between two polls.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        deliver: Callable[[Letter], None],
        *,
        context: str,
        query: Query | None = None,
        messages: int = MOST,
        time: Callable[[], float] = steady,
    ) -> None:
        """
        Args:
            rules: what is to be told.
            deliver: takes a letter, and returns at once.
            context: the name of what is watched.
            query: the question that the rules are about; the first one asked, unless given.
            messages: within ten minutes, at the most.
            time: seconds on a clock that nobody sets.
        """  # noqa: D205, D212
        self._alerts = alerts_of(rules, query)
        self._outbox = Outbox(messages)
        self._deliver = deliver
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

    async def see(self, fleet: Fleet) -> None:
        """One more poll has been folded; the rules are looked at off the loop."""
        if not self._alerts.rules:
            return
        self._busy = True
        try:
            self._alerts, told = await asyncio.to_thread(advance, self._alerts, fleet, self._time())
        finally:
            self._busy = False
        self._fleet = fleet
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
            self._deliver(letter_of(notice, self._context))
