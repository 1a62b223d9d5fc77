"""The settings as the file and the environment give them, checked, with one sentence for errors."""

import difflib
import os
import shlex
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from tui.config.alerting import AlertSetting, Notify
from tui.config.file import ConfigError, path_text, read_document
from tui.config.model import ENVIRONMENT, ENVIRONMENT_ONLY, Context, Settings
from tui.config.names import TABLES, NamesError, read_names
from tui.config.takes import hints, takes
from tui.config.views import ViewError, ViewSetting
from tui.core.alert_rules import Rule, RuleError
from tui.core.names import Names
from tui.core.safe import safe
from tui.core.saved_view import NUMBERS, SavedView
from tui.source.secret import Secret

_KEY_NAMES = ("api_key", "apikey", "api-key", "key", "token", "authorization")
"""Names under which somebody might write the key itself into the file."""


_LONGEST_KEYS = 100
"""Characters of the keys for one action."""


def load() -> Settings:
    """The settings of this moment: what the environment gives, over what the file gives.

    Raises:
        ConfigError: the file or a variable cannot be used.
    """
    try:
        document = read_document()
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path_text()} is not TOML: {safe(str(error))}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path_text()} is not TOML: it is not UTF-8 text") from None
    except OSError as error:
        raise ConfigError(f"{path_text()} cannot be read: {error.strerror}") from None
    _refuse_misplaced(document)
    _refuse_unknown(document)
    settings = Settings(**_read(Settings, {**document, **_environment()}))
    for number, rule in enumerate(settings.alerts, 1):
        if rule.context and rule.context not in settings.contexts:
            place = _dotted(("alerts", str(number), "context"))
            raise ConfigError(
                f"{place} in {path_text()}: there is no context {safe(rule.context, 60)}"
            )
    return settings


def _environment() -> dict[str, object]:
    """What the environment gives; an empty variable is as good as none."""
    texts = {name: os.environ.get(variable, "").strip() for name, variable in ENVIRONMENT.items()}
    return {
        name: Secret(text) if name == "api_key" else text for name, text in texts.items() if text
    }


# What is in the file


def _contexts(document: Mapping[str, Any]) -> dict[str, dict[str, object]]:
    """The tables of the contexts, as far as they are tables."""
    contexts = document.get("contexts")
    tables = contexts.items() if isinstance(contexts, dict) else ()
    return {name: table for name, table in tables if isinstance(table, dict)}


def _refuse_misplaced(document: Mapping[str, Any]) -> None:
    for table in (document, *_contexts(document).values()):
        if any(name.lower() in _KEY_NAMES for name in table):
            raise ConfigError(
                f"{path_text()} holds an API key, which does not belong there: "
                "put it into a file of its own and name that with api_key_file"
            )
    if "url" in document:
        raise ConfigError(
            f"url stands alone in {path_text()}: it belongs to a context, under [contexts.NAME]"
        )


def _refuse_unknown(document: Mapping[str, Any]) -> None:
    """A misspelt name must not be overlooked: it may be the one that matters."""
    for_all = [name for name in hints(Settings) if name not in ENVIRONMENT_ONLY]
    for_one = list(hints(Context))
    unknown = [(name,) for name in document if name not in for_all]
    nested = [
        ("contexts", context, name)
        for context, table in _contexts(document).items()
        for name in table
        if name not in for_one
    ]
    if unknown or nested:
        names = ", ".join(_dotted(place) for place in (*unknown, *nested))
        meant = _meant([place[-1] for place in unknown or nested], for_all if unknown else for_one)
        raise ConfigError(f"{path_text()} has no setting {names}{meant}")


def _meant(unknown: list[str], allowed: list[str]) -> str:
    """A guess at what was meant, for one misspelt name."""
    close = difflib.get_close_matches(unknown[0], allowed, 1)
    if len(unknown) == 1 and close:
        return f": did you mean {close[0]}?"
    return f"; there are {', '.join(allowed)}"


# What each setting takes


def _read(
    model: type[Settings | Context | AlertSetting | Notify | ViewSetting],
    values: Mapping[str, object],
    *table: str,
) -> dict[str, Any]:
    """The values that are given for the fields of ``model``, checked; ``table`` holds them."""
    return {
        name: _value((*table, name), hint, values[name])
        for name, hint in hints(model).items()
        if name in values
    }


