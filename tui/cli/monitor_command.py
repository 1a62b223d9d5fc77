"""``conntop monitor``: the screen over the endpoint."""

from __future__ import annotations

from typing import Any

import click

from tui.cli.connect import Setup, alarms_for, asking_of, on_screen, set_up, source_of
from tui.cli.options import (
    HELP_NAMES,
    Asked,
    bandwidth_of,
    every_option,
    low_bandwidth_option,
    query_options,
    read_query,
    splitting_options,
    target_options,
)
from tui.cli.terminal import errors_put_aside, need_terminal
from tui.report.exit_codes import ExitCode


@click.command("monitor", context_settings=HELP_NAMES)
@query_options
@target_options
@every_option
@low_bandwidth_option
@splitting_options
def monitor(
    context: str | None,
    url: str | None,
    every: float | None,
    low_bandwidth: bool,
    split: bool,
    budget: int | None,
    **values: Any,
) -> int:
    """Watch the connections on the whole screen. This is the default command.

    The query can be changed on the screen, too. Press ? there for the keys.
    """
    asked = read_query(values)
    setup = set_up(context, url)
    need_terminal()
    interval = every or setup.settings.every
    if setup.target.key_from is None:
        return _without_key(setup, asked, interval, low_bandwidth)
    from tui.source.foretaste import Foretaste
    from tui.source.late import LateSource
    from tui.view.run import run_monitor

    target, asking = setup.target, asking_of(setup.settings, split=split, budget=budget)
    foretaste = Foretaste()
    alarms = alarms_for(setup.settings, target.name, asked.query)
    return on_screen(
        lambda: run_monitor(
            source=LateSource(
                lambda: source_of(target.endpoint, target.read_key, asking, foretaste)
            ),
            foretaste=foretaste,
            context=target.name,
            host=target.endpoint.host,
            query=asked.query,
            every=interval,
            condition=asked.condition,
            keymap=setup.settings.keys,
            client=setup.settings.client,
            names=setup.settings.names,
            alarms=alarms,
            low_bandwidth=bandwidth_of(setup.settings, low_bandwidth),
        )
    )


def _without_key(setup: Setup, asked: Asked, every: float, low_bandwidth: bool) -> int:
    """Say what is missing, and offer the demo."""
    from tui.cli.demo_command import DemoWish, play
    from tui.config import config_path
    from tui.view.run import run_welcome

    with errors_put_aside():
        wants_demo = run_welcome(config_path())
    if not wants_demo:
        return ExitCode.OK
    bandwidth = bandwidth_of(setup.settings, low_bandwidth)
    return play(asked, every, setup.settings, DemoWish(), bandwidth)
