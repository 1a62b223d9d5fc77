"""What is told of a mistake of ours: where it was, in a few lines, and what to do about it.

No values of variables, no character that a terminal acts upon, and no key.
"""

import os
import platform
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from tui import __version__
from tui.core.safe import safe
from tui.view.crash import ScreenCrash

if TYPE_CHECKING:
    from tui.source.secret import Secret

_FRAMES = 6
"""Places that are named, the innermost ones."""
_CAUSES = 3
"""Errors behind the error that are named."""
_LONGEST = 600
"""Characters of a line."""
_MASK = "••••"

_keys: set[str] = set()


def noting(read_key: Callable[[], "Secret"]) -> Callable[[], "Secret"]:
    """``read_key``, with a note taken of what it gives: what that must not be told."""

    def read() -> "Secret":
        key = read_key()
        _keys.add(key.get_secret_value())
        return key

    return read


def shown(text: str) -> str:
    """A line as it may be shown, whoever wrote it."""
    for key in {*_keys, os.environ.get("CONNTOP_API_KEY", "")} - {""}:
        text = text.replace(key, _MASK)
    return safe(text, _LONGEST)


def tell(error: BaseException) -> None:
    """Tell of a mistake on stderr, if there is one."""
    if isinstance(error, ScreenCrash) and error.__cause__ is not None:
        error = error.__cause__
    lines = [
        *_story(error),
        f"conntop: this is a mistake in conntop itself. Please report it with these lines: "
        f"conntop {__version__}, Python {platform.python_version()}, {sys.platform}",
    ]
    if sys.stderr is not None:
        # Where nobody listens any more, the exit code still tells.
        with suppress(OSError):
            sys.stderr.write("".join(f"{shown(line)}\n" for line in lines))
            sys.stderr.flush()


def _story(error: BaseException) -> Iterator[str]:
    yield "Traceback (most recent call last):"
    for frame in traceback.extract_tb(error.__traceback__)[-_FRAMES:]:
        yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}'
        if frame.line:
            yield f"    {frame.line}"
    yield _words(error)
    behind = _behind(error)
    for _ in range(_CAUSES):
        if behind is None:
            return
        yield f"  because of {_words(behind)}"
        behind = _behind(behind)


def _behind(error: BaseException) -> BaseException | None:
    if isinstance(error, BaseExceptionGroup):
        return error.exceptions[0]
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _words(error: BaseException) -> str:
    """Its kind and its text, even when that cannot be made."""
    told = traceback.TracebackException(type(error), error, None, compact=True)
    return "".join(told.format_exception_only()).strip()
