"""Timeline: the log in a few lines for people, what happened together told together."""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import inf

from tui.core.events import Event, EventKind, Group
from tui.core.fleet import Tracked
from tui.core.instant import Instant, clock_text, seconds_between

BACK = (EventKind.RECONNECTED, EventKind.MOVED)
"""A client has another connection instead of one that stopped."""
_MOST = 20
"""Lines that are read at three in the morning."""
_TOGETHER = (30.0, 120.0, 600.0, inf)
"""Seconds between two events of a kind that are told as one; the first with few enough lines."""
_NAMED = 3
_WHEN = len("14:30:25–14:31:25Z")


def timeline(log: Iterable[Event], since: Instant) -> list[str]:
    """What has happened since ``since``, oldest first: a line each, safe to show.

    Events of one kind that follow each other closely are one line with their number, hosts and
    last beats. How closely depends on how many lines there would be; at most there is one for
    each kind. A client that is back is not told as opened, too. Times are those of the answers
    that showed it.
    """
    told = [event for event in log if event.at >= since]
    back = {event.connection_id for event in told if event.kind in BACK}
    told = [
        event
        for event in told
        if event.kind is not EventKind.OPENED or event.connection_id not in back
    ]
    groups: list[list[Event]] = []
    for gap in _TOGETHER:
        groups = _grouped(told, gap)
        if len(groups) <= _MOST:
            break
    return [_line(group) for group in groups]


def _grouped(events: Iterable[Event], gap: float) -> list[list[Event]]:
    groups: list[list[Event]] = []
    latest: dict[EventKind, list[Event]] = {}
    for event in events:
        group = latest.get(event.kind)
        # What concerns many or the monitor has a sentence of its own, as long as there is room.
        alone = event.one is None and gap <= _TOGETHER[0]
        if group is None or alone or abs(seconds_between(group[-1].at, event.at)) > gap:
            group = latest[event.kind] = []
            groups.append(group)
        group.append(event)
    return groups


def _line(group: Sequence[Event]) -> str:
    first, last = group[0], group[-1]
    when = clock_text(first.at)
    if first.at != last.at:
        when = f"{when[:-1]}–{clock_text(last.at)}"
    return f"{when:<{_WHEN}}  {_what(group)}"


def _what(group: Sequence[Event]) -> str:
    last, kind = group[-1], group[-1].kind
    if len(group) == 1:
        return last.line.partition(" ")[2]
    ones = [event.one for event in group if event.one is not None]
    if not ones:
        return f"{len(group):,} times {kind.value}, the last: {last.evidence}"
    return f"{len(group):,} {kind.value} {_where(ones)}{_beats(ones, kind)}"


def _where(ones: Sequence[Tracked]) -> str:
    hosts = Counter(one.connection.host for one in ones)
    if len(hosts) > _NAMED:
        return f"on {len(hosts):,} hosts"
    if len(hosts) == 1:
        return f"on {next(iter(hosts))}"
    return "on " + ", ".join(f"{host} ({count:,})" for host, count in hosts.most_common())


def _beats(ones: Sequence[Tracked], kind: EventKind) -> str:
    """When those that stopped beat last: that is when it happened."""
    if kind.group is not Group.DROPS and kind is not EventKind.LATE:
        return ""
    beats = [one.connection.last_heartbeat for one in ones]
    first, last = clock_text(min(beats)), clock_text(max(beats))
    return f", last beat {first}" if first == last else f", last beats {first} to {last}"
