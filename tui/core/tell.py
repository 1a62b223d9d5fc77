"""Telling: what a fold found, put into events with their evidence."""

from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

from tui.core.connection import HEARTBEAT_LIMIT, State
from tui.core.events import Event, EventKind
from tui.core.fleet import Fleet, Tracked
from tui.core.instant import TICKS, Instant, clock_text, seconds_between, span_text
from tui.core.names import beside
from tui.core.rhythm import late_after
from tui.core.safe import safe
from tui.core.verdict import Verdict, VerdictKind

if TYPE_CHECKING:
    from tui.core.fold import Change

_NAMED = 5
"""Connections that are named in one line about several."""

_BEGINS = {
    VerdictKind.LINK_DOWN: EventKind.LINK_LOST,
    VerdictKind.RATE_LIMITED: EventKind.RATE_LIMITED,
    VerdictKind.FROZEN: EventKind.FROZEN,
    VerdictKind.CUT: EventKind.CUT,
    VerdictKind.SKEW: EventKind.SKEW,
    VerdictKind.MASS_DROP: EventKind.MASS_DROP,
    VerdictKind.STORM: EventKind.STORM,
}
_ENDS = {VerdictKind.CUT: EventKind.WHOLE}
"""The end of an outage and of a standstill is told by ``tell_link_back``."""
_LINK = (EventKind.LINK_LOST, EventKind.RATE_LIMITED)


def tell_change(after: Fleet, before: Fleet, was: State | None, one: Tracked) -> Event:
    """That ``one`` is new, or in another state than it ``was``."""
    at = after.at
    assert at is not None
    if one.state is State.GONE:
        return event_of(one, at, _departure(after, one), _evidence(after, one, at))
    if was is None:
        return _arrival(after, before, one, at)
    if one.state is State.LIVE:
        return event_of(one, at, EventKind.RECOVERED, _recovery(was, one))
    if one.state.trouble < was.trouble:
        how = "in the answer again" if was is State.GONE else f"was {was.value}"
        return event_of(one, at, EventKind.RECOVERED, f"{how}, {_evidence(after, one, at)}")
    kind = EventKind.LATE if one.state is State.LATE else EventKind.SILENT
    return event_of(one, at, kind, _evidence(after, one, at))


def event_of(one: Tracked, at: Instant, kind: EventKind, evidence: str) -> Event:
    """An event of one connection; the name of its API key comes first, where it has one."""
    name = one.labels.key
    return Event(at, kind, f"{name}: {evidence}" if name else evidence, one)


def _departure(after: Fleet, one: Tracked) -> EventKind:
    """Gone for good only where the endpoint was asked for it and has nothing."""
    assert after.last is not None
    none = after.last.ended.get(one.connection_id, one) is None
    return EventKind.GONE if none else EventKind.DROPPED


def _arrival(after: Fleet, before: Fleet, one: Tracked, at: Instant) -> Event:
    """It opened since the answer before; or it is older, and beats after a silence."""
    record = one.connection
    known_at = before.at if before.at is not None else at
    if record.start < known_at - round(HEARTBEAT_LIMIT * TICKS):
        text = f"not in the answers before, though it started {_ago(record.start, at)} ago"
        return event_of(one, at, EventKind.RECOVERED, text)
    where = f"{safe(record.service, 40)} on {beside(record.host, one.labels.host)}"
    who = beside(record.client, one.labels.client)
    text = f"{where} by {who}, started {clock_text(record.start)}"
    if one.state is not State.LIVE:
        text += f", {one.state.value}: {_evidence(after, one, at)}"
    return event_of(one, at, EventKind.OPENED, text)


def _recovery(was: State, one: Tracked) -> str:
    beat = clock_text(one.connection.last_heartbeat)
    gap = one.gaps[-1] if one.gaps else None
    pause = "" if gap is None else f" after {span_text(gap)}"
    return f"beats again at {beat}{pause}, was {was.value}"


def _evidence(fleet: Fleet, one: Tracked, at: Instant) -> str:
    """Last beat, rhythm, and how long it is silent."""
    record = one.connection
    parts = [f"last beat {clock_text(record.last_heartbeat)}"]
    rhythm = fleet.rhythm_of(one)
    if rhythm is not None:
        parts.append(f"rhythm {rhythm:.0f} s")
    age = record.beat_age(at)
    if age <= HEARTBEAT_LIMIT and not record.is_active:
        parts.append("the endpoint says that it ended")
    else:
        parts.append(f"silent for {span_text(age)}")
    if one.state is State.GONE:
        parts.append(f"was up {span_text(one.duration(at))}")
    elif one.state is State.LATE:
        parts.append(f"late after {late_after(rhythm):.0f} s")
    return ", ".join(parts)


