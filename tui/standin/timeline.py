"""All connections of a simulated fleet from one instant on, kept ready to be asked for.

This is a memory of work done, never a state: built anew for any instant, it holds the same.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from tui.standin.acts import Act, Window
from tui.standin.instant import TICKS
from tui.standin.sessions import Session, planned

if TYPE_CHECKING:
    from tui.standin.clients import Population

_AHEAD = 60 * TICKS


class Grid:
    """The sessions as they go when nothing happens. It reaches a minute ahead of the instant."""

    def __init__(self, population: Population, keep: int, at: int) -> None:
        self.since = at
        """Instants before this one need another grid, in ticks."""
        self.keep = keep
        """How long an ended session is kept, in ticks."""
        self.horizon = at + _AHEAD
        """Every session that starts by this instant is here, in ticks."""
        self._clients = population.clients
        self._next: list[tuple[int, int, int]] = []
        self.sessions: list[Session] = []
        floor = at - keep
        for client in population.clients:
            number = (self.horizon - client.phase) // client.period
            following = client.starts(number + 1)
            start = client.starts(number)
            if start > self.horizon:
                number, following, start = number - 1, start, client.starts(number - 1)
            self._next.append((following, client.index, number + 1))
            while following >= floor:
                session = planned(client, number, start, following)
                if session.end >= floor:
                    self.sessions.append(session)
                number, following, start = number - 1, start, client.starts(number - 1)
        heapq.heapify(self._next)

    def reach(self, at: int) -> list[Session]:
        """Carry the grid on to an instant; gives the sessions that this has added."""
        self.since = at
        self.horizon = at + _AHEAD
        floor = at - self.keep
        added: list[Session] = []
        while self._next[0][0] <= self.horizon:
            start, index, number = self._next[0]
            client = self._clients[index]
            following = client.starts(number + 1)
            heapq.heapreplace(self._next, (following, index, number + 1))
            session = planned(client, number, start, following)
            if session.end >= floor:
                added.append(session)
        self.sessions = [session for session in self.sessions if session.end >= floor] + added
        return added


class Timeline:
    """The sessions of a grid as a script of scenarios leaves them, sorted by their start."""

    def __init__(self, grid: Grid, script: tuple[Act, ...]) -> None:
        self._grid = grid
        self._acts = script
        self._growing = {act.growing for act in script if act.growing is not None}
        self._untouched_until = min((act.span.begin for act in script), default=None)
        self._unfinished: list[Session] = []
        self.sessions = self._played(grid.sessions, Window(grid.since - grid.keep, grid.horizon))
        self.sessions.sort()

    def reach(self, at: int) -> None:
        """Carry the timeline on if an instant lies beyond what is worked out."""
        grid = self._grid
        if at <= grid.horizon:
            return
        worked_out = grid.horizon
        added = grid.reach(at)
        floor = at - grid.keep
        fresh = self._played(added, Window(floor, grid.horizon))
        unfinished = [each for each in self._unfinished if each not in added]
        self._unfinished = [each for each in self._unfinished if each.end > grid.horizon]
        window = Window(max(floor, worked_out + 1), grid.horizon)
        for session in unfinished:
            fresh += [piece for piece in self._pieces(session, window) if piece.start >= window.low]
        # What ended too long before now can no longer be asked for from here on.
        self.sessions = [session for session in self.sessions if session.end >= floor] + fresh
        self.sessions.sort()

    def _played(self, sessions: list[Session], window: Window) -> list[Session]:
        untouched = self._untouched_until
        if untouched is None:
            return list(sessions)
        played: list[Session] = []
        for session in sessions:
            if session.end <= untouched:
                played.append(session)
                continue
            if session.client in self._growing and session.end > window.high:
                self._unfinished.append(session)
            played += self._pieces(session, window)
        return played

    def _pieces(self, session: Session, window: Window) -> list[Session]:
        pieces = [session]
        for act in self._acts:
            if len(pieces) == 1:
                pieces = act.reshape(pieces[0], window)
            else:
                pieces = [new for piece in pieces for new in act.reshape(piece, window)]
        if session.client in self._growing:
            # What lies beyond the window may not be all there is, and is made later.
            return [piece for piece in pieces if piece.start <= window.high]
        return pieces
