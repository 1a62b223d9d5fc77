"""``--version``."""

import click

from tui import __version__


def print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    """Print it and end, when it is asked for."""
    if wanted and not ctx.resilient_parsing:
        click.echo(f"conntop {__version__}")
        ctx.exit()
