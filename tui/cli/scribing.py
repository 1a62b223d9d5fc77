"""``--record``: what the monitor asks is written down beside the screen."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from tui.cli.failure import CommandError
from tui.cli.options import check_text
from tui.report.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from tui.archive.bounds import Bounds
    from tui.archive.scribe import Scribe
    from tui.config import Settings
    from tui.view.lane import Feed


def record_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--record``."""
    return click.option(
        "--record",
        callback=check_text,
        metavar="FILE|URL",
        help="Record what is asked, as conntop record --to does it; troubles are in the header.",
    )(command)


def bounds_of(settings: Settings, age: float | None = None, size: int | None = None) -> Bounds:
    """How much is kept, by the options and the settings."""
    from tui.archive.bounds import Bounds, parse_age, parse_size

    return Bounds(
        parse_age(settings.record_age) if age is None else age,
        parse_size(settings.record_size) if size is None else size,
    )


@contextmanager
def scribe_of(where: str | None, settings: Settings) -> Iterator[Scribe | None]:
    """What records while the block runs; ``None`` where nothing is to be recorded.

    Raises:
        CommandError: something could not be recorded to the end.
    """
    if where is None:
        yield None
        return
    from tui.archive.scribe import Scribe

    scribe = Scribe(where, bounds_of(settings))
    try:
        yield scribe
    finally:
        scribe.close()
    if scribe.troubles:
        # The screen is gone, and with it what was said there.
        raise CommandError(f"not recorded: {scribe.troubles[0]}", ExitCode.FAILED)


def recorded(feed: Feed, scribe: Scribe | None) -> Feed:
    """The feed, of which each poll is recorded as well where that is wanted."""
    if scribe is None:
        return feed
    keep = scribe.keep(feed.context, feed.host)
    return replace(feed, keep=keep, unrecorded=lambda: scribe.troubles)
