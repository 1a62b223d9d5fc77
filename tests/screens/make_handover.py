"""Write the golden note anew: ``python -m tests.screens.make_handover``. Read the diff."""

import asyncio
from pathlib import Path

from tests.stage import Stage, stage

GOLDEN = Path(__file__).parents[1] / "data/handover.md"


async def crash(on: Stage) -> None:
    """A server dies, and its clients come back elsewhere."""
    await on.polls(6)
    on.scenario("server-crash")
    await on.polls(6)


async def note() -> str:
    """The note of it."""
    async with stage(connections=60) as on:
        await crash(on)
        return on.watch.writing(None).note(mask_clients=False)


if __name__ == "__main__":
    GOLDEN.write_text(asyncio.run(note()), encoding="utf-8")
