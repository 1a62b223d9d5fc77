"""``conntop alert``: whether what is to be told would arrive."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tui.cli.connect import load_settings
from tui.cli.failure import CommandError
from tui.cli.options import HELP_NAMES
from tui.report.exit_codes import ExitCode

if TYPE_CHECKING:
    from tui.alert.channel import Channel, Letter
    from tui.config import Settings


@click.group("alert", context_settings=HELP_NAMES, no_args_is_help=False)
def alert_group() -> None:
    """Try the alerts that the settings describe."""


@alert_group.command("test", context_settings=HELP_NAMES)
def test() -> ExitCode:
    """Send a test message through every channel of [notify], and say which took it.

    The bell and the desktop notification go to this terminal. The exit code is 1 when a channel
    did not take it, or there is none.
    """
    from tui.alert.channel import Letter
    from tui.alert.channels import channels_of
    from tui.config import ConfigError

    settings = load_settings()
    try:
        channels = channels_of(settings)
    except ConfigError as error:
        raise CommandError(str(error), ExitCode.USAGE) from None
    letter = Letter(
        "conntop: test message",
        ("conntop alert test has sent this: a real alert would arrive the same way",),
        kind="test",
        severity="info",
        details={"alerts": []},
    )
    tried = [_ring(letter, settings), *(_send(channel, letter) for channel in channels)]
    told = [one for one in tried if one is not None]
    number = len(settings.alerts)
    _say(f"rules: {number} would be told" if number else "rules: none yet; add [[alerts]]")
    return ExitCode.OK if told and all(told) else ExitCode.FAILED


def _ring(letter: Letter, settings: Settings) -> bool | None:
    """Whether the terminal was sent it; ``None`` where it is not to be."""
    import os

    from tui.alert.terminal import ring
    from tui.report.output import is_terminal

    notify = settings.notify
    named = [name for name in ("bell", "desktop") if getattr(notify, name)]
    if not named:
        return None
    what = " and ".join(named)
    if not is_terminal(sys.stderr):
        _say(f"{what}: there is no terminal on stderr")
        return None
    sys.stderr.write(ring(letter, os.environ, bell=notify.bell, desktop=notify.desktop))
    sys.stderr.flush()
    _say(f"{what}: sent to this terminal, if it can do that")
    return True


def _send(channel: Channel, letter: Letter) -> bool:
    from tui.alert.channel import SendError

    try:
        channel.send(letter)
    except SendError as error:
        _say(f"{channel.name}: not sent: {error.sentence}")
        return False
    _say(f"{channel.name}: sent")
    return True


def _say(line: str) -> None:
    from tui.report.output import for_people, write_pieces

    write_pieces(for_people(), [f"{line}\n"])
