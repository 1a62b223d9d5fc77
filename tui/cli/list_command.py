"""``conntop list``: one answer, printed."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from tui.cli.connect import asking_of, load_settings, set_up_to_ask, source_of
from tui.cli.failure import CommandError
from tui.cli.looking_back import check_options, is_any_given, look_back
from tui.cli.options import (
    HELP_NAMES,
    QUERY_FIELDS,
    query_options,
    read_query,
    splitting_options,
    target_options,
)
from tui.cli.recording_options import at_option, from_option
from tui.report import FORMATS
from tui.report.exit_codes import ExitCode

if TYPE_CHECKING:
    from tui.cli.looking_back import LookBack
    from tui.core.query import Query
    from tui.core.snapshot import Snapshot
    from tui.source.base import Source


@click.command("list", context_settings=HELP_NAMES)
@click.option(
    "-o",
    "--output",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="table and wide are for people; json, ndjson and csv have the API's own field names.",
)
@from_option
@at_option
@query_options
@target_options
@splitting_options
def list_command(
    output: str,
    recording: str | None,
    at: str | None,
    context: str | None,
    url: str | None,
    split: bool,
    budget: int | None,
    **values: Any,
) -> ExitCode:
    """Print the connections once.

    The records go to stdout and nothing else does; notes and errors go to stderr. An empty answer
    is no error. With --from they are those of a past moment: nobody is asked.

    \b
    conntop list --service coinapi-ws -o wide
    conntop list --all --since 2h -o json | jq length
    conntop list --from fleet.conntop --at 03:12 --filter state:silent
    """  # noqa: D301  # click's own mark: keep these lines as they are
    import asyncio

    from tui.report.listing import write_list
    from tui.report.narration import say
    from tui.source.base import NoSourceError, SourceError

    check_options(recording, "output", "condition", "context", *QUERY_FIELDS)
    if recording is not None:
        return _list_past(look_back(recording, at, context, load_settings()), values, output)
    asked = read_query(values)
    setup = set_up_to_ask(context, url)
    asking = replace(asking_of(setup.settings, split=split), budget=budget, lookups=0)
    try:
        source = source_of(setup.target.endpoint, setup.target.read_key, asking)
        snapshot = asyncio.run(_ask(source, asked.query, setup.settings.every))
    except NoSourceError as error:
        raise CommandError(str(error)) from None
    except SourceError as error:
        raise CommandError(error.sentence) from None
    write_list(snapshot, asked.condition, output, say, setup.settings.names)
    return ExitCode.OK


def _list_past(past: LookBack, values: dict[str, Any], output: str) -> ExitCode:
    from msgspec.structs import replace

    from tui.core.narrowing import narrowed
    from tui.report.listing import write_past
    from tui.report.narration import say

    fleet, last = past.fleet, past.fleet.last
    asked = read_query(values, past.at)
    if last is None:
        raise CommandError("there had been no answer by then: give a later time by --at")
    if is_any_given(QUERY_FIELDS):
        fleet = replace(fleet, last=narrowed(last, asked.query))
    write_past(fleet, past.at, asked.condition, output, say)
    return ExitCode.OK


async def _ask(source: Source, query: Query, every: float) -> Snapshot:
    from tui.report.ask import ask
    from tui.report.narration import say

    try:
        # Jitter is no secret.
        return await ask(source, query, every=every, say=say, rng=random.Random())  # noqa: S311
    finally:
        await source.aclose()
