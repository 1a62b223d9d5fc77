"""``conntop config``: what is set, and whether it works."""

import click

from tui.cli.failure import CommandError
from tui.cli.options import HELP_NAMES
from tui.report.exit_codes import ExitCode


@click.group("config", context_settings=HELP_NAMES, no_args_is_help=False)
def config_group() -> None:
    """Show and check the settings."""


@config_group.command("path", context_settings=HELP_NAMES)
def path() -> ExitCode:
    """Print the path of the settings file, which need not be there."""
    from tui.config import ConfigError, config_path
    from tui.core.safe import safe
    from tui.report.output import for_people, is_terminal, write_pieces

    try:
        out, name = for_people(), str(config_path())
        # A script gets it exactly.
        write_pieces(out, [f"{safe(name) if is_terminal(out) else name}\n"])
    except ConfigError as error:
        raise CommandError(str(error), ExitCode.USAGE) from None
    return ExitCode.OK


@config_group.command("show", context_settings=HELP_NAMES)
def show() -> ExitCode:
    """Print the settings in force as TOML, and where each comes from.

    Keys are never printed: a mask stands for one that can be read.
    """
    from tui.config import ConfigError, load
    from tui.config.show import show_settings
    from tui.report.output import for_people, write_pieces

    try:
        settings = load()
        write_pieces(for_people(), show_settings(settings))
    except ConfigError as error:
        raise CommandError(str(error), ExitCode.USAGE) from None
    return ExitCode.OK


@config_group.command("check", context_settings=HELP_NAMES)
def check() -> ExitCode:
    """Check every context: its address, and that its key can be read.

    The endpoint is not asked. The exit code is 1 when a context cannot be used.
    """
    from tui.config import ConfigError, load
    from tui.config.show import check_contexts
    from tui.report.output import for_people, write_pieces

    try:
        lines = list(check_contexts(load()))
    except ConfigError as error:
        raise CommandError(str(error), ExitCode.FAILED) from None
    write_pieces(for_people(), (f"{line.name}: {line.sentence}\n" for line in lines))
    return ExitCode.OK if all(line.well for line in lines) else ExitCode.FAILED
