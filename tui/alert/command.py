"""A command of the user's own, run for each message."""

import json
import os
import signal
import subprocess
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from tui.alert.channel import Letter, SendError
from tui.core.safe import safe

SECONDS = 10.0
"""Seconds that it has."""


_LONGEST = 10_000
"""Characters in one variable; systems take no more than some 100,000 bytes."""


class Command:
    """Runs a list of words, without a shell."""

    def __init__(
        self, words: tuple[str, ...], hidden: Collection[str] = (), seconds: float = SECONDS
    ) -> None:
        """
        Args:
            words: the program and its arguments, which may be secret and are not shown.
            hidden: names of variables that hold secrets which are none of its business.
            seconds: it is ended after so many.
        """  # noqa: D205, D212
        self._words = words
        self._hidden = frozenset(hidden)
        self._seconds = seconds

    @property
    def name(self) -> str:
        """What it is called in sentences."""
        return f"command {safe(Path(self._words[0]).name, 60)}"

    def send(self, letter: Letter) -> None:
        """Run it with the letter as JSON on its stdin, and what is short in its variables."""
        told = {
            "TITLE": letter.title,
            "TEXT": letter.text[:_LONGEST],
            "KIND": letter.kind,
            "SEVERITY": letter.severity,
            "CONTEXT": letter.context,
            "ID": letter.identity,
        }
        kept = {name: text for name, text in os.environ.items() if name not in self._hidden}
        environment = kept | {f"CONNTOP_ALERT_{name}": text for name, text in told.items()}
        # With an end of line, so that a command like cat >> FILE makes NDJSON of them.
        body = (json.dumps(letter.payload(), ensure_ascii=False) + "\n").encode("utf-8", "replace")
        try:
            # The words are the user's own settings; there is no shell. It gets a session of its
            # own, so that it can be ended with all its children and cannot touch the screen.
            process = subprocess.Popen(  # noqa: S603
                self._words,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise SendError(f"cannot be run: {error.strerror}") from None
        except ValueError:
            raise SendError("cannot be run: it holds a NUL") from None
        with process:
            self._await(process, body)

    def close(self) -> None:
        """Nothing to do: it ends by itself, or by its time."""

    def _await(self, process: subprocess.Popen[bytes], body: bytes) -> None:
        try:
            # One that does not read its stdin is none the worse for it.
            process.communicate(body, self._seconds)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise SendError(f"was not done within {self._seconds:g} s") from None
        if process.returncode:
            raise SendError(f"failed (exit code {process.returncode})")
