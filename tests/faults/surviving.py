"""What every fault of the network has to leave standing, seen on the screen.

The last good rows stay with their age and the reason, keys are answered, nothing hostile is drawn;
and when the fault is over, all is as the stand-in itself knows it, within two intervals.
"""

from __future__ import annotations

import asyncio
import unicodedata
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from time import perf_counter
from typing import TYPE_CHECKING

import httpcore
import httpx

from tests.pty.stream import INVISIBLE
from tests.source.test_console_api import one_key
from tests.stage import stage
from tui.core.connection import State
from tui.core.events import EventKind
from tui.source.console_api import Limits
from tui.standin.clock_faults import NO_FAULTS, Faults
from tui.standin.instant import TICKS
from tui.standin.query import parse_query
from tui.standin.sessions import last_beat
from tui.standin.settings import Assumptions
from tui.standin.simulator import Fleet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.faults.wire import Wire
    from tests.stage import Stage
    from tui.source.secret import Secret
    from tui.standin.sessions import Session

Fault = AbstractAsyncContextManager[None] | AbstractContextManager[None]
"""The time in which something is broken."""
SHORT = Limits(connect=0.2, read=0.3, total=0.4)
"""Patience with what never answers, so that a test need not have any."""
KEY_SECONDS = 0.2
"""A key is answered within that."""
_CONNECTIONS = 30
_SEED = 7
_AT_ONCE = 4
"""TCP connections that the monitor may have."""


@asynccontextmanager
async def watching(
    wire: Wire,
    *,
    limits: Limits = SHORT,
    read_key: Callable[[], Secret] = one_key,
    faults: Faults = NO_FAULTS,
) -> AsyncIterator[Stage]:
    """The app after three good polls, with a wire that may break."""
    fleet = Fleet(seed=_SEED, connections=_CONNECTIONS)
    async with stage(
        wire=wire, served=fleet, limits=limits, read_key=read_key, faults=faults
    ) as on:
        await on.polls(3)
        assert on.watch.fleet.outage is None
        yield on


async def survives(
    on: Stage,
    fault: Fault,
    says: str,
    *,
    polls: int = 3,
    kind: EventKind = EventKind.LINK_LOST,
    told_to_wait: float = 0.0,
) -> None:
    """The whole of it: ``fault`` for some polls, and the time after it.

    Args:
        on: the stage, after some good polls.
        fault: the fault is there while this context is entered.
        says: words of the reason that the header has to give.
        polls: how many fail.
        kind: the one event that tells of it.
        told_to_wait: seconds that the endpoint asks for.
    """
    told, before, at = len(on.watch.fleet.log), states(on), as_of(on)
    if isinstance(fault, AbstractAsyncContextManager):
        async with fault:
            await _endures(on, before, at, says, polls)
    else:
        with fault:
            await _endures(on, before, at, says, polls)
    await recovers(on, told_to_wait)
    kinds = [event.kind for event in on.watch.fleet.log[told:]]
    assert kinds == [kind, EventKind.LINK_BACK]
    await on.poll()
    is_live(on)


async def _endures(on: Stage, before: dict[str, State], at: str, says: str, polls: int) -> None:
    for _ in range(polls):
        await polls_while_keys_are_pressed(on)
        is_blind_but_calm(on, before, at, says)


async def polls_while_keys_are_pressed(on: Stage) -> None:
    """A poll; keys move the cursor while its question is under way."""
    asking = asyncio.ensure_future(on.poll())
    try:
        await on.until(lambda: on.watch.poller.asking_since is not None, "it asks")
        took = [await seconds_of(on, key) for key in "jkj"]
    finally:
        await asking
    assert min(took) < KEY_SECONDS, took


async def seconds_of(on: Stage, key: str) -> float:
    """How long it takes until a key that moves the cursor has done so, on the screen."""
    row, started = on.table.cursor_row, perf_counter()
    await on.press(key)
    took = perf_counter() - started
    assert on.table.cursor_row == row + (1 if key == "j" else -1)
    return took


