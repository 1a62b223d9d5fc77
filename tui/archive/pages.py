"""Pages: what each poll adds to the tables."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Table

from tui.archive import schema
from tui.core.absence import CHANGED, UNSEEN
from tui.core.connection import Connection, State
from tui.core.deltas import Deltas
from tui.core.fleet import Fleet, Tracked
from tui.core.fold import LAPSE
from tui.core.instant import Instant
from tui.core.past import moment_of
from tui.core.roll import Roll
from tui.core.snapshot import Outcome, Snapshot

POLLS = 120
"""Polls from one keyframe to the next."""
GONE = State.GONE.value
NOT_ASKED = "not asked"
NOT_RECORDED = "not recorded"
"""Why the present was not known: the monitor asked nothing, or nobody recorded."""

_UNSEEN_KEPT = 10_000
"""Connections that are waited for."""

Row: TypeAlias = dict[str, Any]


def column_text(text: str) -> str:
    """A stranger's text as every database takes it: no NUL, no half of a character."""
    return text.replace("\0", "␀").encode("utf-8", "backslashreplace").decode()


@dataclass(slots=True)
class Page:
    """One poll, to be written in one go."""

    place: int
    at: Instant
    rows: list[tuple[Table, list[Row]]] = field(default_factory=list)
    """What is inserted."""
    changed: list[Row] = field(default_factory=list)
    """Which connections are in another state: their number, last heartbeat, when they were gone."""
    finished: list[Row] = field(default_factory=list)
    """Which connections had left, when, and a later heartbeat of theirs that is known now."""
    known_again: tuple[Instant, Instant] | None = None
    """The gap that ends: its ``since`` and ``until``."""
    is_keyframe: bool = False
    """Whether the following ones can be read without those before."""

    @property
    def size(self) -> int:
        """Bytes, roughly, that it takes to hold it."""
        rows = [row for _, rows in self.rows for row in rows]
        blobs = (len(one) for row in rows for one in row.values() if isinstance(one, bytes))
        return 1_000 * (len(rows) + len(self.changed)) + sum(blobs)


@dataclass(frozen=True, slots=True)
class Position:
    """How far a recording has come: from there it goes on."""

    organization: str
    fleet: Fleet
    """What was known there."""
    roll: Roll
    place: int = 0
    """That of the next poll."""
    at: Instant = 0
    """That of the last poll."""
    answered: Instant | None = None
    """That of the last poll after which the present was known."""
    gap: Instant | None = None
    """Since when the present is not known, where it is not."""
    is_left: bool = False
    """Whether the fleet of the next poll is not folded from this one: then that poll is answered,
    and believed."""


class _Entry(Struct, frozen=True):
    """What the tables say of a connection."""

    number: int
    state: str
    record: Connection
    at: Instant
    """Since when it is in this state."""


