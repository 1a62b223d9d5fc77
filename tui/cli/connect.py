"""From settings to something that can be asked."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.cli.crash import noting
from tui.cli.failure import CommandError
from tui.cli.terminal import errors_put_aside
from tui.report.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.alert.alarms import Alarms
    from tui.config import Settings, Target
    from tui.core.query import Query
    from tui.source.asking import Asking
    from tui.source.base import Source
    from tui.source.endpoint import Endpoint
    from tui.source.foretaste import Foretaste
    from tui.source.secret import Secret


@dataclass(frozen=True, slots=True)
class Setup:
    """The settings, and the target that they and the options name."""

    settings: Settings
    target: Target


def load_settings() -> Settings:
    """The settings of this moment.

    Raises:
        CommandError: they cannot be used.
    """
    from tui.config import ConfigError, load

    try:
        return load()
    except ConfigError as error:
        raise CommandError(str(error), ExitCode.USAGE) from None


def set_up(context: str | None, url: str | None) -> Setup:
    """Read the settings and choose the target.

    Raises:
        CommandError: they cannot be used.
    """
    from tui.config import ConfigError, resolve

    settings = load_settings()
    try:
        return Setup(settings, resolve(settings, context, url))
    except ConfigError as error:
        raise CommandError(str(error), ExitCode.USAGE) from None


def set_up_to_ask(context: str | None, url: str | None) -> Setup:
    """As ``set_up``, for a command that cannot do without a key.

    Raises:
        CommandError: the settings cannot be used, or have no key.
    """
    from tui.config.target import no_key_sentence

    setup = set_up(context, url)
    if setup.target.key_from is None:
        raise CommandError(no_key_sentence(), ExitCode.USAGE)
    return setup


def asking_of(settings: Settings, *, split: bool = True, budget: int | None = None) -> Asking:
    """How the settings and the options have the endpoint asked.

    Args:
        settings: what the file says.
        split: false for ``--no-split``.
        budget: ``--budget``.
    """
    from tui.source.asking import Asking

    return Asking(
        split=settings.split and split,
        parts=settings.parts,
        budget=settings.budget if budget is None else budget,
        page=settings.page,
        lookups=settings.lookups,
    )


def source_of(
    endpoint: Endpoint,
    read_key: Callable[[], Secret],
    asking: Asking,
    foretaste: Foretaste | None = None,
) -> Source:
    """The source for an endpoint. It takes its time: httpx is imported, certificates are read.

    Args:
        endpoint: is asked.
        read_key: gives the API key.
        asking: how it is asked.
        foretaste: where the first records of the first answer go.

    Raises:
        NoSourceError: the proxy or the certificates that the environment names cannot be used.
    """
    # httpx brings a command line of its own, and with it much of rich: it does without, like this.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
    import httpx

    from tui.source.base import NoSourceError
    from tui.source.console_api import ConsoleApi

    try:
        api = ConsoleApi(endpoint, noting(read_key), connections=asking.parts, foretaste=foretaste)
    except OSError:
        # Names the variables and not their values: a proxy's address may hold a password.
        raise NoSourceError(
            "the certificates that SSL_CERT_FILE or SSL_CERT_DIR name cannot be read"
        ) from None
    except (ValueError, ImportError, httpx.InvalidURL):
        raise NoSourceError(
            "the proxy that HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names cannot be used: "
            "give an address like http://proxy:3128"
        ) from None
    return asking.over(api)


def alarms_for(
    settings: Settings, query: Query, changed: Callable[[], None] = lambda: None
) -> Alarms | None:
    """The alarms beside whatever watches; ``None`` where nothing is to be told.

    Args:
        settings: what the file says.
        query: the question that the rules are about.
        changed: is called from a thread when what could not be delivered has changed.

    Raises:
        CommandError: the settings contradict themselves.
    """
    if not settings.alerts:
        return None
    from tui.alert.alarms import alarms_of
    from tui.config import ConfigError

    try:
        return alarms_of(settings, query, changed=changed)
    except ConfigError as error:
        raise CommandError(str(error), ExitCode.USAGE) from None


def post_of(settings: Settings) -> Callable[[str, str], None] | None:
    """What posts a handover note, and of which context; ``None`` without a webhook.

    Raises:
        CommandError: the settings contradict themselves.
    """
    notify = settings.notify
    if not (notify.webhook or notify.webhook_env or notify.webhook_file):
        return None
    from tui.alert.channels import webhook_of
    from tui.alert.handover import poster
    from tui.config import ConfigError

    try:
        webhook = webhook_of(notify)
    except ConfigError as error:
        raise CommandError(str(error), ExitCode.USAGE) from None
    return None if webhook is None else poster(webhook)


def program_of(settings: Settings, url: str | None) -> tuple[str, ...]:
    """The first words of a command that asks the same endpoint, but for its context.

    Args:
        settings: what the environment says.
        url: ``--url``.
    """
    address = url or settings.url
    return ("conntop", "--url", address) if address else ("conntop",)


def on_screen(run: Callable[[], int]) -> int:
    """Run the screen; its exit code.

    Raises:
        CommandError: the settings of the screen cannot be used.
    """
    from tui.config import ConfigError

    try:
        with errors_put_aside():
            return run()
    except ConfigError as error:
        raise CommandError(str(error), ExitCode.USAGE) from None
