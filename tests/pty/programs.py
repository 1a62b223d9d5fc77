"""What runs on the terminals of these tests."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.pty.terminal import CONNTOP, Terminal
from tui.standin.process import StandInProcess, spawn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

ROW = r"● live +\d+s conn_[0-9a-f]{8}"
"""A row of the table."""


@contextmanager
def demo(
    *options: str,
    size: tuple[int, int] = (160, 45),
    term: str = "xterm-256color",
    environment: Mapping[str, str] | None = None,
) -> Iterator[Terminal]:
    """``conntop demo`` with a small fleet, its first rows on screen."""
    command = [*CONNTOP, "demo", "--connections=40", *options]
    with Terminal(command, size=size, term=term, environment=environment) as terminal:
        terminal.until(ROW)
        yield terminal


@contextmanager
def demos(
    environments: Sequence[Mapping[str, str]], *, size: tuple[int, int] = (160, 45)
) -> Iterator[list[Terminal]]:
    """One demo for each environment, side by side, which takes less time than one by one."""
    command = [*CONNTOP, "demo", "--connections=40"]
    with ExitStack() as stack:
        terminals = [
            stack.enter_context(Terminal(command, size=size, environment=each))
            for each in environments
        ]
        for terminal in terminals:
            terminal.until(ROW)
        yield terminals


@contextmanager
def monitor(
    url: str, key: str, *options: str, size: tuple[int, int] = (160, 45)
) -> Iterator[Terminal]:
    """``conntop monitor`` of an endpoint."""
    command = [*CONNTOP, "monitor", f"--url={url}", *options]
    with Terminal(command, size=size, environment={"CONNTOP_API_KEY": key}) as terminal:
        yield terminal


def endpoint_at(port: int, key: str) -> StandInProcess:
    """A stand-in on a port, or with 0 on any, which takes a key."""
    code = (
        "from tui.standin.server import run; "
        f"run(port={port}, api_key={key!r}, connections=40, until_stdin_closes=True)"
    )
    return spawn(command=(sys.executable, "-c", code))


def write_records(path: Path, texts: list[str]) -> None:
    """A file of records that are live for the next minute, each with a text in all its fields."""
    now = datetime.now(UTC)
    beat, start = (
        f"{moment:%Y-%m-%dT%H:%M:%S}.0000000Z"
        for moment in (now + timedelta(minutes=1), now - timedelta(hours=1))
    )
    named = ("connectionId", "organizationId", "host", "ipAddress", "protocolName", "serviceName")
    records = [
        dict.fromkeys((*named, "dataCenter", "apikeyId", f"new-{text}"), text)
        | {"connectionId": f"{place:02}{text}", "isActive": True}
        | {"lastHeartbeat": beat, "connectionStartTime": start, "updatedAt": beat}
        | {"connectionDurationSeconds": 3600}
        for place, text in enumerate(texts)
    ]
    path.write_text(json.dumps(records), encoding="utf-8")
