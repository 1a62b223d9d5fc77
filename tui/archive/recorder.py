"""Recorder: writes each poll, and what was known after it, in one transaction.

What cannot be written is held within a bound and written later; beyond that it is let go, and the
recording itself tells that nothing was recorded for that time.

In a database of several recorders of the same organization one writes (``lease``). The others stand
by: they offer each poll, and the first one whose offer is taken goes on where the recording ends.
"""

import zlib
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from msgspec import MsgspecError
from sqlalchemy import Connection as Link
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from tui.archive import schema
from tui.archive.bounds import Bounds
from tui.archive.lease import Holder, Lease, LeaseError, hold, let_go, take, this_process
from tui.archive.pages import Page, Pages
from tui.archive.position import feed_of, make_feed, new_organization, position_of
from tui.archive.retention import tidy
from tui.archive.store import RecordingError, reason
from tui.archive.writer import Writer
from tui.core.fleet import Fleet
from tui.core.lineage import ClientField
from tui.core.names import Names
from tui.core.safe import safe
from tui.core.snapshot import Outcome, Snapshot

KEEP = Bounds()
HELD = 64_000_000
"""Bytes, roughly, of polls that are held because they cannot be written."""
LEASE = 60.0
"""Seconds after its last poll for which nobody else takes a recorder's place: longer than any poll
and the wait for it may take."""


