"""Long recordings, written as rows: made in seconds, which days of polls would not be."""

import random
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from tui.archive import schema
from tui.archive.store import make_store
from tui.core.instant import MINUTE, TICKS, Instant, parse_instant

BEGIN = parse_instant("2026-11-26T00:00:00Z")
DAY = 1_440 * MINUTE
ORGANIZATION = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
_SERVICES = (("coinapi-ws", "WebSocket"), ("coinapi-fix", "FIX"), ("finfeed-rest", "REST"))
_PLACES = ("us-east-1", "eu-central-1", "ap-northeast-1")


class _Rows:
    """The tables, being filled."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.connections: list[dict[str, Any]] = []
        self.states: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.present: dict[int, dict[str, Any]] = {}

    def open(self, client: int, at: Instant, place: int, start: Instant | None = None) -> None:
        """A client opens a connection on the server of that number."""
        number = len(self.connections) + 1
        service, protocol = _SERVICES[client % 3]
        row = {
            "first_seen": at,
            "number": number,
            "connection_id": f"conn_{number:08x}",
            "organization_id": ORGANIZATION,
            "api_key_id": f"{client % 7:08x}-b5a6-4879-8765-4321dcba0987",
            "host": f"ws-server-{place + 1:02d}.coinapi.io",
            "client": f"203.0.{client // 250}.{client % 250}",
            "protocol": protocol,
            "service": service,
            "data_center": f"{_PLACES[place % 3]}/server-{place + 1:02d}",
            "start": at - 2 * TICKS if start is None else start,
            "last_heartbeat": at,
            "gone_at": None,
        }
        self.connections.append(row)
        self.present[client] = row
        self._state(row, "live", at, at)

    def drop(self, client: int, at: Instant) -> None:
        """It stops, and is found gone two minutes later."""
        row = self.present.pop(client)
        row["last_heartbeat"], row["gone_at"] = at, at + 2 * MINUTE
        self._state(row, "late", at + MINUTE // 2, at)
        self._state(row, "gone", at + 2 * MINUTE, at)

    def late(self, client: int, at: Instant) -> None:
        """It is late once."""
        row = self.present[client]
        self._state(row, "late", at, at - 20 * TICKS)
        self._state(row, "live", at + 10 * TICKS, at + 9 * TICKS)

    def mass_drop(self, at: Instant, sentence: str) -> None:
        self.events.append(
            {"at": at, "place": 0, "rank": len(self.events), "kind": "mass drop", "number": None}
            | {"evidence": sentence}
        )

    def _state(self, row: dict[str, Any], state: str, at: Instant, beat: Instant) -> None:
        number = row["number"]
        self.states.append({"at": at, "number": number, "state": state, "last_heartbeat": beat})


def make_long(path: Path, *, days: int = 1, clients: int = 300, every: int = 10) -> None:
    """Each day a server crashes at 03:12, a region is lost at 14:40, and our link is down from
    09:00 to 09:15; now and then a connection drops."""  # noqa: D205, D209
    rows = _Rows(7)
    for client in range(clients):
        rows.open(client, BEGIN, client % 12, BEGIN - client * MINUTE)
    for day in range(days):
        _live_through(rows, BEGIN + day * DAY, clients)
    blind = [(BEGIN + day * DAY + 540 * MINUTE, 15 * MINUTE) for day in range(days)]
    polls = []
    for place in range(days * 86_400 // every):
        at = BEGIN + place * every * TICKS
        lost = any(since <= at < since + long for since, long in blind)
        outcome = {"outcome": "timeout" if lost else "answer", "blind": lost}
        polls.append(_poll(place, at) | outcome)
    gaps = [
        {"since": since - 10 * TICKS, "until": since + long, "why": "timeout"}
        for since, long in blind
    ]
    _write(path, rows, polls, gaps)


def _live_through(rows: _Rows, day: Instant, clients: int) -> None:
    chance = rows.chance
    acts = [(day + chance.randrange(DAY - 10 * MINUTE), "drop") for _ in range(clients // 12)]
    acts += [(day + chance.randrange(DAY - 10 * MINUTE), "late") for _ in range(clients)]
    acts += [(day + 192 * MINUTE, "crash"), (day + 880 * MINUTE, "region")]
    for at, act in sorted(acts):
        client = chance.randrange(clients)
        if act == "late" and client in rows.present:
            rows.late(client, at)
        elif act == "drop" and client in rows.present:
            place = chance.randrange(12)
            rows.drop(client, at)
            rows.open(client, at + chance.randrange(3, 240) * TICKS, place)
        elif act in ("crash", "region"):
            _crash(rows, at, act)


def _crash(rows: _Rows, at: Instant, act: str) -> None:
    """All of a server, or of a region, drop within seconds; they come back one after the other."""
    chance = rows.chance
    mark = "ws-server-01.coinapi.io" if act == "crash" else "eu-central-1/"
    hit = [
        client
        for client, row in rows.present.items()
        if row["host"] == mark or row["data_center"].startswith(mark)
    ]
    for client in hit:
        rows.drop(client, at + chance.randrange(10) * TICKS)
        back = chance.randrange(20, 90) if act == "crash" else chance.randrange(300, 1_500)
        rows.open(client, at + back * TICKS, chance.choice((1, 3, 4, 6)))
    others = len(rows.present) - len(hit)
    where = "on host ws-server-01.coinapi.io" if act == "crash" else "in region eu-central-1"
    sentence = f"{len(hit)} gone: all {where} (0 of {others} healthy)"
    rows.mass_drop(at + 2 * MINUTE, sentence)


def _poll(place: int, at: Instant) -> dict[str, Any]:
    """An answer of which nothing is told; what is counted of it does not matter here."""
    counts = {
        column.name: 0
        for column in schema.polls.c
        if not column.nullable and column.type.python_type in (int, float)
    }
    return counts | {
        "at": at,
        "place": place,
        "query": "{}",
        "sentence": None,
        "cut": None,
        "delta": b"",
    }


def _write(
    path: Path, rows: _Rows, polls: list[dict[str, Any]], gaps: list[dict[str, Any]]
) -> None:
    store = make_store(str(path))
    feed = {"context": "prod", "host": "api-console.apibricks.io", "made_at": BEGIN}
    filled = (
        (schema.feeds, [feed]),
        (schema.polls, polls),
        (schema.gaps, gaps),
        (schema.connections, rows.connections),
        (schema.states, rows.states),
        (schema.events, rows.events),
    )
    with store.begin() as link:
        for table, some in filled:
            link.execute(insert(table), [row | {"organization": ORGANIZATION} for row in some])
    store.dispose()
