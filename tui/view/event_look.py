"""How an event looks: its sign, its tone, and whose it is."""

from collections.abc import Mapping

from tui.core.connection import State
from tui.core.events import Event, EventKind, Group
from tui.core.safe import safe

_OUR_TROUBLE, _OUR_RELIEF = "◆", "◇"
LOOKS: Mapping[EventKind, tuple[str, str]] = {
    EventKind.OPENED: ("+", "good"),
    EventKind.LATE: (State.LATE.glyph, "warning"),
    EventKind.SILENT: (State.SILENT.glyph, "bad"),
    EventKind.DROPPED: (State.GONE.glyph, "bad"),
    EventKind.GONE: (State.GONE.glyph, "bad"),
    EventKind.RECOVERED: (State.LIVE.glyph, "good"),
    EventKind.RECONNECTED: ("↻", "good"),
    EventKind.MOVED: ("→", "good"),
    EventKind.FLAPPING: ("≈", "warning"),
    EventKind.OVERLAPPING: ("=", "warning"),
    EventKind.STORM: ("⚠", "warning"),
    EventKind.MASS_DROP: ("⚠", "bad"),
    EventKind.LINK_LOST: (_OUR_TROUBLE, "ours"),
    EventKind.LINK_BACK: (_OUR_RELIEF, "ours"),
    EventKind.RATE_LIMITED: (_OUR_TROUBLE, "ours"),
    EventKind.CUT: (_OUR_TROUBLE, "ours"),
    EventKind.WHOLE: (_OUR_RELIEF, "ours"),
    EventKind.FROZEN: (_OUR_TROUBLE, "ours"),
    EventKind.THAWED: (_OUR_RELIEF, "ours"),
    EventKind.SKEW: (_OUR_TROUBLE, "ours"),
    EventKind.UNWATCHED: (_OUR_TROUBLE, "ours"),
}
"""Sign and tone of each kind. What is ours has a diamond, and is never as red as a drop."""

TONES = {"good": "$success", "warning": "$warning", "bad": "$error", "ours": "$primary"}
"""The style of each tone."""

_NO_ONE = {True: "the monitor", False: "the fleet"}


def whose(event: Event) -> str:
    """The connection that it is about, or what else; safe to show."""
    if event.one is not None:
        return safe(event.one.connection_id, 60)
    return _NO_ONE[event.kind.group is Group.OURS]
