"""The options of ``conntop serve`` for a real fleet, and what cannot be had along with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from tui.cli.failure import CommandError
from tui.report.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.standin.gateway_plan import GatewayPlan

_OWN = ("clients", "speed", "heartbeat", "patience")
_SIMULATED = ("connections", "scenario", "scenario_after", "records", "at")

_OPTIONS = (
    click.option(
        "--gateways",
        type=int,
        metavar="NUMBER",
        help="Instead of a simulated fleet, run this many real WebSocket gateways on this machine,"
        " each a process that can be paused or killed; their process ids are told on stderr.",
    ),
    click.option(
        "--clients",
        type=int,
        default=150,
        show_default=True,
        metavar="NUMBER",
        help="With --gateways: real WebSocket clients.",
    ),
    click.option(
        "--speed",
        type=float,
        default=1.0,
        show_default=True,
        metavar="FACTOR",
        help="With --gateways or --from: server seconds in one real second.",
    ),
    click.option(
        "--heartbeat",
        type=float,
        default=5.0,
        show_default=True,
        metavar="SECONDS",
        help="With --gateways: time between two pings of a connection, in server seconds.",
    ),
    click.option(
        "--patience",
        type=float,
        default=10.0,
        show_default=True,
        metavar="SECONDS",
        help="With --gateways: silence after which a client reconnects, in server seconds.",
    ),
)


def gateway_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a real fleet."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def take_gateway_plan(values: dict[str, Any], *, recorded: bool = False) -> GatewayPlan | None:
    """The real fleet among the options, which are taken out of ``values``; None without one.

    With a ``recorded`` fleet there is none.

    Raises CommandError for options that do not go together, and ValueError for a fleet that
    cannot be had.
    """
    gateways = values.pop("gateways")
    if recorded:
        for name in _OWN:
            values.pop(name)
        return None
    own = {name: values.pop(name) for name in _OWN}
    if gateways is None:
        if idle := _given(_OWN):
            raise CommandError(
                f"{_listed(idle)} without --gateways has no meaning: add --gateways NUMBER",
                ExitCode.USAGE,
            )
        return None
    if other := _given(_SIMULATED):
        raise CommandError(
            f"--gateways runs a real fleet in real time, so leave out {_listed(other)}",
            ExitCode.USAGE,
        )
    from tui.standin.gateway_plan import GatewayPlan

    return GatewayPlan(gateways=gateways, seed=values["seed"], **own)


def _given(names: tuple[str, ...]) -> list[str]:
    """The options among these that the command line names."""
    context = click.get_current_context()
    return [
        name for name in names if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    ]


def _listed(names: list[str]) -> str:
    return " and ".join(f"--{name.replace('_', '-')}" for name in names)
