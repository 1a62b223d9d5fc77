"""Recording: what was written of the polls, read again; while it is still being written, too."""

import zlib
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection as Link
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError

from tui.archive import schema
from tui.archive.pages import NOT_RECORDED
from tui.archive.store import RecordingError, reason
from tui.archive.told import told_until
from tui.core.deltas import fleet_after, open_keyframe, outcomes_after
from tui.core.fleet import Fleet
from tui.core.instant import Instant, day_text, seconds_between
from tui.core.lineage import DEFAULT_CLIENT, ClientField
from tui.core.names import NO_NAMES, Names
from tui.core.past import Moment
from tui.core.roll import Roll
from tui.core.safe import safe
from tui.core.snapshot import Outcome, Snapshot

_DAMAGES = (msgspec.MsgspecError, zlib.error, LookupError, ValueError)
"""What reading something else than was written ends in."""
_polls, _keyframes = schema.polls, schema.keyframes


class Feed(Struct, frozen=True):
    """Whose connections are recorded, and who was asked."""

    organization: str
    """By which everything of it is found."""
    context: str
    host: str
    made_at: Instant


class Recording:
    """The polls of all feeds of a recording. All of it blocks, and may be asked from any thread."""

    def __init__(self, store: Engine) -> None:
        """``store`` is as ``open_store`` gives it."""
        self._store = store
        self._moments: dict[str, list[Moment]] = {}
        self._lock = Lock()

    def close(self) -> None:
        """Let go of the database, until it is read again."""
        self._store.dispose()

    def feeds(self) -> list[Feed]:
        """All that is recorded, by the names of the contexts.

        Raises:
            RecordingError: it cannot be read; so do all that follow.
        """
        table = schema.feeds
        with self.link() as link:
            rows = link.execute(select(table).order_by(table.c.context, table.c.organization))
            return [Feed(row.organization, row.context, row.host, row.made_at) for row in rows]

    def feed(self, context: str | None = None) -> str:
        """The organization of a context; ``None`` where there is but one.

        Raises:
            RecordingError: there is none, or it has to be chosen among those that it names.
        """
        feeds = self.feeds()
        if not feeds:
            raise RecordingError("nothing is recorded in it yet")
        fitting = [one for one in feeds if context in (None, one.context, one.organization)]
        if len(fitting) == 1:
            return fitting[0].organization
        several = len({one.context for one in fitting}) < len(fitting)
        names = ", ".join(
            safe(one.organization if several else one.context, 60) for one in fitting or feeds
        )
        if fitting:
            raise RecordingError(f"it has several contexts: choose one by --context: {names}")
        raise RecordingError(f"it has no context {safe(context or '', 60)}; it has {names}")

    def span(self, organization: str) -> tuple[Instant, Instant]:
        """When the first poll that is kept was, and when the last."""
        with self.link() as link:
            first, last = link.execute(
                select(func.min(_polls.c.at), func.max(_polls.c.at)).where(
                    _polls.c.organization == organization
                )
            ).one()
        if first is None:
            raise RecordingError("nothing is recorded in it yet")
        return first, last

    def moments(
        self, organization: str, since: Instant | None = None, until: Instant | None = None
    ) -> list[Moment]:
        """The polls from ``since`` up to ``until``, both included, oldest first.

        All of them are kept in memory once they are read, and only new ones are read then.
        """
        if since is None and until is None:
            with self._lock, self.link() as link:
                return self._all(link, organization)
        with self.link() as link:
            first = self._place_at(link, organization, since, after=True)
            last = self._place_at(link, organization, until, after=False)
            return _read_moments(link, organization, first, last)

    def _all(self, link: Link, organization: str) -> list[Moment]:
        known = self._moments.get(organization, [])
        first = link.execute(
            select(func.min(_polls.c.place)).where(_polls.c.organization == organization)
        ).scalar()
        kept = known[bisect_left(known, first or 0, key=lambda one: one.place) :]
        new = _read_moments(link, organization, kept[-1].place + 1 if kept else None)
        # Whoever got the list before keeps it as it was.
        self._moments[organization] = [*kept, *new]
        return self._moments[organization]

    @staticmethod
    def _place_at(link: Link, organization: str, at: Instant | None, *, after: bool) -> int | None:
        """The first place from an instant on, or the last one up to it."""
        if at is None:
            return None
        column = _polls.c.at
        found = link.execute(
            select(_polls.c.place)
            .where(_polls.c.organization == organization, column >= at if after else column <= at)
            .order_by(*(one.asc() if after else one.desc() for one in (column, _polls.c.place)))
            .limit(1)
        ).scalar()
        # Where there is none on that side, no place may fit.
        return (-1 if not after else 2**62) if found is None else int(found)

    def moment_at(self, organization: str, at: Instant) -> Moment:
        """The last poll up to an instant; the first one where it lies before all."""
        with self.link() as link:
            place = self._place_at(link, organization, at, after=False)
            if place == -1:
                place = self._place_at(link, organization, at, after=True)
            found = _read_moments(link, organization, place, place)
        if not found:
            raise RecordingError("nothing is recorded in it yet")
        return found[0]

    def fleet_at(
        self,
        organization: str,
        place: int,
        client: tuple[ClientField, ...] = DEFAULT_CLIENT,
        names: Names = NO_NAMES,
    ) -> Fleet:
        """The fleet as it was known after the poll of that place, with its events and its log.

        Of the log there are the last events only, as ``told_until`` gives them.

        Args:
            organization: whose it is.
            place: which poll.
            client: what tells one client from another now, as in ``recall``.
            names: what people call keys, clients and hosts now.

        Raises:
            RecordingError: that moment is not kept, or is damaged.
        """
        with self.link() as link:
            moment = _moment(link, organization, place)
            fleet, _ = _reached(link, organization, moment, client, names)
            with _undamaged(moment.at):
                events, log = told_until(link, organization, place, moment.at, fleet.tracked, names)
        return replace(fleet, events=events, log=log)

    def reached(
        self,
        organization: str,
        place: int,
        client: tuple[ClientField, ...] = DEFAULT_CLIENT,
        names: Names = NO_NAMES,
    ) -> tuple[Fleet, Roll]:
        """As ``fleet_at``, but for events and log, and with the roll: for who goes on from there.

        Raises:
            RecordingError: that moment is not kept, or is damaged.
        """
        with self.link() as link:
            moment = _moment(link, organization, place)
            return _reached(link, organization, moment, client, names)

    def outcomes(self, organization: str, place: int) -> Iterator[tuple[Moment, Outcome]]:
        """What each poll after that of ``place`` brought, in their order, as far as is recorded.

        It is read bit by bit, so that nothing is held up between two of them. An answer after a
        time in which nobody recorded tells of it by its lapse.

        Raises:
            RecordingError: it is damaged there.
        """
        while True:
            with self.link() as link:
                moment = _moment(link, organization, place)
                _, roll = _reached(link, organization, moment, DEFAULT_CLIENT, NO_NAMES)
                # From keyframe to keyframe: like that the roll never grows beyond who is known.
                end = link.execute(
                    select(_keyframes.c.place)
                    .where(
                        _keyframes.c.organization == organization,
                        _keyframes.c.at >= moment.at,
                        _keyframes.c.place > place,
                    )
                    .order_by(_keyframes.c.at, _keyframes.c.place)
                    .limit(1)
                ).scalar()
                moments = _read_moments(link, organization, place + 1, end)
                deltas = _deltas(link, organization, place, moments[-1]) if moments else []
                lapses = _unrecorded(link, organization, moments)
            if not deltas:
                return
            brought = outcomes_after(roll, deltas)
            for moment in moments:
                with _undamaged(moment.at):
                    outcome = next(brought)
                if isinstance(outcome, Snapshot) and moment.at in lapses:
                    outcome = replace(outcome, lapse=max(outcome.lapse, lapses[moment.at]))
                yield moment, outcome
            place = moments[-1].place

    @contextmanager
    def link(self) -> Iterator[Link]:
        """A connection to the database, for who reads its tables.

        Raises:
            RecordingError: they cannot be read.
        """
        try:
            with self._store.connect() as link:
                yield link
        except DBAPIError as error:
            raise RecordingError(f"the recording cannot be read: {reason(error)}") from None


