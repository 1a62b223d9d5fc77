"""Saving a view into the file of settings, of which all else stays as it is, to the byte."""

import os
import re
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.config.file import MOST, ConfigError, config_path, path_text
from tui.config.show import toml_text
from tui.config.views import table_of
from tui.core.saved_view import SavedView

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import Item

_SURROGATE = re.compile("[\ud800-\udfff]")


def save_view(number: int, view: SavedView) -> None:
    """Write a view under its number; it blocks.

    The file is replaced as a whole or not at all, keeps its mode, and is made where there is none.

    Raises:
        ConfigError: it was not written, and why.
    """
    try:
        _save(config_path().resolve(), number, view)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(f"{path_text()} was not written: {reason}") from None


def _save(path: Path, number: int, view: SavedView) -> None:
    if path.exists() and not path.is_file():
        raise ConfigError(f"{path_text()} was not written: it is no plain file")
    before = path.read_bytes() if path.exists() else None
    after = with_view(before or b"", number, view)
    if len(after) > MOST:
        raise ConfigError(f"{path_text()} was not written: it would be larger than {MOST:,} bytes")
    if before is None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123  # an open file, not a path
            file.write(after)
            file.flush()
            os.fsync(handle)
            # A new one is its owner's alone, as mkstemp makes it.
            if before is not None:
                os.fchmod(handle, path.stat().st_mode & 0o7777)
        if (path.read_bytes() if path.exists() else None) != before:
            raise ConfigError(
                f"{path_text()} was not written: somebody else has just changed it. Save again"
            )
        Path(name).replace(path)
    except BaseException:
        # Whatever ends it, ctrl-c too: nothing half written stays behind.
        Path(name).unlink(missing_ok=True)
        raise


def with_view(content: bytes, number: int, view: SavedView) -> bytes:
    """The content of the file with the view in it.

    Raises:
        ConfigError: the file cannot be read, or holds something else there.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        text = content.decode("utf-8")
        expected = tomllib.loads(text)
        document = tomlkit.parse(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, TOMLKitError, RecursionError):
        raise ConfigError(f"{path_text()} was not written: it is not TOML as it stands") from None
    views = expected.setdefault("views", {})
    if not isinstance(views, dict) or not isinstance(views.get(str(number), {}), dict):
        raise ConfigError(f"{path_text()} was not written: views in it is no table")
    table = table_of(view)
    if not all(_can_be_written(one) for one in table.values()):
        raise ConfigError(f"{path_text()} was not written: the view has a character no file holds")
    views[str(number)] = table
    _put(document, str(number), table)
    written = tomlkit.dumps(document)
    # Whoever else writes TOML has to read it as we mean it.
    if tomllib.loads(written) != expected:
        raise ConfigError(
            f"{path_text()} was not written: its [views] cannot be changed without harm. "
            f"Write [views.{number}] by hand"
        )
    return written.encode()


def _can_be_written(value: object) -> bool:
    """Whether it is without lone surrogates, which only JSON can say."""
    return not isinstance(value, str) or value.isascii() or not _SURROGATE.search(value)


def _item(value: object) -> "Item":
    """The value in TOML, without a character that a terminal acts upon: it may have been served."""
    import tomlkit

    return tomlkit.value(toml_text(value)) if isinstance(value, str) else tomlkit.item(value)


def _put(document: "TOMLDocument", number: str, table: dict[str, Any]) -> None:
    import tomlkit

    views = document.get("views")
    known = None if views is None else views.get(number)
    if known is not None:
        # What is said in comments stays beside what it is said of.
        for name in [name for name in known if name not in table]:
            del known[name]
        for name, value in table.items():
            if name not in known or known[name] != value:
                known[name] = _item(value)
        return
    new = tomlkit.table()
    for name, value in table.items():
        new[name] = _item(value)
    if views is None:
        views = document["views"] = tomlkit.table(is_super_table=True)
    views[number] = new
