"""Run the exporter: one poller and one server in one event loop, until told to end."""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable

from prometheus_client import CollectorRegistry, ProcessCollector

from tui.core.fleet import Fleet
from tui.core.lineage import ClientField, Lineage
from tui.core.query import Query
from tui.report.exit_codes import ExitCode
from tui.report.metrics.exporter import Exporter
from tui.report.metrics.server import Server
from tui.source.base import Source
from tui.source.following import steps
from tui.source.poller import Poller
from tui.source.steady import steady

_SWITCH_INTERVAL = 0.001
"""Seconds for which the thread that folds keeps Python's lock while a scrape wants it; Python's own
are five times that, for each of the many times that one scrape does."""
_SIGNALS = {signal.SIGTERM: ExitCode.OK, signal.SIGINT: ExitCode.INTERRUPTED}
"""What ends it, and with what."""


async def run_exporter(
    source: Source,
    query: Query,
    every: float,
    bound: socket.socket,
    *,
    client: tuple[ClientField, ...],
    say: Callable[[str], None],
) -> ExitCode:
    """Poll and serve until SIGTERM or ctrl-c.

    Args:
        source: is asked, and closed at the end.
        query: the question.
        every: seconds between two polls.
        bound: a bound socket on which scrapes come in.
        client: what tells one client from another.
        say: is told of the link, a sentence each time that it breaks and that it is back.
    """
    sys.setswitchinterval(_SWITCH_INTERVAL)
    loop = asyncio.get_running_loop()
    told: asyncio.Future[ExitCode] = loop.create_future()

    def end(code: ExitCode) -> None:
        if not told.done():
            told.set_result(code)
        # Whoever asks twice does not want to wait for what is under way.
        for number in _SIGNALS:
            loop.remove_signal_handler(number)

    for number, code in _SIGNALS.items():
        # What a shell has had ignored for a job in the background stays so.
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, end, code)
    # By the steady clock, so that a sleep of this machine is noticed.
    poller = Poller(source, query, every, time=steady)
    exporter = Exporter(poller.every)
    registry = CollectorRegistry()
    registry.register(exporter)
    ProcessCollector(registry=registry)
    server = Server(registry)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.serve(sockets=[bound]))
            polling = tasks.create_task(
                _poll(poller, Fleet(query=query, lineage=Lineage(client)), exporter, say)
            )
            ended = await told
            polling.cancel()
            server.should_exit = True
    finally:
        await source.aclose()
    return ended


async def _poll(
    poller: Poller, fleet: Fleet, exporter: Exporter, say: Callable[[str], None]
) -> None:
    before = None
    async for outcome, known in steps(poller, fleet):
        await asyncio.to_thread(exporter.take, outcome, known)
        outage = known.outage
        if before is None and outage is not None:
            say(f"link down: {outage.failure.sentence}")
        elif before is not None and outage is None:
            polls = "poll" if before.polls == 1 else "polls"
            say(f"the link is back after {before.polls:,} failed {polls}")
        before = outage
