"""Standstill: whether the endpoint answers with data that do not move although they must."""

from msgspec.structs import replace

from tui.core.connection import HEARTBEAT_LIMIT, Connection, State, state_of
from tui.core.fleet import Fleet, Standstill, Tracked
from tui.core.instant import TICKS, Instant
from tui.core.rhythm import late_after, rhythm_of
from tui.core.snapshot import Snapshot

OVERDUE_NEEDED = 3
"""Connections, on two hosts at least, that must have beaten before data are said to stand still."""
DUE = 1.1
"""Rhythms after which a heartbeat must have come."""
UNKNOWN_RHYTHM = HEARTBEAT_LIMIT / 2
"""Seconds: the slowest rhythm that is believed of a connection whose own is not known."""


def standstill_of(fleet: Fleet, answer: Snapshot) -> Standstill | None:
    """That the endpoint's data stand still, when several on several hosts must have beaten.

    It is asked when the first row is about to turn late or worse: before that nobody is harmed,
    and later would be too late. Once it is so it stays so until something moves.

    Connections that die all at once, everywhere, look the same for as long as none comes back:
    the verdict says so. What is on one host only is never called so; where fewer than
    ``OVERDUE_NEEDED`` beat quickly, those turn late before the slow ones are missed.
    """
    if moves(fleet, answer):
        return None
    if fleet.standstill is not None:
        # That the answers themselves are old ones may show only later.
        repeated = fleet.standstill.repeated or answer.clock.stands_still
        return replace(fleet.standstill, at=answer.at, repeated=repeated)
    there = [one for one in fleet.tracked.values() if one.state is not State.GONE]
    served = {record.connection_id: record for record in answer.records}
    if not any(_worsens(one, served.get(one.connection_id), answer, fleet) for one in there):
        return None
    # The data of the answer that moved last are as of their newest heartbeat, whatever it takes a
    # heartbeat to be served.
    newest = min(max(one.connection.last_heartbeat for one in there), fleet.moved_at)
    passed = answer.at - fleet.moved_at
    present, overdue, hosts = 0, 0, set()
    for one in there:
        silent = newest - one.connection.last_heartbeat
        if not one.connection.is_active or silent > HEARTBEAT_LIMIT * TICKS:
            continue
        present += 1
        rhythm = (rhythm_of(one, fleet.rhythms) or UNKNOWN_RHYTHM) * TICKS
        # One that was missed when others still beat is silent by itself.
        if silent <= rhythm and DUE * rhythm <= silent + passed:
            overdue += 1
            hosts.add(one.connection.host)
    if overdue < OVERDUE_NEEDED or len(hosts) < 2:
        return None
    return Standstill(
        fleet.moved_at, answer.at, overdue, present, len(hosts), answer.clock.stands_still
    )


def moves(fleet: Fleet, answer: Snapshot) -> bool:
    """Whether anything is new in ``answer``: a connection, a heartbeat, a clock set back, an end.

    An end is news only while the heartbeat is young: two minutes later it would end by itself.
    """
    served = {record.connection_id: record for record in answer.records}
    for identity, record in served.items():
        known = fleet.tracked.get(identity)
        if known is None or known.state is State.GONE:
            return True
        if record.last_heartbeat != known.connection.last_heartbeat:
            return True
        if known.connection.is_active and not record.is_active and _is_young(record, answer.at):
            return True
    return any(
        has_left(one, answer) and _is_young(one.connection, answer.at)
        for identity, one in fleet.tracked.items()
        if identity not in served and one.state is not State.GONE
    )


def has_newer(answer: Snapshot, fleet: Fleet) -> bool:
    """Whether ``answer`` has anything that the data which stand still cannot have."""
    beats = (one.connection.last_heartbeat for one in fleet.tracked.values())
    newest = max([fleet.moved_at, *beats])
    return any(max(one.last_heartbeat, one.start) > newest for one in answer.records)


def has_left(one: Tracked, answer: Snapshot) -> bool:
    """Whether ``answer``, which does not have it, shows that it is gone."""
    query = answer.query
    left_window = query.has_left_window(one.connection, answer.at)
    return answer.proves_absent(one.connection_id) and query.active_only and not left_window


def _is_young(record: Connection, at: Instant) -> bool:
    """Whether no clock calls its heartbeat too old yet; ten seconds are left undecided."""
    return record.beat_age(at) < HEARTBEAT_LIMIT - 10


def _worsens(one: Tracked, record: Connection | None, answer: Snapshot, fleet: Fleet) -> bool:
    """Whether one that has not moved is in a worse state by this answer than before."""
    if record is None:
        return has_left(one, answer)
    allowed = late_after(rhythm_of(one, fleet.rhythms))
    return state_of(record, answer.at, allowed).trouble > one.state.trouble
