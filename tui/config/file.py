"""The file of settings: where it is, and what stands in it."""

import os
import tomllib
from pathlib import Path
from typing import Any

from platformdirs import user_config_path

from tui.core.safe import safe

MOST = 65_536
"""Bytes of a file of settings: some hundred contexts. A long word takes long to be read."""


class ConfigError(ValueError):
    """Settings that cannot be used, in one sentence that says what to do and holds no secret."""


def config_path() -> Path:
    """The file of settings, there or not: ``CONNTOP_CONFIG``, or the user's own."""
    named = os.environ.get("CONNTOP_CONFIG", "").strip()
    if not named:
        return user_config_path("conntop") / "config.toml"
    try:
        return Path(named).expanduser()
    except RuntimeError:
        raise ConfigError(
            "CONNTOP_CONFIG begins with ~, but there is no such home folder"
        ) from None


def path_text() -> str:
    """The path of the file as it may be shown."""
    return safe(str(config_path()))


def named_file() -> Path | None:
    """The file to read; ``None`` when there is none, which is an error only if it was named."""
    path = config_path()
    if path.is_dir():
        raise ConfigError(f"{path_text()} is a folder, and has to be a file")
    if path.exists():
        return path
    if os.environ.get("CONNTOP_CONFIG", "").strip():
        raise ConfigError(f"CONNTOP_CONFIG names {path_text()}, which is not there")
    return None


def read_document() -> dict[str, Any]:
    """The file as it stands; empty without a file."""
    path = named_file()
    if path is None:
        return {}
    with path.open("rb") as file:
        content = file.read(MOST + 1)
    if len(content) > MOST:
        raise ConfigError(f"{path_text()} is larger than {MOST:,} bytes, which no settings are")
    return tomllib.loads(content.decode("utf-8"))