@contextmanager
def _undamaged(at: Instant) -> Iterator[None]:
    try:
        yield
    except _DAMAGES:
        raise RecordingError(
            f"the recording is damaged at {day_text(at)}: look at another time"
        ) from None


def _unrecorded(link: Link, organization: str, moments: Sequence[Moment]) -> dict[Instant, float]:
    """Seconds for which nobody recorded, by the time of the poll that ended them."""
    if not moments:
        return {}
    gaps = schema.gaps
    rows = link.execute(
        select(gaps.c.since, gaps.c.until).where(
            gaps.c.organization == organization,
            gaps.c.until.between(moments[0].at, moments[-1].at),
            gaps.c.why == NOT_RECORDED,
        )
    )
    return {row.until: seconds_between(row.since, row.until) for row in rows}


def _read_moments(
    link: Link, organization: str, first: int | None = None, last: int | None = None
) -> list[Moment]:
    """Those of the places from ``first`` to ``last``."""
    column = _polls.c.place
    wanted = (
        select(column, _polls.c.at, _polls.c.told, _polls.c.drops, _polls.c.late, _polls.c.blind)
        .where(_polls.c.organization == organization)
        .order_by(column)
    )
    if first is not None:
        wanted = wanted.where(column >= first)
    if last is not None:
        wanted = wanted.where(column <= last)
    return [Moment(*row) for row in link.execute(wanted)]


def _moment(link: Link, organization: str, place: int) -> Moment:
    found = _read_moments(link, organization, place, place)
    if not found:
        raise RecordingError("that moment is not kept any more")
    return found[0]


def _reached(
    link: Link,
    organization: str,
    moment: Moment,
    client: tuple[ClientField, ...],
    names: Names,
) -> tuple[Fleet, Roll]:
    frame = link.execute(
        select(_keyframes.c.place, _keyframes.c.parts)
        .where(
            _keyframes.c.organization == organization,
            _keyframes.c.at <= moment.at,
            _keyframes.c.place <= moment.place,
        )
        .order_by(_keyframes.c.at.desc(), _keyframes.c.place.desc())
        .limit(1)
    ).one_or_none()
    if frame is None:
        raise RecordingError("that moment is not kept any more")
    deltas = _deltas(link, organization, frame.place, moment)
    with _undamaged(moment.at):
        parts = msgspec.msgpack.decode(frame.parts, type=list[bytes])
        fleet, roll = open_keyframe(parts, client, names)
        return fleet_after(fleet, roll, deltas), roll


def _deltas(link: Link, organization: str, place: int, moment: Moment) -> Sequence[bytes]:
    """Those after the poll of ``place``, up to the moment's."""
    column = _polls.c.place
    rows = link.execute(
        select(column, _polls.c.delta)
        .where(
            _polls.c.organization == organization,
            column > place,
            column <= moment.place,
        )
        .order_by(column)
    ).all()
    if [row.place for row in rows] != list(range(place + 1, moment.place + 1)):
        raise RecordingError(f"polls before {day_text(moment.at)} are missing in the recording")
    return [row.delta for row in rows]
