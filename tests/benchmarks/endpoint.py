"""The stand-in in front of a program that is measured, as a process of its own.

Run as a program it is ``conntop serve`` whose fleet has beaten anew at every question: no
heartbeat is older than four seconds, so that a poll every five finds all of them changed.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tui.standin import simulator
from tui.standin.instant import TICKS
from tui.standin.process import spawn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.standin.sessions import Session

_BEATING = (sys.executable, "-m", "tests.benchmarks.endpoint", "serve", "--port=0")
_YOUNG = 4
"""Seconds: no heartbeat is older."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A stand-in that runs, and how to ask it."""

    url: str
    key: str
    log: Path
    pid: int
    config: Path

    @property
    def environment(self) -> dict[str, str]:
        """For a program that asks it."""
        return {"CONNTOP_API_KEY": self.key, "CONNTOP_CONFIG": str(self.config)}

    def requests(self) -> int:
        """Requests answered so far."""
        return len(re.findall(r"^GET ", self.log.read_text(), re.MULTILINE))


@contextmanager
def standing_in(connections: int, *, page: int | None = None) -> Iterator[Endpoint]:
    """A stand-in with so many clients whose heartbeats are new at each question.

    Args:
        connections: of the simulated fleet.
        page: the setting of that name for those who ask; ``None`` leaves all at its default.
    """
    with tempfile.TemporaryDirectory(prefix="conntop-bench-") as folder:
        log, config = Path(folder, "requests.log"), Path(folder, "config.toml")
        log.touch()
        config.write_text("" if page is None else f"page = {page}\n")
        command = (*_BEATING, "--until-stdin-closes")
        args = [f"--connections={connections}", f"--log={log}"]
        with spawn(args, command=command, timeout=60) as process:
            yield Endpoint(process.url, process.key, log, process.process.pid, config)


def page_for(connections: int) -> int | None:
    """A page in which the whole fleet fits with room to spare; the default's where that does.

    With the default of 1,000 records a fleet of 100,000 takes more than the budget of 40 requests.
    """
    return None if connections <= 1_000 else 2 * connections


def young_beat(session: Session, at: int) -> int:
    """A heartbeat of the last seconds, another one at each instant."""
    until = min(at, session.end)
    return max(session.start, until - (session.number + at) % (_YOUNG * TICKS))


def _serve() -> int:
    from tui.cli import run

    simulator.last_beat = young_beat  # type: ignore[attr-defined]
    return run(sys.argv[1:])


if __name__ == "__main__":
    # The log is a file, and nobody reads what else it may say.
    os.environ.pop("CONNTOP_API_KEY", None)
    sys.exit(_serve())
