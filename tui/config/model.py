"""The settings as the file and the environment give them, checked, with one sentence for errors."""

import difflib
import os
import shlex
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from tui.config.alerting import AlertSetting, Notify
from tui.config.file import ConfigError, path_text, read_document
from tui.config.names import TABLES, NamesError, read_names
from tui.config.takes import Takes as Takes
from tui.config.takes import hints as hints
from tui.config.takes import takes as takes
from tui.config.views import ViewError, ViewSetting
from tui.core.alert_rules import Rule, RuleError
from tui.core.lineage import CLIENT_FIELDS, DEFAULT_CLIENT, ClientField
from tui.core.names import NO_NAMES, Names
from tui.core.safe import safe
from tui.core.saved_view import NUMBERS, SavedView
from tui.source.complete import BUDGET, PARTS
from tui.source.endpoint import DEFAULT_URL
from tui.source.last_records import LOOKUPS
from tui.source.secret import Secret

ENVIRONMENT = {
    "context": "CONNTOP_CONTEXT",
    "every": "CONNTOP_EVERY",
    "url": "CONNTOP_URL",
    "api_key": "CONNTOP_API_KEY",
}
"""The settings that the environment may give, and its names for them."""

ENVIRONMENT_ONLY = ("url", "api_key")
"""Of those, the ones that the file may not hold."""

LowBandwidth = Literal["auto", "on", "off"]
"""When to send as little as can be: when the terminal proves to be slow, always, never."""

_KEY_NAMES = ("api_key", "apikey", "api-key", "key", "token", "authorization")
"""Names under which somebody might write the key itself into the file."""


_LONGEST_KEYS = 100
"""Characters of the keys for one action."""


@dataclass(frozen=True, slots=True)
class Context:
    """One organization's view of the endpoint: its address and where its key comes from.

    A context names at most one source of the key. One that names none uses `CONNTOP_API_KEY`.
    """

    url: Annotated[str, Takes("a base address, as text")] = DEFAULT_URL
    """Base address of the endpoint; the path `/api/connection-analytics/query` is appended.
    Only https and addresses of this machine are asked."""

    api_key_env: Annotated[
        Annotated[str, Meta(pattern=r"^[A-Z_][A-Z0-9_]{0,99}\Z")] | None,
        Takes("the name of an environment variable, in capital letters, and not the key itself"),
    ] = None
    """Name of the environment variable that holds the key."""

    api_key_file: Annotated[
        Annotated[str, Meta(pattern=r"^[~/][^\x00-\x1f]*\Z")] | None,
        Takes("a full path that begins with / or ~, and not the key itself"),
    ] = None
    """Path of a file with the key alone in it. It must be readable by its owner only
    (`chmod 600`)."""

    api_key_command: Annotated[
        Annotated[tuple[str, ...], Meta(min_length=1)] | None,
        Takes("a command as text, or as a list of words"),
    ] = field(default=None, repr=False)
    """Command whose first line of output is the key, such as `pass show conntop`. It is run
    without a shell and without a terminal, and has 10 seconds."""

    api_key_keyring: Annotated[
        Annotated[str, Meta(pattern=r"^[^\x00-\x1f/][^\x00-\x1f]*/[^\x00-\x1f/]+\Z")] | None,
        Takes("a service and a user name of the keyring, as service/username"),
    ] = None
    """Entry of the system's keyring that holds the key, as `service/username`. It needs
    `pip install 'conntop[keyring]'`."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set; what is not set has a default."""

    context: Annotated[str | None, Takes("the name of a context, as text")] = None
    """Name of the context to use when `--context` gives none. Not needed when the file has one
    context only."""

    every: Annotated[float, Meta(ge=1, le=300), Takes("a number of seconds from 1 to 300")] = 5.0
    """Seconds between two questions to the endpoint."""

    split: Annotated[bool, Takes("true or false")] = True
    """Whether records that do not fit into one answer are asked for in parts, by their start
    time. With `false`, as with `--no-split`, one answer has to do, and says when it may be cut."""

    parts: Annotated[int, Meta(ge=1, le=32), Takes("a whole number from 1 to 32")] = PARTS
    """Requests under way at once."""

    budget: Annotated[
        int, Meta(ge=1, le=10_000), Takes("a whole number of requests from 1 to 10000")
    ] = BUDGET
    """Requests that one poll may send to get all the records. Past it the answer counts as cut.
    `conntop list` sends as many as it takes, unless `--budget` says otherwise."""

    page: Annotated[
        Annotated[int, Meta(ge=10, le=1_000_000)] | None,
        Takes("a whole number from 10 to 1000000"),
    ] = None
    """Records to ask for in one request. Unset, none are named and the endpoint's own default of
    1000 holds. A larger page makes fewer requests, where the endpoint serves it."""

    lookups: Annotated[int, Meta(ge=0, le=1_000), Takes("a whole number from 0 to 1000")] = LOOKUPS
    """Connections that have left and are asked for once more by their id, in one poll, to show
    their last heartbeat and final duration. The others have their turn with the next polls."""

    client: Annotated[
        tuple[ClientField, ...],
        Meta(min_length=1),
        Takes(f"a list of names out of {', '.join(CLIENT_FIELDS)}"),
    ] = DEFAULT_CLIENT
    """What tells one client of yours from another. Connections that share all of it are sessions
    of one client, and a later one that takes the place of an earlier one is a reconnect."""

    low_bandwidth: Annotated[LowBandwidth, Takes('"auto", "on" or "off"')] = "auto"
    """Whether the screen sends as little as can be: ages to ten seconds (`<20s`) every five, in
    16 colours and without animations. With `auto` it does so once the terminal proves to be slow.
    On the screen `B` switches it."""

    contexts: Annotated[dict[str, Context], Takes("tables, each written [contexts.NAME]")] = field(
        default_factory=dict
    )
    """The contexts by name."""

    keys: Annotated[
        dict[str, str], Takes('a table of texts, such as find = "slash" under [keys]')
    ] = field(default_factory=dict)
    """Other keys for actions on the screen: the id of a binding, and the key for it, or several
    with commas between. The help screen (`?`) lists the ids."""

    names: Annotated[
        Names, Takes("tables of names, written [names.keys], [names.networks] and [names.hosts]")
    ] = NO_NAMES
    """What people call API keys (by their id), networks of clients (`"203.0.113.0/24"`; the
    narrowest that holds an address names it) and hosts (whole, or up to the first dot), each
    served value before its name. Names are shown, found and exported beside what is served."""

    views: Annotated[dict[int, SavedView], Takes("tables, written [views.1] to [views.9]")] = field(
        default_factory=dict
    )
    """Ways to look at the fleet, each taken on the screen by the key of its number; see below.
    `V` on the screen writes one."""

    alerts: Annotated[
        tuple[Rule, ...], Takes("tables with a rule in each, written [[alerts]]")
    ] = ()
    """What is to be told when it comes to pass, each in a table of its own; see below."""

    notify: Annotated[Notify, Takes("a table, written [notify]")] = field(default_factory=Notify)
    """Where alerts go, beside the screen; see below."""

    url: Annotated[str | None, Takes("a base address, as text")] = None
    """Base address to use instead of the context's, as `--url` does."""

    api_key: Secret | None = None
    """The API key itself, for a context that names no other source of it."""


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
