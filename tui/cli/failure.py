"""How a command gives up: one sentence and an exit code."""

import click

from tui.report.exit_codes import ExitCode


class CommandError(Exception):
    """A command cannot go on."""

    def __init__(self, sentence: str, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


def usage_sentence(error: click.UsageError) -> str:
    """What is wrong with a command line, in one sentence, and where to read what is right."""
    if isinstance(error, click.NoSuchOption):
        return _about_option(error)
    sentence = " ".join(error.format_message().split()).removesuffix(".")
    return _with_hint(sentence[:1].lower() + sentence[1:], error)


def _with_hint(sentence: str, error: click.UsageError) -> str:
    return f"{sentence} (see {error.ctx.command_path} --help)" if error.ctx else sentence


def _about_option(error: click.NoSuchOption) -> str:
    name = error.option_name.lower()
    if name == "--key" or any(
        word in name for word in ("api-key", "apikey", "token", "secret", "password", "auth")
    ):
        return (
            f"there is no option {error.option_name}: other users could read a key on the command "
            "line, so put it into the variable CONNTOP_API_KEY"
        )
    near = f", but {' and '.join(sorted(error.possibilities))}" if error.possibilities else ""
    return _with_hint(f"there is no option {error.option_name}{near}", error)
