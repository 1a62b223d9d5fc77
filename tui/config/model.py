"""The settings as the file and the environment give them, checked, with one sentence for errors."""

import difflib
import os
import shlex
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from platformdirs import user_config_path
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from tui.core.lineage import CLIENT_FIELDS, DEFAULT_CLIENT, ClientField
from tui.core.safe import safe
from tui.source.complete import BUDGET, PARTS
from tui.source.endpoint import DEFAULT_URL
from tui.source.last_records import LOOKUPS

ENVIRONMENT = {
    "context": "CONNTOP_CONTEXT",
    "every": "CONNTOP_EVERY",
    "url": "CONNTOP_URL",
    "api_key": "CONNTOP_API_KEY",
}
"""The settings that the environment may give, and its names for them."""

ENVIRONMENT_ONLY = ("url", "api_key")
"""Of those, the ones that the file may not hold."""

_KEY_NAMES = ("api_key", "apikey", "api-key", "key", "token", "authorization")
"""Names under which somebody might write the key itself into the file."""


class ConfigError(ValueError):
    """Settings that cannot be used, in one sentence that says what to do and holds no secret."""


@dataclass(frozen=True, slots=True)
class Takes:
    """What a setting takes, in words: for the documentation and for errors."""

    words: str


def _split(value: object) -> object:
    return tuple(shlex.split(value)) if isinstance(value, str) else value


class Context(BaseModel):
    """One organization's view of the endpoint: its address and where its key comes from.

    A context names at most one source of the key. One that names none uses `CONNTOP_API_KEY`.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True
    )

    url: Annotated[str, Takes("a base address, as text")] = DEFAULT_URL
    """Base address of the endpoint; the path `/api/connection-analytics/query` is appended.
    Only https and addresses of this machine are asked."""

    api_key_env: Annotated[
        str | None,
        Field(pattern=r"^[A-Z_][A-Z0-9_]{0,99}$"),
        Takes("the name of an environment variable, in capital letters, and not the key itself"),
    ] = None
    """Name of the environment variable that holds the key."""

    api_key_file: Annotated[
        str | None,
        Field(pattern=r"^[~/][^\x00-\x1f]*$"),
        Takes("a full path that begins with / or ~, and not the key itself"),
    ] = None
    """Path of a file with the key alone in it. It must be readable by its owner only
    (`chmod 600`)."""

    api_key_command: Annotated[
        tuple[str, ...] | None,
        BeforeValidator(_split),
        Field(min_length=1, repr=False),
        Takes("a command as text, or as a list of words"),
    ] = None
    """Command whose first line of output is the key, such as `pass show conntop`. It is run
    without a shell and without a terminal, and has 10 seconds."""

    api_key_keyring: Annotated[
        str | None,
        Field(pattern=r"^[^\x00-\x1f/][^\x00-\x1f]*/[^\x00-\x1f/]+$"),
        Takes("a service and a user name of the keyring, as service/username"),
    ] = None
    """Entry of the system's keyring that holds the key, as `service/username`. It needs
    `pip install 'conntop[keyring]'`."""


class Settings(BaseSettings):
    """Everything that can be set; what is not set has a default."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True
    )

    context: Annotated[str | None, Takes("the name of a context, as text")] = None
    """Name of the context to use when `--context` gives none. Not needed when the file has one
    context only."""

    every: Annotated[
        float,
        Field(ge=1, le=300, allow_inf_nan=False),
        Takes("a number of seconds from 1 to 300"),
    ] = 5.0
    """Seconds between two questions to the endpoint."""

    split: Annotated[bool, Takes("true or false")] = True
    """Whether records that do not fit into one answer are asked for in parts, by their start
    time. With `false`, as with `--no-split`, one answer has to do, and says when it may be cut."""

    parts: Annotated[int, Field(ge=1, le=32), Takes("a whole number from 1 to 32")] = PARTS
    """Requests under way at once."""

    budget: Annotated[
        int, Field(ge=1, le=10_000), Takes("a whole number of requests from 1 to 10000")
    ] = BUDGET
    """Requests that one poll may send to get all the records. Past it the answer counts as cut.
    `conntop list` sends as many as it takes, unless `--budget` says otherwise."""

    page: Annotated[
        int | None, Field(ge=10, le=1_000_000), Takes("a whole number from 10 to 1000000")
    ] = None
    """Records to ask for in one request. Unset, none are named and the endpoint's own default of
    1000 holds. A larger page makes fewer requests, where the endpoint serves it."""

    lookups: Annotated[int, Field(ge=0, le=1_000), Takes("a whole number from 0 to 1000")] = LOOKUPS
    """Connections that have left and are asked for once more by their id, in one poll, to show
    their last heartbeat and final duration. The others have their turn with the next polls."""

    client: Annotated[
        tuple[ClientField, ...],
        Field(min_length=1),
        Takes(f"a list of names out of {', '.join(CLIENT_FIELDS)}"),
    ] = DEFAULT_CLIENT
    """What tells one client of yours from another. Connections that share all of it are sessions
    of one client, and a later one that takes the place of an earlier one is a reconnect."""

    contexts: Annotated[dict[str, Context], Takes("tables, each written [contexts.NAME]")] = {}
    """The contexts by name."""

    keys: Annotated[
        dict[str, str], Takes('a table of texts, such as find = "slash" under [keys]')
    ] = {}
    """Other keys for actions on the screen: the id of a binding, and the key for it, or several
    with commas between. The help screen (`?`) lists the ids."""

    url: Annotated[str | None, Takes("a base address, as text")] = None
    """Base address to use instead of the context's, as `--url` does."""

    api_key: SecretStr | None = None
    """The API key itself, for a context that names no other source of it."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **__: Any,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment over the file. The order in which ``config show`` looks, too."""
        return init_settings, _Environment(settings_cls), _File(settings_cls, named_file())


