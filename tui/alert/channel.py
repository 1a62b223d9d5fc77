"""Channel: one way to tell people, and the letter that goes there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol
from uuid import uuid4

from tui.core.alerts import Alert
from tui.core.instant import Instant, as_served
from tui.core.notices import Notice, lines_of, title_of

VERSION = 1
"""Of the payload: a reader that knows it goes on understanding what comes with the same."""


class SendError(Exception):
    """Nothing was delivered: one sentence for people, free of secrets and already safe."""

    @property
    def sentence(self) -> str:
        """What went wrong."""
        return str(self)


class Channel(Protocol):
    """One way to tell people."""

    @property
    def name(self) -> str:
        """What it is called in sentences; holds no secret."""
        ...

    def send(self, letter: "Letter") -> None:
        """Deliver a letter; blocks.

        Raises:
            SendError: it was not delivered.
        """
        ...

    def close(self) -> None:
        """Try no longer."""
        ...


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to people. Its texts are safe."""

    title: str
    """In a few words."""
    lines: tuple[str, ...]
    """In full, a line for each sentence."""
    kind: str = "alert"
    """What it is about: ``alert``, ``test``."""
    severity: str = "ok"
    """``info``, ``warning``, ``critical``; ``ok`` when all of it is over."""
    context: str = ""
    """The name of what is watched."""
    details: Mapping[str, object] = field(default_factory=dict)
    """What a program wants to know beside that."""
    identity: str = field(default_factory=lambda: uuid4().hex)
    """The same for every try to deliver it."""

    @property
    def text(self) -> str:
        """Its lines in one text."""
        return "\n".join(self.lines)

    def payload(self, now: datetime | None = None) -> dict[str, object]:
        """All of it for a program, ready for JSON.

        Args:
            now: this machine's time; by default it is asked.
        """
        moment = datetime.now(UTC) if now is None else now
        return {
            "version": VERSION,
            "kind": self.kind,
            "id": self.identity,
            "sent_at": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "context": self.context,
            "title": self.title,
            "text": self.text,
            "severity": self.severity,
            **self.details,
        }


def letter_of(notice: Notice) -> Letter:
    """The letter that tells a notice."""
    return Letter(
        title=title_of(notice),
        lines=tuple(lines_of(notice)),
        severity="ok" if notice.severity is None else notice.severity.value,
        context=notice.context,
        details={
            "held_back": notice.held,
            "more_held_back": notice.last,
            "alerts": [_details(alert) for alert in notice.alerts],
        },
    )


def _details(alert: Alert) -> dict[str, object]:
    return {
        "context": alert.context,
        "status": "firing" if alert.fires else "resolved",
        "name": alert.rule.title,
        "rule": alert.rule.text,
        "severity": alert.rule.severity.value,
        "sentence": alert.sentence,
        "why": alert.why,
        "since": _time(alert.since),
        "at": _time(alert.at),
        "lasted_seconds": round(alert.lasted, 1),
        "count": alert.count,
        "total": alert.total,
        "again": alert.again,
    }


def _time(instant: Instant | None) -> str | None:
    return None if instant is None else as_served(instant)
