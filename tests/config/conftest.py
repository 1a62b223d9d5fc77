"""A home of its own for every test: no settings, no variables of whoever runs it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.config.homes import move_into
from tui.config import config_path

Write = Callable[[str], Path]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    move_into(tmp_path, monkeypatch)
    return tmp_path


@pytest.fixture
def write(home: Path) -> Write:
    """Write the settings file where it is looked for."""

    def write_settings(text: str) -> Path:
        path = config_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write_settings
