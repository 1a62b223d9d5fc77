"""The options over recordings: which one, whose connections, and which time of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tui.cli.failure import CommandError
from tui.cli.options import check_one_text, check_text
from tui.report.exit_codes import ExitCode

if TYPE_CHECKING:
    from tui.archive.reading import Feed, Recording
    from tui.core.instant import Instant
    from tui.core.past import Moment

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])
_WHEN = "03:12, -15m, yesterday 03:12, 2026-11-27 03:12 (UTC)"


def recording_argument(command: _Decorated) -> _Decorated:
    """Add the recording as the argument ``recording`` of a command that is about one."""
    return click.argument("recording", metavar="FILE|URL", callback=check_text)(command)


def from_option(command: _Decorated) -> _Decorated:
    """Add ``--from``, as ``recording``, to a command that asks an endpoint otherwise."""
    return click.option(
        "--from",
        "recording",
        callback=check_text,
        metavar="FILE|URL",
        help="Read this recording instead of asking the endpoint: a file of conntop record, or a "
        "postgresql:// URL. It needs no key and no network.",
    )(command)


def at_option(command: _Decorated) -> _Decorated:
    """Add ``--at``."""
    return click.option(
        "--at",
        callback=check_text,
        metavar="WHEN",
        help=f"With --from, as it was known at this time: {_WHEN}; counted back from the "
        "recording's end, which is the default.",
    )(command)


def play_options(command: _Decorated) -> _Decorated:
    """Add ``--from``, ``--at`` and ``--speed``, to a command over time."""
    for add in (
        speed_option,
        click.option(
            "--at",
            callback=check_text,
            metavar="WHEN",
            help=f"With --from, begin at this time: {_WHEN}; counted back from the recording's "
            "end. The beginning unless said otherwise.",
        ),
        from_option,
    ):
        command = add(command)
    return command


def speed_option(command: _Decorated) -> _Decorated:
    """Add ``--speed``."""
    return click.option(
        "--speed",
        callback=_check_speed,
        metavar="N",
        help="With --from, let N seconds of it pass in one second: from 0.1 to 1000.",
    )(command)


def _check_speed(_: click.Context, __: click.Parameter, value: str | None) -> float | None:
    if value is None:
        return None
    try:
        speed = float(value.strip().removesuffix("x").removesuffix("×"))
    except ValueError:
        speed = 0.0
    # Written so that "nan" fails as well.
    if not 0.1 <= speed <= 1000:
        raise click.BadParameter("it takes a number from 0.1 to 1000")
    return speed


def span_options(
    command: _Decorated, *, begins: str = "The beginning unless said otherwise."
) -> _Decorated:
    """Add ``--since`` and ``--until``, of a recording.

    Args:
        command: gets them.
        begins: what holds without ``--since``, for people.
    """
    for add in (
        click.option(
            "--until",
            callback=check_text,
            metavar="WHEN",
            help="Up to this time; the recording's end unless said otherwise.",
        ),
        click.option(
            "--since",
            callback=check_text,
            metavar="WHEN",
            help=f"From this time on: {_WHEN}; counted back from the recording's end. {begins}",
        ),
    ):
        command = add(command)
    return command


def recorded_context_option(command: _Decorated) -> _Decorated:
    """Add ``--context``, of those that are in a recording."""
    return click.option(
        "--context",
        "context",
        multiple=True,
        callback=check_one_text,
        metavar="NAME",
        help="Only what was recorded of this context; needed where there are several.",
    )(command)


@contextmanager
def recording_errors() -> Iterator[None]:
    """Around whatever reads a recording.

    Raises:
        CommandError: it cannot be read, in its own sentence.
    """
    from tui.archive.store import RecordingError

    try:
        yield
    except RecordingError as error:
        raise CommandError(str(error), ExitCode.USAGE) from None


def open_recording(text: str) -> Recording:
    """The recording that a file's name or a URL stands for.

    Raises:
        CommandError: it cannot be read.
    """
    from tui.archive.reading import Recording
    from tui.archive.store import open_store

    with recording_errors():
        return Recording(open_store(text))


def organization_in(recording: Recording, context: str | None) -> str:
    """Whose connections are meant: those of ``context``, or of the only one there is.

    Raises:
        CommandError: there is no such context, or one has to be chosen.
    """
    with recording_errors():
        return recording.feed(context)


def feed_in(recording: Recording, organization: str) -> tuple[Feed, tuple[str, ...]]:
    """Whose connections an organization's are; and the words that choose them among others.

    Raises:
        CommandError: it cannot be read.
    """
    with recording_errors():
        feeds = recording.feeds()
    feed = next(one for one in feeds if one.organization == organization)
    return feed, ("--context", feed.context) if len(feeds) > 1 else ()


def instant_of(text: str | None, option: str, now: Instant) -> Instant | None:
    """The time that an option names; ``None`` where it is not given.

    Args:
        text: as it was typed.
        option: its name.
        now: from when it counts back: the end of the recording.

    Raises:
        click.BadParameter: it is no time.
    """
    if text is None:
        return None
    from tui.core.when import WhenError, parse_when

    try:
        return parse_when(text, now)
    except WhenError as error:
        raise click.BadParameter(str(error), param_hint=option) from None


def span_in(
    recording: Recording, organization: str, since: str | None, until: str | None
) -> tuple[Instant, Instant]:
    """From when to when ``--since`` and ``--until`` mean, by the recording's own span.

    Raises:
        CommandError: nothing is recorded, or the end lies before the start.
        click.BadParameter: one of them is no time.
    """
    with recording_errors():
        first, last = recording.span(organization)
    start = instant_of(since, "--since", last)
    end = instant_of(until, "--until", last)
    start, end = first if start is None else start, last if end is None else end
    if end < start:
        raise click.BadParameter("the end lies before the start", param_hint="--until")
    return start, end


def first_moment_in(recording: Recording, organization: str, at: str | None) -> Moment:
    """As ``moment_in``, but for the first poll of all where ``--at`` is not given."""
    if at is not None:
        return moment_in(recording, organization, at)
    with recording_errors():
        first, _ = recording.span(organization)
        return recording.moment_at(organization, first)


def moment_in(recording: Recording, organization: str, at: str | None) -> Moment:
    """The last poll at or before ``--at``; the last one of all where it is not given.

    Raises:
        CommandError: nothing is recorded by then.
        click.BadParameter: it is no time.
    """
    wanted = instant_in(recording, organization, at)
    with recording_errors():
        return recording.moment_at(organization, wanted)


def instant_in(recording: Recording, organization: str, at: str | None) -> Instant:
    """The time that ``--at`` names, but never after the recording's end, which is the default.

    Raises:
        CommandError: nothing is recorded by then.
        click.BadParameter: it is no time.
    """
    from tui.core.instant import day_text

    with recording_errors():
        first, last = recording.span(organization)
    wanted = instant_of(at, "--at", last)
    if wanted is not None and wanted < first:
        raise click.BadParameter(
            f"nothing was recorded by then: the recording begins at {day_text(first)}",
            param_hint="--at",
        )
    return last if wanted is None else min(wanted, last)
