"""``conntop handover``: the note for the next human, without a screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.cli.connect import Setup, asking_of, post_of, program_of, set_up, source_of
from tui.cli.failure import CommandError
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
from tui.report.exit_codes import ExitCode

if TYPE_CHECKING:
    from tui.core.handover import Where
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
@query_options
@target_options
@every_option
@splitting_options
def handover(
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

    \b
    conntop handover --service coinapi-ws
    conntop handover --for 2m -o note.md --webhook
    """  # noqa: D301  # click's own mark: keep these lines as they are
    from tui.config.target import no_key_sentence
    from tui.report.output import for_people

    asked = read_query(values)
    setup = set_up(context, url)
    if setup.target.key_from is None:
        raise CommandError(no_key_sentence(), ExitCode.USAGE)
    post = post_of(setup.settings)
    if webhook and post is None:
        raise CommandError(
            "--webhook needs the address of one: add webhook under [notify] in the settings",
            ExitCode.USAGE,
        )
    path = None if output is None else _new_file(output)
    picture = None if svg is None else _new_file(svg)
    found = _look(setup, asked, asking_of(setup.settings, split=split, budget=budget), every, span)
    where = _where(setup, url)
    text = _note(found, where, asked, mask_clients=mask_clients)
    if path is None:
        for_people().write(text)
    else:
        _write(path, text)
    if picture is not None:
        interval = every or setup.settings.every
        _write(picture, _draw(found, where, asked, interval, mask_clients=mask_clients))
    if webhook and post is not None:
        from tui.alert.channel import SendError

        try:
            post(text, setup.target.name)
        except SendError as error:
            raise CommandError(f"the note was not posted: {error.sentence}") from None
        from tui.report.narration import say

        say("posted the note to the webhook")
    return ExitCode.FAILED if found.fleet.is_blind or found.fleet.last is None else ExitCode.OK


def _new_file(name: str) -> Path:
    """The file, which must not be there: better said now than after the look."""
    path = Path(name).expanduser()
    if path.exists() or path.is_symlink():
        raise CommandError(f"there is a file {path} already: give another name", ExitCode.USAGE)
    return path


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


def _note(found: Look, where: Where, asked: Asked, *, mask_clients: bool) -> str:
    from tui.core.handover import note
    from tui.source.steady import steady

    last = found.fleet.last
    return note(
        found.fleet,
        where=where,
        condition=asked.condition,
        now=None if last is None else last.clock.at(steady()),
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
