"""One connection of the simulated fleet: when it starts, beats and ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from tui.standin.clients import Client, mix
from tui.standin.instant import TICKS
from tui.standin.sites import Host, peers

_ID = 0x1D


class Session(NamedTuple):
    """One connection. A tuple, for a hundred thousand of them must be made and sorted fast."""

    start: int
    """Instant of the connection's start, in ticks."""
    number: int
    """64 bits that make its id."""
    end: int
    """Instant of its end, in ticks, known to the simulation ahead of time."""
    client: Client
    host: Host
    clean: bool
    """Whether it ends in good order, not by a crash or a cut."""
    pace: Pace | None
    """How its beats are slowed, if they are."""

    @property
    def connection_id(self) -> str:
        """Console REST API, ``connectionId``."""
        return f"conn_{self.number:016x}"


class _Leg(NamedTuple):
    at: int
    passed: int
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Pace:
    """A clock for heartbeats that runs slow for a while: whole numbers, so it is exact.

    Each leg begins ``at`` an instant when the slow clock shows ``passed``, and from then on
    takes ``numerator / denominator`` times as long as the real one.
    """

    legs: tuple[_Leg, ...]

    @classmethod
    def steady(cls) -> Pace:
        """A pace that is not slowed."""
        return cls((_Leg(0, 0, 1, 1),))

    def then(self, at: int, numerator: int, denominator: int) -> Pace:
        """The same pace with another leg from an instant on."""
        return Pace((*self.legs, _Leg(at, self.passed(at), numerator, denominator)))

    def passed(self, at: int) -> int:
        """What the slow clock shows at an instant."""
        leg = next((leg for leg in reversed(self.legs) if leg.at <= at), self.legs[0])
        return leg.passed + (at - leg.at) * leg.denominator // leg.numerator

    def reached(self, passed: int) -> int:
        """The first instant at which the slow clock shows at least this."""
        leg = next((leg for leg in reversed(self.legs) if leg.passed < passed), self.legs[0])
        return leg.at - (leg.passed - passed) * leg.numerator // leg.denominator


def last_beat(session: Session, at: int) -> int:
    """The connection's latest heartbeat at an instant not before its start, in ticks.

    The first beat is the start itself. Each later one falls within an eighth of the rhythm
    after its place in the row, so intervals differ but never drift.
    """
    until = min(at, session.end)
    rhythm = session.client.rhythm
    pace = session.pace
    begun = session.start if pace is None else pace.passed(session.start)
    elapsed = (until if pace is None else pace.passed(until)) - begun
    beat = elapsed // rhythm
    offset = _beat(session.number, rhythm, beat)
    if offset > elapsed:
        offset = _beat(session.number, rhythm, beat - 1)
    return (
        session.start + offset if pace is None else max(session.start, pace.reached(begun + offset))
    )


def _beat(number: int, rhythm: int, beat: int) -> int:
    return beat * rhythm + mix(number, beat) % (rhythm >> 3) if beat else 0


def planned(client: Client, number: int, start: int, following: int) -> Session:
    """A client's session of this number, as it goes when nothing happens to the fleet.

    ``start`` is its own start and ``following`` that of the client's next one, in ticks.
    """
    bits = mix(client.seed ^ _ID, number)
    # At most 80 s: a gap and the age of the last beat then stay below two minutes, so that a
    # calm fleet never shows a client without an active record.
    gap = 30 + bits % 50 if bits & 0x700 == 0 else 1 + bits % 15
    host = client.home
    if bits & 0x7000 == 0:
        others = peers(host)
        host = others[(bits >> 16) % len(others)]
    end = following - gap * TICKS - (bits >> 40) % TICKS
    return Session(start, bits, end, client, host, True, None)


def resumed(session: Session, at: int, host: Host) -> list[Session]:
    """The connection that takes a broken one's place until its planned end, if there is time."""
    if at >= session.end:
        return []
    return [session._replace(start=at, number=mix(session.number, at), host=host)]


def cut(session: Session, at: int, *, clean: bool) -> list[Session]:
    """The connection with an earlier end; none at all if it would end before it starts."""
    if at <= session.start:
        return []
    return [session._replace(end=at, clean=clean)] if at < session.end else [session]
