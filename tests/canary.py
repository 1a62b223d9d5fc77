"""The canary: the one API key of all tests, which nothing that a test leaves behind may hold."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARY = "canary-7c0ffee7-do-not-show"
"""An API key that must never be seen anywhere."""


def _forms() -> Iterator[bytes]:
    """The key as it may stand in a text that is meant to hide it, or does by accident."""
    plain = CANARY.encode()
    yield plain
    yield plain[::-1]
    yield plain.hex().encode()
    yield plain.decode().encode("utf-16-le")
    yield "".join(f"\\u{ord(char):04x}" for char in CANARY).encode()
    for shift in range(3):
        # In base64 three places are possible, and at either end a neighbour has a say.
        yield base64.b64encode(bytes(shift) + plain)[4 if shift else 0 : -4]


FORMS = tuple(_forms())


def leaks(data: str | bytes) -> bool:
    """Whether the key is in ``data``, plain or in one of its disguises.

    >>> leaks(f"Authorization: {CANARY}"), leaks(f"Authorization: {CANARY[:12]}")
    (True, False)
    """
    raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    return any(form in raw for form in FORMS)


def leaky_files(folder: Path) -> list[Path]:
    """The files under ``folder`` that hold the key, but for those that a test gives it in."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not path.is_symlink()
        and not any(word in path.name for word in ("key", "config.toml"))
        and leaks(path.read_bytes())
    )


def leaky_arguments(pid: int) -> bool:
    """Whether the key is in the arguments of a process, which everybody on the machine can read."""
    try:
        return leaks(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False  # It has ended, or this is no Linux.
