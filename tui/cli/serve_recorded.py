"""``conntop serve --from``: the options that go with a recording, and what is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from tui.cli.recording_options import (
    first_moment_in,
    instant_in,
    open_recording,
    organization_in,
    recording_errors,
)

if TYPE_CHECKING:
    from tui.standin.app import Source
    from tui.standin.clock import Clock

_NOT_BOTH = (
    *("connections", "seed", "scenario", "scenario_after", "records", "faults", "gateways"),
    *("clients", "heartbeat", "patience"),
    *("retention_seconds", "active_clock_skew_seconds", "close_marks_inactive"),
)
"""What makes sense of a simulated fleet only."""


def take_recorded(values: dict[str, Any]) -> tuple[Source, Clock] | None:
    """What is served of a recording, and by which clock; ``None`` without one.

    Its options are taken out of ``values``.

    Raises:
        CommandError: the recording cannot be read.
        click.BadParameter: options do not go together, or ``--at`` is no time of it.
    """
    text, name = values.pop("recording"), values.pop("context")
    given = _check_together(text)
    if text is None:
        return None
    speed = values["speed"] if "speed" in given else None
    if speed is not None and not 0.1 <= speed <= 1000:
        raise click.BadParameter("it takes a number from 0.1 to 1000", param_hint="--speed")
    from tui.cli.recorded import EndClock, RecordedFleet, RunningClock
    from tui.standin.clock import ManualClock

    at, values["at"] = values["at"], None
    recording = open_recording(text)
    organization = organization_in(recording, name)
    source = RecordedFleet(recording, organization)
    with recording_errors():
        end = EndClock(lambda: recording.span(organization)[1])
    if at is None and speed is None:
        return source, end
    if speed is None:
        return source, ManualClock(instant_in(recording, organization, at))
    start = (
        first_moment_in(recording, organization, None).at
        if at is None
        else instant_in(recording, organization, at)
    )
    return source, RunningClock(start, speed, end)


def _check_together(text: str | None) -> set[str]:
    """The names of the options that are given, which go together."""
    context = click.get_current_context()
    given = set()
    for one in context.command.get_params(context):
        if context.get_parameter_source(one.name or "") is not ParameterSource.COMMANDLINE:
            continue
        given.add(one.name or "")
        if text is None and one.name == "context":
            raise click.BadParameter("it goes with --from", param=one)
        if text is not None and one.name in _NOT_BOTH:
            raise click.BadParameter(
                "it is about a simulated fleet, and --from serves a recording", param=one
            )
    return given
