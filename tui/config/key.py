"""Where the API key comes from, and how it is read: late, off the loop, and never shown.

Every failure is a ``SourceError`` of the kind ``KEY`` whose sentence names the place of the key
and never what was found there.
"""

import os
import selectors
import shlex
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tui.core.safe import safe
from tui.core.snapshot import Trouble
from tui.source.base import SourceError
from tui.source.secret import Secret

COMMAND_SECONDS = 10.0
"""Seconds that a key command has."""
_MOST = 65_536
"""Bytes read of a file or of a command's output."""
_LONGEST = 4_096
"""Characters of a key; servers refuse longer headers."""


@dataclass(frozen=True, slots=True)
class KeySource:
    """One place of a key."""

    place: str
    """The place in words, such as "the file ~/.conntop-key"."""
    fetch: Callable[[], str] = field(repr=False)
    """Gives the raw text; blocks."""
    holds: str = "API key"
    """What belongs there."""

    def read(self) -> Secret:
        """The key.

        Raises:
            SourceError: there is none, or what is there cannot be a key.
        """
        text = self.fetch().strip()
        if not text:
            raise refused(f"{self.place} is empty: the {self.holds} belongs there")
        if len(text.split()) > 1:
            raise refused(
                f"the {self.holds} in {self.place} has white space inside: "
                "it has to stand there alone, without a word like Bearer"
            )
        if not text.isascii() or not text.isprintable() or len(text) > _LONGEST:
            raise refused(f"{self.place} holds something that cannot be {_a(self.holds)}")
        return Secret(text)


def _a(thing: str) -> str:
    return f"{'an' if thing[0] in 'AEIOaeiou' else 'a'} {thing}"


def refused(sentence: str) -> SourceError:
    """No key: nothing mends itself, so it is not tried again."""
    return SourceError(Trouble.KEY, sentence, retryable=False)


def from_text(place: str, key: Secret) -> KeySource:
    """A key that is in memory already."""
    return KeySource(place, key.get_secret_value)


def from_variable(name: str, holds: str = "API key") -> KeySource:
    """The environment variable ``name``."""

    def fetch() -> str:
        text = os.environ.get(name)
        if text is None:
            raise refused(f"the variable {name} is not set: it has to hold the {holds}")
        return text

    return KeySource(f"the variable {name}", fetch, holds)


def from_file(path: str, holds: str = "API key") -> KeySource:
    """A file that only its owner can read; a leading ``~`` is the home folder."""
    place = f"the file {safe(path)}"
    return KeySource(place, lambda: _read_file(path, place, holds), holds)


def _read_file(path: str, place: str, holds: str) -> str:
    try:
        real = Path(path).expanduser()
        # Without O_NONBLOCK a named pipe would hold the monitor for ever.
        handle = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise refused(f"{place} is not there: write the {holds} into it") from None
    except RuntimeError:
        raise refused(f"{place} cannot be found: there is no such home folder") from None
    except OSError as error:
        raise refused(f"{place} cannot be read: {error.strerror}") from None
    try:
        # The open file is looked at, not the path, so that nobody can swap one for the other.
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            raise refused(f"{place} is no plain file: the {holds} has to stand in one")
        if mode & 0o077:
            raise refused(
                f"{place} can be read by others, so its {holds.split()[-1]} is not used: "
                f"run chmod 600 {safe(shlex.quote(str(real)))}"
            )
        return os.read(handle, _MOST).decode("utf-8", "replace")
    except OSError as error:
        raise refused(f"{place} cannot be read: {error.strerror}") from None
    finally:
        os.close(handle)


def from_command(words: tuple[str, ...], seconds: float = COMMAND_SECONDS) -> KeySource:
    """The first line that a command prints. Its arguments may be secret and are not shown."""
    # A first word that is no program may be the key itself, written into the wrong setting.
    known = shutil.which(words[0]) is not None
    place = (
        f"the command {safe(Path(words[0]).name)}" if known else "the command of api_key_command"
    )
    return KeySource(place, lambda: _run(words, place, seconds))


def _run(words: tuple[str, ...], place: str, seconds: float) -> str:
    deadline = time.monotonic() + seconds
    try:
        # The words are the user's own settings; there is no shell. It gets a session of its own,
        # so that it can be ended with all its children and cannot touch the screen.
        process = subprocess.Popen(  # noqa: S603
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise refused(f"{place} for the API key cannot be run: {error.strerror}") from None
    except ValueError:
        raise refused(f"{place} for the API key cannot be run: it holds a NUL") from None
    with process:
        try:
            output = _read_output(process, deadline)
            code = process.wait(max(0.0, deadline - time.monotonic()))
        except (TimeoutError, subprocess.TimeoutExpired):
            os.killpg(process.pid, signal.SIGKILL)
            raise refused(
                f"{place} gave no API key within {seconds:g} s: it must not ask for anything"
            ) from None
    if len(output) >= _MOST:
        raise refused(f"{place} prints more than an API key")
    if code:
        raise refused(f"{place} failed (exit code {code}), so there is no API key: run it by hand")
    return output.decode("utf-8", "replace").strip().partition("\n")[0]


def _read_output(process: subprocess.Popen[bytes], deadline: float) -> bytes:
    """What it prints, within the deadline even when a grandchild keeps the pipe open."""
    assert process.stdout is not None
    output = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while len(output) < _MOST:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise TimeoutError
            chunk = os.read(process.stdout.fileno(), _MOST)
            if not chunk:
                break
            output += chunk
    if len(output) >= _MOST:
        os.killpg(process.pid, signal.SIGKILL)
    return output


def from_keyring(entry: str) -> KeySource:
    """An entry of the system's keyring, ``service/username``."""
    place = f"the keyring entry {safe(entry)}"
    return KeySource(place, lambda: _ask_keyring(entry, place))


def _ask_keyring(entry: str, place: str) -> str:
    try:
        import keyring
        import keyring.errors
    except ImportError:
        raise refused(f"{place} needs one more package: pip install 'conntop[keyring]'") from None
    service, _, username = entry.rpartition("/")
    try:
        text = keyring.get_password(service, username)
    except keyring.errors.KeyringError as error:
        reason = type(error).__name__
        raise refused(f"{place} cannot be read: the keyring says {reason}") from None
    if text is None:
        raise refused(f"{place} is not there: run keyring set {safe(service)} {safe(username)}")
    return text
