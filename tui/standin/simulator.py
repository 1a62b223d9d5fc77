"""The simulated fleet: worked out from its seed for any instant, never stepped.

What it answers depends only on the seed, the number of connections, the script of scenarios and
the instant. What is kept between two questions is a memory of work done, never a state.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING

from tui.standin.clients import mix, populate
from tui.standin.endpoint_clock import Reading
from tui.standin.instant import TICKS, instant_text, seconds
from tui.standin.query import ACTIVE_WITHIN, Query, answer_limit, start_window, text_test
from tui.standin.scenarios import Switch, acts
from tui.standin.sessions import Session, last_beat
from tui.standin.settings import RECORD_FIELDS
from tui.standin.sites import all_hosts
from tui.standin.timeline import Grid, Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tui.standin.settings import Assumptions, Order

_start: Callable[[Session], int] = itemgetter(0)


class Fleet:
    """A simulated fleet as a source of answers."""

    plays_fleet_scenarios = True

    def __init__(self, *, seed: int, connections: int) -> None:
        self.seed = seed
        self.connections = connections
        self.population = populate(seed, connections)
        self._grid: Grid | None = None
        self._timeline: Timeline | None = None
        self._switches: tuple[Switch, ...] = ()

    def timeline(self, at: int, switches: tuple[Switch, ...], assumptions: Assumptions) -> Timeline:
        """The connections that can be asked for at an instant, from memory where it serves."""
        keep = seconds(assumptions.retention_seconds)
        if self._grid is None or self._grid.keep != keep or at < self._grid.since:
            self._grid = Grid(self.population, keep, at)
            self._timeline = None
        if self._timeline is None or switches != self._switches:
            self._timeline = Timeline(self._grid, acts(switches, self.population))
            self._switches = switches
        self._timeline.reach(at)
        return self._timeline

    def select(
        self,
        query: Query,
        at: int,
        switches: tuple[Switch, ...],
        assumptions: Assumptions,
        reading: Reading | None = None,
    ) -> list[Session]:
        """The connections a query finds at an instant, in order and cut to the limit."""
        reading = reading or Reading(at)
        sessions = self.timeline(at, switches, assumptions).sessions
        low, high = reading.true_starts(*start_window(query, reading.shown, assumptions))
        first = 0 if low is None else bisect_left(sessions, low, key=_start)
        last = bisect_right(sessions, at if high is None else min(at, high), key=_start)
        order = assumptions.order or "start-desc"
        inside: Iterable[int] = range(first, last)
        if order == "start-desc":
            inside = range(last - 1, first - 1, -1)
        found = self._matching(
            (sessions[place] for place in inside), query, at, assumptions, reading
        )
        if order in ("id", "shuffled"):
            found = iter(sorted(found, key=self._order_key(order)))
        return list(islice(found, answer_limit(query, assumptions)))

    def _order_key(self, order: Order) -> Callable[[Session], int]:
        if order == "id":
            return itemgetter(1)
        return lambda session: mix(self.seed & 0xFFFFFFFF, session.number)

    def _matching(
        self,
        sessions: Iterator[Session],
        query: Query,
        at: int,
        assumptions: Assumptions,
        reading: Reading,
    ) -> Iterator[Session]:
        is_service = text_test(query.service_name, assumptions)
        is_protocol = text_test(query.protocol_name, assumptions)
        is_site = text_test(query.data_center, assumptions, data_center=True)
        # The hosts are few: tested once, they spare each connection three comparisons of text.
        hosts = {
            host
            for host in all_hosts()
            if is_service(host.service) and is_protocol(host.protocol) and is_site(host.data_center)
        }
        is_connection = text_test(query.connection_id, assumptions)
        key, wanted = query.api_key_id, query.connection_id
        now = reading.now
        floor = now - seconds(assumptions.retention_seconds)
        for session in sessions:
            if (
                session.host in hosts
                and (key is None or session.client.key == key)
                and (wanted is None or is_connection(session.connection_id))
                and _kept(session, at, floor)
                and (
                    not query.active_only
                    or _active(
                        session, reading.stamped(last_beat(session, at)), at, now, assumptions
                    )
                )
            ):
                yield session

    def answer(
        self,
        query: Query,
        at: int,
        switches: tuple[Switch, ...],
        assumptions: Assumptions,
        reading: Reading | None = None,
    ) -> bytes:
        """The body of the endpoint's answer: a bare JSON array.

        ``at`` is how far the fleet has come, in ticks. Without a ``reading`` all clocks are right.
        """
        reading = reading or Reading(at)
        found = self.select(query, at, switches, assumptions, reading)
        return f"[{','.join(self._texts(found, at, assumptions, reading))}]".encode()

    def _texts(
        self, sessions: Iterable[Session], at: int, assumptions: Assumptions, reading: Reading
    ) -> Iterator[str]:
        organization = self.population.organization
        judged = reading.now + seconds(assumptions.active_clock_skew_seconds)
        ahead = reading.ahead
        template = _template(assumptions.null_fields)
        for session in sessions:
            _, number, _, client, host, _, _ = session
            beat = reading.stamped(last_beat(session, at))
            start = reading.told_start(session.start)
            beat_text = instant_text(beat + ahead)
            yield template % (
                number,
                organization,
                client.key,
                host.name,
                client.address,
                host.protocol,
                host.service,
                host.data_center,
                beat_text,
                instant_text(start),
                beat_text,
                (beat + ahead - start) // TICKS,
                "true" if _active(session, beat, at, judged, assumptions) else "false",
            )


def _template(null_fields: Iterable[str]) -> str:
    """The JSON of a record, to be filled in.

    Written as text because that takes a third of the time; no value here ever needs an escape.
    """
    forms = dict.fromkeys(RECORD_FIELDS, '"%s"')
    forms |= {"connectionId": '"conn_%016x"', "connectionDurationSeconds": "%d", "isActive": "%s"}
    # "%.0s" takes a value and writes nothing of it.
    forms |= dict.fromkeys(null_fields, "null%.0s")
    fields = (f'"{name}":{form}' for name, form in forms.items())
    return f"{{{','.join(fields)}}}"


def _kept(session: Session, at: int, floor: int) -> bool:
    # No beat is older than two minutes when its connection ends, so most need not be worked out.
    if session.end > at or session.end - ACTIVE_WITHIN > floor:
        return True
    return session.end >= floor and last_beat(session, at) >= floor


def _active(session: Session, beat: int, at: int, judged: int, assumptions: Assumptions) -> bool:
    """The two-minute rule (Console REST API, ``activeOnly``) by a clock that may be off."""
    if assumptions.close_marks_inactive and session.clean and session.end <= at:
        return False
    return beat >= judged - ACTIVE_WITHIN
