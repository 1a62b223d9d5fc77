"""The settings in force, as TOML with where each comes from, and a check of every context."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from tui import __version__
from tui.config.alerting import Notify
from tui.config.file import ConfigError, path_text, read_document
from tui.config.model import ENVIRONMENT, Context, Settings
from tui.config.names import TABLES
from tui.config.target import DEFAULT_CONTEXT, resolve
from tui.config.views import table_of
from tui.core.safe import safe, safe_each
from tui.source.base import SourceError
from tui.source.endpoint import host_of

MASK = "••••"
"""Stands for a key that can be read. Its length tells nothing."""

_PLAIN = (
    "every",
    "split",
    "parts",
    "budget",
    "page",
    "lookups",
    "client",
    "low_bandwidth",
    "past_age",
    "past_size",
)
"""The settings that stand in no table and are no names."""
_ESCAPES = {'"': '\\"', "\\": "\\\\"}


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check of one context found."""

    name: str
    """The context's name, harmless to show."""
    well: bool
    """Whether it can be used."""
    sentence: str
    """Where its key comes from, or what is wrong."""


def toml_text(text: str) -> str:
    r"""A TOML string that holds ``text``, and no character that a terminal acts upon.

    >>> toml_text('a"b\n')
    '"a\\"b\\u000a"'
    """
    shown = [
        _ESCAPES.get(char, char)
        if seen == char
        else f"\\u{ord(char):04x}"
        if ord(char) < 0x10000
        else f"\\U{ord(char):08x}"
        for char, seen in zip(text, safe_each(text), strict=True)
    ]
    return f'"{"".join(shown)}"'


def _toml_name(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name, re.ASCII) else toml_text(name)


def show_settings(settings: Settings) -> Iterator[str]:
    """The lines of ``config show``."""
    document = read_document()
    there = "" if document else " (not there, or empty)"
    yield f"# conntop {__version__}, settings file {path_text()}{there}\n"
    if settings.url is not None:
        yield f"# url {safe(settings.url)}: from {ENVIRONMENT['url']}, for every context\n"
    if settings.api_key is not None:
        yield f"# {ENVIRONMENT['api_key']} is set: {MASK}\n"
    if settings.context is not None:
        yield _line("context", settings.context, _origin("context", document))
    for name in _PLAIN:
        value = getattr(settings, name)
        if value is not None:
            yield _line(name, value, _origin(name, document))
    contexts = settings.contexts or {DEFAULT_CONTEXT: Context()}
    for name, context in contexts.items():
        yield f"\n[contexts.{_toml_name(name)}]\n"
        told = document.get("contexts", {}).get(name, {})
        for field in fields(Context):
            value = getattr(context, field.name)
            if value is not None:
                yield _line(field.name, value, "file" if field.name in told else "default")
        checked = check(settings, name)
        yield f"# key: {checked.sentence}{f': {MASK}' if checked.well else ''}\n"
    for title in TABLES:
        names: Mapping[object, str] = getattr(settings.names, title)
        if names:
            yield f"\n[names.{title}]\n"
        for named, name in names.items():
            yield _line(_toml_name(str(named)), name, "file")
    for number, view in settings.views.items():
        yield f"\n[views.{number}]\n"
        for name, value in table_of(view).items():
            yield _line(name, tuple(value) if isinstance(value, list) else value, "file")
    if settings.alerts or "notify" in document:
        yield from _show_alerts(settings, document)
    yield "\n[keys]\n"
    for name, keys in settings.keys.items():
        yield _line(_toml_name(name), keys, "file")


def _show_alerts(settings: Settings, document: dict[str, Any]) -> Iterator[str]:
    for rule in settings.alerts:
        yield "\n[[alerts]]\n"
        yield _line("rule", rule.text, "file")
        if rule.name:
            yield _line("name", rule.name, "file")
        if rule.context:
            yield _line("context", rule.context, "file")
        yield _line("severity", rule.severity.value, "as read")
        yield _line("cooldown", f"{rule.cooldown:g}s", "as read")
    yield "\n[notify]\n"
    for field in fields(Notify):
        value = getattr(settings.notify, field.name)
        if field.name == "webhook" and value is not None:
            # What comes after the host may be what lets one post there.
            value = f"{host_of(value)}/{MASK}"
        if value is not None:
            told = document.get("notify", {})
            yield _line(field.name, value, "file" if field.name in told else "default")


def _line(name: str, value: object, origin: str) -> str:
    if isinstance(value, tuple):
        # The arguments of a command may be secret; the program's name is not.
        secret = name in ("api_key_command", "command") and len(value) > 1
        words = [value[0], "…"] if secret else value
        text = f"[{', '.join(toml_text(word) for word in words)}]"
    elif isinstance(value, bool):
        text = "true" if value else "false"
    else:
        text = toml_text(value) if isinstance(value, str) else f"{value:g}"
    return f"{name} = {text}  # {origin}\n"


def _origin(name: str, document: dict[str, Any]) -> str:
    variable = ENVIRONMENT.get(name)
    if variable is not None and os.environ.get(variable, "").strip():
        return variable
    return "file" if name in document else "default"


def check(settings: Settings, name: str) -> Checked:
    """Whether a context's address may be asked and its key can be read."""
    shown = safe(name)
    try:
        target = resolve(settings, name)
        target.read_key()
    except ConfigError as error:
        return Checked(shown, False, str(error))
    except SourceError as error:
        return Checked(shown, False, error.sentence)
    return Checked(shown, True, f"from {target.key_from}")


def check_contexts(settings: Settings) -> Iterator[Checked]:
    """The check of every context; a default context that is not there counts as one more."""
    names = list(settings.contexts) or [DEFAULT_CONTEXT]
    if settings.context is not None and settings.context not in names:
        names.append(settings.context)
    for name in names:
        yield check(settings, name)
