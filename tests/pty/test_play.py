"""A recording on a real terminal: nobody is asked, and nobody takes it for the present."""

from pathlib import Path

import pytest

from tests.archive.made import make_recording
from tests.pty.terminal import CONNTOP, Terminal


@pytest.mark.slow
def test_it_plays_to_its_end_and_stands_where_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "past.conntop"
    make_recording(path, polls=30, connections=9)
    command = [*CONNTOP, "--from", str(path), "--at", "14:31:00", "--speed", "5"]
    with Terminal(command, environment={"CONNTOP_URL": "https://never.example"}) as terminal:
        terminal.until(r"RECORDING past\.conntop · 5×", r"as of 2024-01-15 14:3", r"● live")
        terminal.send("p")
        terminal.until(r"‖ paused", r"paused at 14:3\d:\d\dZ: p plays on")
        terminal.send("p+++++")
        terminal.until(r"200×", r"■ end of the recording as of 2024-01-15 14:35:15Z", r"✕ gone")
        terminal.send("[")
        terminal.until(r"RECORDING past\.conntop", r"PAST 14:35:05Z")
        terminal.send("Lq")
        assert terminal.exit_code() == 0
