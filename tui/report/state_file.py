"""The state file of ``watch``: what a further run needs to tell nothing twice and lose nothing.

A line of text and then zipped data::

    conntop-watch 1 msgpack 00000000

with the version, how the data are written, and how many of the events in them are told. A new
state is written beside the old one and takes its place in one step, with the events that it has
found in it and before any of them is told; each that is told then counts up the number, in place.
So whenever the process is killed, what was not told is told by the next run, under the same id;
and only one that was told in the very instant before its number was written is told twice.

The file is locked for as long as it is in use: the lock goes with the open file, and is taken of
the new one before it takes the old one's place.
"""

import fcntl
import json
import os
import re
import stat
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Self

import msgspec
from msgspec import Struct

from tui.core.memory import Memory, Told
from tui.core.safe import safe

VERSION = 1
"""Of the file. It grows when an older conntop could not read it, or would read it wrongly."""

_HEAD = re.compile(rb"conntop-watch (\d{1,9}) (msgpack|json) (\d{8})\n")


class StateError(Exception):
    """A state file that cannot be used, in one sentence."""


class Asked(Struct, frozen=True):
    """What a state answers: another question has another state."""

    url: str
    context: str
    options: dict[str, str]
    """The options of the query, as they were typed."""


class _State(Struct, frozen=True):
    asked: Asked
    memory: Memory
    news: tuple[Told, ...]


class StateFile:
    """An open state file."""

    def __init__(self, path: Path, asked: Asked, number: int) -> None:
        """Use ``open``; ``number`` is that of the open file, whose lock is held."""
        self._path = path
        self._asked = asked
        self._number = number
        self._told_place: int | None = None
        self.memory: Memory | None = None
        """What was kept; ``None`` in a new file."""
        self.untold: tuple[Told, ...] = ()
        """Events that were found but not told."""
        self._told = 0

    @classmethod
    def open(cls, path: Path, asked: Asked) -> Self:
        """Open the file, or make it, and read it.

        Raises:
            StateError: it is in use, is another's, cannot be read, or there cannot be one. It is
                left as it is.
        """
        path = Path(os.path.realpath(path))
        try:
            number = _open_locked(path)
        except OSError as error:
            raise StateError(f"--state {_shown(path)}: {error.strerror}") from None
        try:
            state = cls(path, asked, number)
            state._read()
        except BaseException:
            # Whatever ends it, ctrl-c too: the lock goes with the file.
            os.close(number)
            raise
        return state

    def _read(self) -> None:
        with open(self._number, "rb", closefd=False) as file:
            raw = file.read()
        if not raw:
            return
        head = _HEAD.match(raw)
        if head is None:
            raise self._damaged()
        if int(head[1]) > VERSION:
            raise StateError(
                f"--state {_shown(self._path)} is of a newer conntop (version {int(head[1])} of "
                f"the file, and this one knows {VERSION}): update conntop, or name another file"
            )
        try:
            data = zlib.decompress(raw[head.end() :])
            state = _decoded(head[2].decode(), data)
        except (zlib.error, msgspec.DecodeError, ValueError, RecursionError):
            raise self._damaged() from None
        if state.asked != self._asked:
            raise StateError(
                f"--state {_shown(self._path)} belongs to another question ({_told(state.asked)}): "
                "ask that one again, or name another file"
            )
        self.memory = state.memory
        self._told_place, self._told = head.start(3), int(head[3])
        self.untold = state.news[self._told :]

    def _damaged(self) -> StateError:
        return StateError(
            f"--state {_shown(self._path)} is no state of conntop watch, or a damaged one: it is "
            "left as it is; name another file, or remove it"
        )

    def save(self, memory: Memory, news: tuple[Told, ...]) -> None:
        """Write the state with the events that it has found, none of them told yet. Blocks.

        Raises:
            OSError: it cannot be written; the state of before stands.
        """
        data, form = _encoded(_State(self._asked, memory, news))
        head = f"conntop-watch {VERSION} {form} ".encode()
        beside = self._path.with_name(f"{self._path.name}.new")
        with suppress(FileNotFoundError):
            # Left by one that was killed, since nobody else has the lock.
            beside.unlink()
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        number = os.open(beside, flags, 0o600)
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with open(number, "wb", closefd=False) as file:
                file.write(head + b"00000000\n")
                file.write(zlib.compress(data, 1))
            os.fsync(number)
            beside.replace(self._path)
        except BaseException:
            # Whatever ends it, ctrl-c too: the lock goes with the file.
            os.close(number)
            with suppress(OSError):
                beside.unlink()
            raise
        os.close(self._number)
        self._number, self._told_place, self._told = number, len(head), 0
        _sync_folder(self._path.parent)

    def note_told(self, more: int = 1) -> None:
        """Note that so many further events are told, in the order of ``news`` or ``untold``.

        Raises:
            OSError: it cannot be written.
        """
        assert self._told_place is not None
        self._told += more
        os.pwrite(self._number, b"%08d" % self._told, self._told_place)

    def close(self) -> None:
        """Let go of it."""
        os.close(self._number)


def _open_locked(path: Path) -> int:
    """The number of the open file, which is the one at ``path`` and which nobody else has locked.

    Raises:
        OSError: there cannot be one.
        StateError: another one has it.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC
    while True:
        number = os.open(path, flags, 0o600)
        try:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise StateError(f"--state {_shown(path)} is no file: name one")
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StateError(
                    f"another conntop watch uses --state {_shown(path)}: each needs one of its own"
                ) from None
            if not os.access(path.parent, os.W_OK):
                raise StateError(
                    f"--state {_shown(path)} is in a folder that cannot be written to: name another"
                )
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(number), path.stat()):
                    return number
        except BaseException:
            # Whatever ends it, ctrl-c too: the lock goes with the file.
            os.close(number)
            raise
        # Another one has put a new state in its place in the meantime.
        os.close(number)


def _encoded(state: _State) -> tuple[bytes, str]:
    try:
        return msgspec.msgpack.encode(state), "msgpack"
    except (UnicodeEncodeError, OverflowError, ValueError):
        # Texts that are no Unicode, and numbers beyond 64 bits: strangers may serve them.
        return json.dumps(msgspec.to_builtins(state)).encode(), "json"


def _decoded(form: str, data: bytes) -> _State:
    if form == "msgpack":
        return msgspec.msgpack.decode(data, type=_State)
    return msgspec.convert(json.loads(data), type=_State)


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _told(asked: Asked) -> str:
    options = [f"{name} {value}".strip() for name, value in sorted(asked.options.items())]
    return safe(", ".join([f"{asked.context} at {asked.url}", *options]), 300)


def _shown(path: Path) -> str:
    return safe(str(path), 200)
