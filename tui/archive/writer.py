"""Writer: the one that writes a recording, wherever that is and whatever becomes of it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection as Link
from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from tui.archive.guard import Guard, GuardedError
from tui.archive.schema import feeds
from tui.archive.sqlite import leave_moved, make_file, take_away
from tui.archive.store import RecordingError, address_of, make_store, shown


class Writer:
    """Gives transactions, one at a time, to the recorders of all contexts. It blocks."""

    def __init__(self, text: str, engine: Engine | None = None) -> None:
        """
        Args:
            text: the name of a file, or the URL of a PostgreSQL database.
            engine: that of a recording which is open already, instead.

        Raises:
            RecordingError: the URL cannot be read.
        """  # noqa: D205, D212
        address = address_of(text) if engine is None else engine.url
        self.name = shown(address)
        """What people call it."""
        self.opened = 0
        """How often it was opened: what a recorder knows of it holds for one time."""
        self.organizations: set[str] = set()
        """Those that are being recorded."""
        self._text = text
        self._path: Path | None = None
        if engine is None and address.get_backend_name() == "sqlite":
            self._path = Path(os.path.realpath(address.database or ""))
            self._text = str(self._path)
        self._guard: Guard | None = None
        self._engine = engine
        self._file: os.stat_result | None = None
        self._is_new = False
        """Whether the file is one that was made here."""
        self._turn = Lock()

    @property
    def is_file(self) -> bool:
        """Whether it is a file."""
        return self._path is not None

    @contextmanager
    def transaction(self) -> Iterator[Link]:
        """A transaction, in a recording that is opened anew where it is not there any more.

        Raises:
            RecordingError: it cannot be opened.
            SQLAlchemyError: the database refuses.
        """
        with self._turn, self._here().begin() as link:
            yield link

    def open(self) -> None:
        """See that it can be written to.

        Raises:
            RecordingError: it cannot.
        """
        with self._turn:
            self._here()

    def close(self) -> None:
        """Let go of it; a file that was made for nothing is taken away again."""
        with self._turn:
            if self._is_new and self._is_the_same() and self._is_empty():
                self._undo()
            self._let_go()

    def _here(self) -> Engine:
        if self._engine is not None and self._is_the_same():
            return self._engine
        if self._engine is not None and self._path is not None and self._is_ours():
            leave_moved(self._engine, self._path)
            self._engine = None
        self._let_go()
        if self._path is not None:
            self._guard = self._guarded(self._path)
        try:
            self._is_new = self._path is not None and self._made(self._path)
            engine = make_store(self._text)
            if self._path is not None:
                self._file = self._path.stat()
        except BaseException:
            # Whatever ends it, ctrl-c too: a file that holds nothing is not left behind.
            if self._is_new:
                # There is no table in it: all of them are made, or none.
                self._undo()
            self._let_go()
            raise
        self._engine = engine
        self.opened += 1
        return engine

    def _guarded(self, path: Path) -> Guard:
        try:
            return Guard(path)
        except GuardedError as error:
            raise RecordingError(
                f"{self.name} is being recorded by {error.holder}: name another file, or end that "
                "first"
            ) from None
        except OSError as error:
            raise RecordingError(f"{self.name} cannot be written to: {error.strerror}") from None

    def _made(self, path: Path) -> bool:
        try:
            return make_file(path)
        except OSError as error:
            raise RecordingError(f"{self.name} cannot be written to: {error.strerror}") from None

    def _is_empty(self) -> bool:
        """Whether nothing was ever recorded there."""
        if self._engine is None:
            return False
        try:
            with self._engine.connect() as link:
                return link.execute(select(feeds.c.organization).limit(1)).scalar() is None
        except SQLAlchemyError:
            # Whatever is in it stays.
            return False

    def _undo(self) -> None:
        """Take the file away again that was made."""
        if self._engine is not None:
            self._engine.dispose()
        if self._path is not None:
            take_away(self._path)
        self._is_new = False

    def _is_the_same(self) -> bool:
        """Whether the file is still the one that was opened, and still ours."""
        if self._path is None or self._guard is None or self._file is None:
            return True
        try:
            return self._is_ours() and os.path.samestat(self._path.stat(), self._file)
        except OSError:
            return False

    def _is_ours(self) -> bool:
        """Whether nobody else can have begun to write there."""
        return self._guard is not None and self._guard.holds

    def _let_go(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
        if self._guard is not None:
            self._guard.release()
        self._engine = self._guard = self._file = None
        self._is_new = False
