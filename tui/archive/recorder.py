"""Recorder: writes each poll, and what was known after it, in one transaction."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection as Link
from sqlalchemy import Engine, Table, insert, update

from tui import __version__
from tui.archive import schema
from tui.core.connection import State
from tui.core.deltas import Deltas
from tui.core.fleet import Fleet
from tui.core.instant import Instant
from tui.core.past import moment_of
from tui.core.snapshot import Outcome, Snapshot

POLLS = 120
"""Polls from one keyframe to the next."""
_Row = dict[str, Any]


class Recorder:
    """Keeps what one context's polls bring. It blocks: it is called from threads."""

    def __init__(self, store: Engine, context: str, host: str, fleet: Fleet, now: Instant) -> None:
        """
        Args:
            store: as ``make_store`` gives it.
            context: the name of what is watched.
            host: whom we ask.
            fleet: what is known before the first poll.
            now: this machine's time.
        """  # noqa: D205, D212
        self._store = store
        self._feed = context, host
        self._now = now
        self._deltas = Deltas(fleet)
        self._organization: str | None = None
        self._fleet = fleet
        self._place = 0
        self._at: Instant = 0
        self._since_keyframe = POLLS
        self._gap: Instant | None = None

    def add(self, outcome: Outcome, fleet: Fleet) -> None:
        """Write one more poll, after which ``fleet`` is known."""
        before, self._fleet = self._fleet, fleet
        self._at = max(self._at, outcome.at or fleet.at or self._now)
        delta = self._deltas.add(outcome, fleet)
        with self._store.begin() as link:
            if self._organization is None:
                self._organization = self._enter(link, outcome)
            self._write(link, outcome, before, fleet, delta)
            self._since_keyframe += 1
            if self._since_keyframe >= POLLS:
                parts = msgspec.msgpack.encode(self._deltas.keyframe())
                self._put(link, schema.keyframes, at=self._at, place=self._place, parts=parts)
                self._since_keyframe = 0
        self._place += 1

    def _enter(self, link: Link, outcome: Outcome) -> str:
        """Whose connections these are."""
        context, host = self._feed
        records = outcome.records if isinstance(outcome, Snapshot) else ()
        organization = records[0].organization_id if records else f"{context}@{host}"
        row = {"context": context, "host": host, "made_at": self._now}
        link.execute(
            insert(schema.recording).values(
                version=schema.VERSION, conntop=__version__, made_at=self._now
            )
        )
        link.execute(insert(schema.feeds).values(organization=organization, **row))
        return organization

    @property
    def _mine(self) -> _Row:
        return {"organization": self._organization}

    def _put(self, link: Link, table: Table, **row: Any) -> None:
        link.execute(insert(table).values(row | self._mine))

    def _write(
        self, link: Link, outcome: Outcome, before: Fleet, fleet: Fleet, delta: bytes
    ) -> None:
        at, place, mine = self._at, self._place, self._mine
        moment = moment_of(place, at, fleet)
        whole = isinstance(outcome, Snapshot)
        self._put(
            link,
            schema.polls,
            at=at,
            place=place,
            query=json.dumps(outcome.query.to_params()),
            outcome="answer" if isinstance(outcome, Snapshot) else outcome.trouble.value,
            sentence=None if isinstance(outcome, Snapshot) else outcome.sentence,
            cut=outcome.cut.value if isinstance(outcome, Snapshot) and outcome.cut else None,
            served=outcome.served if isinstance(outcome, Snapshot) else 0,
            unreadable=outcome.unreadable_count if isinstance(outcome, Snapshot) else 0,
            seconds=outcome.cost.seconds,
            requests=outcome.cost.requests,
            received=outcome.cost.received,
            lapse=outcome.lapse if isinstance(outcome, Snapshot) else 0.0,
            told=moment.told,
            drops=moment.drops,
            late=moment.late,
            blind=moment.blind,
            delta=delta,
        )
        changed = list(self._changed(before, fleet))
        known = self._known(changed, before)
        if known:
            link.execute(insert(schema.connections), [row | mine for row in known])
        if changed:
            link.execute(insert(schema.states), [row | mine for row in changed])
        for row in changed:
            gone = row["state"] == State.GONE.value
            link.execute(
                update(schema.connections)
                .where(schema.connections.c.organization == self._organization)
                .where(schema.connections.c.number == row["number"])
                .values(last_heartbeat=row["last_heartbeat"], gone_at=at if gone else None)
            )
        told: list[_Row] = [
            {
                "at": at,
                "place": place,
                "rank": rank,
                "kind": one.kind.value,
                "number": None
                if one.one is None
                else self._deltas.roll.number_of(one.one.connection_id),
                "evidence": one.evidence,
            }
            for rank, one in enumerate(fleet.events)
        ]
        if told:
            link.execute(insert(schema.events), [row | mine for row in told])
        self._write_gap(link, before, fleet, whole)

    def _changed(self, before: Fleet, fleet: Fleet) -> Iterator[_Row]:
        """Whose state is another than before."""
        for name, one in fleet.tracked.items():
            known = before.tracked.get(name)
            number = self._deltas.roll.number_of(name)
            if known is not None and known.state is one.state:
                continue
            if number is not None:
                yield self._state(number, one.state.value, one.connection.last_heartbeat)
        for name, one in before.tracked.items():
            number = self._deltas.roll.number_of(name)
            if name not in fleet.tracked and one.state is not State.GONE and number is not None:
                yield self._state(number, "unseen", one.connection.last_heartbeat)

    def _state(self, number: int, state: str, beat: Instant) -> _Row:
        return {"at": self._at, "number": number, "state": state, "last_heartbeat": beat}

    def _known(self, changed: list[_Row], before: Fleet) -> list[_Row]:
        """The rows of the connections among ``changed`` that have none yet."""
        rows = []
        for row in changed:
            one = self._deltas.roll.record(row["number"])
            if one.connection_id in before.tracked:
                continue
            rows.append(
                {
                    "first_seen": self._at,
                    "number": row["number"],
                    "connection_id": one.connection_id,
                    "organization_id": one.organization_id,
                    "api_key_id": one.api_key_id,
                    "host": one.host,
                    "client": one.client,
                    "protocol": one.protocol,
                    "service": one.service,
                    "data_center": one.data_center,
                    "start": one.start,
                    "last_heartbeat": one.last_heartbeat,
                }
            )
        return rows

    def _write_gap(self, link: Link, before: Fleet, fleet: Fleet, answered: bool) -> None:
        """Begin or end the time in which the present is not known."""
        if fleet.is_blind and self._gap is None:
            self._gap = before.at or self._at
            why = "frozen" if fleet.outage is None else fleet.outage.failure.trouble.value
            self._put(link, schema.gaps, since=self._gap, why=why)
        elif answered and not fleet.is_blind and self._gap is not None:
            where = (
                schema.gaps.c.organization == self._organization,
                schema.gaps.c.since == self._gap,
            )
            link.execute(update(schema.gaps).where(*where).values(until=self._at))
            self._gap = None
