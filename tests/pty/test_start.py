"""The start: the frame first, and only then what questions are asked with."""

import os
import sys
from pathlib import Path

import pytest

from tests.canary import CANARY
from tests.pty.terminal import Terminal

WATCHED = {"httpx", "pydantic", "pydantic_settings", "fastapi", "uvicorn", "brotli"}

HELD = f"""
import os, sys
from pathlib import Path
import tui.cli.demo_command, tui.cli.monitor_command
from tui.source.base import NoSourceError

def source_of(*_):
    # In the thread of the first question, which is held here.
    folder = Path(os.environ["FOLDER"])
    (folder / "loaded").write_text(" ".join(sorted({WATCHED} & sys.modules.keys())))
    (folder / "gate").read_text()
    raise NoSourceError("that was all")

tui.cli.demo_command.source_of = tui.cli.monitor_command.source_of = source_of
from tui.__main__ import main
sys.exit(main())
"""

UNABLE = """
import sys
import tui.standin.process

def spawn(args):
    raise tui.standin.process.StartError("it has ended: \\x1b[2J")

tui.standin.process.spawn = spawn
from tui.__main__ import main
sys.exit(main())
"""


@pytest.mark.parametrize("command", ["monitor", pytest.param("demo", marks=pytest.mark.slow)])
def test_the_frame_stands_before_anything_is_asked_or_loaded_for_that(
    command: str, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "gate")
    environment = {"FOLDER": str(tmp_path), "CONNTOP_API_KEY": CANARY}
    with Terminal([sys.executable, "-c", HELD, command], environment=environment) as terminal:
        host = "127.0.0.1" if command == "demo" else "api-console.apibricks.io"
        terminal.until(
            r"conntop .* every 5 s",
            f"connecting to {host}…",
            r"Connections 0 · sort",
            f"Connecting to {host} …",
            "q Quit",
        )
        terminal.until_true((tmp_path / "loaded").exists)
        assert (tmp_path / "loaded").read_text() == ""
        # It answers keys all the while.
        terminal.send("?")
        terminal.until("Esc closes")
        (tmp_path / "gate").write_text("")
        assert terminal.exit_code() == 1
        assert terminal.left() == set()
        assert terminal.afterwards.strip() == "conntop: that was all"


@pytest.mark.slow
def test_a_proxy_that_cannot_be_used() -> None:
    environment = {"CONNTOP_API_KEY": CANARY, "HTTPS_PROXY": f"nonsense://me:{CANARY}@proxy"}
    with Terminal([sys.executable, "-m", "tui"], environment=environment) as terminal:
        assert terminal.exit_code() == 1
        assert terminal.left() == set()
        assert terminal.afterwards.strip() == (
            "conntop: the proxy that HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names cannot be used: "
            "give an address like http://proxy:3128"
        )
        assert CANARY not in terminal.text


@pytest.mark.slow
def test_a_demo_that_cannot_start() -> None:
    with Terminal([sys.executable, "-c", UNABLE, "demo"]) as terminal:
        assert terminal.exit_code() == 1
        assert terminal.left() == set()
        assert terminal.afterwards.strip() == ("conntop: the demo cannot start: it has ended: ␛[2J")
