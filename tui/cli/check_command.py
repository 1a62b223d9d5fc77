"""``conntop check``: a plugin for Nagios, Icinga and their like."""

from __future__ import annotations

import os
import random
import signal
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from tui import __version__
from tui.cli.connect import asking_of, set_up_to_ask, source_of
from tui.cli.failure import CommandError, usage_sentence
from tui.cli.options import (
    HELP_NAMES,
    Asked,
    query_options,
    read_query,
    splitting_options,
    target_options,
)
from tui.report.exit_codes import Health

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.core.names import Names
    from tui.core.snapshot import Snapshot
    from tui.report.checking import Finding
    from tui.report.ranges import Range
    from tui.source.base import Source

_TIMEOUT = 10.0
"""Seconds, as the plugins of the Monitoring Plugins project have it."""
_WAIT = 1.0
"""Seconds between two tries, about, while there is no answer."""


class _Plugin(click.Command):
    """A command that ends as a plugin does, whatever happens: one line on stdout, 0 to 3."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Read the arguments; help and wrong ones end as unknown."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.exceptions.Exit:
            raise click.exceptions.Exit(Health.UNKNOWN) from None
        except click.UsageError as error:
            raise click.exceptions.Exit(_unknown(usage_sentence(error))) from None

    def invoke(self, ctx: click.Context) -> int:
        """Run it."""
        try:
            return int(super().invoke(ctx))
        except click.UsageError as error:
            return _unknown(usage_sentence(error))
        except CommandError as error:
            return _unknown(error.sentence)
        except Exception as error:  # noqa: BLE001  # Python's exit code would be a warning
            from tui.cli.crash import tell

            tell(error)
            return _unknown("this is a mistake in conntop itself: see its error output")


def _check_range(_: click.Context, __: click.Parameter, value: str | None) -> Range | None:
    from tui.report.ranges import RangeError, parse_range

    try:
        return None if value is None else parse_range(value)
    except RangeError as error:
        raise click.BadParameter(str(error)) from None


def _check_timeout(_: click.Context, __: click.Parameter, value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    # Written so that "nan" fails as well.
    if not 0 < seconds <= 3_600:
        raise click.BadParameter("it takes a number of seconds up to 3600")
    return seconds


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        click.echo(f"conntop check {__version__}")
        ctx.exit()


@click.command("check", cls=_Plugin, context_settings=HELP_NAMES)
@click.option(
    "-w",
    "--warning",
    callback=_check_range,
    metavar="RANGE",
    help="Warn when the number of live connections is outside this range.",
)
@click.option(
    "-c",
    "--critical",
    callback=_check_range,
    metavar="RANGE",
    help="Critical when the number of live connections is outside this range.",
)
@click.option(
    "--warning-silent",
    callback=_check_range,
    metavar="RANGE",
    help="Warn when the number of silent connections is outside this range.",
)
@click.option(
    "--critical-silent",
    callback=_check_range,
    metavar="RANGE",
    help="Critical when the number of silent connections is outside this range.",
)
@click.option(
    "-t",
    "--timeout",
    callback=_check_timeout,
    default=f"{_TIMEOUT:g}",
    show_default=True,
    metavar="SECONDS",
    help="Critical when there is no answer within this time, whatever it is spent on.",
)
@click.option(
    "-v",
    "--verbose",
    count=True,
    help="Say more in further lines: the question, its cost, and who is silent.",
)
@click.option(
    "-V",
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
@query_options
@target_options
@splitting_options
def check_command(
    warning: Range | None,
    critical: Range | None,
    warning_silent: Range | None,
    critical_silent: Range | None,
    timeout: float,
    verbose: int,
    context: str | None,
    url: str | None,
    split: bool,
    budget: int | None,
    **values: Any,
) -> int:
    """Check how many connections are live: a plugin for Nagios, Icinga and their like.

    It asks once, prints one line with performance data, and exits by the Monitoring Plugins
    guidelines: 0 OK, 1 WARNING, 2 CRITICAL (also: the endpoint cannot be reached, fails, or does
    not answer in time), 3 UNKNOWN (also: wrong options, a refused key, --help).

    A RANGE is 10 (alert above 10), 10: (below 10), ~:10 (above 10), 10:20 (outside) or @10:20
    (inside). What does not pass --filter does not count. Who is silent is seen with --all only.

    \b
    conntop check -w 250: -c 200:
    conntop check --service coinapi-ws --filter 'beat>30' -c 5
    """  # noqa: D301  # click's own mark: keep these lines as they are
    from tui.report.checking import Limits, check, failed
    from tui.source.base import NoSourceError, SourceError

    last: list[str] = []
    _end_after(timeout, last)
    try:
        asked, source, names = _prepare(values, context, url, split, budget)
        snapshot = _ask(source, asked, last.append)
        finding = check(
            snapshot,
            asked.condition,
            Limits(warning, critical),
            Limits(warning_silent, critical_silent),
            names,
        )
    except NoSourceError as error:
        raise CommandError(str(error)) from None
    except SourceError as error:
        finding = failed(error.trouble, error.sentence)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return _tell(finding, verbose=verbose > 0)


def _prepare(
    values: dict[str, Any], context: str | None, url: str | None, split: bool, budget: int | None
) -> tuple[Asked, Source, Names]:

    asked = read_query(values)
    setup = set_up_to_ask(context, url)
    asking = replace(asking_of(setup.settings, split=split, budget=budget), lookups=0)
    source = source_of(setup.target.endpoint, setup.target.read_key, asking)
    return asked, source, setup.settings.names


def _ask(source: Source, asked: Asked, say: Callable[[str], None]) -> Snapshot:
    import asyncio

    from tui.report.ask import ask

    async def once() -> Snapshot:
        try:
            # Jitter is no secret.
            rng = random.Random()  # noqa: S311
            return await ask(source, asked.query, every=_WAIT, say=say, rng=rng)
        finally:
            await source.aclose()

    return asyncio.run(once())


def _end_after(seconds: float, said: Sequence[str]) -> None:
    """End the process after a time, whatever it does then: waiting for a name server, say.

    Nothing else is sure to end it: a thread that waits cannot be stopped, and would be waited for.
    """
    from tui.core.snapshot import Trouble
    from tui.report.checking import failed

    def end(*_: object) -> None:
        why = f": {said[-1]}" if said else ""
        finding = failed(Trouble.TIMEOUT, f"no answer within {seconds:g} s{why}")
        with suppress(OSError):
            os.write(1, "".join(f"{line}\n" for line in finding.lines()).encode())
        os._exit(finding.health)

    signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _unknown(sentence: str) -> int:
    from tui.report.checking import Finding

    return _tell(Finding(Health.UNKNOWN, sentence))


def _tell(finding: Finding, *, verbose: bool = False) -> int:
    """Print it; the exit code, which is the same where nobody reads."""
    from tui.report.output import NoOutputError, for_people, silence

    try:
        out = for_people()
        out.writelines(f"{line}\n" for line in finding.lines(verbose=verbose))
        out.flush()
    except (NoOutputError, BrokenPipeError):
        silence()
    return finding.health