def is_blind_but_calm(on: Stage, before: dict[str, State], at: str, says: str) -> None:
    """No row is lost, and the header says what is the matter and how old all this is."""
    fleet, text = on.watch.fleet, on.text()
    assert states(on) == before
    assert State.GONE not in before.values()
    assert fleet.outage is not None
    assert says in fleet.outage.failure.sentence
    assert fleet.outage.failure.sentence[:60] in text
    assert "✕ no answer" in text
    assert f"as of {at}" in text.splitlines()[0]
    # Behind a long reason there is no room to say it once more.
    assert f"rows are as of {at}" in text or len(fleet.outage.failure.sentence) > 100
    assert not {char for char in text if char != "\n" and unicodedata.category(char) in INVISIBLE}


async def recovers(on: Stage, told_to_wait: float = 0.0) -> None:
    """It asks again by its own schedule, soon enough, and then knows what the stand-in knows."""
    poller = on.watch.poller
    assert poller.due is not None
    wait = poller.due - poller.time()
    assert told_to_wait <= wait + 1e-6
    assert wait <= max(2 * poller.every, told_to_wait)
    await on.poll(wait)
    is_live(on)


def is_live(on: Stage) -> None:
    """All is well on the screen, true, and so is the pool of connections."""
    fleet, text = on.watch.fleet, on.text()
    assert fleet.outage is None
    assert not on.watch.is_stale
    assert "no answer" not in text
    assert "rows are as of" not in text
    assert present(on) == truly_present(on)
    pool = pool_of(on)
    assert len(pool.connections) <= _AT_ONCE
    assert all(connection.is_idle() for connection in pool.connections)


def states(on: Stage) -> dict[str, State]:
    """The state of each row by its id; the screen says the same."""
    tracked = on.watch.fleet.tracked
    shown = dict(zip(on.column("id"), on.column("state"), strict=True))
    assert len(shown) == len(tracked)
    for identity, state in shown.items():
        [one] = [one for name, one in tracked.items() if name.startswith(identity.rstrip("…"))]
        assert state.endswith(one.state.value)
    return {identity: one.state for identity, one in tracked.items()}


def as_of(on: Stage) -> str:
    """The time of the last good answer, as the header has it."""
    return on.text().split("as of ")[1].split("Z")[0] + "Z"


def present(on: Stage) -> set[str]:
    """The connections that the monitor takes to be there."""
    tracked = on.watch.fleet.tracked
    return {identity for identity, one in tracked.items() if one.state is not State.GONE}


def truly_present(on: Stage) -> set[str]:
    """Those that are there."""
    return {session.connection_id for session in _sessions(on)}


def ages(on: Stage) -> dict[str, float]:
    """Seconds since each last heartbeat, by what the monitor takes for the present."""
    now = on.watch.now
    assert now is not None
    tracked = on.watch.fleet.tracked
    return {identity: one.connection.beat_age(now) for identity, one in tracked.items()}


def true_ages(on: Stage) -> dict[str, float]:
    """The same as it is."""
    now = on.clock.now()
    return {one.connection_id: (now - last_beat(one, now)) / TICKS for one in _sessions(on)}


def _sessions(on: Stage) -> list[Session]:
    """Who is there, by a stand-in of our own that nothing stands before."""
    fleet = Fleet(seed=_SEED, connections=_CONNECTIONS)
    query = parse_query([("activeOnly", "true")])
    return fleet.select(query, on.clock.now(), (), Assumptions())


def pool_of(on: Stage) -> httpcore.AsyncConnectionPool:
    """The pool of connections behind the client of the present."""
    client = on.api._clients._present
    transport = client._transport_for_url(httpx.URL(on.api.endpoint.url))
    assert isinstance(transport, httpx.AsyncHTTPTransport)
    assert isinstance(transport._pool, httpcore.AsyncConnectionPool)
    return transport._pool


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait for what the other side of a connection does."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  # nobody announces it
            await asyncio.sleep(0.001)
