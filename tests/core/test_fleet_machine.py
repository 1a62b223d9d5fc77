"""A plain model of presence and the fold agree whatever the polls bring, in any order."""

from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from tests.strategies import NOON, SERVICES, connection, failure, snapshot
from tui.core.connection import Connection, State
from tui.core.events import EventKind
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS
from tui.core.query import Query

QUERIES = (Query(), Query(service="coinapi-ws"), Query(minutes=10), Query(active_only=False))
NAMES = st.sampled_from([f"conn_{n}" for n in range(6)])
PAUSES = st.sampled_from([1, 5, 30, 100, 290, 310])
KEPT = 300
OF_CLIENTS = (EventKind.RECONNECTED, EventKind.MOVED, EventKind.FLAPPING, EventKind.OVERLAPPING)
"""Told of a client's life, beside what is told of its connection."""


@dataclass
class Row:
    """What the model believes of one connection."""

    record: Connection
    seen: int
    gone_at: int | None = None


class PollingAFleet(RuleBasedStateMachine):
    """The truth is a dict of connections; the model says what a reader may believe of it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.truth: dict[str, Connection] = {}
        self.query = QUERIES[0]
        self.fleet = Fleet()
        self.rows: dict[str, Row] = {}
        self.answered: Query | None = None
        self.whole = False
        self.told: set[tuple[str, str]] = set()
        self.failed = 0

    # The world

    @rule(name=NAMES, service=st.sampled_from(SERVICES))
    def opens(self, name: str, service: str) -> None:
        if name not in self.truth:
            self.truth[name] = connection(name, self.now, start=self.now, service=service)

    @precondition(lambda self: self.truth)
    @rule(data=st.data())
    def closes(self, data: st.DataObject) -> None:
        del self.truth[data.draw(st.sampled_from(sorted(self.truth)))]

    @rule()
    def beats(self) -> None:
        self.truth = {
            name: replace(one, last_heartbeat=self.now) for name, one in self.truth.items()
        }

    @rule(query=st.sampled_from(QUERIES))
    def asks_something_else(self, query: Query) -> None:
        self.query = query

    # The polls

    @rule(pause=PAUSES)
    def is_answered(self, pause: int) -> None:
        self._poll(pause, self._matching(pause), complete=True)

    @rule(pause=PAUSES, data=st.data())
    def is_answered_in_part(self, pause: int, data: st.DataObject) -> None:
        names = sorted(self._matching(pause))
        kept = data.draw(st.sets(st.sampled_from(names)) if names else st.just(set()))
        part = {name: one for name, one in self._matching(pause).items() if name in kept}
        self._poll(pause, part, complete=False)

    @rule(pause=PAUSES)
    def fails(self, pause: int) -> None:
        self.now += pause * TICKS
        self.fleet = fold(self.fleet, failure(self.query))
        self.told = set()
        self.failed += 1

    def _matching(self, pause: int) -> dict[str, Connection]:
        """What the endpoint has for the query after ``pause``."""
        then = self.now + pause * TICKS
        return {
            name: one
            for name, one in self.truth.items()
            if self.query.service in (None, one.service)
            and (self.query.minutes is None or one.start >= then - self.query.minutes * 60 * TICKS)
        }

    def _poll(self, pause: int, found: dict[str, Connection], *, complete: bool) -> None:
        self.now += pause * TICKS
        answer = snapshot(tuple(found.values()), self.now, self.query, complete=complete)
        self.fleet = fold(self.fleet, answer)
        self._believe(found, complete)
        self.failed = 0

    def _believe(self, found: dict[str, Connection], complete: bool) -> None:
        """The same in the plainest words: dicts and conditions, no fold."""
        same = self.answered == self.query
        rows, told = {name: Row(one, self.now) for name, one in found.items()}, set()
        for name in found:
            if same and name not in self.rows:
                told.add((name, "opened"))
            if same and name in self.rows and self.rows[name].gone_at is not None:
                told.add((name, "back"))
        for name, row in self.rows.items():
            if name in rows:
                continue
            if row.gone_at is not None:
                fits = same or self.query.service in (None, row.record.service)
                if fits and self.now - row.gone_at <= KEPT * TICKS:
                    rows[name] = row
            elif not same:
                continue
            elif not complete:
                if self.now - row.seen <= KEPT * TICKS:
                    rows[name] = row
            elif self.query.active_only and not self._has_slid_out(row.record):
                rows[name] = Row(row.record, row.seen, self.now)
                told.add((name, "left"))
        # Of what came to pass across a failed or a cut answer nothing is told one by one.
        surely = complete and self.whole and not self.failed
        self.told = told if surely else set()
        self.rows, self.answered, self.whole = rows, self.query, complete

    def _has_slid_out(self, one: Connection) -> bool:
        """Whether the minutes window may have passed it: its last ten seconds count as passed."""
        minutes = self.query.minutes
        return minutes is not None and (self.now - one.start) / TICKS > minutes * 60 - 10

    # What has to agree

    @invariant()
    def the_same_connections_are_known_with_the_same_records(self) -> None:
        assert {name: one.connection for name, one in self.fleet.tracked.items()} == {
            name: row.record for name, row in self.rows.items()
        }

    @invariant()
    def the_same_connections_are_gone_since_the_same_instant(self) -> None:
        assert {
            name: (one.state is State.GONE, one.gone_at) for name, one in self.fleet.tracked.items()
        } == {name: (row.gone_at is not None, row.gone_at) for name, row in self.rows.items()}

    @invariant()
    def they_were_seen_at_the_same_instants(self) -> None:
        for name, row in self.rows.items():
            assert self.fleet.tracked[name].seen == row.seen

    @invariant()
    def the_same_comings_and_goings_are_told(self) -> None:
        told = set()
        for event in self.fleet.events:
            if event.one is None or event.kind in OF_CLIENTS:
                continue
            if event.kind in (EventKind.DROPPED, EventKind.GONE):
                told.add((event.connection_id, "left"))
            elif len(event.one.states) == 1:
                told.add((event.connection_id, "opened"))
            elif event.one.states[-2][1] is State.GONE:
                told.add((event.connection_id, "back"))
        assert told == self.told

    @invariant()
    def the_outage_counts_the_failed_polls(self) -> None:
        assert (self.fleet.outage.polls if self.fleet.outage else 0) == self.failed


TestPollingAFleet = PollingAFleet.TestCase
TestPollingAFleet.settings = settings(max_examples=60, stateful_step_count=30)
