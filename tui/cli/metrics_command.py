"""``conntop metrics``: an exporter for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tui.cli.connect import asking_of, set_up_to_ask, source_of
from tui.cli.failure import CommandError
from tui.cli.options import (
    HELP_NAMES,
    every_option,
    question_options,
    read_query,
    splitting_options,
    target_options,
)
from tui.report.exit_codes import ExitCode

if TYPE_CHECKING:
    import socket


@click.command("metrics", context_settings=HELP_NAMES)
@click.option(
    "--listen",
    "address",
    default="127.0.0.1:9105",
    show_default=True,
    metavar="HOST:PORT",
    help="Where Prometheus finds them; port 0 takes any free one and prints the URL on stdout.",
)
@question_options
@target_options
@every_option
@splitting_options
def metrics(
    address: str,
    context: str | None,
    url: str | None,
    every: float | None,
    split: bool,
    budget: int | None,
    **values: Any,
) -> ExitCode:
    """Serve the fleet in numbers to Prometheus, until ctrl-c or SIGTERM.

    The endpoint is polled at its own pace; a scrape reads the numbers of the last poll and never
    waits for one. While the present is not known, the gauges of the fleet are absent. No label is
    a key, an address or a connection id. What there is: docs/metrics.md.

    \b
    conntop metrics --listen 127.0.0.1:9105
    curl http://127.0.0.1:9105/metrics
    """  # noqa: D301  # click's own mark: keep these lines as they are
    import asyncio

    from tui.report.metrics.run import run_exporter
    from tui.report.metrics.server import url_of
    from tui.report.narration import say
    from tui.report.output import for_data
    from tui.source.base import NoSourceError

    asked = read_query(values)
    setup = set_up_to_ask(context, url)
    target, interval = setup.target, every or setup.settings.every
    asking = asking_of(setup.settings, split=split, budget=budget)
    with _listening(address) as bound:
        try:
            source = source_of(target.endpoint, target.read_key, asking)
        except NoSourceError as error:
            raise CommandError(str(error)) from None
        say(f"metrics at {url_of(bound)}, asking {target.endpoint.host} every {interval:g} s")
        if address.endswith(":0"):
            out = for_data()
            out.write(f"{url_of(bound)}\n")
            out.flush()
        return asyncio.run(
            run_exporter(
                source, asked.query, interval, bound, client=setup.settings.client, say=say
            )
        )


def _listening(text: str) -> socket.socket:
    """The socket on which scrapes come in.

    Raises:
        CommandError: it cannot be had.
        click.BadParameter: the address is none.
    """
    from tui.report.metrics.server import ListenError, is_open, listen, parse_address
    from tui.report.narration import say

    try:
        address = parse_address(text)
    except ListenError as error:
        raise click.BadParameter(str(error), param_hint="--listen") from None
    try:
        bound = listen(address)
    except ListenError as error:
        raise CommandError(f"{error}; choose another with --listen") from None
    if is_open(bound):
        say(
            f"{address} is open to other machines: whoever reaches it can read the numbers, in "
            "which there is no key, no address and no connection id"
        )
    return bound
