"""What each scenario does to the fleet's connections.

An act turns one connection as it would have gone into the pieces it becomes. It looks at nothing
else, so that the fleet can be worked out client by client and in any order; and nothing it does
before an instant depends on what comes after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tui.standin.clients import Client, mix
from tui.standin.instant import TICKS
from tui.standin.sessions import Pace, Session, cut, resumed
from tui.standin.sites import Host, peers

if TYPE_CHECKING:
    from collections.abc import Mapping

_FOREVER = 1 << 62


class Span(NamedTuple):
    """The time a scenario is on, in ticks: from ``begin`` on and before ``end``."""

    begin: int
    end: int | None

    @property
    def until(self) -> int:
        """The end, or an instant beyond all others while none is known."""
        return _FOREVER if self.end is None else self.end


class Window(NamedTuple):
    """The starts that are asked for, in ticks, both bounds inclusive."""

    low: int
    high: int


class Act(Protocol):
    """A scenario at work."""

    @property
    def span(self) -> Span:
        """When it is on. What has ended before it begins stays as it is."""
        ...

    @property
    def growing(self) -> Client | None:
        """A client whose connection becomes ever more pieces as time goes on, if there is one."""
        ...

    def reshape(self, session: Session, window: Window) -> list[Session]:
        """The pieces a connection becomes.

        For a growing client those that start outside the window may be left out.
        """
        ...


def _chance(session: Session, tag: int, low: float, high: float) -> int:
    """Ticks between two amounts of seconds, drawn for this connection and purpose."""
    share = (mix(session.number, tag) & 0xFFFFFFFF) / 0x100000000
    return int((low + (high - low) * share) * TICKS)


def _back_home(session: Session, after: int) -> list[Session]:
    """The connection that starts once an outage has passed, within 5 to 30 s."""
    at = max(session.start, after + _chance(session, 0xBAC, 5, 30))
    return resumed(session, at, session.host)


@dataclass(frozen=True, slots=True)
class ServerCrash:
    """One server is gone. Its clients notice after seconds and come back on others of its kind."""

    span: Span
    host: Host
    growing: None = None

    def reshape(self, session: Session, window: Window) -> list[Session]:
        """See Act."""
        begin = self.span.begin
        if (
            session.host is not self.host
            or session.end <= begin
            or session.start >= self.span.until
        ):
            return [session]
        others = peers(self.host)
        other = others[mix(session.number, 0xC0) % len(others)]
        if session.start >= begin:
            return [session._replace(host=other)]
        back = begin + _chance(session, 0xC1, 5, 30)
        return cut(session, begin, clean=False) + resumed(session, back, other)


@dataclass(frozen=True, slots=True)
class RegionLoss:
    """One site is gone. Three in five clients move to another, the rest wait for its return."""

    span: Span
    region: str
    growing: None = None

    def reshape(self, session: Session, window: Window) -> list[Session]:
        """See Act."""
        begin = self.span.begin
        if (
            session.host.region != self.region
            or session.end <= begin
            or session.start >= self.span.until
        ):
            return [session]
        fled = mix(session.client.seed, 0xF1ED) % 5 < 3
        others = [host for host in peers(session.host) if host.region != self.region]
        other = others[mix(session.number, 0xC0) % len(others)]
        if session.start >= begin:
            if fled:
                return [session._replace(host=other)]
            return [] if self.span.end is None else _back_home(session, self.span.end)
        pieces = cut(session, begin, clean=False)
        if fled:
            return pieces + resumed(session, begin + _chance(session, 0xC1, 5, 40), other)
        if self.span.end is None:
            return pieces
        return pieces + _back_home(session, self.span.end)


@dataclass(frozen=True, slots=True)
class Blackout:
    """Everything is gone, and nothing comes back before it is over."""

    span: Span
    growing: None = None

    def reshape(self, session: Session, window: Window) -> list[Session]:
        """See Act."""
        if session.end <= self.span.begin or session.start >= self.span.until:
            return [session]
        pieces = cut(session, self.span.begin, clean=False)
        return pieces if self.span.end is None else pieces + _back_home(session, self.span.end)


@dataclass(frozen=True, slots=True)
class KeyRevoked:
    """One API key is refused. The server closes its sessions in good order within 4 s."""

    span: Span
    key: str
    growing: None = None

    def reshape(self, session: Session, window: Window) -> list[Session]:
        """See Act."""
        begin = self.span.begin
        if (
            session.client.key != self.key
            or session.end <= begin
            or session.start >= self.span.until
        ):
            return [session]
        closed = begin + _chance(session, 0xC2, 0, 4)
        # A session that would start once the key is refused never does.
        pieces = cut(session, closed, clean=True) if session.start < begin else []
        # The key may have been given back while some sessions still waited for their end.
        if self.span.end is None or session.end <= closed:
            return pieces
        return pieces + _back_home(session, max(self.span.end, closed))


@dataclass(frozen=True, slots=True)
class SlowHeartbeats:
    """One service beats slower in six steps of 15 s, to 3 to 12 times each client's rhythm."""

    span: Span
    service: str
    growing: None = None

    def reshape(self, session: Session, window: Window) -> list[Session]:
        """See Act."""
        if (
            session.host.service != self.service
            or session.end <= self.span.begin
            or session.start >= self.span.until
        ):
            return [session]
        # With jitter 100 s become 112.5 s: slow as can be, and still within the two minutes.
        most = min(12, 100 * TICKS // session.client.rhythm)
        times = 3 + mix(session.client.seed, 0x510) % (most - 2)
        return [session._replace(pace=_slowed(session.pace, self.span, times))]


@lru_cache(maxsize=256)
def _slowed(before: Pace | None, span: Span, times: int) -> Pace:
    """A pace that falls in six steps of 15 s and recovers at the end."""
    pace = before or Pace.steady()
    for step in range(1, 7):
        at = span.begin + (step - 1) * 15 * TICKS
        if at < span.until:
            pace = pace.then(at, 6 + (times - 1) * step, 6)
    return pace if span.end is None else pace.then(span.end, 1, 1)


@dataclass(frozen=True, slots=True)
class Flapping:
    """One client is cut off 2 to 4 s after each start and is back 6 s after the last one."""

    span: Span
    growing: Client

    def reshape(self, session: Session, window: Window) -> list[Session]:
        """See Act."""
        if (
            session.client is not self.growing
            or session.end <= self.span.begin
            or session.start >= self.span.until
        ):
            return [session]
        cycle = 6 * TICKS
        pieces = cut(session, self.span.begin, clean=False)
        origin = session.start if not pieces else self.span.begin + 2 * TICKS
        stop = min(self.span.until, session.end)
        first = max(0, (window.low - origin) // cycle - 1)
        last = min((stop - origin) // cycle, (window.high - origin) // cycle + 1)
        for turn in range(first, last + 1):
            at = origin + turn * cycle + (mix(session.number, turn) % TICKS if turn else 0)
            if at < stop:
                piece = resumed(session, at, session.host)[0]
                pieces += cut(piece, at + _chance(piece, 0xC4, 2, 4), clean=False)
        if self.span.until < session.end:
            pieces += resumed(session, self.span.until + 5 * TICKS, session.host)
        return pieces


@dataclass(frozen=True, slots=True)
class RollingRestart:
    """The servers restart in a row, one each 15 s, the first after 20 s.

    A client opens its next connection about 10 s before the old one closes. FIX knows one session
    at a time, so there it comes after.
    """

    span: Span
    restarts: Mapping[Host, int]
    """When each server restarts, in ticks."""
    refuges: Mapping[Host, tuple[Host, ...]]
    """Where its clients go: servers that have restarted before it, if there are any."""
    growing: None = None

    @classmethod
    def of(cls, span: Span, hosts: tuple[Host, ...]) -> RollingRestart:
        """The restart of these servers in their order."""
        restarts = {host: span.begin + (20 + 15 * turn) * TICKS for turn, host in enumerate(hosts)}
        refuges = {
            host: tuple(other for other in peers(host) if restarts[other] < restarts[host])
            or peers(host)
            for host in hosts
        }
        return cls(span, restarts, refuges)

    def reshape(self, session: Session, window: Window) -> list[Session]:
        """See Act."""
        done: list[Session] = []
        while True:
            at = self.restarts[session.host]
            # An announced restart goes ahead, even if the scenario ends before it is due.
            announced = at - 11 * TICKS
            if not session.start < at < session.end or announced >= self.span.until:
                return [*done, session]
            done += cut(session, at, clean=True)
            safe = self.refuges[session.host]
            other = safe[mix(session.number, 0xC5) % len(safe)]
            if session.host.protocol == "FIX":
                start = at + _chance(session, 0xC6, 1, 4)
            else:
                start = at - _chance(session, 0xC6, 9, 11)
            # One that has just connected cannot move before it is there.
            following = resumed(session, max(start, session.start + TICKS), other)
            if not following:
                return done
            session = following[0]
