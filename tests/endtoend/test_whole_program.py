"""``conntop serve`` with real gateways, ``conntop`` on a real terminal, and nothing in between."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.pty.programs import monitor
from tests.pty.terminal import CONNTOP

if TYPE_CHECKING:
    from collections.abc import Iterator

# Real processes on real sockets take their time.
pytestmark = pytest.mark.slow

HOST = r"gw-01\.coinapi\.io"


@contextmanager
def served() -> Iterator[tuple[str, str, int]]:
    """An endpoint of three gateways with ten clients each: URL, key, process of the first."""
    options = ["--gateways=3", "--clients=30", "--patience=600", "--close-marks-inactive"]
    with subprocess.Popen(
        [*CONNTOP, "serve", "--port=0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            _, _, url, _, key = process.stdout.readline().split()
            gateway = process.stderr.readline()
            assert gateway.startswith("gateway gw-01.coinapi.io ")
            yield url, key, int(gateway.split()[-1])
        finally:
            # Its children end when it does.
            process.kill()


def test_the_screen_tells_which_host_was_restarted_and_where_its_clients_are() -> None:
    with served() as (url, key, gateway), monitor(url, key, "--every=1") as terminal:
        terminal.until("30 connections", "all well")
        os.kill(gateway, signal.SIGTERM)
        terminal.until(
            rf"mass drop: 10 gone since .*: all on host {HOST} \(0 of 20 healthy\); "
            "10 of 10 clients are back",
            r"● 30 live .* ✕ 10 gone",
        )

        terminal.send("e")
        # Ten dropped and a mass drop; ten opened, ten moved and a storm.
        terminal.until(
            r"drops 11\b",
            r"opened and back 21\b",
            rf"moved +conn_\w+ from {HOST} to gw-0[23]\.coinapi\.io, .* stopped, session 2",
            r"dropped +conn_\w+ last beat .*, the endpoint says that it ended",
        )
