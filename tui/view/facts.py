"""What the detail view says of one connection, line by line."""

from dataclasses import dataclass
from statistics import median

from textual.content import Content

from tui.core.connection import AHEAD_ALLOWED, HEARTBEAT_LIMIT, State
from tui.core.fleet import Fleet, Tracked
from tui.core.instant import Instant, clock_text, day_text, seconds_between, span_text, span_words
from tui.core.names import beside
from tui.core.rhythm import late_after
from tui.core.safe import safe
from tui.core.spark import bar, spark
from tui.view.paint import Part
from tui.view.theme import STATE_STYLES

_LABEL = 10
_SESSIONS = 3


@dataclass(frozen=True, slots=True)
class Subject:
    """One connection and what surrounds it."""

    one: Tracked
    """The connection."""
    fleet: Fleet
    """All that is known."""
    now: Instant
    """The server's time, for ages."""
    every: float
    """Seconds between polls: no rhythm quicker than that can be told."""
    is_past: bool = False
    """Whether it is as it was known at a moment of the past."""


def heartbeat_line(subject: Subject, width: int) -> list[Part]:
    """Heartbeat recency against the documented limit: as a bar and in words."""
    one, now = subject.one, subject.now
    style = STATE_STYLES[one.state.value]
    age = one.connection.beat_age(now)
    parts: list[Part] = [(f"{one.state.glyph} {one.state.value:<7} ", f"bold {style}")]
    cells = max(6, min(24, width - 55))
    parts.append((bar(age / HEARTBEAT_LIMIT, cells), style))
    if age < -AHEAD_ALLOWED:
        ahead = f" its last heartbeat lies {span_text(-age)} in the server's own future: clock skew"
        parts.append((ahead, "$warning"))
    elif age <= HEARTBEAT_LIMIT:
        parts.append((f" heartbeat {span_text(max(0.0, age))} ago", "bold"))
        parts.append((f", the limit is {HEARTBEAT_LIMIT:.0f} s", "$muted"))
    else:
        over = span_text(age - HEARTBEAT_LIMIT)
        parts.append((f" heartbeat {span_text(age)} ago", f"bold {style}"))
        parts.append((f", {over} past the {HEARTBEAT_LIMIT:.0f} s limit", style))
    return parts


def facts(subject: Subject, width: int) -> Content:
    """Everything about the connection that is no list: one label and one fact a line."""
    one, now = subject.one, subject.now
    record = one.connection
    lines: list[list[Part]] = [heartbeat_line(subject, width)]
    if one.state is State.GONE and one.gone_at is not None:
        before = span_text(seconds_between(record.last_heartbeat, one.gone_at))
        text = f"not in the answer of {clock_text(one.gone_at)}, {before} after its last beat"
        known = "" if one.final else "   its last record is not known yet"
        lines.append([*_fact("gone", text), (known, "$muted")])
    elif not record.is_active:
        lines.append(_fact("ended", "the endpoint says isActive: false"))
    up = "was up" if one.state is State.GONE else "up"
    how = "last heartbeat − start" if one.state is State.GONE else "now − start"
    lines.append([*_fact(up, span_words(one.duration(now))), (f"   {how}", "$muted")])
    served = f"{span_words(record.duration)}, {record.duration:,.0f} s"
    lines.append([*_fact("served", served), ("   last heartbeat − start", "$muted")])
    for label, instant in (
        ("started", record.start),
        ("last beat", record.last_heartbeat),
        ("updated", record.updated),
    ):
        local = day_text(instant, None)
        lines.append([*_fact(label, day_text(instant)), (f"   {local} local", "$muted")])
    lines.append(_fact("rhythm", rhythm_words(subject)))
    lines.append(_fact("gaps", gaps_words(one, is_past=subject.is_past)))
    lines.append(_fact("history", history_words(one, max(20, width - _LABEL))))
    lines.append(_fact("session", session_words(one)))
    lines += [_fact(label, text) for label, text in life_words(subject)]
    if one.labels.context:
        lines.append(_fact("context", safe(one.labels.context)))
    lines.append(_fact("service", f"{safe(record.service)} · {safe(record.protocol)}"))
    labels = one.labels
    where = f"{beside(record.host, labels.host)} in {safe(record.data_center)}"
    lines.append(_fact("server", where))
    lines.append(_named("client", record.client, labels.client))
    lines.append(_named("API key", record.api_key_id, labels.key))
    return Content("\n").join(
        Content.assemble(*line).truncate(width, ellipsis=True) for line in lines
    )


