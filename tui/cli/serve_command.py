"""``conntop serve``: the stand-in for the endpoint, for demos, tests and trials."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

import click

from tui.cli.failure import CommandError
from tui.cli.gateway_options import gateway_options, take_gateway_plan
from tui.cli.late import LateOptions, fault_option, scenario_option
from tui.cli.options import HELP_NAMES
from tui.cli.recording_options import from_option, recorded_context_option
from tui.cli.serve_recorded import take_recorded
from tui.report.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic.fields import FieldInfo

    from tui.standin.settings import Assumptions

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _late() -> Sequence[click.Option]:
    """The scenario, the faults, and an option for each point that the documentation leaves open."""
    from tui.standin.settings import Assumptions

    return [
        scenario_option(),
        fault_option(),
        *(_assumption(name, field) for name, field in Assumptions.model_fields.items()),
    ]


def _assumption(name: str, field: FieldInfo) -> click.Option:
    """The option for an assumption: its name, its docstring, its default."""
    flag = f"--{name.replace('_', '-')}"
    words = " ".join(inspect.cleandoc(field.description or "").replace("``", "").split())
    if field.annotation is bool:
        flag = f"{flag}/--no-{flag[2:]}"
        words = f"{words} Assumed: {'yes' if field.default else 'no'}."
        return click.Option([flag, name], default=None, help=words)
    choices = _choices(field.annotation)
    if field.default or field.default == 0:
        words = f"{words} Assumed: {field.default}."
    return click.Option(
        [flag, name],
        type=click.Choice(choices) if choices else None,
        metavar=None if choices else _metavar(field),
        help=words,
    )


def _choices(annotation: Any) -> list[str]:
    """The words that a field takes, when it takes only some; being unset is not one of them."""
    parts = get_args(annotation) if get_origin(annotation) in (UnionType, Union) else (annotation,)
    return [word for part in parts if get_origin(part) is Literal for word in get_args(part)]


def _metavar(field: FieldInfo) -> str:
    return "FIELD,FIELD" if isinstance(field.default, frozenset) else "NUMBER"


@click.command("serve", cls=LateOptions, late=_late, context_settings=HELP_NAMES)
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8765,
    show_default=True,
    help="Port to listen on; 0 takes any free one.",
)
@click.option(
    "--host",
    type=click.Choice(_LOOPBACK),
    default=_LOOPBACK[0],
    show_default=True,
    help="Address to listen on: this machine only.",
)
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
    type=click.FloatRange(0, 86_400),
    default=0.0,
    show_default=True,
    metavar="SECONDS",
    help="When the scenario begins.",
)
@click.option(
    "--records",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Serve the JSON array of records in this file instead of a fleet.",
)
@click.option(
    "--at",
    metavar="INSTANT",
    help="Stand still at this time, such as 2024-01-15T14:30:30Z, instead of running along. With "
    "--from also 03:12 or -15m, counted back from the recording's end, which is the default.",
)
@from_option
@recorded_context_option
@click.option(
    "--log",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Append a line for each request to this file instead of stderr.",
)
@gateway_options
@click.option("--until-stdin-closes", is_flag=True, hidden=True)
def serve(**values: Any) -> ExitCode:
    """Serve a stand-in for the endpoint on this machine, until ctrl-c.

    The first line on stdout tells its URL and the key it takes. It is written from the endpoint's
    documentation; each point that this leaves open is an option, with the value that is assumed
    without it.

    With --from it answers out of a recording, as it was known at --at: by any client the past can
    be asked then. It stands still at that time, or runs from there on by --speed and stands at the
    end; without either it follows the end of a recording that is still being written.
    """
    from tui.standin.app import UnansweredError
    from tui.standin.clock_faults import read_faults
    from tui.standin.embedded import ListenError
    from tui.standin.process import StartError
    from tui.standin.server import run

    recorded = take_recorded(values)
    try:
        values["faults"] = read_faults(values["faults"])
        if (plan := take_gateway_plan(values, recorded=recorded is not None)) is not None:
            values["gateways"] = plan
        if recorded is not None:
            values["recorded"] = recorded
        run(assumptions=_assumptions(values), **values)
    except (ListenError, StartError, UnansweredError) as error:
        raise CommandError(str(error)) from None
    except ValueError as error:
        # The stand-in's word for input that it cannot use; its text is a sentence.
        raise CommandError(str(error), ExitCode.USAGE) from None
    return ExitCode.OK


def _assumptions(values: dict[str, Any]) -> Assumptions:
    """The assumptions among the options, which are taken out of ``values``."""
    from tui.standin.settings import Assumptions, assume

    given: Mapping[str, Any] = {name: values.pop(name) for name in Assumptions.model_fields}
    return assume(f"{name}={value}" for name, value in given.items() if value is not None)
