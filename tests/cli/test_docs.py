"""``docs/cli.md`` says what ``--help`` says."""

from pathlib import Path

import click
import pytest

from tui.cli import root
from tui.cli.docs import render

PAGE = Path(__file__).parents[2] / "docs/cli.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run python -m tui.cli.docs > docs/cli.md"


def all_commands() -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = [("conntop", root)]
    for name, command in found:
        if isinstance(command, click.Group):
            context = click.Context(command)
            for child in command.list_commands(context):
                each = command.get_command(context, child)
                assert each is not None
                found.append((f"{name} {child}", each))
    return found


@pytest.mark.parametrize(("name", "command"), all_commands())
def test_every_command_and_option_is_explained(name: str, command: click.Command) -> None:
    assert command.help
    assert f"## {name}\n" in render()
    for option in command.get_params(click.Context(command)):
        if isinstance(option, click.Option) and not option.hidden:
            assert option.help, f"{name} {option.opts[0]} needs help"