class _Environment(PydanticBaseSettingsSource):
    """The few settings that the environment may give; an empty variable is as good as none."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        name = ENVIRONMENT.get(field_name)
        text = os.environ.get(name, "").strip() if name else ""
        return text or None, field_name, False

    def __call__(self) -> dict[str, Any]:
        values = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in values.items() if value is not None}


class _File(TomlConfigSettingsSource):
    """The file, which must not hold a key."""

    def __call__(self) -> dict[str, Any]:
        document = super().__call__()
        contexts = document.get("contexts")
        tables = [document, *(contexts.values() if isinstance(contexts, dict) else ())]
        for table in tables:
            if isinstance(table, dict) and any(name.lower() in _KEY_NAMES for name in table):
                raise ConfigError(
                    f"{path_text()} holds an API key, which does not belong there: "
                    "put it into a file of its own and name that with api_key_file"
                )
        if "url" in document:
            raise ConfigError(
                f"url stands alone in {path_text()}: it belongs to a context, under [contexts.NAME]"
            )
        return document


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


def load() -> Settings:
    """The settings of this moment.

    Raises:
        ConfigError: the file or a variable cannot be used.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise ConfigError(_sentence(error)) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path_text()} is not TOML: {safe(str(error))}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path_text()} is not TOML: it is not UTF-8 text") from None
    except OSError as error:
        raise ConfigError(f"{path_text()} cannot be read: {error.strerror}") from None


def read_document() -> dict[str, Any]:
    """The file as it stands, to tell which values come from it; empty without a file."""
    path = named_file()
    return {} if path is None else tomllib.loads(path.read_text(encoding="utf-8"))


def _sentence(error: ValidationError) -> str:
    """The first thing that is wrong, by its name and what it takes; never the value itself."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    unknown = [one["loc"] for one in found if one["type"] == "extra_forbidden"]
    if unknown:
        names = ", ".join(_dotted(place) for place in unknown)
        return f"{path_text()} has no setting {names}{_meant(unknown)}"
    place = found[0]["loc"]
    name = str(place[0])
    variable = ENVIRONMENT.get(name)
    if variable and os.environ.get(variable, "").strip():
        return f"{variable} takes {takes(Settings.model_fields[name])}"
    if len(place) == 2 and name == "contexts":
        return f"{_dotted(place)} in {path_text()} is a table, written [{_dotted(place)}]"
    nested = len(place) > 2 and name == "contexts"
    field = Context.model_fields[str(place[2])] if nested else Settings.model_fields[name]
    return f"{_dotted(place[:3])} in {path_text()} takes {takes(field)}"


def takes(field: FieldInfo) -> str:
    """What a field takes, in words."""
    return next((one.words for one in field.metadata if isinstance(one, Takes)), "text")


def _dotted(place: Iterable[int | str]) -> str:
    return safe(".".join(str(part) for part in place))


def _meant(unknown: list[tuple[int | str, ...]]) -> str:
    """A guess at what was meant, for one misspelt name."""
    known = Context.model_fields if len(unknown[0]) > 1 else Settings.model_fields
    allowed = [
        name for name in known if known is Context.model_fields or name not in ENVIRONMENT_ONLY
    ]
    close = difflib.get_close_matches(str(unknown[0][-1]), allowed, 1)
    if len(unknown) == 1 and close:
        return f": did you mean {close[0]}?"
    return f"; there are {', '.join(allowed)}"
