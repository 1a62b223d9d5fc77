"""The settings of alerts: ``[[alerts]]``, what is to be told, and ``[notify]``, where it goes."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from msgspec import Meta
from msgspec.structs import replace

from tui.config.takes import Takes
from tui.core.alert_rules import MOST, Rule, RuleError, Severity, parse_rule, parse_span
from tui.core.safe import safe

SeverityName = Literal["info", "warning", "critical"]
"""How grave an alert is."""

_LONGEST_NAME = 60
_Variable = Annotated[
    Annotated[str, Meta(pattern=r"^[A-Z_][A-Z0-9_]{0,99}\Z")] | None,
    Takes("the name of an environment variable, in capital letters, and not the secret itself"),
]
_File = Annotated[
    Annotated[str, Meta(pattern=r"^[~/][^\x00-\x1f]*\Z")] | None,
    Takes("a full path that begins with / or ~, and not the secret itself"),
]


@dataclass(frozen=True, slots=True)
class AlertSetting:
    """One entry of `[[alerts]]`."""

    rule: Annotated[str, Takes("a rule, such as silent > 5 for 30s, as text")] = ""
    """When to alert: `[FILTER] WHAT < or > NUMBER [for SPAN]`, or a verdict such as `mass drop`.
    The [page about alerts](alerts.md) has the whole language."""

    name: Annotated[str, Takes(f"a name of at most {_LONGEST_NAME} printable characters")] = ""
    """What to call it in messages."""

    severity: Annotated[SeverityName, Takes('"info", "warning" or "critical"')] = "warning"
    """How grave it is."""

    context: Annotated[str, Takes("the name of a context, as text")] = ""
    """Name of the only context that it is for. Unless it is given, the rule is for each context
    that is watched, by itself."""

    cooldown: Annotated[str, Takes("a span such as 30s, 10m or 1h, as text")] = "10m"
    """For how long after its end it does not fire again. What goes on beyond it fires then."""

    def read(self) -> Rule:
        """The rule.

        Raises:
            RuleError: it cannot be used, and why.
        """
        if len(self.name) > _LONGEST_NAME or self.name != safe(self.name):
            raise RuleError(f"a name has at most {_LONGEST_NAME} printable characters")
        return replace(
            parse_rule(self.rule),
            name=self.name.strip(),
            severity=Severity(self.severity),
            context=self.context,
            cooldown=parse_span(self.cooldown),
        )


@dataclass(frozen=True, slots=True)
class Notify:
    """Where alerts go, beside the screen. What a channel cannot do is told, and harms no other."""

    bell: Annotated[bool, Takes("true or false")] = True
    """Whether the terminal's bell rings."""

    desktop: Annotated[bool, Takes("true or false")] = True
    """Whether the terminal is asked for a desktop notification (OSC 9 and OSC 777), which works
    through SSH, tmux (with `set -g allow-passthrough on`) and screen, where the terminal can do
    it."""

    webhook: Annotated[str | None, Takes("an https address, as text")] = field(
        default=None, repr=False
    )
    """Address that gets each message as JSON. Only https and addresses of this machine are used.
    If the address is itself a secret, name its place with `webhook_env` or `webhook_file`."""

    webhook_env: _Variable = None
    """Name of the environment variable that holds the address instead."""

    webhook_file: _File = None
    """Path of a file with the address alone in it, readable by its owner only."""

    webhook_secret_env: _Variable = None
    """Name of the environment variable that holds the secret which messages are signed with."""

    webhook_secret_file: _File = None
    """Path of a file with that secret alone in it, readable by its owner only."""

    command: Annotated[
        Annotated[tuple[str, ...], Meta(min_length=1)] | None,
        Takes("a command as text, or as a list of words"),
    ] = field(default=None, repr=False)
    """Command that is run for each message, without a shell. It finds the message as JSON on its
    stdin and in its variables `CONNTOP_ALERT_…`, and has 10 seconds."""

    apprise_urls_env: _Variable = None
    """Name of the environment variable that holds
    [Apprise](https://github.com/caronc/apprise) addresses with spaces between: Slack, PagerDuty,
    Opsgenie, mail and a hundred more. It needs `pip install 'conntop[apprise]'`."""

    apprise_file: _File = None
    """Path of a file with such addresses, one a line, readable by its owner only."""

    messages: Annotated[int, Meta(ge=1, le=100), Takes("a whole number from 1 to 100")] = MOST
    """Messages within 10 minutes, at the most. What is more is held back, and told in one message
    as soon as one may be sent."""
