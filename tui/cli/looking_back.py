"""A moment of a recording, for the commands that otherwise ask the endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from tui.cli.recording_options import (
    feed_in,
    moment_in,
    open_recording,
    organization_in,
    recording_errors,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from tui.config import Settings
    from tui.core.fleet import Fleet
    from tui.core.handover import Where
    from tui.core.instant import Instant


class LookBack:
    """What was known at a moment."""

    def __init__(self, fleet: Fleet, at: Instant, where: Where) -> None:
        self.fleet = fleet
        self.at = at
        """The time of the poll after which it was known."""
        self.where = where
        """Whom that poll asked, and the command that shows the moment again."""


def look_back(text: str, at: str | None, context: str | None, settings: Settings) -> LookBack:
    """The last poll at or before ``--at``.

    Args:
        text: ``--from``.
        at: ``--at``.
        context: ``--context``.
        settings: what tells clients apart, and what people call things.

    Raises:
        CommandError: the recording cannot be read.
        click.BadParameter: ``--at`` is no time of it.
    """
    from tui.archive.store import repeatable
    from tui.core.handover import Where
    from tui.core.instant import as_served

    recording = open_recording(text)
    organization = organization_in(recording, context)
    moment = moment_in(recording, organization, at)
    with recording_errors():
        fleet = recording.fleet_at(organization, moment.place, settings.client, settings.names)
    feed, choice = feed_in(recording, organization)
    program = ["conntop", "monitor", "--from", repeatable(text), "--at", as_served(moment.at)]
    where = Where(feed.context, feed.host, (*program, *choice), asks=False)
    return LookBack(fleet, moment.at, where)


def check_options(recording: str | None, *allowed: str) -> None:
    """See that the options go together.

    Args:
        recording: ``--from``.
        allowed: those that go with it, besides ``--at`` and ``--speed``, by the names of their
            parameters.

    Raises:
        click.BadParameter: an option is about asking the endpoint, or about a recording, and the
            other is meant.
    """
    given = _given()
    for one in given:
        if recording is None and one.name in ("at", "speed"):
            raise click.BadParameter("it goes with --from", param=one)
        if recording is not None and one.name not in ("recording", "at", "speed", *allowed):
            raise click.BadParameter(
                "it is about asking the endpoint, and --from asks nobody", param=one
            )


def is_any_given(names: Collection[str]) -> bool:
    """Whether any of these parameters is on the command line."""
    return any(one.name in names for one in _given())


def _given() -> list[click.Parameter]:
    context = click.get_current_context()
    return [
        one
        for one in context.command.get_params(context)
        if context.get_parameter_source(one.name or "") is ParameterSource.COMMANDLINE
    ]
