"""Other terminal monitors of this machine, where they are installed, as programs on a terminal."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.benchmarks.terminal_meter import MeteredTerminal

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 8.0


@dataclass(frozen=True, slots=True)
class Peer:
    """A program and what is typed into it."""

    name: str
    command: tuple[str, ...]
    """So that it refreshes each second, where it can be told."""
    down: bytes = b"\x1b[B"
    up: bytes = b"\x1b[A"
    note: str = ""

    @property
    def is_there(self) -> bool:
        """Whether it is installed."""
        return shutil.which(self.command[0]) is not None


ALL = (
    Peer("htop", ("htop", "-d", "10"), b"\x1bOB", b"\x1bOA"),
    Peer("btop", ("btop", "--utf-force"), note="every 2 s"),
    Peer("top", ("top", "-d", "1"), b"\x1bOB", b"\x1bOA"),
    Peer("glances", ("glances", "-t", "1"), b"\x1bOB", b"\x1bOA"),
    Peer("pg_activity", ("pg_activity", "--refresh", "1"), note="needs a server"),
)
"""All that are tried."""


@contextmanager
def running(peer: Peer) -> Iterator[MeteredTerminal]:
    """The peer on a terminal, with a home of its own so that it is as it comes."""
    with (
        TemporaryDirectory(prefix="conntop-bench-") as home,
        MeteredTerminal(peer.command, {"HOME": home, "XDG_CONFIG_HOME": home}) as terminal,
    ):
        yield terminal


def there() -> tuple[list[Peer], dict[str, float | str]]:
    """Those that are installed, and a word on the others."""
    missing: dict[str, float | str] = {
        peer.name: "not installed" for peer in ALL if not peer.is_there
    }
    return [peer for peer in ALL if peer.is_there], missing
