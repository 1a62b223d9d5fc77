"""Notices: alerts put into messages to people, few enough to be read."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from tui.core.alert_rules import MOST, Severity
from tui.core.alerts import Alert
from tui.core.safe import safe
from tui.core.verdict import VerdictKind

WINDOW = 600.0
"""Seconds within which messages are counted."""
HELD_MOST = 200
"""Alerts that are held back at the most; of each rule the last one counts."""


class Notice(Struct, frozen=True):
    """One message."""

    alerts: tuple[Alert, ...]
    """What it tells: what fires first, the gravest first."""
    held: int = 0
    """How many of the alerts since the message before were held back until now."""
    last: bool = False
    """Whether further ones are held back for a while."""

    @property
    def context(self) -> str:
        """The names of the contexts that it is about."""
        return " + ".join(dict.fromkeys(one.context for one in self.alerts))

    @property
    def severity(self) -> Severity | None:
        """The gravest of what fires; ``None`` when all of it is over."""
        found = [one.rule.severity for one in self.alerts if one.fires]
        return max(found, key=list(Severity).index, default=None)


class Outbox(Struct, frozen=True):
    """What was sent lately, and what is held back."""

    most: int = MOST
    """Messages within ``WINDOW``, at the most."""
    sent: tuple[float, ...] = ()
    """When the last messages went out."""
    held: tuple[Alert, ...] = ()
    """What waits; of each rule the last word."""
    count: int = 0
    """How many alerts were held back."""


def post(outbox: Outbox, alerts: Sequence[Alert], time: float) -> tuple[Outbox, Notice | None]:
    """The outbox with ``alerts`` put into it, and the message that may go out now.

    What comes together goes out together. When too many have gone out, alerts are held back, and go
    out as one message as soon as one may.
    """
    sent = tuple(one for one in outbox.sent if time - one < WINDOW)
    waiting = {(one.context, one.rule): one for one in outbox.held}
    for alert in alerts:
        # The latest word goes to the end.
        waiting.pop((alert.context, alert.rule), None)
        waiting[alert.context, alert.rule] = alert
    kept = tuple(waiting.values())[-HELD_MOST:]
    if not kept:
        return replace(outbox, sent=sent), None
    if len(sent) >= outbox.most:
        count = outbox.count + len(alerts)
        return replace(outbox, sent=sent, held=kept, count=count), None
    order = list(Severity)
    told = sorted(kept, key=lambda one: (not one.fires, -order.index(one.rule.severity)))
    notice = Notice(tuple(told), outbox.count, len(sent) + 1 >= outbox.most)
    return replace(outbox, sent=(*sent, time), held=(), count=0), notice


def title_of(notice: Notice) -> str:
    """The message in a few words."""
    name = f"conntop {safe(notice.context, 40)}".rstrip()
    if len(notice.alerts) == 1:
        [alert] = notice.alerts
        return f"{name}: {word_of(alert)} {alert.rule.title}"
    fire = sum(alert.fires for alert in notice.alerts)
    counts = {"fire": fire, "over": len(notice.alerts) - fire}
    return f"{name}: {', '.join(f'{count:,} {word}' for word, count in counts.items() if count)}"


def word_of(alert: Alert) -> str:
    """What a message says first of it."""
    if not alert.fires:
        return "over:"
    return "ALERT AGAIN" if alert.again else "ALERT"


def lines_of(notice: Notice) -> list[str]:
    """The message in full, a line for each sentence."""
    several = len({alert.context for alert in notice.alerts}) > 1
    lines = [line_of(alert, with_context=several) for alert in notice.alerts]
    if notice.held:
        lines.append(f"{notice.held:,} alerts were held back until now: this is how they ended")
    if notice.last:
        lines.append("further alerts are held back for up to 10 min")
    return lines


def line_of(alert: Alert, *, with_context: bool = False) -> str:
    """One alert in full."""
    sign = "⚑" if alert.fires else "✓"
    title = f"{safe(alert.context, 40)}: " if with_context else ""
    title += alert.rule.title
    named = f" [{alert.rule.text}]" if alert.rule.name else ""
    # The sentence of a mass drop has the same in it.
    is_said = alert.rule.what is VerdictKind.MASS_DROP
    why = f" — {alert.why}" if alert.why and not is_said else ""
    return f"{sign} {title}{named}: {alert.sentence}{why}"
