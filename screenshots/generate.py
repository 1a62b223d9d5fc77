"""Draw the screenshots from the seeded stand-in, at a clock of our own: byte by byte the same.

python screenshots/generate.py            draws them
python screenshots/generate.py --check    draws them elsewhere and says which differ
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from tests.stage import Stage, stage  # noqa: E402  # the checkout has to be found first
from tui.core.names import NO_NAMES, Names  # noqa: E402
from tui.source.asking import Asking  # noqa: E402

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


async def rate_limited(on: Stage) -> None:
    """The endpoint says that we ask too often."""
    await on.polls(12)
    on.scenario("api-429")
    await on.polls(2)


async def frozen(on: Stage) -> None:
    """The endpoint answers, but its data stand still: for a minute, and no row turns red."""
    await on.polls(8)
    on.scenario("stalled")
    await on.polls(12)


async def skew(on: Stage) -> None:
    """The server's clock is an hour ahead of this machine's, and the ages are right."""
    await on.polls(6)
    on.scenario("clock-ahead")
    await on.polls(6)


async def whole(on: Stage) -> None:
    """More connections than one answer holds, and none is missing."""
    await on.polls(3)


async def cut(on: Stage) -> None:
    """More connections than the budget of a poll can bring."""
    await on.polls(3)


async def events(on: Stage) -> None:
    """What the crash of a server was, event by event, with an outage of our own behind it."""
    await outage(on)
    on.scenario("api-down")
    await on.polls(3)
    on.scenario("calm")
    await on.polls(2)
    await on.press("e")


async def life(on: Stage) -> None:
    """A client whose connection broke, and who is back on another server."""
    await outage(on)
    await on.polls(4)
    lives = (one.session for one in on.watch.fleet.tracked.values())
    back = next(one for one in lives if one is not None and one.number > 1)
    await on.press("slash", *back.connection_id[-6:], "enter", "enter")
    await on.poll()


async def why(on: Stage) -> None:
    """What those that dropped have in common."""
    await outage(on)
    await on.press("W")
    await on.poll()


async def groups(on: Stage) -> None:
    """The same crash by host, a minute after it."""
    await outage(on)
    await on.polls(4)
    await on.press("t")
    await on.poll()


async def handover(on: Stage) -> None:
    """The note about it for the next human."""
    await gone(on)
    await on.press("H")


async def past(on: Stage) -> None:
    """All is well again, and one looks at the moment in which it was worst."""
    await gone(on)
    on.scenario("calm")
    await on.polls(60, 10)
    await on.press("at", *"-10m", "enter")


async def diff(on: Stage) -> None:
    """What is different now from before the crash."""
    await gone(on)
    await on.press("D")


@dataclass(frozen=True)
class Picture:
    """What is drawn."""

    shot: Shot
    size: tuple[int, int] = (160, 45)
    """Cells of the terminal."""
    connections: int = 300
    asking: Asking | None = None
    """How the endpoint is asked."""
    rules: tuple[str, ...] = ()
    """Alert rules."""
    names: Names = NO_NAMES
    """What people call keys and networks."""


NAMES = Names(
    keys={
        "ea879c16-1083-41d5-84d8-30d8ea554c3f": "trading-prod",
        "cd3b3629-6b06-4238-a75e-db2565ad21f3": "market-making",
        "de4a43e8-878c-4ffd-9a9a-c1ad0cd4a347": "research",
        "2286a9b0-368e-45f1-b57c-d5355b1e9083": "risk-eu",
        "db93af9c-3fc5-4110-9a8c-29ffac816f34": "backtest",
    },
    networks={
        ip_network("203.0.113.0/24"): "Frankfurt",
        ip_network("192.0.2.0/24"): "Tokyo",
        ip_network("198.51.100.0/24"): "office",
    },
)
"""What the owners of the seeded fleet call their keys and networks."""
VERDICT = (110, 16)
"""Cells of a picture of which the header is what matters."""

SHOTS: dict[str, Picture] = {
    "fleet": Picture(fleet),
    "filter": Picture(filtered),
    "detail": Picture(detail),
    "outage": Picture(outage),
    "gone": Picture(gone),
    "endpoint-down": Picture(endpoint_down),
    "small": Picture(outage, (80, 24)),
    "events": Picture(events, (150, 30)),
    "life": Picture(life, (150, 34)),
    "whole": Picture(whole, VERDICT, connections=2_400),
    "cut": Picture(cut, VERDICT, asking=Asking(page=50, budget=3)),
    "frozen": Picture(frozen, VERDICT),
    "skew": Picture(skew, VERDICT),
    "rate-limited": Picture(rate_limited, VERDICT),
    "why": Picture(why, (150, 20)),
    "groups": Picture(groups, (150, 24)),
    "handover": Picture(handover, (150, 45)),
    "past": Picture(past, (160, 30)),
    "diff": Picture(diff, (150, 30)),
    "alert": Picture(
        outage, (150, 20), rules=("mass drop", "key:trading-prod late > 10"), names=NAMES
    ),
}


async def draw(name: str) -> str:
    """One picture, as SVG."""
    picture = SHOTS[name]
    async with stage(
        connections=picture.connections,
        seed=7,
        size=picture.size,
        asking=picture.asking,
        rules=picture.rules,
        names=picture.names,
    ) as on:
        await picture.shot(on)
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
