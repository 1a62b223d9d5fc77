"""A home of its own for a test: no settings and no variables of whoever runs it."""

import os
from pathlib import Path

import pytest


def move_into(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make ``path`` the home folder, and forget what the environment says to conntop."""
    for name in os.environ:
        if name.startswith(("CONNTOP_", "XDG_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(path))
