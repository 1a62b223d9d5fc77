"""``conntop report``: how available everything was, as a page for people who were not there."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui import __version__
from tui.cli.connect import load_settings
from tui.cli.failure import CommandError
from tui.cli.new_file import new_file, written
from tui.cli.options import HELP_NAMES, check_span, check_text
from tui.cli.recording_options import (
    feed_in,
    open_recording,
    organization_in,
    recorded_context_option,
    recording_argument,
    recording_errors,
    span_in,
    span_options,
)
from tui.report.exit_codes import ExitCode

if TYPE_CHECKING:
    from tui.archive.reading import Recording
    from tui.core.instant import Instant
    from tui.report.availability import Report, Subject

_PAGES = (".html", ".htm")
_USUAL = 86_400
"""Seconds that are looked at unless said otherwise."""


@click.command("report", context_settings=HELP_NAMES)
@recording_argument
@partial(span_options, begins="A day before the end of what is looked at unless said otherwise.")
@recorded_context_option
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice(("html", "markdown")),
    help="html where --to ends in .html, else markdown, unless said otherwise.",
)
@click.option(
    "--to",
    callback=check_text,
    metavar="FILE",
    help="Write this new file instead of stdout. It is there as a whole or not at all.",
)
@click.option(
    "--away-after",
    callback=check_span,
    default="1h",
    show_default=True,
    metavar="SPAN",
    help="A client that is not back after this time is away and no longer down.",
)
@click.option(
    "--mask-clients", is_flag=True, help="Tell clients' addresses by their /24 or /48 only."
)
def report(
    recording: str,
    since: str | None,
    until: str | None,
    context: str | None,
    form: str | None,
    to: str | None,
    away_after: float,
    mask_clients: bool,
) -> int:
    """Tell how available each service, data center and key was, out of a recording.

    Uptime, drops, reconnects, longest absences, incidents and what is not known: as one HTML file
    that needs nothing else, or as Markdown. API key ids are masked, or told by their names.

    \b
    conntop report fleet.conntop --to report.html
    conntop report fleet.conntop --since yesterday --until today | less
    """  # noqa: D301  # click's own mark: keep these lines as they are
    from tui.report.output import for_data, is_terminal

    form = form or ("html" if to is not None and to.lower().endswith(_PAGES) else "markdown")
    path = None if to is None else new_file(to)
    if path is None and form == "html" and is_terminal(for_data()):
        raise CommandError(
            "a page is nothing for a terminal: name a file by --to report.html", ExitCode.USAGE
        )
    opened = open_recording(recording)
    organization = organization_in(opened, context)
    span = _span(opened, organization, since, until)
    subject = _subject(opened, organization, recording, span, away_after, mask_clients)
    made = _report(opened, organization, span, subject, away_after, mask_clients)
    _write(_rendered(made, form), path, form)
    return ExitCode.OK


def _span(
    recording: Recording, organization: str, since: str | None, until: str | None
) -> tuple[Instant, Instant]:
    """From when until when; the last day of it where only the end is named, or nothing."""
    from tui.core.instant import TICKS, day_text

    first, last = span_in(recording, organization, since, until)
    with recording_errors():
        begin, end = recording.span(organization)
    if since is None:
        first = max(first, last - _USUAL * TICKS)
    if max(first, begin) >= min(last, end):
        raise CommandError(
            f"nothing is recorded of that time: the recording goes from {day_text(begin)} to "
            f"{day_text(end)}"
        )
    return first, last


def _subject(
    recording: Recording,
    organization: str,
    named: str,
    span: tuple[Instant, Instant],
    away_after: float,
    mask_clients: bool,
) -> Subject:
    """What the page says of itself. A database is told without its password."""
    from shlex import join

    from tui.archive.store import address_of, repeatable, shown
    from tui.core.instant import as_served, from_datetime
    from tui.core.safe import safe
    from tui.report.availability import Subject

    with recording_errors():
        name = shown(address_of(named))
        again = repeatable(named)
    feed, choice = feed_in(recording, organization)
    words = [
        "conntop",
        "report",
        again,
        "--since",
        as_served(span[0]),
        "--until",
        as_served(span[1]),
    ]
    words += choice
    if away_after != 3_600:
        words += ["--away-after", f"{away_after:g}s"]
    if mask_clients:
        words.append("--mask-clients")
    return Subject(
        safe(feed.context, 60),
        safe(feed.host, 100),
        name,
        safe(join(words), 600),
        __version__,
        from_datetime(datetime.now(UTC)),
    )


def _report(
    recording: Recording,
    organization: str,
    span: tuple[Instant, Instant],
    subject: Subject,
    away_after: float,
    mask_clients: bool,
) -> Report:
    from tui.archive.sessions import observed
    from tui.core.lineage import Lineage
    from tui.report.availability import make_report

    settings = load_settings()
    with recording_errors():
        lineage = Lineage(settings.client)
        seen = observed(recording, organization, span, away_after, lineage, settings.names)
    made = make_report(seen, span, subject, away_after=away_after, mask_clients=mask_clients)
    if made.whole.uptime is None:
        raise CommandError("nothing is known of that time: no connection was seen in it")
    return made


def _rendered(made: Report, form: str) -> str:
    if form == "html":
        from tui.report.availability_page import page

        return page(made)
    from tui.report.availability_markdown import markdown

    return markdown(made)


def _write(text: str, path: Path | None, form: str) -> None:
    from tui.report.narration import say
    from tui.report.output import for_data, for_people

    if path is None:
        out = for_data() if form == "html" else for_people()
        out.write(text)
        out.flush()
        return
    with written(path) as file:
        file.write(text.encode())
    say(f"wrote {path}")
