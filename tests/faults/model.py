"""A plain model of the screen: what a reader may expect of it, in dicts, lists and conditions.

Written from README and help, and with nothing of the program in it. A ``World`` is the fleet that
the stand-in serves, a ``Model`` what has to be seen of it. All times are whole seconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tui.standin.instant import TICKS, instant_text

if TYPE_CHECKING:
    from tui.standin.endpoint_clock import Reading
    from tui.standin.query import Query as Asked
    from tui.standin.scenarios import Switch
    from tui.standin.settings import Assumptions

KEPT = 300
"""Seconds for which one that left stays in sight."""
NAMES = tuple(f"conn_{letter}" for letter in "abcdefgh")
_SERVICES = ("coinapi-ws", "coinapi-rest", "EMS")
_CLIENTS = ("203.0.113.7", "198.51.100.7", "203.0.113.9")


@dataclass(frozen=True)
class Peer:
    """A connection as the endpoint has it."""

    name: str
    start: int
    silent_since: int | None = None
    """When it has beaten last; ``None`` while it beats every second."""

    @property
    def service(self) -> str:
        return _SERVICES[NAMES.index(self.name) % 3]

    @property
    def client(self) -> str:
        return _CLIENTS[NAMES.index(self.name) // 3]

    def beat(self, now: int) -> int:
        """Its last heartbeat."""
        return now - 1 if self.silent_since is None else self.silent_since


class World:
    """The connections there are; a source of the stand-in. All on one host."""

    plays_fleet_scenarios = False
    seed: int | None = None
    connections = len(NAMES)

    def __init__(self, start: int) -> None:
        """``start`` is the instant, in ticks, from which seconds are counted."""
        self._start = start
        self.peers: dict[str, Peer] = {}

    def turn(self, name: str, now: int) -> None:
        """What is not there opens, what beats falls silent, what is silent closes."""
        peer = self.peers.get(name)
        if peer is None:
            self.peers[name] = Peer(name, now)
        elif peer.silent_since is None:
            self.peers[name] = replace(peer, silent_since=now - 1)
        else:
            del self.peers[name]

    def toggle(self, name: str, now: int) -> None:
        """What is not there opens, what is there closes, and what is silent beats again."""
        peer = self.peers.get(name)
        if peer is None or peer.silent_since is not None:
            self.peers[name] = Peer(name, now if peer is None else peer.start)
        else:
            del self.peers[name]

    def found(self, service: str | None, limit: int | None) -> list[Peer]:
        """What a question finds: the newest first, and no more than ``limit``."""
        fitting = [one for one in self.peers.values() if service in (None, one.service)]
        return sorted(fitting, key=lambda one: (-one.start, one.name))[:limit]

    def answer(
        self,
        query: Asked,
        at: int,
        switches: tuple[Switch, ...],
        assumptions: Assumptions,
        reading: Reading | None = None,
    ) -> bytes:
        """The body of a 200."""
        now = (at - self._start) // TICKS
        found = self.found(query.service_name, query.limit)
        if query.connection_id is not None:
            found = [one for one in found if one.name == query.connection_id]
        return json.dumps([self._record(one, now) for one in found]).encode()

    def _record(self, one: Peer, now: int) -> dict[str, object]:
        beat = instant_text(self._start + one.beat(now) * TICKS)
        return {
            "connectionId": one.name,
            "organizationId": "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
            "apikeyId": "f1e2d3c4-b5a6-9879-8765-4321dcba0987",
            "host": "ws-server-01.coinapi.io",
            "ipAddress": one.client,
            "protocolName": "WebSocket",
            "serviceName": one.service,
            "dataCenter": "us-east-1/server-01",
            "lastHeartbeat": beat,
            "connectionStartTime": instant_text(self._start + one.start * TICKS),
            "updatedAt": beat,
            "connectionDurationSeconds": one.beat(now) - one.start,
            "isActive": one.silent_since is None,
        }


@dataclass
class Row:
    """What is believed of one connection."""

    peer: Peer
    beat: int
    seen: int
    """When an answer had it last."""
    gone_at: int | None = None
    """When an answer that had to have it had it no more."""

    @property
    def state(self) -> str:
        """The word on screen."""
        if self.gone_at is not None:
            return "gone"
        return "live" if self.peer.silent_since is None else "silent"


FILTERS: dict[str, Callable[[Row], bool]] = {
    "": lambda row: True,
    "service:coinapi": lambda row: row.peer.service != "EMS",
    "service=ems": lambda row: row.peer.service == "EMS",
    "!service:WS": lambda row: row.peer.service != "coinapi-ws",
    "203.0.113": lambda row: row.peer.client.startswith("203"),
    "state:gone": lambda row: row.state == "gone",
    "!state:live service:coinapi": lambda row: row.state != "live" and row.peer.service != "EMS",
    "/conn_[aceg]/": lambda row: row.peer.name[-1] in "aceg",
    "nobody-is-called-this": lambda row: False,
}
"""Filters of ``/``, and whom each lets through."""
UNREADABLE = "/conn_[/"
"""A filter that changes nothing."""

_WORST_FIRST = {"gone": 0, "silent": 1, "live": 2}
ORDERS: dict[str, Callable[[Row], object]] = {
    "state": lambda row: (_WORST_FIRST[row.state], -row.beat if row.state != "live" else 0),
    "beat": lambda row: row.beat,
    "id": lambda row: row.peer.name,
    "service": lambda row: row.peer.service.lower(),
    "client": lambda row: row.peer.client,
    "start": lambda row: row.peer.start,
}
"""Columns, and what each is sorted by; where that is equal the id decides, in either direction."""


@dataclass(frozen=True)
class Question:
    """What the endpoint is asked."""

    service: str | None = None
    limit: int | None = None


QUESTIONS = (Question(), Question(limit=4), Question("coinapi-ws"))


@dataclass
class Model:
    """What has to be on screen."""

    rows: dict[str, Row] = field(default_factory=dict)
    question: Question = QUESTIONS[0]
    answered: Question | None = None
    """The question that the rows answer."""
    at: int | None = None
    """When it was answered."""
    is_cut: bool = False
    is_failing: bool = False
    is_paused: bool = False
    filter: str = ""
    order: str = "state"
    is_turned: bool = False
    places: Mapping[str, int] | None = None
    """Where rows are held."""
    shown: list[str] = field(default_factory=list)
    cursor: str | None = None
    is_chosen: bool = False
    """Whether somebody has moved the cursor; until then it stands at the top."""
    marks: set[str] = field(default_factory=set)
    last_mark: str | None = None

    @property
    def is_stale(self) -> bool:
        """Whether the screen has to say that its rows are not the present."""
        return self.at is None or self.is_failing or self.is_paused

    def is_dim(self, name: str) -> bool:
        """Whether the row has to say it: in a cut answer, for itself alone."""
        row = self.rows[name]
        return self.is_stale or (row.state != "gone" and row.seen != self.at)

    def line(self, name: str) -> str:
        """How its row reads: dim where it is stale."""
        dim = " dim" if self.is_dim(name) else ""
        return f"{name} {self.rows[name].state}{dim}{' marked' if name in self.marks else ''}"

    @property
    def counts(self) -> dict[str, int]:
        """Connections by state, filtered out or not."""
        states = [row.state for row in self.rows.values()]
        return {state: states.count(state) for state in ("live", "late", "silent", "gone")}

    @property
    def there(self) -> str:
        """How many there are at the least, with a ``+`` where there may be more."""
        there = len(self.rows) - self.counts["gone"]
        return f"{there}+" if self.is_cut else f"{there}"

    @property
    def sign(self) -> str:
        """How the link stands."""
        if self.is_paused:
            return "‖ paused"
        return "✕ no answer" if self.is_failing else "●"

    def is_on_the_edge(self, now: int) -> bool:
        """Whether somebody's five minutes end about now: no clock is right to the second."""
        rows = self.rows.values()
        ends = (KEPT + (row.seen if row.gone_at is None else row.gone_at) for row in rows)
        return any(abs(now - end) <= 2 for end in ends)

    # The polls

    def fail(self) -> None:
        """Nothing is known, and nothing is forgotten."""
        self.is_failing = True

    def take(self, found: list[Peer], now: int) -> None:
        """An answer."""
        question = self.question
        is_cut = question.limit is not None and len(found) >= question.limit
        rows = {one.name: Row(one, one.beat(now), now) for one in found}
        for name, row in self.rows.items():
            if name in rows:
                continue
            if row.gone_at is not None:
                fits = question == self.answered or question.service in (None, row.peer.service)
                if fits and now - row.gone_at <= KEPT:
                    rows[name] = row
            elif question != self.answered:
                continue
            elif not is_cut:
                rows[name] = replace(row, gone_at=now)
            elif now - row.seen <= KEPT:
                rows[name] = row
        self.rows, self.answered, self.at = rows, question, now
        self.is_cut, self.is_failing = is_cut, False
        self.arrange()

    # What is shown, and where the cursor is

    def arrange(self) -> None:
        """Filter and sort; the cursor stays on its connection, or goes to the nearest there is."""
        passing = sorted(name for name, row in self.rows.items() if FILTERS[self.filter](row))
        key = ORDERS[self.order]
        before = self.shown
        # Sorted by a stable order, so that equal ones stay in that of their ids.
        self.shown = sorted(
            passing,
            key=lambda name: key(self.rows[name]),  # type: ignore[arg-type,return-value]
            reverse=self.is_turned,
        )
        held = self.places
        if held is not None:
            self.shown.sort(key=lambda name: held.get(name, len(held)))
        self.marks &= set(self.shown)
        if not self.shown:
            self.cursor = None
        elif not self.is_chosen:
            self.cursor = self.shown[0]
        elif self.cursor not in self.shown:
            self.cursor = self._nearest(before)

    def _nearest(self, before: list[str]) -> str:
        """Of those that are left, the nearest to where it stood; of two the lower one."""
        if self.cursor is None:
            return self.shown[0]
        place = before.index(self.cursor)
        left = [index for index, name in enumerate(before) if name in self.shown]
        if not left:
            return self.shown[0]
        return before[min(left, key=lambda index: (abs(index - place), -index))]

    def filter_by(self, text: str) -> None:
        self.filter = text
        self.arrange()

    def sort_by(self, order: str) -> None:
        """By a column; by the same once more turns it round."""
        self.is_turned = order == self.order and not self.is_turned
        self.order, self.places = order, None
        self.arrange()

    def turn(self) -> None:
        self.is_turned, self.places = not self.is_turned, None
        self.arrange()

    def hold(self) -> None:
        """The rows stay where they are, or not any more."""
        places = {name: place for place, name in enumerate(self.shown)}
        self.places = places if self.places is None else None
        self.arrange()

    def go(self, place: int) -> None:
        """Move the cursor to the row of that number, or as far as there are rows."""
        if self.cursor is None:
            return
        name = self.shown[max(0, min(place, len(self.shown) - 1))]
        self.is_chosen |= name != self.cursor
        self.cursor = name

    @property
    def place(self) -> int:
        """The row of the cursor."""
        return 0 if self.cursor is None else self.shown.index(self.cursor)

    def find_trouble(self, step: int) -> None:
        """Go to the next one that is not live, round the end if need be."""
        count = len(self.shown)
        for distance in range(1, count + 1):
            name = self.shown[(self.place + step * distance) % count]
            if self.rows[name].state != "live":
                self.cursor, self.is_chosen = name, True
                return

    def mark(self) -> None:
        """Mark the row, or take its mark off, and go on."""
        if self.cursor is None:
            return
        self.marks ^= {self.cursor}
        self.last_mark = self.cursor if self.cursor in self.marks else None
        self.go(self.place + 1)

    def mark_range(self) -> None:
        """Mark all from the last mark to here."""
        if self.cursor is None:
            return
        start = self.last_mark if self.last_mark in self.shown else self.cursor
        low, high = sorted((self.shown.index(start or ""), self.place))
        self.marks |= set(self.shown[low : high + 1])
        self.last_mark = self.cursor

    def unmark(self) -> None:
        self.marks, self.last_mark = set(), None
