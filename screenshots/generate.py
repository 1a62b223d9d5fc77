"""Draw the screenshots from the seeded stand-in, at a clock of our own: byte by byte the same.

python screenshots/generate.py            draws them
python screenshots/generate.py --check    draws them elsewhere and says which differ
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from tests.stage import Stage, stage  # noqa: E402  # the checkout has to be found first

Shot = Callable[[Stage], Awaitable[None]]


async def fleet(on: Stage) -> None:
    """A calm fleet, watched for two minutes."""
    await on.polls(24)


async def filtered(on: Stage) -> None:
    """One service asked for in the pane, and a filter of ``/`` on top."""
    await on.polls(12)
    await on.press("f", *["down"] * 7, "enter")
    await on.poll()
    await on.press("f", "slash", *"us-east !fix")
    await on.polls(6)


async def detail(on: Stage) -> None:
    """A connection that beats too slowly, opened."""
    await on.polls(30)
    on.scenario("slow-heartbeats")
    await on.polls(30)
    await on.press("n", "enter")
    await on.poll()


async def outage(on: Stage) -> None:
    """A server has crashed; its clients come back elsewhere."""
    await on.polls(18)
    on.scenario("server-crash")
    await on.polls(8)


async def gone(on: Stage) -> None:
    """The same, two minutes later: what left stays in sight."""
    await on.polls(18)
    on.scenario("server-crash")
    await on.polls(26)


async def endpoint_down(on: Stage) -> None:
    """It is the endpoint that fails, not the fleet: rows dim, ages freeze."""
    await on.polls(18)
    on.scenario("api-down")
    await on.polls(7)


SHOTS: dict[str, tuple[Shot, tuple[int, int]]] = {
    "fleet": (fleet, (160, 45)),
    "filter": (filtered, (160, 45)),
    "detail": (detail, (160, 45)),
    "outage": (outage, (160, 45)),
    "gone": (gone, (160, 45)),
    "endpoint-down": (endpoint_down, (160, 45)),
    "small": (outage, (80, 24)),
}
"""Name, what is done, and the size of the terminal."""


async def draw(name: str) -> str:
    """One picture, as SVG."""
    shot, size = SHOTS[name]
    async with stage(connections=300, seed=7, size=size) as on:
        await shot(on)
        await on.settle()
        return on.app.export_screenshot(title="conntop", simplify=True) + "\n"


def main(arguments: list[str]) -> int:
    """Draw, or check."""
    check = arguments == ["--check"]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) if check else FOLDER
        changed = []
        for name in SHOTS:
            path = folder / f"{name}.svg"
            path.write_text(asyncio.run(draw(name)), encoding="utf-8")
            kept = FOLDER / path.name
            if not kept.exists() or kept.read_bytes() != path.read_bytes():
                changed.append(path.name)
        if check and changed:
            print(f"screenshots differ: {', '.join(changed)}: run python screenshots/generate.py")
            return 1
    print(f"{len(SHOTS)} screenshots {'are as drawn' if check else 'drawn'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