def _ago(instant: Instant, at: Instant) -> str:
    return span_text(seconds_between(instant, at))


def tell_link_back(
    before: Fleet, after: Fleet, at: Instant, changes: Sequence["Change"] | None
) -> Iterable[Event]:
    """That we see again, and what we find changed: when that happened nobody knows.

    Args:
        before: the fleet while we were blind.
        after: the fleet with the answer.
        at: server time of the answer.
        changes: what is found changed; ``None`` where that cannot be told.
    """
    found = "" if changes is None else _meanwhile(changes)
    if before.standstill is not None and after.standstill is None:
        text = f"its data move again, {_since(before.standstill.since, at)}{found}"
        yield Event(at, EventKind.THAWED, text)
    was_told = before.last is not None or any(one.kind in _LINK for one in before.log)
    if before.outage is not None and after.outage is None and was_told:
        polls = before.outage.polls
        noun = "poll" if polls == 1 else "polls"
        text = f"after {polls:,} failed {noun}, {_since(before.outage.since, at)}{found}"
        yield Event(at, EventKind.LINK_BACK, text)


def tell_unwatched(
    before: Fleet, at: Instant, changes: Sequence["Change"] | None
) -> Iterable[Event]:
    """That nobody looked for a while, and what is found changed since; as ``tell_link_back``."""
    found = "" if changes is None else _meanwhile(changes)
    text = f"nothing was asked for {_since(before.at, at)}: paused, stopped or asleep{found}"
    yield Event(at, EventKind.UNWATCHED, text)


def _since(since: Instant | None, at: Instant) -> str:
    if since is None:
        return "for an unknown time"
    return f"{span_text(seconds_between(since, at))} since {clock_text(since)}"


def _meanwhile(changes: Sequence["Change"]) -> str:
    """What changed while we were blind, in one breath."""
    groups = {
        "left": [one for one in changes if one.after is State.GONE],
        "came": [one for one in changes if one.before is None],
        "in trouble": [
            one for one in changes if one.before and one.after in (State.LATE, State.SILENT)
        ],
    }
    parts = []
    for word, group in groups.items():
        if group:
            names = ", ".join(safe(one.connection_id, 40) for one in group[:_NAMED])
            more = ", …" if len(group) > _NAMED else ""
            parts.append(f"{len(group):,} {word} ({names}{more})")
    return f"; meanwhile {', '.join(parts)}" if parts else "; nothing changed meanwhile"


def tell_verdicts(
    before: Fleet,
    verdicts: Sequence[Verdict],
    at: Instant | None,
    changes: Sequence["Change"] | None = None,
) -> Iterable[Event]:
    """What is the matter since now, and what is so no longer.

    Args:
        before: the fleet as it was judged last.
        verdicts: what is the matter now.
        at: server time, where known.
        changes: what is found changed, not told one by one; ``None`` where that cannot be told.
    """
    if at is None:
        # A failure without a time is not older than what was told before it.
        at = before.log[-1].at if before.log else before.at
    if at is None:
        return
    was = {one.kind for one in before.verdicts}
    now = {one.kind for one in verdicts}
    for verdict in verdicts:
        kind = _BEGINS.get(verdict.kind)
        if kind is None or _is_old(before, verdict, kind):
            continue
        yield Event(at, kind, verdict.sentence)
    for ended, kind in _ENDS.items():
        if ended in was and ended not in now:
            found = "" if changes is None else _meanwhile(changes)
            yield Event(at, kind, f"answers are complete again{found}")


def _is_old(before: Fleet, verdict: Verdict, kind: EventKind) -> bool:
    """Whether a verdict is no news.

    A drop can follow another that is still in sight, so it is news unless most of it had happened
    when one was last told. And neither a drop nor a storm is news after a poll that failed. An
    endpoint that refuses and fails by turns is told of once for each, as long as it goes on.
    """
    if kind in _LINK and before.outage is not None:
        return kind in _told_of_outage(before.log)
    told = [one.at for one in before.log if one.kind is kind]
    if kind is EventKind.MASS_DROP:
        return any(at >= verdict.middle for at in told if verdict.middle is not None)
    lasts = any(one.kind is verdict.kind for one in before.verdicts)
    if kind is not EventKind.STORM or verdict.since is None:
        return lasts
    return lasts or any(at >= verdict.since for at in told)


def _told_of_outage(log: Sequence[Event]) -> set[EventKind]:
    """What was told of an outage that goes on: until its end nothing else is."""
    return {one.kind for one in takewhile(lambda one: one.kind in _LINK, reversed(log))}
