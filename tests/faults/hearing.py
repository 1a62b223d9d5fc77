"""Hearing of what goes wrong where nobody looks: in tasks, threads, destructors, logs."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Ear(logging.Handler):
    """Hears what is logged."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._problems = problems

    def emit(self, record: logging.LogRecord) -> None:
        # The stand-in cuts answers short on purpose, of which its server complains.
        if not record.name.startswith("uvicorn"):
            self._problems.append(f"logged by {record.name}: {record.getMessage()}")


@contextlib.contextmanager
def listening(problems: list[str]) -> Iterator[None]:
    """Hear of every exception that nobody takes, every log record and every warning."""

    def unhandled(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        problems.append(f"in a task: {context['message']}: {context.get('exception')!r}")

    def unraisable(hook: sys.UnraisableHookArgs) -> None:
        problems.append(f"unraisable: {hook.exc_value!r} in {hook.object!r}")

    def in_thread(hook: threading.ExceptHookArgs) -> None:
        problems.append(f"in a thread: {hook.exc_value!r}")

    loop, root, ear = asyncio.get_running_loop(), logging.getLogger(), _Ear(problems)
    before = sys.unraisablehook, threading.excepthook
    loop.set_exception_handler(unhandled)
    root.addHandler(ear)
    sys.unraisablehook, threading.excepthook = unraisable, in_thread
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            yield
            gc.collect()
        problems += [f"warned: {one.category.__name__}: {one.message}" for one in warned]
    finally:
        sys.unraisablehook, threading.excepthook = before
        root.removeHandler(ear)
        loop.set_exception_handler(None)
