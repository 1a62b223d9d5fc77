"""The command line. Each command imports what it needs when it runs, so that help is instant."""

import os
from collections.abc import Sequence
from importlib import import_module

import click

from tui.cli.failure import CommandError, usage_sentence
from tui.cli.options import HELP_NAMES
from tui.cli.version import print_version
from tui.report.exit_codes import ExitCode
from tui.report.narration import say
from tui.report.output import NoOutputError, flush, for_people, silence

__all__ = ["root", "run"]

_DEFAULT = "monitor"
_COMMANDS = {
    "monitor": "tui.cli.monitor_command:monitor",
    "demo": "tui.cli.demo_command:demo",
    "list": "tui.cli.list_command:list_command",
    "export": "tui.cli.export_command:export",
    "handover": "tui.cli.handover_command:handover",
    "report": "tui.cli.report_command:report",
    "watch": "tui.cli.watch_command:watch_command",
    "record": "tui.cli.record_command:record",
    "check": "tui.cli.check_command:check_command",
    "metrics": "tui.cli.metrics_command:metrics",
    "alert": "tui.cli.alert_command:alert_group",
    "serve": "tui.cli.serve_command:serve",
    "config": "tui.cli.config_command:config_group",
}
"""Where each command is, in the order in which they are met."""


class _Root(click.Group):
    """The group whose default command is the monitor. Of the others none is loaded for it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read ``conntop --service x`` as ``conntop monitor --service x``."""
        own = {name for option in self.get_params(ctx) for name in option.opts}
        if not args or (args[0].startswith("-") and args[0] not in own):
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they are met, not in the alphabet's."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_Root, context_settings=HELP_NAMES)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=print_version,
    help="Show the version and exit.",
)
def root() -> None:
    """Watch long-lived API connections: what dropped, when, and what it has in common.

    Without a command this is the monitor, so conntop --service NAME does the same as
    conntop monitor --service NAME. Without an API key, try conntop demo.

    The key never goes on the command line. Put it into the variable CONNTOP_API_KEY, or name the
    place of it in a context: conntop config path shows the file for that.
    """


def run(args: Sequence[str]) -> int:
    """Run the command that ``args`` name, with one sentence on stderr for each error."""
    if "_CONNTOP_COMPLETE" in os.environ:
        # The shell asks for completions, which click answers before it looks at the arguments.
        root.main(list(args), prog_name="conntop", complete_var="_CONNTOP_COMPLETE")
    try:
        return _run(list(args))
    except BrokenPipeError:
        # Whoever read our output has had enough.
        silence()
        return ExitCode.OK
    except OSError as error:
        silence()
        say(f"the system refuses: {error.strerror}")
        return ExitCode.FAILED


def _run(args: list[str]) -> int:
    try:
        with root.make_context("conntop", args) as context:
            code: int | None = root.invoke(context)
        flush()
    except click.exceptions.Exit as done:
        return _told(done.exit_code)
    except click.UsageError as error:
        say(usage_sentence(error))
        return ExitCode.USAGE
    except CommandError as error:
        say(error.sentence)
        return error.code
    except NoOutputError as error:
        say(str(error))
        return ExitCode.FAILED
    except (KeyboardInterrupt, click.Abort):
        return ExitCode.INTERRUPTED
    return ExitCode.OK if code is None else code


def _told(code: int) -> int:
    """The exit code after help or the version, which click writes nowhere without a stdout."""
    try:
        for_people().flush()
    except NoOutputError as error:
        say(str(error))
        return ExitCode.FAILED
    return code
