"""A small recording that is always the same, for whoever reads recordings."""

from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from tests.strategies import NOON, connection, failure, snapshot
from tui.archive.recorder import Recorder
from tui.archive.writer import Writer
from tui.core.clock import ServerClock
from tui.core.connection import Connection
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS, Instant
from tui.core.snapshot import Outcome

EVERY = 10
"""Seconds from one poll to the next."""
ROUND = 40
"""Polls after which the same happens again."""
CRASH, RETURN, OUTAGE, BACK, CUT, WHOLE = 10, 13, 20, 24, 28, 30
"""Places within each round: the host ``ws-server-02`` crashes, its clients come back on
``ws-server-03``, our link is down, it is back, answers are cut, they are whole again."""
CONTEXT, HOST = "prod", "api-console.apibricks.io"
SERVICES = (("coinapi-ws", "WebSocket"), ("coinapi-rest", "REST"), ("coinapi-fix", "FIX"))


def script(polls: int, connections: int) -> Iterator[Outcome]:
    """What the polls bring, from 2024-01-15T14:30:25Z on, one in ten seconds."""
    for place in range(polls):
        at = NOON + place * EVERY * TICKS
        lap, step = divmod(place, ROUND)
        if OUTAGE <= step < BACK:
            yield failure(at=at)
            continue
        there = [_connection(one, lap, step, at) for one in range(connections)]
        records = [one for one in there if one is not None]
        whole = not CUT <= step < WHOLE
        answer = snapshot(records if whole else records[::2], at, complete=whole)
        seconds = at / TICKS
        yield replace(answer, clock=ServerClock(seconds, seconds, 0.0), local_skew=0.0)


def _connection(number: int, lap: int, step: int, at: Instant) -> Connection | None:
    """One that is there; every third is on the host that crashes."""
    service, protocol = SERVICES[number // 3 % 3]
    crashes = number % 3 == 1
    if crashes and CRASH <= step < RETURN:
        return None
    moved = lap + (step >= RETURN) if crashes else 0
    start = NOON - (3_600 + number) * TICKS
    if moved:
        start = NOON + ((moved - 1) * ROUND + RETURN) * EVERY * TICKS - (1 + number % 9) * TICKS
    one = connection(
        f"conn_{number:04d}_{moved}",
        at,
        api_key_id=f"{number % 5:08x}-b5a6-4879-8765-4321dcba0987",
        host=f"ws-server-{(3 if moved else 2) if crashes else 1:02d}",
        client=f"198.51.100.{number % 250}",
        service=service,
        protocol=protocol,
        data_center=f"us-east-1/server-{number % 4:02d}",
        start=start,
    )
    beat = max(start, at - (number * 7_919_001 + step * 1_234_567) % (4 * TICKS))
    return replace(one, last_heartbeat=beat, updated=beat, duration=float((beat - start) // TICKS))


def make_recording(path: Path | str, *, polls: int = ROUND, connections: int = 30) -> list[Fleet]:
    """Record the script at a path or a URL; the fleets as they were known after each poll."""
    writer, fleet, fleets = Writer(str(path)), Fleet(), list[Fleet]()
    recorder = Recorder(writer, CONTEXT, HOST)
    for outcome in script(polls, connections):
        fleet = fold(fleet, outcome)
        recorder.add(outcome, fleet)
        assert recorder.trouble is None, recorder.trouble
        fleets.append(fleet)
    writer.close()
    return fleets
