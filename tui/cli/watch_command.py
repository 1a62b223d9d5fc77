"""``conntop watch``: events, printed as they happen."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.cli.asking_on import ask_on
from tui.cli.connect import Setup, alarms_for, asking_of, set_up_to_ask
from tui.cli.failure import CommandError
from tui.cli.options import (
    HELP_NAMES,
    Asked,
    check_span,
    check_text,
    every_option,
    query_options,
    query_texts,
    read_query,
    splitting_options,
    target_options,
)
from tui.report.exit_codes import ExitCode

if TYPE_CHECKING:
    from tui.alert.alarms import Alarms
    from tui.alert.channel import Letter
    from tui.core.events import Group
    from tui.core.fleet import Fleet
    from tui.report.state_file import StateFile
    from tui.report.watching import Telling
    from tui.source.poller import Poller

_GROUPS = ("drops", "late", "returns", "ours")


def _check_groups(_: click.Context, __: click.Parameter, value: str | None) -> frozenset[Group]:
    """The groups that are named; all of them where none is."""
    from tui.core.events import Group

    if value is None:
        return frozenset(Group)
    names = [name.strip() for name in value.split(",")]
    if not set(names) <= set(_GROUPS):
        raise click.BadParameter(f"it takes some of {', '.join(_GROUPS)}, with commas between")
    return frozenset(Group[name.upper()] for name in names)


@click.command("watch", context_settings=HELP_NAMES)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "ndjson"]),
    default="text",
    show_default=True,
    help="text is for people; ndjson is one JSON object a line (see docs/watch.md).",
)
@click.option(
    "--only",
    "groups",
    callback=_check_groups,
    metavar="GROUPS",
    help="Only events of these groups, with commas between: drops, late, returns, ours.",
)
@click.option(
    "--state",
    "path",
    callback=check_text,
    metavar="FILE",
    help="Keep what is known in this file, so that a restart goes on from there.",
)
@click.option(
    "--for",
    "span",
    callback=check_span,
    metavar="SPAN",
    help="End after this time, such as 30s, 10m or 2h.",
)
@click.option(
    "--count", "most", type=click.IntRange(1), metavar="N", help="End after so many events."
)
@query_options
@target_options
@every_option
@splitting_options
def watch_command(
    output: str,
    groups: frozenset[Group],
    path: str | None,
    span: float | None,
    most: int | None,
    context: str | None,
    url: str | None,
    every: float | None,
    split: bool,
    budget: int | None,
    **values: Any,
) -> int:
    """Print events as they happen: what opened, fell silent, dropped, came back, and to whom.

    The first answer is what the following ones are compared with. A line goes out as soon as its
    event is known; notes and errors go to stderr. It runs until ctrl-c (exit code 130) or SIGTERM
    (exit code 0).

    With --state a restart tells what is new since the last run and nothing twice; what changed
    while nothing ran is summed up in one event, "not watched".

    \b
    conntop watch --only drops
    conntop watch -o ndjson --state ~/conntop.state >> events.ndjson
    """  # noqa: D301  # click's own mark: keep these lines as they are
    from tui.report.watching import Telling

    texts = query_texts(values)
    asked = read_query(values)
    setup = set_up_to_ask(context, url)
    state = None if path is None else _open(path, setup, texts)
    try:
        return _run(
            setup,
            asked,
            Telling(
                "ndjson" if output == "ndjson" else "text",
                asked.condition,
                groups,
                setup.target.name,
                setup.settings.names,
            ),
            state,
            every=every or setup.settings.every,
            split=split,
            budget=budget,
            span=span,
            most=most,
        )
    finally:
        if state is not None:
            state.close()


def _open(path: str, setup: Setup, texts: dict[str, str]) -> StateFile:
    from tui.report.state_file import Asked as AskedOfState
    from tui.report.state_file import StateError, StateFile

    target = setup.target
    try:
        return StateFile.open(
            Path(path).expanduser(), AskedOfState(target.endpoint.base, target.name, texts)
        )
    except StateError as error:
        raise CommandError(str(error), ExitCode.USAGE) from None


def _run(
    setup: Setup,
    asked: Asked,
    telling: Telling,
    state: StateFile | None,
    *,
    every: float,
    split: bool,
    budget: int | None,
    span: float | None,
    most: int | None,
) -> int:
    from tui.cli.told_to_end import Ending
    from tui.report.narration import say
    from tui.report.output import for_data, for_people
    from tui.report.watching import watch

    out = for_people() if telling.form == "text" else for_data()
    fleet = _fleet(setup, asked, state)
    alarms = _alarms(setup, fleet)
    ending = Ending(out)

    async def work(poller: Poller) -> None:
        async with nullcontext() if alarms is None else alarms.at_work():
            await watch(
                poller,
                fleet,
                telling,
                out=ending,
                say=say,
                state=state,
                most=most,
                see=None if alarms is None else partial(alarms.see, setup.target.name),
            )

    asking = asking_of(setup.settings, split=split, budget=budget)
    told = ask_on(setup, fleet.query, asking, work, every=every, span=span, ending=ending)
    return ExitCode.OK if told is None else told


def _alarms(setup: Setup, fleet: Fleet) -> Alarms | None:
    """What is to be told beside the events; it is said on stderr, too, where it also rings."""
    from tui.report.narration import say
    from tui.report.output import is_terminal

    def complain() -> None:
        for sentence in alarms.failures if alarms is not None else ():
            say(f"alert not delivered: {sentence}")

    def told(letter: Letter) -> None:
        for line in letter.lines:
            say(line)
        if alarms is not None and is_terminal(sys.stderr):
            sys.stderr.write(alarms.ring(letter))
            sys.stderr.flush()

    alarms = alarms_for(setup.settings, fleet.query, complain)
    if alarms is not None:
        alarms.told = told
    return alarms


def _fleet(setup: Setup, asked: Asked, state: StateFile | None) -> Fleet:
    """What is known at the start."""
    from tui.core.fleet import Fleet
    from tui.core.lineage import Lineage
    from tui.core.memory import recall

    client, names = setup.settings.client, setup.settings.names
    if state is None or state.memory is None:
        return Fleet(query=asked.query, lineage=Lineage(client), names=names)
    return recall(state.memory, client, names)
