"""``docs/cli.md``, made from the help of every command.

``python -m tui.cli.docs > docs/cli.md``
"""

import sys
from collections.abc import Iterator

import click

from tui.cli import root

_WIDTH = 88


def _commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Each command with its help, depth first."""
    context = click.Context(
        command,
        info_name=" ".join(path),
        max_content_width=_WIDTH,
        terminal_width=_WIDTH,
        help_option_names=["-h", "--help"],
    )
    yield " ".join(path), command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from _commands(child, (*path, name))


def render() -> str:
    """The page."""
    parts = [
        "# The command line\n",
        "This page is made from `--help` by `python -m tui.cli.docs > docs/cli.md`.\n",
        "Exit codes: 0 well (an empty answer and a closed pipe are well, too), 1 failed, "
        "2 options or settings that cannot be used, 130 ended by ctrl-c. "
        "Every error is one sentence on stderr. `conntop check` ends as a monitoring plugin does: "
        "0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN, with its one line on stdout.\n",
        "Shell completion is made by `_CONNTOP_COMPLETE=bash_source conntop` "
        "(or `zsh_source`, `fish_source`).\n",
    ]
    for name, text in _commands(root, ("conntop",)):
        parts.append(f"## {name}\n\n```text\n{text.rstrip()}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(render())
