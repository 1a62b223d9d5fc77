"""SIGKILL at any moment costs the last poll at most, and the file opens clean."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 200


@pytest.mark.slow
@pytest.mark.fault(21)
def test_killed_200_times_nothing_is_lost_that_was_written(tmp_path: Path) -> None:
    path = tmp_path / "fleet.conntop"
    done = subprocess.run(
        [sys.executable, "-m", "tests.archive.killing", str(path), str(KILLS), "1"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    verdict = json.loads(done.stdout)
    assert verdict["wrong"] == []
    assert verdict["polls"] > KILLS / 2
