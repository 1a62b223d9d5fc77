"""The detail view: one connection, alive while it is open."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalGroup, VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.core.connection import HEARTBEAT_LIMIT, Connection, State
from tui.core.fleet import Fleet, Tracked
from tui.core.grammar import quote
from tui.core.instant import Instant, clock_text, day_text, seconds_between, span_text, span_words
from tui.core.rhythm import late_after
from tui.core.safe import safe
from tui.core.spark import bar, spark
from tui.view.keys import bind
from tui.view.messages import FilterWanted
from tui.view.paint import Part, write
from tui.view.theme import STATE_STYLES

_LABEL = 10


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


def heartbeat_line(subject: Subject, width: int) -> list[Part]:
    """Heartbeat recency against the documented limit: as a bar and in words."""
    one, now = subject.one, subject.now
    style = STATE_STYLES[one.state.value]
    age = one.connection.beat_age(now)
    parts: list[Part] = [(f"{one.state.glyph} {one.state.value:<7} ", f"bold {style}")]
    cells = max(6, min(24, width - 55))
    parts.append((bar(age / HEARTBEAT_LIMIT, cells), style))
    if age < -1.5:
        parts.append((" its last heartbeat lies in the future: the clocks differ", "$warning"))
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
        lines.append(_fact("gone", text))
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
    lines.append(_fact("gaps", gaps_words(one)))
    lines.append(_fact("history", history_words(one, max(20, width - _LABEL))))
    lines.append(_fact("service", f"{safe(record.service)} · {safe(record.protocol)}"))
    lines.append(_fact("server", f"{safe(record.host)} in {safe(record.data_center)}"))
    lines.append(_fact("client", safe(record.client)))
    lines.append(_fact("API key", safe(record.api_key_id)))
    return Content("\n").join(
        Content.assemble(*line).truncate(width, ellipsis=True) for line in lines
    )


def _fact(label: str, text: str) -> list[Part]:
    return [(f"{label:<{_LABEL}}", "$muted"), (text, "")]


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
    spread = median(abs(gap - rhythm) for gap in known)
    return f"{rhythm:.0f} s (±{spread:.0f}) · {so}"


def gaps_words(one: Tracked) -> str:
    """The sparkline of the gaps between its last heartbeats."""
    known = [gap for gap in one.gaps if gap is not None]
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


@dataclass(frozen=True, slots=True)
class Sibling:
    """Connections that share something with the subject."""

    label: str
    value: str
    count: int
    field: str

    @property
    def filter(self) -> str:
        """The local filter that shows them."""
        return f"{self.field}={quote(self.value)}"


_KINDS: tuple[tuple[str, str, Callable[[Connection], str]], ...] = (
    ("same client", "client", lambda one: one.client),
    ("same host", "host", lambda one: one.host),
    ("same key", "key", lambda one: one.api_key_id),
)


def siblings(connection: Connection, fleet: Fleet) -> list[Sibling]:
    """Who shares the client, the host or the key, the subject itself included."""
    found = []
    for label, field, read in _KINDS:
        value = read(connection)
        count = sum(read(one.connection) == value for one in fleet.tracked.values())
        found.append(Sibling(label, value, count, field))
    return found


class SiblingList(OptionList):
    """The siblings; Enter filters."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("j", "cursor_down", "Down", "siblings-down", "next line"),
        bind("k", "cursor_up", "Up", "siblings-up", "previous line"),
    ]


class Detail(VerticalScroll, can_focus=False):
    """The pane. In: a Subject, or None. Out: FilterWanted."""

    subject: reactive[Subject | None] = reactive(None, init=False)
    """What it shows."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._siblings: list[Sibling] = []

    def compose(self) -> ComposeResult:
        """Facts, siblings, the raw record."""
        with VerticalGroup(id="detail-left"):
            yield Static(id="detail-title")
            yield Static(id="detail-facts")
            yield SiblingList(id="detail-siblings", compact=True)
        yield Static(id="detail-raw")

    def watch_subject(self, before: Subject | None, subject: Subject | None) -> None:
        """Paint what reads differently."""
        if subject is None:
            return
        self._paint_facts()
        one = subject.one
        if before is None or before.one is not one or before.fleet is not subject.fleet:
            write(self.query_one("#detail-title", Static), Content(safe(one.connection_id)))
            self._list_siblings(subject)
            raw = json.dumps(one.connection.record(), indent=2, ensure_ascii=True)
            write(self.query_one("#detail-raw", Static), Content(raw), layout=True)

    def on_resize(self) -> None:
        """Another width, other lines."""
        self.call_after_refresh(self._paint_facts)

    def _paint_facts(self) -> None:
        if self.subject is not None:
            width = max(20, self.query_one("#detail-left").content_size.width)
            write(self.query_one("#detail-facts", Static), facts(self.subject, width), layout=True)

    def _list_siblings(self, subject: Subject) -> None:
        found = siblings(subject.one.connection, subject.fleet)
        if found == self._siblings:
            return
        self._siblings = found
        listing = self.query_one(SiblingList)
        place = listing.highlighted
        listing.set_options(
            Option(
                Content.assemble(
                    (f"{one.label:<12}", "$muted"),
                    f"{one.count:>5,}  ",
                    safe(one.value, 60),
                )
            )
            for one in found
        )
        listing.highlighted = place

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Show the siblings."""
        event.stop()
        self.post_message(FilterWanted(self._siblings[event.option_index].filter))
