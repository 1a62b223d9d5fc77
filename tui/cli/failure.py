"""How a command gives up: one sentence and an exit code."""

from tui.report.exit_codes import ExitCode


class CommandError(Exception):
    """A command cannot go on."""

    def __init__(self, sentence: str, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
