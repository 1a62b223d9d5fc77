"""A still: the main screen as it would look over a fleet, drawn without a terminal."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from textual.screen import Screen
from textual.strip import Strip

from tui.core.fleet import Fleet
from tui.core.grammar import Filter
from tui.core.handover import Where
from tui.core.query import Query
from tui.core.snapshot import Snapshot
from tui.source.poller import Poller
from tui.source.steady import steady
from tui.view.app import ConntopApp
from tui.view.lane import Feed, Lane
from tui.view.main_screen import MainScreen
from tui.view.watch import Watch

SIZE = (160, 45)
"""Cells of the picture."""
_PATIENCE = 30.0
"""Seconds; drawing takes one, on a busy machine a few."""


class _Nobody:
    """A source that is there to be closed."""

    async def fetch(self, query: Query) -> Snapshot:
        """Nobody asks it."""
        raise NotImplementedError(query)

    async def aclose(self) -> None:
        """Nothing is held."""


class _StillLane(Lane):
    """A lane in which all is known already."""

    def __init__(self, feed: Feed, poller: Poller, fleet: Fleet) -> None:
        super().__init__(feed, poller)
        self._fleet = fleet

    async def fleets(self) -> AsyncIterator[Fleet]:
        """The one there is."""
        yield self._fleet


async def still(fleet: Fleet, *, where: Where, condition: Filter, every: float) -> Sequence[Strip]:
    """The lines of the main screen.

    Args:
        fleet: what is known; it is taken for the present.
        where: what is watched.
        condition: the filter of ``/``.
        every: seconds between the polls that brought the fleet.

    Raises:
        ScreenCrash: the screen has ended by a mistake of ours.
    """
    feed = Feed(where.context, where.host, _Nobody())
    lane = _StillLane(feed, Poller(feed.source, fleet.query, every, time=steady), fleet)
    app = ConntopApp(Watch([lane], condition=condition), {})
    async with app.run_test(size=SIZE) as pilot, asyncio.timeout(_PATIENCE):
        while not _is_drawn(app.screen, fleet):
            await pilot.pause(0.01)
        await pilot.pause()
        assert isinstance(app.screen, MainScreen)
        strips = app.screen.lines()
    app.check()
    return strips


def _is_drawn(screen: Screen[object], fleet: Fleet) -> bool:
    if not isinstance(screen, MainScreen):
        return False
    seen = screen.watch_.fleet
    known = seen.last is fleet.last and seen.outage is fleet.outage
    return known and screen.arranged.at == fleet.at
