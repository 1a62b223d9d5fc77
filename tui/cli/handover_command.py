"""``conntop handover``: the note for the next human, without a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tui.cli.connect import (
    Setup,
    asking_of,
    load_settings,
    post_of,
    program_of,
    set_up_to_ask,
    source_of,
)
from tui.cli.failure import CommandError
from tui.cli.looking_back import check_options, look_back
from tui.cli.new_file import new_file
from tui.cli.options import (
    HELP_NAMES,
    Asked,
    check_span,
    check_text,
    every_option,
    query_options,
    read_query,
    splitting_options,
    target_options,
)
from tui.cli.recording_options import at_option, from_option
from tui.report.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui.cli.looking_back import LookBack
    from tui.config import Settings
    from tui.core.handover import Where
    from tui.core.instant import Instant
    from tui.report.handing_over import Look
    from tui.source.asking import Asking


@click.command("handover", context_settings=HELP_NAMES)
@click.option(
    "--for",
    "span",
    callback=check_span,
    default="20s",
    show_default=True,
    metavar="SPAN",
    help="Look for this time, such as 20s or 2m.",
)
@click.option(
    "-o",
    "--output",
    callback=check_text,
    metavar="FILE",
    help="Write the note to this new file instead of stdout.",
)
@click.option(
    "--svg",
    callback=check_text,
    metavar="FILE",
    help="Draw the screen into this new file, as an SVG.",
)
@click.option("--webhook", is_flag=True, help="Post the note to the webhook of [notify], too.")
@click.option(
    "--mask-clients", is_flag=True, help="Tell clients' addresses by their /24 or /48 only."
)
@from_option
@at_option
@query_options
@target_options
@every_option
@splitting_options
def handover(
    recording: str | None,
    at: str | None,
    span: float,
    output: str | None,
    svg: str | None,
    webhook: bool,
    mask_clients: bool,
    context: str | None,
    url: str | None,
    every: float | None,
    split: bool,
    budget: int | None,
    **values: Any,
) -> int:
    """Write a note for whoever takes over, in Markdown: what, since when, who, why, and what now.

    It is what H shows on the screen. API key ids are masked, or told by their names. When the
    endpoint does not answer the note says that, and the exit code is 1.

    With --from it is the note of a past moment: nobody is asked, and no key is needed.

    \b
    conntop handover --service coinapi-ws
    conntop handover --for 2m -o note.md --webhook
    conntop handover --from fleet.conntop --at 03:12
    """  # noqa: D301  # click's own mark: keep these lines as they are
    from tui.report.output import for_people

    check_options(recording, "output", "webhook", "mask_clients", "condition", "context")
    asked = read_query(values)
    setup = None if recording is not None else set_up_to_ask(context, url)
    settings = load_settings() if setup is None else setup.settings
    post = _post_of(settings) if webhook else None
    path = None if output is None else new_file(output)
    picture = None if svg is None else new_file(svg)
    if setup is None:
        past = look_back(recording or "", at, context, settings)
        where, found = past.where, _recorded(past)
        now: Instant | None = past.at
    else:
        asking = asking_of(settings, split=split, budget=budget)
        where, found = _where(setup, url), _look(setup, asked, asking, every, span)
        now = _now(found)
    text = _note(found, where, asked, now, mask_clients=mask_clients)
    if path is None:
        for_people().write(text)
    else:
        _write(path, text)
    if picture is not None:
        interval = every or settings.every
        _write(picture, _draw(found, where, asked, interval, mask_clients=mask_clients))
    if post is not None:
        from tui.alert.channel import SendError

        try:
            post(text, where.context)
        except SendError as error:
            raise CommandError(f"the note was not posted: {error.sentence}") from None
        from tui.report.narration import say

        say("posted the note to the webhook")
    if setup is not None and (found.fleet.is_blind or found.fleet.last is None):
        return ExitCode.FAILED
    return ExitCode.OK


def _post_of(settings: Settings) -> Callable[[str, str], None]:
    """What posts the note, which there has to be."""
    post = post_of(settings)
    if post is None:
        raise CommandError(
            "--webhook needs the address of one: add webhook under [notify] in the settings",
            ExitCode.USAGE,
        )
    return post


def _recorded(past: LookBack) -> Look:
    from tui.core.instant import day_text
    from tui.report.handing_over import Look

    remark = f"From a recording: this is what was known at {day_text(past.at)}, and nothing later"
    return Look(past.fleet, (remark,))


def _look(setup: Setup, asked: Asked, asking: Asking, every: float | None, span: float) -> Look:
    import asyncio

    from tui.core.fleet import Fleet
    from tui.core.lineage import Lineage
    from tui.report.handing_over import look
    from tui.source.base import NoSourceError, SourceError

    settings = setup.settings
    nothing = Fleet(query=asked.query, lineage=Lineage(settings.client), names=settings.names)

    async def run() -> Look:
        source = source_of(setup.target.endpoint, setup.target.read_key, asking)
        try:
            return await look(source, nothing, every or settings.every, span)
        finally:
            await source.aclose()

    try:
        return asyncio.run(run())
    except NoSourceError as error:
        raise CommandError(str(error)) from None
    except SourceError as error:
        raise CommandError(error.sentence) from None


def _where(setup: Setup, url: str | None) -> Where:
    from tui.core.handover import Where

    target, program = setup.target, program_of(setup.settings, url)
    if setup.settings.contexts:
        program = (*program, "--context", target.name)
    return Where(target.name, target.endpoint.host, program)


def _now(found: Look) -> Instant | None:
    from tui.source.steady import steady

    last = found.fleet.last
    return None if last is None else last.clock.at(steady())


def _note(
    found: Look, where: Where, asked: Asked, now: Instant | None, *, mask_clients: bool
) -> str:
    from tui.core.handover import note

    return note(
        found.fleet,
        where=where,
        condition=asked.condition,
        now=now,
        mask_clients=mask_clients,
        remarks=found.remarks,
    )


def _draw(found: Look, where: Where, asked: Asked, every: float, *, mask_clients: bool) -> str:
    """The screen over what was found, masked like the note."""
    import asyncio

    from tui.core.mask import mask_of
    from tui.view.handover_file import picture
    from tui.view.still import still

    fleet = found.fleet
    lines = asyncio.run(still(fleet, where=where, condition=asked.condition, every=every))
    mask = mask_of(fleet.tracked.values(), fleet.query.api_key_id, clients=mask_clients)
    return picture(lines, mask)


def _write(path: Path, text: str) -> None:
    from tui.report.narration import say

    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    say(f"wrote {path}")
