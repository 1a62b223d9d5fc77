"""Target: which endpoint is asked, and with whose key."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NoReturn

from tui.config.file import ConfigError, path_text
from tui.config.key import (
    KeySource,
    from_command,
    from_file,
    from_keyring,
    from_text,
    from_variable,
    refused,
)
from tui.config.model import ENVIRONMENT, Context, Settings
from tui.core.safe import safe
from tui.source.endpoint import Endpoint, EndpointError, parse_endpoint
from tui.source.secret import Secret

DEFAULT_CONTEXT = "default"
"""Name of the context that is used when the file has none."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a command asks."""

    name: str
    """The context's name."""
    endpoint: Endpoint
    """The checked address."""
    key_from: str | None
    """The place of the key in words; ``None`` when no key is configured anywhere."""
    read_key: Callable[[], Secret] = field(repr=False)
    """Gives the key; blocks, so it is called in a thread.

    Raises ``SourceError`` of the kind ``KEY`` when there is none.
    """


def resolve(settings: Settings, context: str | None = None, url: str | None = None) -> Target:
    """The target of a command.

    The context is the one asked for, else that of ``CONNTOP_CONTEXT`` or ``context``, else the
    only one there is. The address is ``url``, else ``CONNTOP_URL``, else the context's. The key
    comes from the source that the context names, else from ``CONNTOP_API_KEY``.

    Args:
        settings: what the file and the environment say.
        context: ``--context``.
        url: ``--url``.

    Raises:
        ConfigError: no such context, several sources of a key, or an address that gets no key.
    """
    name, chosen = _choose(settings, context or settings.context)
    if url:
        address, label = url, "--url"
    elif settings.url:
        address, label = settings.url, ENVIRONMENT["url"]
    else:
        address, label = chosen.url, f"contexts.{safe(name)}.url in {path_text()}"
    try:
        endpoint = parse_endpoint(address)
    except EndpointError as error:
        raise ConfigError(f"{label}: {error}") from None
    source = key_source(name, chosen, settings.api_key)
    if source is None:
        return Target(name, endpoint, None, _no_key)
    return Target(name, endpoint, source.place, source.read)


def _choose(settings: Settings, wanted: str | None) -> tuple[str, Context]:
    contexts = settings.contexts
    if not contexts and wanted in (None, DEFAULT_CONTEXT):
        return DEFAULT_CONTEXT, Context()
    if wanted is None and len(contexts) == 1:
        wanted = next(iter(contexts))
    if wanted is None:
        if DEFAULT_CONTEXT in contexts:
            return DEFAULT_CONTEXT, contexts[DEFAULT_CONTEXT]
        raise ConfigError(
            f"{path_text()} has several contexts ({_names(settings)}): "
            "choose one with --context, or with context in the file"
        )
    if wanted not in contexts:
        there = f"there are {_names(settings)}" if contexts else f"{path_text()} has none"
        raise ConfigError(f"there is no context {safe(wanted)}: {there}")
    return wanted, contexts[wanted]


def _names(settings: Settings) -> str:
    return ", ".join(safe(name) for name in settings.contexts)


def key_source(name: str, context: Context, api_key: Secret | None) -> KeySource | None:
    """Where the key of a context comes from; ``None`` when it is configured nowhere.

    Raises:
        ConfigError: the context names several sources.
    """
    named: dict[str, Callable[[], KeySource]] = {}
    if context.api_key_env is not None:
        variable = context.api_key_env
        named["api_key_env"] = lambda: from_variable(variable)
    if context.api_key_file is not None:
        path = context.api_key_file
        named["api_key_file"] = lambda: from_file(path)
    if context.api_key_command is not None:
        words = context.api_key_command
        named["api_key_command"] = lambda: from_command(words)
    if context.api_key_keyring is not None:
        entry = context.api_key_keyring
        named["api_key_keyring"] = lambda: from_keyring(entry)
    if len(named) > 1:
        raise ConfigError(
            f"the context {safe(name)} names several sources of the key "
            f"({', '.join(named)}): keep one"
        )
    for make in named.values():
        return make()
    if api_key is not None:
        return from_text(f"the variable {ENVIRONMENT['api_key']}", api_key)
    return None


def key_needed(target: Target) -> Target:
    """The target, which has a place of its key.

    Raises:
        ConfigError: it has none.
    """
    if target.key_from is None:
        raise ConfigError(f"the context {safe(target.name)}: {no_key_sentence()}")
    return target


def read_ahead(target: Target) -> Target:
    """The target with its key read, which blocks; it is read again only when it is refused.

    Raises:
        SourceError: there is no key where it should be.
    """
    known = [target.read_key()]
    return replace(target, read_key=lambda: known.pop() if known else target.read_key())


def _no_key() -> NoReturn:
    raise refused(no_key_sentence())


def no_key_sentence() -> str:
    """What to do when no key is configured anywhere."""
    return (
        f"there is no API key: set {ENVIRONMENT['api_key']}, or name its place in a context in "
        f"{path_text()}; conntop demo needs none"
    )