class Pages:
    """Makes the pages of one context. Every poll is to be shown to it, in order."""

    def __init__(self, position: Position) -> None:
        """``position`` is what they go on from."""
        self.organization = position.organization
        self._deltas = Deltas(position.fleet, position.roll)
        self._fleet = position.fleet
        self._place = position.place
        self._at = position.at
        self._answered = position.answered
        self._gap = position.gap
        self._is_left = position.is_left
        self._is_first = True
        self._since_keyframe = POLLS
        self._entries: dict[str, _Entry] = {}
        self._unseen: dict[str, _Entry] = {}
        """Those that are followed no more, until an answer shows that they are gone."""
        for name, one in position.fleet.tracked.items():
            number = position.roll.number_of(name)
            if number is not None:
                state = _state_of(one, position.fleet)
                since = one.gone_at or self._at
                self._entries[name] = _Entry(number, state, one.connection, since)

    def page(self, outcome: Outcome, fleet: Fleet) -> Page:
        """The page of one more poll, after which ``fleet`` is known."""
        before, self._fleet = self._fleet, fleet
        # Later by a tick at least, so that it tells polls apart also while a clock is set back.
        self._at = max(self._at + 1, outcome.at or fleet.at or 0)
        page = Page(self._place, self._at)
        following = self._deltas.roll.following
        delta = self._deltas.add(outcome, fleet)
        states: list[Row] = []
        if fleet.tracked is not before.tracked and fleet.last is not None:
            states = list(self._states(page, fleet, fleet.last))
        arrived = [self._connection(row) for row in states if row["number"] >= following]
        self._put(page, schema.connections, arrived)
        self._put(page, schema.polls, [self._poll(outcome, fleet, delta)])
        self._put(page, schema.states, states)
        self._put(page, schema.events, list(self._events(fleet)))
        page.changed = [
            {
                "which": row["number"],
                "beat": row["last_heartbeat"],
                "gone": self._at if row["state"] == GONE else None,
            }
            for row in states
            if row["number"] < following
        ]
        self._mind_the_gap(page, fleet, outcome)
        self._since_keyframe += 1
        if self._since_keyframe >= POLLS:
            parts = msgspec.msgpack.encode(self._deltas.keyframe(gaps=False))
            row = {"at": self._at, "place": self._place, "parts": parts}
            self._put(page, schema.keyframes, [row])
            self._since_keyframe = 0
            page.is_keyframe = True
        self._place += 1
        self._is_first = False
        return page

    def _put(self, page: Page, table: Table, rows: list[Row]) -> None:
        if rows:
            mine = {"organization": self.organization}
            page.rows.append((table, [mine | row for row in rows]))

    def _poll(self, outcome: Outcome, fleet: Fleet, delta: bytes) -> Row:
        moment = moment_of(self._place, self._at, fleet)
        row: Row = {
            "at": self._at,
            "place": self._place,
            "query": column_text(json.dumps(outcome.query.to_params(), ensure_ascii=False)),
            "seconds": outcome.cost.seconds,
            "requests": outcome.cost.requests,
            "received": outcome.cost.received,
            "told": moment.told,
            "drops": moment.drops,
            "late": moment.late,
            "blind": moment.blind,
            "delta": delta,
        }
        if not isinstance(outcome, Snapshot):
            failed = {"outcome": outcome.trouble.value, "sentence": column_text(outcome.sentence)}
            return row | failed | {"cut": None, "served": 0, "unreadable": 0, "lapse": 0.0}
        return row | {
            "outcome": "answer",
            "sentence": None,
            "cut": None if outcome.cut is None else outcome.cut.value,
            "served": outcome.served,
            "unreadable": outcome.unreadable_count,
            "lapse": outcome.lapse,
        }

    def _states(self, page: Page, fleet: Fleet, answer: Snapshot) -> Iterator[Row]:
        """Who is in another state than the tables say."""
        roll, entries = self._deltas.roll, self._entries
        for name, one in fleet.tracked.items():
            number, state = roll.number_of(name), _state_of(one, fleet)
            if number is None:
                # It left before anything was recorded of it.
                continue
            known = entries.get(name) or self._unseen.pop(name, None)
            if known is not None and known.number == number and known.state == state:
                if state == GONE and known.record != one.connection:
                    entries[name] = replace(known, record=one.connection)
                    beat = one.connection.last_heartbeat
                    page.finished.append({"which": number, "then": known.at, "beat": beat})
                continue
            if known is not None and known.number != number and known.state != GONE:
                yield self._state(known, CHANGED)
            entries[name] = _Entry(number, state, one.connection, self._at)
            yield self._state(entries[name], state)
        for name in entries.keys() - fleet.tracked.keys():
            known = entries.pop(name)
            if known.state == GONE:
                continue
            if known.state != UNSEEN and not _is_proven_gone(known.record, answer):
                yield self._state(known, UNSEEN)
            self._unseen[name] = known
        for name, known in list(self._unseen.items()):
            if _is_proven_gone(known.record, answer):
                yield self._state(known, GONE)
                del self._unseen[name]
        for name in list(self._unseen)[:-_UNSEEN_KEPT]:
            del self._unseen[name]

    def _state(self, entry: _Entry, state: str) -> Row:
        beat = entry.record.last_heartbeat
        return {"at": self._at, "number": entry.number, "state": state, "last_heartbeat": beat}

    def _connection(self, row: Row) -> Row:
        """The row of a connection that has none yet."""
        one = self._deltas.roll.record(row["number"])
        return {
            "first_seen": self._at,
            "number": row["number"],
            "connection_id": column_text(one.connection_id),
            "organization_id": column_text(one.organization_id),
            "api_key_id": column_text(one.api_key_id),
            "host": column_text(one.host),
            "client": column_text(one.client),
            "protocol": column_text(one.protocol),
            "service": column_text(one.service),
            "data_center": column_text(one.data_center),
            "start": one.start,
            "last_heartbeat": one.last_heartbeat,
            "gone_at": self._at if row["state"] == GONE else None,
        }

    def _events(self, fleet: Fleet) -> Iterator[Row]:
        for rank, event in enumerate(fleet.events):
            name = event.connection_id
            yield {
                "at": self._at,
                "place": self._place,
                "rank": rank,
                "kind": event.kind.value,
                "number": None if name is None else self._deltas.roll.number_of(name),
                "evidence": column_text(event.evidence),
            }

    def _mind_the_gap(self, page: Page, fleet: Fleet, outcome: Outcome) -> None:
        """Begin or end the time in which the present is not known."""
        if fleet.is_blind:
            if self._gap is None:
                self._gap = self._blind_since(fleet)
                why = "frozen" if fleet.outage is None else fleet.outage.failure.trouble.value
                row = {"since": self._gap, "until": None, "why": why}
                self._put(page, schema.gaps, [row])
            return
        lapsed = isinstance(outcome, Snapshot) and outcome.lapse >= LAPSE
        if self._gap is not None:
            page.known_again = self._gap, self._at
            self._gap = None
        elif self._answered is not None and (lapsed or self._is_left):
            why = NOT_RECORDED if self._is_first else NOT_ASKED
            row = {"since": self._answered, "until": self._at, "why": why}
            self._put(page, schema.gaps, [row])
        self._answered = self._at
        self._is_left = False

    def _blind_since(self, fleet: Fleet) -> Instant:
        if self._answered is None:
            return self._at
        if fleet.outage is None and fleet.standstill is not None:
            # What stands still did so before it was noticed.
            return min(self._answered, fleet.standstill.since)
        return self._answered


def _state_of(one: Tracked, fleet: Fleet) -> str:
    """Its state as the tables have it."""
    return UNSEEN if one.is_stale(fleet.at) else one.state.value


def _is_proven_gone(record: Connection, answer: Snapshot) -> bool:
    """Whether ``answer``, which does not have it, would have it if it were there."""
    query = answer.query
    return (
        query.active_only
        and query.time_start is None
        and query.time_end is None
        and answer.proves_absent(record.connection_id)
        and query.matches(record)
        and not query.has_left_window(record, answer.at)
    )
