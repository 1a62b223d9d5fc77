"""The stand-in as a process: one line on stdout, then answers until it is told to end."""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
import signal
import sys
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, TextIO

from tui.standin.app import Source, create_app
from tui.standin.clock import Clock, InstantError, ManualClock, RealClock
from tui.standin.clock_faults import NO_FAULTS, Faults
from tui.standin.embedded import Server, listen, url_of
from tui.standin.gateways import Gateways
from tui.standin.instant import parse_instant, seconds
from tui.standin.query import Query
from tui.standin.records import load_records
from tui.standin.scenarios import Script, Switch, scenario_named
from tui.standin.settings import LONGEST_RETENTION, AssumptionError, Assumptions
from tui.standin.simulator import Fleet

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

    from tui.standin.gateway_plan import GatewayPlan

__all__ = ["create_app", "run"]


class KeyTextError(ValueError):
    """The key cannot be sent in a header."""


class LogFileError(ValueError):
    """The log file cannot be written."""


def run(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    connections: int = 300,
    seed: int = 1,
    scenario: str = "calm",
    scenario_after: float = 0,
    records: Path | None = None,
    at: str | None = None,
    assumptions: Assumptions | None = None,
    api_key: str | None = None,
    log: Path | None = None,
    until_stdin_closes: bool = False,
    keep: int | None = None,
    faults: Faults = NO_FAULTS,
    gateways: GatewayPlan | None = None,
    recorded: tuple[Source, Clock] | None = None,
) -> None:
    """Serve until SIGTERM, SIGINT or, if asked, the end of stdin.

    The first line on stdout is ``conntop stand-in URL key KEY``, written once it answers.
    ``scenario`` begins ``scenario_after`` seconds after the start. With ``records`` a file is
    served in place of a fleet. ``at`` is the instant of a clock that stands still. Without
    ``api_key`` one is drawn. Requests are logged to the file ``log``, else to stderr. ``keep`` is
    another word for the assumption ``retention_seconds``. ``faults`` are there all along. With
    ``gateways`` a real fleet is served in place of a simulated one, in its own time; which
    process is which is told on stderr. With ``recorded`` that source is served by that clock, and
    may raise UnansweredError at once. Bad input raises a ValueError whose text is one sentence.
    """
    real = None if gateways is None else Gateways(gateways)
    clock = _clock(at) if real is None else real.clock
    if recorded is not None:
        clock = recorded[1]
    assumed = assumptions or Assumptions()
    if keep is not None:
        if not 0 <= keep <= LONGEST_RETENTION:
            raise AssumptionError(
                f"Ended sessions can be kept from 0 to {LONGEST_RETENTION} seconds, not {keep}."
            )
        assumed = assumed.model_copy(update={"retention_seconds": keep})
    key = _key(api_key)
    source: Source
    if recorded is not None:
        source = recorded[0]
    elif real is not None:
        source = real.registry
    elif records is not None:
        source = load_records(records)
    else:
        source = Fleet(seed=seed, connections=connections)
    scenario_named(scenario, fleet=source.plays_fleet_scenarios)
    if not 0 <= scenario_after < 1e9:
        raise InstantError(f"A scenario cannot begin {scenario_after} seconds after the start.")
    start = clock.now()
    script = Script(
        [] if scenario == "calm" else [Switch(start + seconds(scenario_after), scenario)]
    )
    # The first answer works the fleet out, which nobody should have to wait for.
    source.answer(Query(limit=1), start, script.switches, assumed)
    # A large fleet lives as long as the process; the collector need not walk through it again.
    gc.freeze()
    with ExitStack() as stack:
        stream: TextIO = sys.stderr
        if log is not None:
            try:
                stream = stack.enter_context(log.open("a", encoding="utf-8"))
            except OSError as reason:
                raise LogFileError(f"The log {log} cannot be written: {reason}.") from reason
        app = create_app(
            source,
            api_key=key,
            assumptions=assumed,
            clock=clock,
            script=script,
            log=stream,
            faults=faults,
        )
        bound = stack.enter_context(listen(host, port))
        if real is not None:
            sys.stderr.write(stack.enter_context(real).who_is_who())
        line = f"conntop stand-in {url_of(bound)} key {key}\n"

        def announce() -> None:
            sys.stdout.write(line)
            sys.stdout.flush()

        server = Server(app, announce)
        asyncio.run(_serve(server, bound_to=bound, until_stdin_closes=until_stdin_closes))


async def _serve(server: Server, *, bound_to: socket.socket, until_stdin_closes: bool) -> None:
    loop = asyncio.get_running_loop()

    def end() -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    if until_stdin_closes:
        # A thread of its own, because not every kind of stdin can be watched by the loop.
        threading.Thread(target=_await_eof, args=(end,), daemon=True).start()
    await server.serve(sockets=[bound_to])


def _await_eof(end: Callable[[], None]) -> None:
    # Read below Python's buffer: its lock would be held while the process ends.
    while os.read(0, 4096):
        pass
    end()


def _clock(at: str | None) -> Clock:
    if at is None:
        return RealClock()
    try:
        instant = parse_instant(at)
    except ValueError as reason:
        raise InstantError(f"The instant {at!r} cannot be read: {reason}.") from reason
    return ManualClock(instant)


def _key(given: str | None) -> str:
    if given is None:
        return f"demo-{secrets.token_hex(4)}"
    if not given or given != given.strip() or not given.isascii() or not given.isprintable():
        raise KeyTextError("The key must be printable ASCII without spaces around it.")
    return given
