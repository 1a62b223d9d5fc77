"""``conntop record``: what is observed, kept in a file or a database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tui.cli.asking_on import ask_on
from tui.cli.connect import Setup, asking_of, set_up_to_ask
from tui.cli.failure import CommandError
from tui.cli.options import (
    HELP_NAMES,
    check_span,
    check_text,
    every_option,
    question_options,
    read_query,
    splitting_options,
    target_options,
)
from tui.cli.scribing import bounds_of
from tui.report.exit_codes import ExitCode

if TYPE_CHECKING:
    from tui.archive.bounds import Bounds
    from tui.archive.recorder import Recorder
    from tui.core.fleet import Fleet
    from tui.core.query import Query
    from tui.source.poller import Poller


def _check_age(_: click.Context, __: click.Parameter, value: str | None) -> float | None:
    from tui.archive.bounds import parse_age

    try:
        return None if value is None else parse_age(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _check_size(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    from tui.archive.bounds import parse_size

    try:
        return None if value is None else parse_size(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command("record", context_settings=HELP_NAMES)
@click.option(
    "--to",
    "where",
    required=True,
    callback=check_text,
    metavar="FILE|URL",
    help="The file, made where there is none, or a PostgreSQL database: postgresql://user@host/"
    "name, and the password by PGPASSWORD or ~/.pgpass.",
)
@click.option(
    "--for",
    "span",
    callback=check_span,
    metavar="SPAN",
    help="End after this time, such as 30s, 10m or 2h.",
)
@click.option(
    "--keep",
    "age",
    callback=_check_age,
    metavar="AGE",
    help="Let go of what is older, such as 36h or 30d; 14d unless set otherwise.",
)
@click.option(
    "--keep-size",
    "size",
    callback=_check_size,
    metavar="SIZE",
    help="Let go of the oldest once the file holds as much, such as 500MB; 2GB unless set "
    "otherwise.",
)
@question_options
@target_options
@every_option
@splitting_options
def record(
    where: str,
    span: float | None,
    age: float | None,
    size: int | None,
    context: str | None,
    url: str | None,
    every: float | None,
    split: bool,
    budget: int | None,
    **values: Any,
) -> int:
    """Record what is observed: connections, heartbeats, states, events, and when nothing was known.

    It is one SQLite file of plain tables (see docs/recording.md), or a PostgreSQL database for a
    team. A further run goes on in it. Unless a query says otherwise all active connections are
    recorded, as the monitor shows them. Notes and errors go to stderr. It runs until ctrl-c (exit
    code 130) or SIGTERM (exit code 0).

    \b
    conntop record --to fleet.conntop
    conntop record --to fleet.conntop --every 10 --keep 30d
    """  # noqa: D301  # click's own mark: keep these lines as they are
    asked = read_query(values)
    setup = set_up_to_ask(context, url)
    bounds = bounds_of(setup.settings, age, size)
    return _run(
        setup,
        asked.query,
        where,
        bounds,
        every=every or setup.settings.every,
        split=split,
        budget=budget,
        span=span,
    )


def _run(
    setup: Setup,
    query: Query,
    where: str,
    bounds: Bounds,
    *,
    every: float,
    split: bool,
    budget: int | None,
    span: float | None,
) -> int:
    import sys

    from tui.archive.recorder import LEASE, Recorder
    from tui.archive.store import RecordingError
    from tui.archive.writer import Writer
    from tui.cli.told_to_end import Ending
    from tui.report.availability_words import one_or_more
    from tui.report.narration import say
    from tui.report.recording import record as record_on

    target = setup.target
    try:
        writer = Writer(where)
        recorder = Recorder(
            writer,
            target.name,
            target.endpoint.host,
            bounds=bounds,
            say=say,
            lease=max(LEASE, 3 * every),
        )
        fleet = _known(setup, query, recorder)
    except RecordingError as error:
        raise CommandError(str(error), ExitCode.USAGE) from None

    async def work(poller: Poller) -> None:
        await record_on(
            poller,
            fleet,
            keep=recorder.add,
            where=writer.name,
            say=say,
            stands_by=lambda: recorder.holder is not None,
        )

    asking = asking_of(setup.settings, split=split, budget=budget)
    ending = Ending(sys.stderr)
    try:
        told = ask_on(setup, query, asking, work, every=every, span=span, ending=ending)
    finally:
        recorder.close()
        writer.close()
    if recorder.holder is None:
        polls = one_or_more(recorder.written, "poll") if recorder.written else "nothing"
        say(f"recorded {polls} to {writer.name}")
    if told is not None:
        return told
    well = recorder.trouble is None or recorder.holder is not None
    return ExitCode.OK if well else ExitCode.FAILED


def _known(setup: Setup, query: Query, recorder: Recorder) -> Fleet:
    """What is known at the start."""
    from tui.core.fleet import Fleet
    from tui.core.lineage import Lineage

    client, names = setup.settings.client, setup.settings.names
    recalled = recorder.go_on(client, names)
    return recalled or Fleet(query=query, lineage=Lineage(client), names=names)