def _value(place: tuple[str, ...], hint: Any, value: object) -> object:
    """One value, of which nothing is told where it is wrong: it may be a secret."""
    words = takes(hint)
    if isinstance(value, dict) and place == ("contexts",):
        return {name: _context(name, table) for name, table in value.items()}
    if place == ("names",):
        return _names(words, value)
    if place == ("views",):
        return _views(words, value)
    if place == ("alerts",):
        return _alerts(words, value)
    if place == ("notify",):
        return Notify(**_table(Notify, words, place, value))
    if isinstance(value, dict) and place == ("keys",):
        return {name: _keys((*place, name), words, key) for name, key in value.items()}
    return _convert(place, hint, words, value)


def _context(name: str, table: object) -> Context:
    if not isinstance(table, dict):
        place = _dotted(("contexts", name))
        raise ConfigError(f"{place} in {path_text()} is a table, written [{place}]")
    command = table.get("api_key_command")
    if isinstance(command, str):
        table = {**table, "api_key_command": _words(command)}
    return Context(**_read(Context, table, "contexts", name))


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        # A quote that is not closed: as little of a command as none.
        return []


def _keys(place: tuple[str, ...], words: str, value: object) -> object:
    keys = _convert(place, str, words, value)
    # They are shown in the help and in the line of keys.
    if not isinstance(keys, str) or keys != safe(keys, _LONGEST_KEYS):
        raise ConfigError(f"{_dotted(place)} in {path_text()} takes {words}")
    return keys


def _names(words: str, tables: object) -> Names:
    if not isinstance(tables, dict):
        raise ConfigError(f"names in {path_text()} takes {words}")
    unknown = [name for name in tables if name not in TABLES]
    if unknown:
        listed = ", ".join(_dotted(("names", name)) for name in unknown)
        raise ConfigError(f"{path_text()} has no setting {listed}{_meant(unknown, list(TABLES))}")
    try:
        return read_names(tables)
    except NamesError as error:
        place = _dotted(("names", *error.place))
        raise ConfigError(f"{place} in {path_text()} {error.sentence}") from None


def _views(words: str, tables: object) -> dict[int, SavedView]:
    if not isinstance(tables, dict) or not {str(n) for n in NUMBERS}.issuperset(tables):
        raise ConfigError(f"views in {path_text()} takes {words}")
    views = {}
    for number, table in tables.items():
        place = ("views", number)
        words = f"a table, written [{_dotted(place)}]"
        try:
            views[int(number)] = ViewSetting(**_table(ViewSetting, words, place, table)).read()
        except ViewError as error:
            where = _dotted((*place, error.setting))
            raise ConfigError(f"{where} in {path_text()} {error.sentence}") from None
    return views


def _alerts(words: str, value: object) -> tuple[Rule, ...]:
    if not isinstance(value, list):
        raise ConfigError(f"alerts in {path_text()} takes {words}")
    rules = []
    for number, table in enumerate(value, 1):
        place = ("alerts", str(number))
        try:
            rules.append(AlertSetting(**_table(AlertSetting, words, place, table)).read())
        except RuleError as error:
            raise ConfigError(f"{_dotted(place)} in {path_text()}: {error}") from None
    return tuple(rules)


def _table(
    model: type[AlertSetting | Notify | ViewSetting],
    words: str,
    place: tuple[str, ...],
    value: object,
) -> dict[str, Any]:
    """The fields of a table of its own, none of which is misspelt."""
    if not isinstance(value, dict):
        raise ConfigError(f"{_dotted(place)} in {path_text()} takes {words}")
    allowed = list(hints(model))
    unknown = [name for name in value if name not in allowed]
    if unknown:
        listed = ", ".join(_dotted((*place, name)) for name in unknown)
        raise ConfigError(f"{path_text()} has no setting {listed}{_meant(unknown, allowed)}")
    command = value.get("command")
    if isinstance(command, str):
        value = {**value, "command": _words(command)}
    return _read(model, value, *place)


def _convert(place: tuple[str, ...], hint: Any, words: str, value: object) -> object:
    try:
        # Not strict: the environment has texts only.
        return msgspec.convert(value, hint, strict=False)
    except (msgspec.ValidationError, UnicodeEncodeError):
        # The latter where a variable holds bytes that are no text.
        variable = ENVIRONMENT.get(place[0])
        given = variable and os.environ.get(variable, "").strip()
        what = variable if given else f"{_dotted(place)} in {path_text()}"
        raise ConfigError(f"{what} takes {words}") from None


def _dotted(place: Iterable[str]) -> str:
    return safe(".".join(place))
