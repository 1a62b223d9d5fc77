"""The channels that the settings name."""

from typing import TYPE_CHECKING

from tui.alert.channel import Channel
from tui.config import ConfigError, Settings
from tui.config.alerting import Notify
from tui.config.key import KeySource, from_file, from_variable
from tui.config.model import ENVIRONMENT

if TYPE_CHECKING:
    from tui.alert.webhook import Webhook


def channels_of(settings: Settings) -> list[Channel]:
    """The channels beside the terminal, none of which has read its secret yet.

    Raises:
        ConfigError: the same is given in two ways.
    """
    notify = settings.notify
    found: list[Channel] = []
    webhook = webhook_of(notify)
    if webhook is not None:
        found.append(webhook)
    if notify.command is not None:
        from tui.alert.command import Command

        found.append(Command(notify.command, secret_variables(settings)))
    addresses = _one_of(notify, "Apprise address", "apprise_urls_env", "apprise_file")
    if addresses is not None:
        from tui.alert.apprise import Apprise

        found.append(Apprise(addresses.fetch))
    return found


def webhook_of(notify: Notify) -> "Webhook | None":
    """The webhook, where there is one.

    Raises:
        ConfigError: its address or its secret is given in two ways.
    """
    address = _one_of(notify, "webhook address", "webhook", "webhook_env", "webhook_file")
    secret = _one_of(notify, "webhook secret", "webhook_secret_env", "webhook_secret_file")
    if address is None:
        if secret is not None:
            raise ConfigError("[notify] has a secret for a webhook, but no webhook: add webhook")
        return None
    from tui.alert.webhook import Webhook

    return Webhook(address.read, None if secret is None else secret.read)


def secret_variables(settings: Settings) -> set[str]:
    """The variables that hold secrets: no command of the user's is given them."""
    notify = settings.notify
    named = (notify.webhook_env, notify.webhook_secret_env, notify.apprise_urls_env)
    keys = (context.api_key_env for context in settings.contexts.values())
    return {ENVIRONMENT["api_key"], *(name for name in (*named, *keys) if name is not None)}


def _one_of(notify: Notify, holds: str, *names: str) -> KeySource | None:
    """The place of a secret, out of the settings that may name it."""
    given = [name for name in names if getattr(notify, name) is not None]
    if len(given) > 1:
        raise ConfigError(f"[notify] has {' and '.join(given)}: keep one")
    if not given:
        return None
    [name] = given
    text: str = getattr(notify, name)
    if name.endswith("_env"):
        return from_variable(text, holds)
    if name.endswith("_file"):
        return from_file(text, holds)
    return KeySource(name, lambda: text, holds)
