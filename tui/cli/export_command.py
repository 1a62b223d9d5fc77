"""``conntop export``: what was recorded, for the tools that people analyse data with."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING

import click

from tui.cli.connect import load_settings
from tui.cli.failure import CommandError
from tui.cli.new_file import new_file, written
from tui.cli.options import HELP_NAMES, check_text, filter_option, read_filter
from tui.cli.recording_options import (
    open_recording,
    organization_in,
    recorded_context_option,
    recording_argument,
    recording_errors,
    span_in,
    span_options,
)
from tui.report import EXPORTS, FILTERED, SETS
from tui.report.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tui.archive.sets import Row, Span, What


@click.command("export", context_settings=HELP_NAMES)
@recording_argument
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice(EXPORTS),
    default="csv",
    show_default=True,
    help="parquet needs pip install 'conntop[parquet]'.",
)
@click.option(
    "--what",
    "name",
    type=click.Choice(SETS),
    default="heartbeats",
    show_default=True,
    help="Which rows: docs/export.md tells their columns.",
)
@span_options
@click.option(
    "--to",
    callback=check_text,
    metavar="FILE",
    help="Write this new file instead of stdout. It is there as a whole or not at all.",
)
@recorded_context_option
@filter_option
def export(
    recording: str,
    form: str,
    name: str,
    since: str | None,
    until: str | None,
    to: str | None,
    context: str | None,
    condition: str | None,
) -> int:
    """Write what a recording has as rows, for notebooks, databases and spreadsheets.

    By default each heartbeat that was observed is a row. The columns have the API's own names.
    Times have seven digits in csv and ndjson, and are timestamps in parquet. Rows are written as
    they are read, so that a recording may be of any length, and go on meanwhile.

    \b
    conntop export fleet.conntop --since -24h -o parquet --to day.parquet
    conntop export fleet.conntop --what states --filter service:coinapi-ws | head
    """  # noqa: D301  # click's own mark: keep these lines as they are
    from tui.archive import sets
    from tui.report.exporting import Count, passing
    from tui.report.narration import say
    from tui.report.output import for_data, is_terminal

    passes = read_filter(condition)
    if condition and name not in FILTERED:
        raise click.BadParameter(
            f"it goes with --what {', '.join(FILTERED)}", param_hint="--filter"
        )
    path = None if to is None else new_file(to)
    if form == "parquet":
        _need_pyarrow()
        if path is None and is_terminal(for_data()):
            raise CommandError(
                "parquet is nothing for a terminal: name a file by --to", ExitCode.USAGE
            )
    source = open_recording(recording)
    organization = organization_in(source, context)
    span = sets.Span(organization, *span_in(source, organization, since, until))
    what, count = sets.SETS[name], Count()
    rows = sets.rows_of(what, source, span)
    if condition:
        rows = passing(what, rows, passes, load_settings().names, span.until)
    rows = count.over(rows)
    with recording_errors():
        if path is None:
            _to_stdout(form, what, rows, span)
            return ExitCode.OK
        with written(path) as file:
            _to_file(file, form, what, rows, span)
    say(f"wrote {path}: {count.rows:,} rows")
    return ExitCode.OK


def _need_pyarrow() -> None:
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise CommandError(
            "parquet needs one more package: pip install 'conntop[parquet]'"
        ) from None


def _to_stdout(form: str, what: What, rows: Iterable[Row], span: Span) -> None:
    from tui.report.output import for_bytes, for_data, is_terminal, write_pieces

    if form == "parquet":
        _to_file(for_bytes(), form, what, rows, span)
        return
    out = for_data()
    write_pieces(out, _pieces(form, what, rows, for_eyes=is_terminal(out)))


def _to_file(file: IO[bytes], form: str, what: What, rows: Iterable[Row], span: Span) -> None:
    if form == "parquet":
        from tui.report.parquet import write_parquet

        write_parquet(file, what, rows, span)
        return
    from tui.report.output import write_pieces

    text = io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="")
    write_pieces(text, _pieces(form, what, rows, for_eyes=False))
    text.detach()


def _pieces(form: str, what: What, rows: Iterable[Row], *, for_eyes: bool) -> Iterator[str]:
    from tui.report.exporting import csv_pieces, ndjson_pieces

    return csv_pieces(what, rows, for_eyes=for_eyes) if form == "csv" else ndjson_pieces(what, rows)
