"""What a gateway and the clients have in common as children of the endpoint's process."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys


def report(event: str, **facts: object) -> None:
    """Tell the parent what happened: one JSON object on a line of stdout."""
    line = json.dumps({"event": event, **facts}) + "\n"
    try:
        # One write of less than a pipe takes at once: a killed process leaves no half a line.
        os.write(sys.stdout.fileno(), line.encode())
    except BrokenPipeError:
        _end_at_once()


def told_to_end() -> asyncio.Event:
    """The event that a SIGTERM sets. When stdin closes, the process ends at once instead.

    Stdin is a pipe from the parent that never carries anything, so it closes when that dies,
    however it dies. Then nobody is left to whom a good end would matter.
    """
    # A peer that went away in the middle of a handshake is no news here.
    logging.getLogger("websockets").addHandler(logging.NullHandler())
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), _end_at_once)
    loop.add_signal_handler(signal.SIGTERM, told.set)
    return told


def _end_at_once() -> None:
    os._exit(0)
