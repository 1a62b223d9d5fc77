"""Streams that are closed or no terminal, terminals that cannot draw, poor locales."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.canary import CANARY, leaks
from tests.pty.programs import ROW, endpoint_at
from tests.pty.terminal import CONNTOP, ROOT, Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.fault(29)

NO_TERMINAL = (
    "conntop: the monitor needs a terminal for its input and output; for a pipe or a file use "
    "conntop list"
)
NO_DRAWING = "conntop: this terminal cannot draw (TERM is dumb or not set); use conntop list"
NO_UTF_8 = (
    "conntop: the screen is drawn in UTF-8, and not in iso8859-1: set LC_ALL to a UTF-8 locale "
    "such as C.UTF-8, or use conntop list"
)
POOR = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """An endpoint that takes the canary."""
    with endpoint_at(0, CANARY) as stand_in:
        yield stand_in.url


def in_a_shell(*arguments: str, streams: str = "", before: str = "exec") -> list[str]:
    """The command of a shell that starts conntop with its streams changed."""
    return ["/bin/sh", "-c", f"{before} {shlex.join([*CONNTOP, *arguments])} {streams}"]


REFUSED = {
    "stdout closed": (in_a_shell("monitor", streams=">&-"), {}, NO_TERMINAL),
    "stdin closed": (in_a_shell("monitor", streams="<&-"), {}, NO_TERMINAL),
    "stdin is nothing": (in_a_shell("monitor", streams="</dev/null"), {}, NO_TERMINAL),
    "stdout is a pipe": (in_a_shell("monitor", streams="| cat", before=""), {}, NO_TERMINAL),
    "TERM is dumb": ([*CONNTOP, "monitor"], {"TERM": "dumb"}, NO_DRAWING),
    "TERM is not set": (in_a_shell("monitor", before="unset TERM; exec"), {}, NO_DRAWING),
    "another encoding": ([*CONNTOP, "monitor"], {"PYTHONIOENCODING": "latin-1"}, NO_UTF_8),
}
"""Where no screen can be: one sentence, and nothing is drawn."""


@pytest.mark.parametrize(
    ("command", "environment", "sentence"), REFUSED.values(), ids=REFUSED.keys()
)
def test_where_nothing_can_be_drawn_it_says_so_in_a_sentence(
    command: list[str], environment: dict[str, str], sentence: str
) -> None:
    with Terminal(command, environment=environment | {"CONNTOP_API_KEY": CANARY}) as terminal:
        # Of a pipe a shell tells the code of the last command, which here is cat's.
        assert terminal.exit_code() == (0 if "| cat" in command[-1] else 2)
        assert terminal.text == f"{sentence}\r\n"
        assert terminal.left() == set()


DRAWN = {
    "TERM is unknown": {"TERM": "nonsense"},
    "LC_ALL is C": {"LC_ALL": "C"},
    "LC_ALL is POSIX": {"LC_ALL": "POSIX"},
    "ASCII": POOR,
}


def test_where_it_can_be_drawn_all_signs_are_there(url: str) -> None:
    command = [*CONNTOP, "monitor", f"--url={url}"]
    with ExitStack() as stack:
        terminals = [
            stack.enter_context(
                Terminal(command, environment=environment | {"CONNTOP_API_KEY": CANARY})
            )
            for environment in DRAWN.values()
        ]
        for terminal in terminals:
            terminal.until(ROW, "▸ Show", "│", "⏎ Detail", "✓ all well")
            terminal.send("q")
        for terminal in terminals:
            assert terminal.exit_code() == 0
            assert terminal.left() == set()
            assert terminal.afterwards == ""


@pytest.mark.parametrize("streams", ["2>&-", "2>{errors}"], ids=["closed", "a file"])
def test_without_a_stderr_it_is_drawn_all_the_same(url: str, streams: str, tmp_path: Path) -> None:
    errors = tmp_path / "errors"
    command = in_a_shell("monitor", f"--url={url}", streams=streams.format(errors=errors))
    with Terminal(command, environment={"CONNTOP_API_KEY": CANARY}) as terminal:
        terminal.until(ROW)
        terminal.send("q")
        assert terminal.exit_code() == 0
        assert terminal.left() == set()
    assert not errors.exists() or errors.read_bytes() == b""


def ran(command: list[str], **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run on no terminal at all."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=ROOT,
        env=os.environ | {"CONNTOP_API_KEY": CANARY, "CONNTOP_CONFIG": os.devnull} | environment,
        timeout=20,
        check=False,
    )
    assert not leaks(done.stdout + done.stderr)
    assert b"Traceback" not in done.stderr
    return done


@pytest.mark.parametrize("environment", [POOR, {"TERM": "dumb"}], ids=["ASCII", "TERM is dumb"])
def test_a_list_needs_no_terminal(url: str, environment: dict[str, str]) -> None:
    table = ran([*CONNTOP, "list", f"--url={url}"], **environment)
    assert (table.returncode, table.stderr) == (0, b"")
    assert (b"\\u25cf live" if environment is POOR else "● live".encode()) in table.stdout
    served = ran([*CONNTOP, "list", f"--url={url}", "-o", "json"], **environment)
    assert (served.returncode, served.stderr) == (0, b"")
    assert json.loads(served.stdout)


@pytest.mark.parametrize("arguments", ["list --url={url}", "--version", "--help"])
def test_a_closed_stdout_is_said(url: str, arguments: str) -> None:
    command = in_a_shell(*arguments.format(url=url).split(), streams=">&-")
    done = ran(command)
    assert done.returncode == 1
    assert done.stderr == b"conntop: stdout is closed, so there is nowhere to write to\n"


@pytest.mark.parametrize("arguments", ["list --url={url}", "--version", "--help"])
def test_closed_streams_all_of_them_are_no_crash(url: str, arguments: str) -> None:
    command = in_a_shell(*arguments.format(url=url).split(), streams="<&- >&- 2>&-")
    assert ran(command).returncode == 1
