"""``conntop demo``: the screen over a simulated endpoint, which needs no key."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from tui.cli.connect import (
    alarms_for,
    asking_of,
    load_settings,
    on_screen,
    post_of,
    source_of,
)
from tui.cli.late import LateOptions, fault_option, scenario_option
from tui.cli.options import (
    HELP_NAMES,
    Asked,
    bandwidth_of,
    every_option,
    low_bandwidth_option,
    query_options,
    read_query,
)
from tui.cli.scribing import record_option, recorded, scribe_of
from tui.cli.terminal import need_terminal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from tui.archive.scribe import Scribe
    from tui.config import LowBandwidth, Settings
    from tui.source.base import Source
    from tui.standin.process import StandInProcess

HERE = "127.0.0.1"
"""Where the demo's endpoint is; its port is not known yet when that is first shown."""


@dataclass(frozen=True, slots=True)
class DemoWish:
    """How the demo is to be."""

    connections: int = 300
    seed: int = 1
    scenario: str = "calm"
    after: float = 0.0
    """Seconds until the scenario begins."""
    faults: tuple[str, ...] = ()
    """What is wrong with the endpoint all along, as ``--fault`` has it."""

    def program(self) -> tuple[str, ...]:
        """The first words of a command that plays the same, but for its scenario."""
        words = ["conntop", "demo"]
        usual = DemoWish()
        if self.connections != usual.connections:
            words += ["--connections", str(self.connections)]
        if self.seed != usual.seed:
            words += ["--seed", str(self.seed)]
        for text in self.faults:
            words += ["--fault", text]
        return tuple(words)

    def args(self) -> list[str]:
        """The same as options of ``serve``."""
        return [
            f"--connections={self.connections}",
            f"--seed={self.seed}",
            f"--scenario={self.scenario}",
            f"--scenario-after={self.after}",
            *(f"--fault={text}" for text in self.faults),
        ]


def _late() -> Sequence[click.Option]:
    return [scenario_option(), fault_option()]


@click.command("demo", cls=LateOptions, late=_late, context_settings=HELP_NAMES)
@click.option(
    "--connections",
    type=click.IntRange(2, 100_000),
    default=300,
    show_default=True,
    help="Clients of the simulated fleet.",
)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="The same seed gives the same fleet."
)
@click.option(
    "--scenario-after",
    "after",
    type=click.FloatRange(0, 86_400),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="When the scenario begins, so that there is something to compare it with.",
)
@query_options
@every_option
@low_bandwidth_option
@record_option
def demo(
    connections: int,
    seed: int,
    scenario: str,
    after: float,
    faults: tuple[str, ...],
    every: float | None,
    low_bandwidth: bool,
    record: str | None,
    **values: Any,
) -> int:
    """Watch a simulated fleet: no key, no network, nothing to set up.

    An endpoint of the documented kind is started on this machine and ended with the screen.
    """
    asked = read_query(values)
    settings = load_settings()
    need_terminal()
    wish = DemoWish(connections, seed, scenario, after, faults)
    every = every or settings.every
    bandwidth = bandwidth_of(settings, low_bandwidth)
    with scribe_of(record, settings) as scribe:
        return play(asked, every, settings, wish, bandwidth, scribe)


def play(
    asked: Asked,
    every: float,
    settings: Settings,
    wish: DemoWish,
    low_bandwidth: LowBandwidth,
    scribe: Scribe | None = None,
) -> int:
    """Run the monitor over a stand-in of its own, and end that whatever happens."""
    from concurrent.futures import ThreadPoolExecutor

    from tui.standin.process import StartError, spawn

    with ThreadPoolExecutor(1) as starter:
        # Beside the start of the screen, which takes as long.
        starting = starter.submit(spawn, wish.args())
        try:
            return _watch(starting, asked, every, settings, wish, low_bandwidth, scribe)
        finally:
            # Where it did not start, the screen has said so, or has been left before.
            with suppress(StartError):
                starting.result().stop()


def _watch(
    starting: Future[StandInProcess],
    asked: Asked,
    every: float,
    settings: Settings,
    wish: DemoWish,
    low_bandwidth: LowBandwidth,
    scribe: Scribe | None,
) -> int:
    from tui.cli.demo_controls import StandInDemo
    from tui.source.base import NoSourceError
    from tui.source.endpoint import parse_endpoint
    from tui.source.foretaste import Foretaste
    from tui.source.late import LateSource
    from tui.source.secret import Secret
    from tui.standin.process import StartError
    from tui.view.lane import Feed
    from tui.view.run import run_monitor

    demo, foretaste = StandInDemo(wish.scenario), Foretaste()
    alarms = alarms_for(settings, asked.query)
    post = post_of(settings)

    def source() -> Source:
        try:
            stand_in = starting.result()
        except StartError as error:
            raise NoSourceError(f"the demo cannot start: {error}") from None
        demo.url = stand_in.url
        # In memory only, and good for nothing but that process.
        key = Secret(stand_in.key)
        return source_of(parse_endpoint(stand_in.url), lambda: key, asking_of(settings), foretaste)

    return on_screen(
        lambda: run_monitor(
            feeds=[recorded(Feed("demo", HERE, LateSource(source), foretaste), scribe)],
            query=asked.query,
            every=every,
            condition=asked.condition,
            keymap=settings.keys,
            client=settings.client,
            names=settings.names,
            program=wish.program(),
            post=post,
            views=settings.views,
            demo=demo,
            alarms=alarms,
            low_bandwidth=low_bandwidth,
        )
    )