def _fact(label: str, text: str) -> list[Part]:
    return [(f"{label:<{_LABEL}}", "$muted"), (text, "")]


def _named(label: str, served: str, name: str) -> list[Part]:
    if not name:
        return _fact(label, safe(served))
    return [*_fact(label, name), (f"  {safe(served)}", "$muted")]


def rhythm_words(subject: Subject) -> str:
    """The learned heartbeat rhythm, how sure it is, and what follows from it."""
    one = subject.one
    rhythm = subject.fleet.rhythm_of(one)
    if rhythm is None:
        return "not known yet: it takes three heartbeats"
    allowed = late_after(rhythm)
    so = f"late after {allowed:.0f} s" if allowed < HEARTBEAT_LIMIT else "late only at the limit"
    if one.rhythm is None:
        return f"{rhythm:.0f} s by others of its kind · {so}"
    if rhythm <= subject.every * 1.5:
        return f"{rhythm:.0f} s or quicker, by the polls · {so}"
    known = [gap for gap in one.gaps if gap is not None]
    if not known:
        return f"{rhythm:.0f} s · {so}"
    spread = median(abs(gap - rhythm) for gap in known)
    return f"{rhythm:.0f} s (±{spread:.0f}) · {so}"


def gaps_words(one: Tracked, *, is_past: bool = False) -> str:
    """The sparkline of the gaps between its last heartbeats, which are not kept in the past."""
    known = [gap for gap in one.gaps if gap is not None]
    if not known and is_past:
        return "single heartbeats of the past are not kept"
    if not known:
        return "no two heartbeats seen yet"
    low, high = span_text(min(known)), span_text(max(known))
    # Even gaps stand at half height, so that a long one stands out.
    top = max(max(known), 2 * median(known))
    text = f"{spark(one.gaps, top)} last {len(one.gaps)}, {low} to {high}"
    return f"{text}, · not seen by us" if len(known) < len(one.gaps) else text


def history_words(one: Tracked, width: int) -> str:
    """The states since it was first seen, the latest last; older ones give way."""
    steps = [f"{clock_text(at)} {state.value}" for at, state in one.states]
    text = " → ".join(steps)
    while len(text) > width and len(steps) > 1:
        steps = steps[1:]
        text = "… → " + " → ".join(steps)
    return text


def session_words(one: Tracked) -> str:
    """Which session of its client it is, and how it came to be."""
    session = one.session
    if session is None or session.follows is None or session.gap is None:
        return "the first that is known of this client"
    gap = session.gap
    when = f"{span_text(gap)} after" if gap >= 0 else f"{span_text(-gap)} before"
    return f"number {session.number}, opened {when} {safe(session.follows, 60)} stopped"


def life_words(subject: Subject) -> list[tuple[str, str]]:
    """The other sessions of its client with a label each, the latest first; a few of them."""
    record = subject.one.connection
    others = [
        each
        for each in reversed(subject.fleet.lineage.line_of(record))
        if each.connection_id != record.connection_id
    ]
    lines = []
    for each in others[:_SESSIONS]:
        start = clock_text(each.start)
        span = (
            f"since {start}" if each.stopped is None else f"{start} to {clock_text(each.stopped)}"
        )
        label = "  then" if each.start > record.start else "  before"
        lines.append((label, f"{safe(each.connection_id, 26)} {span} on {safe(each.host, 40)}"))
    if len(others) > _SESSIONS:
        lines.append(("", f"and {len(others) - _SESSIONS} more of this client"))
    return lines
