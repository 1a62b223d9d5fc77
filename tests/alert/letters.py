"""Letters for tests."""

from tui.alert.channel import Letter, letter_of
from tui.core.alert_rules import parse_rule
from tui.core.alerts import Alert
from tui.core.instant import parse_instant
from tui.core.notices import Notice

SINCE = parse_instant("2024-01-15T14:30:12Z")
ALERT = Alert(
    parse_rule("silent > 5 for 30s"),
    fires=True,
    sentence="6 silent of 26, for 30s",
    at=parse_instant("2024-01-15T14:30:42Z"),
    since=SINCE,
    lasted=30.0,
    count=6,
    total=26,
    why="all 6 are on host ws-server-01",
    context="prod",
)


def letter() -> Letter:
    """One alert, as a channel gets it."""
    return letter_of(Notice((ALERT,)))
