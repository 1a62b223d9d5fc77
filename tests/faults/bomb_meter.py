"""How far a process of its own grows while it asks an endpoint that sends too much.

    python -m tests.faults.bomb_meter BASE_URL

It asks once with a good answer, which loads what is needed, and then once more. It prints the bytes
by which that second question made it grow at the most, and the sentence it ended with.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tui.core.query import Query
from tui.source.base import SourceError
from tui.source.console_api import ConsoleApi
from tui.source.endpoint import parse_endpoint
from tui.source.secret import Secret


def memory(name: str) -> int:
    """A size of this process in bytes, by its name in /proc.

    ``VmHWM`` is the largest that it ever was resident. ``ru_maxrss`` of a process that a larger one
    has started is at first that one's size, and would hide what is to be seen.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise ValueError(name)


async def main(base: str) -> None:
    """Ask twice."""
    api = ConsoleApi(parse_endpoint(base), lambda: Secret("key"))
    await api.fetch(Query())
    before = memory("VmRSS")
    try:
        said = f"{(await api.fetch(Query())).unreadable_count} left out"
    except SourceError as error:
        said = error.sentence
    print(memory("VmHWM") - before, said)
    await api.aclose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
