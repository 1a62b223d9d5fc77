"""The first start, before there is a key."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.pty.programs import ROW
from tests.pty.terminal import CONNTOP, Terminal, children, runs

if TYPE_CHECKING:
    from pathlib import Path

# A real terminal takes its time.
pytestmark = pytest.mark.slow


@pytest.fixture
def missing(tmp_path: Path) -> dict[str, str]:
    """A home where nothing has been set up."""
    return {"CONNTOP_CONFIG": "", "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}


def test_it_says_where_a_key_can_be_put_and_offers_the_demo(missing: dict[str, str]) -> None:
    with Terminal([*CONNTOP], environment=missing) as terminal:
        terminal.until(
            "no API key yet",
            "1  for this shell .*CONNTOP_API_KEY",
            "2  for good .*api_key_file",
            "3  in the file .*/conntop/config.toml",
            "press d for the demo",
        )
        terminal.send("d")
        terminal.until(ROW, "demo")
        (stand_in,) = children(terminal.process.pid)
        terminal.send("q")
        assert terminal.exit_code() == 0
        assert terminal.left() == set()
        assert terminal.afterwards == ""
        assert not runs(stand_in)


def test_it_can_be_left(missing: dict[str, str]) -> None:
    with ExitStack() as stack:
        terminals = [
            stack.enter_context(Terminal([*CONNTOP], environment=missing, size=(80, 24)))
            for _ in range(3)
        ]
        for terminal, key in zip(terminals, ("q", "\x1b", "\x03"), strict=True):
            terminal.until("press d for the demo")
            terminal.send(key)
        for terminal in terminals:
            assert terminal.exit_code() == 0
            assert terminal.left() == set()
            assert terminal.afterwards == ""


def test_it_fits_a_small_terminal(missing: dict[str, str]) -> None:
    with Terminal([*CONNTOP], environment=missing, size=(40, 10)) as terminal:
        terminal.until("no API key yet", "for the demo", "d Demo")


def test_off_a_terminal_it_is_one_sentence(missing: dict[str, str]) -> None:
    ended = subprocess.run(
        CONNTOP,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=missing,
        timeout=15,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1
    assert "needs a terminal" in ended.stderr