class Recorder:
    """Keeps what one context's polls bring. It blocks: it is called from threads, one at a time."""

    def __init__(
        self,
        writer: Writer,
        context: str,
        host: str,
        *,
        bounds: Bounds = KEEP,
        say: Callable[[str], None] = lambda _: None,
        held: int = HELD,
        lease: float = LEASE,
    ) -> None:
        """
        Args:
            writer: of the recording.
            context: the name of what is watched.
            host: whom we ask.
            bounds: how much of the past is kept.
            say: is told once, from the thread that calls, what becomes of the recording.
            held: bytes of polls that are held at the most.
            lease: seconds from poll to poll after which another recorder may take over.
        """  # noqa: D205, D212
        self.trouble: str | None = None
        """Why nothing can be written at present, in one sentence."""
        self.holder: str | None = None
        """Who records instead, while this one stands by."""
        self.written = 0
        """Polls that were written."""
        self._writer = writer
        self._feed = context, host
        self._bounds = bounds
        self._say = say
        self._most = held
        self._pages: Pages | None = None
        self._opened = 0
        """Which opening of the recording the pages are for."""
        self._held: deque[Page] = deque()
        self._tried: Page | None = None
        self._lost = 0
        self._seconds = lease
        self._lease: Lease | None = None

    def go_on(self, client: tuple[ClientField, ...], names: Names) -> Fleet | None:
        """What is known where the recording ends; ``None`` where it does not know the context, or
        where another recorder goes on with it.

        Whoever calls it folds on from there.

        Args:
            client: what tells one client from another.
            names: what people call keys, clients and hosts.

        Raises:
            RecordingError: it cannot be opened, or is damaged.
        """  # noqa: D205
        try:
            with self._writer.transaction() as link:
                organization = feed_of(link, *self._feed)
                if organization is None:
                    return None
                lease = self._claimed(link, organization)
                position = position_of(link, organization, client, names)
        except LeaseError as other:
            self._stand_by(other.holder)
            return None
        except (SQLAlchemyError, MsgspecError, zlib.error) as error:
            raise RecordingError(self._sentence(error)) from None
        if position.fleet.last is None:
            return None
        self._begin(Pages(position), lease)
        return position.fleet

    def add(self, outcome: Outcome, fleet: Fleet) -> None:
        """Write one more poll, after which ``fleet`` is known."""
        if self._pages is not None:
            self._held.append(self._pages.page(outcome, fleet))
        try:
            if self._catch_up(outcome, fleet):
                self._worked()
        except LeaseError as other:
            self._stand_by(other.holder)
        except (SQLAlchemyError, RecordingError, MsgspecError, OSError, zlib.error) as error:
            self._failed(error)

    def miss(self) -> None:
        """Take note that the next fleet is not folded from the last one that was shown."""
        if self._pages is not None:
            self._let_go()

    def close(self) -> None:
        """Give the place to whoever stands by; what is held is lost. The writer stays open."""
        if self._lease is not None:
            with suppress(SQLAlchemyError, RecordingError), self._writer.transaction() as link:
                # Who cannot be told has to wait.
                let_go(link, self._lease)
        if self._pages is not None:
            self._let_go()
        self._lease = None

    def _catch_up(self, outcome: Outcome, fleet: Fleet) -> bool:
        """Write what can be written; whether it is known that something can."""
        self._writer.open()
        if self._pages is not None and self._opened != self._writer.opened:
            self._let_go()
            self._say(
                f"{self._writer.name} was removed or replaced: what is there now is gone on with"
            )
        if self._pages is None:
            if not _is_believed(outcome, fleet):
                # Nothing is known so far, or nobody knows what has been meanwhile.
                return False
            pages = self._entered(fleet)
            self._held.append(pages.page(outcome, fleet))
        while self._held:
            page = self._held[0]
            with self._writer.transaction() as link:
                if self._lease is not None:
                    hold(link, self._lease)
                if page is not self._tried or not self._is_there(link, page):
                    self._tried = page
                    self._write(link, page)
            self._held.popleft()
            self._tried = None
            self.written += 1
            self._tidy(page)
        return True

    def _tidy(self, page: Page) -> None:
        assert self._pages is not None
        whose = self._pages.organization
        with self._writer.transaction() as link:
            tidy(link, whose, page.at, self._bounds)

    def _begin(self, pages: Pages, lease: Lease | None) -> None:
        self._pages, self._lease = pages, lease
        self._opened = self._writer.opened
        self._writer.organizations.add(pages.organization)

    def _entered(self, fleet: Fleet) -> Pages:
        """Go on where the recording ends, of which ``fleet`` knows nothing."""
        assert fleet.last is not None
        records, client = fleet.last.records, fleet.lineage.client
        with self._writer.transaction() as link:
            taken = self._writer.organizations
            organization = feed_of(link, *self._feed)
            if organization is None or organization in taken:
                served = records[0].organization_id if records else None
                organization = new_organization(*self._feed, served, taken)
            lease = self._claimed(link, organization)
            make_feed(link, organization, *self._feed, fleet.last.at)
            position = position_of(link, organization, client, fleet.names)
        pages = Pages(replace(position, is_left=True))
        # Not before it is committed: what was taken in vain is taken by others, too.
        self._begin(pages, lease)
        return pages

    def _claimed(self, link: Link, organization: str) -> Lease | None:
        """The lease; a file needs none.

        Raises:
            LeaseError: another recorder has it.
        """
        if link.dialect.name == "sqlite":
            return None
        if self._lease is not None and self._lease.organization == organization:
            hold(link, self._lease)
            return self._lease
        found = take(link, organization, this_process(), self._seconds)
        if isinstance(found, Holder):
            raise LeaseError(found.name)
        return found

    def _is_there(self, link: Link, page: Page) -> bool:
        """Whether a page is written, although we were not told so."""
        assert self._pages is not None
        found = select(schema.polls.c.place).where(
            schema.polls.c.organization == self._pages.organization,
            schema.polls.c.at == page.at,
            schema.polls.c.place == page.place,
        )
        return link.execute(found).scalar() is not None

    def _write(self, link: Link, page: Page) -> None:
        assert self._pages is not None
        whose = self._pages.organization
        for table, rows in page.rows:
            link.execute(insert(table), rows)
        if page.changed:
            of = schema.connections.c
            changed = (
                update(schema.connections)
                .where(of.organization == whose, of.number == bindparam("which"))
                .values(last_heartbeat=bindparam("beat"), gone_at=bindparam("gone"))
            )
            link.execute(changed, page.changed)
        if page.finished:
            of = schema.states.c
            finished = (
                update(schema.states)
                .where(
                    of.organization == whose,
                    of.at == bindparam("then"),
                    of.number == bindparam("which"),
                )
                .values(last_heartbeat=bindparam("beat"))
            )
            link.execute(finished, page.finished)
        if page.known_again is not None:
            since, until = page.known_again
            mine = schema.gaps.c.organization == whose, schema.gaps.c.since == since
            link.execute(update(schema.gaps).where(*mine).values(until=until))

    def _stand_by(self, holder: str) -> None:
        """Let the other one do it: what is held is from before it began, or it has it, too."""
        if self._pages is not None:
            self._let_go()
        self._lease, self._lost, self.holder = None, 0, holder
        sentence = f"{self._writer.name} is recorded by {safe(holder, 100)}: standing by"
        if sentence != self.trouble:
            self._say(sentence)
        self.trouble = sentence

    def _failed(self, error: Exception) -> None:
        if self._pages is None:
            self._lost += 1
        elif isinstance(error, IntegrityError) or self._is_too_much():
            self._let_go()
        sentence = self._sentence(error)
        if sentence != self.trouble:
            self._say(f"{sentence}; it is tried again with each poll")
        self.trouble = sentence

    def _is_too_much(self) -> bool:
        return sum(page.size for page in self._held) > self._most

    def _worked(self) -> None:
        if self.holder is not None:
            self._say(f"{self._writer.name} is recorded here now, after {safe(self.holder, 100)}")
        elif self.trouble is not None:
            missing = f", but {_polls(self._lost)} not" if self._lost else ""
            self._say(f"{self._writer.name} is written to again: all is kept{missing}")
        self.trouble = self.holder = None
        self._lost = 0

    def _let_go(self) -> None:
        """Forget what is held; the recording tells later that nothing was recorded meanwhile."""
        assert self._pages is not None
        self._writer.organizations.discard(self._pages.organization)
        self._lost += len(self._held)
        self._held.clear()
        self._pages = self._tried = None

    def _sentence(self, error: Exception) -> str:
        name = self._writer.name
        if isinstance(error, RecordingError):
            return str(error)
        if isinstance(error, DBAPIError):
            return f"{name} cannot be written to: {reason(error)}"
        if isinstance(error, OSError):
            return f"{name} cannot be written to: {error.strerror}"
        return f"{name} is damaged, or cannot be written to: {type(error).__name__}"


def _is_believed(outcome: Outcome, fleet: Fleet) -> bool:
    """Whether ``fleet`` was folded from this answer: then it is all that is known at present."""
    return (
        isinstance(outcome, Snapshot)
        and not fleet.is_blind
        and fleet.last is not None
        and fleet.last.records is outcome.records
    )


def _polls(number: int) -> str:
    return f"{number:,} poll{'' if number == 1 else 's'}"
