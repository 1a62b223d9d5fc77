"""The event log: what happened, newest first, over the fleet that goes on behind it."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Static

from tui.core.events import Event, Group
from tui.core.fleet import GONE_KEPT, Fleet
from tui.core.grammar import NO_FILTER, Filter
from tui.core.instant import clock_text, day_text
from tui.core.safe import safe
from tui.view.event_list import EventList, Selection, select
from tui.view.event_look import LOOKS, TONES, whose
from tui.view.key_line import KeyLine
from tui.view.keys import bind
from tui.view.paint import Part, write
from tui.view.past_keys import past_keys
from tui.view.status import Situation, StatusBar
from tui.view.take_away import copy

_KINDS: tuple[Group | None, ...] = (None, *Group)
_SHORT = {Group.LATE: "late", Group.RETURNS: "opened", Group.OURS: "monitor"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the log was left for a connection: whoever comes back goes on from there."""

    connection_id: str
    """The connection to go to."""
    event: Event
    """The event under the cursor."""
    group: Group | None
    """The kinds that were shown; ``None`` for all."""


class EventLog(Screen[Place | None], inherit_bindings=False):
    """In: a Situation, again and again. Returns the place of a connection to go to, or ``None``."""

    AUTO_FOCUS = "EventList"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-broad")]  # noqa: RUF012  # as in Screen
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012  # as in Screen
        (0, "-flat"),
        (8, "-tiny"),
        (16, "-short"),
        (34, "-tall"),
    ]

    # At once, as the key that leads here: what is typed right behind goes to the right screen.
    BINDINGS: ClassVar[list[BindingType]] = [
        bind(
            "enter",
            "jump",
            "Go to it",
            "log-jump",
            "close the log and go to the connection",
            show=True,
            at_once=True,
        ),
        bind("f,right", "kind(1)", "Kind", "log-kind", "show the next kind of events", show=True),
        bind("left", "kind(-1)", "Kind back", "log-kind-back", "show the kind before"),
        bind("slash", "filter", "Filter", "log-filter", "the filter of / on, or off", show=True),
        bind("y", "copy", "Copy", "log-copy", "copy the event", show=True),
        bind("p", "behind('pause')", "Pause", "log-pause", "stop asking, or go on"),
        bind("R", "behind('refresh_now')", "Refresh", "log-refresh", "ask now"),
        *past_keys("log"),
        bind(
            "escape,q,e",
            "close",
            "Back",
            "log-close",
            "close the log",
            show=True,
            at_once=True,
        ),
    ]

    situation: reactive[Situation] = reactive(Situation, init=False, repaint=False)
    """What the header tells; its fleet has the log."""

    def __init__(self, situation: Situation, condition: Filter, place: Place | None = None) -> None:
        """
        Args:
            situation: what is known.
            condition: the filter of the screen behind; it is on at the start.
            place: where to go on.
        """  # noqa: D205, D212
        super().__init__()
        self.set_reactive(EventLog.situation, situation)
        self._condition = condition
        self._filtering = bool(condition.tests)
        self._group = None if place is None else place.group
        self._start = None if place is None else place.event
        self._selection = Selection()
        self._is_laid = False

    def compose(self) -> ComposeResult:
        """The header as it is behind, the events, and the one under the cursor in full."""
        yield StatusBar(id="status")
        yield Static(id="log-title")
        yield EventList(id="log-list")
        yield Static(id="log-nothing")
        yield Static(id="log-event")
        yield KeyLine()

    def on_mount(self) -> None:
        """Show what there is."""
        self.query_one("#log-nothing").display = False
        self.watch(self.query_one(EventList), "pointed", self._paint_event, init=False)
        self._is_laid = True
        self.watch_situation(Situation(), self.situation)

    def on_resize(self) -> None:
        """Another width, another title."""
        self._paint_title()

    # The path of the data: a fleet comes in, its log is looked through off the loop and drawn

    def watch_situation(self, before: Situation, situation: Situation) -> None:
        """Time goes on in the header; what is new in the log is looked through."""
        if not self._is_laid or not self.is_attached:
            return
        self.query_one(StatusBar).situation = situation
        was, fleet = before.fleet, situation.fleet
        if fleet.log is not was.log or (not fleet.log and fleet is not was):
            self._select()

    @work(group="arrange", exclusive=True)
    async def _select(self) -> None:
        """Choose the events to show; a newer wish replaces one under way."""
        condition = self._condition if self._filtering else NO_FILTER
        log, group = self.situation.fleet.log, self._group
        self._selection = await asyncio.to_thread(select, log, group, condition)
        if not self.is_attached:
            return
        events = self.query_one(EventList)
        events.show(self._selection)
        if self._start is not None:
            events.point_at(self._start)
            self._start = None
        self._paint_title()
        self._paint_nothing()

    # Painting

    def _paint_title(self) -> None:
        line = self.query_one("#log-title", Static)
        condition = safe(self._condition.text, 60)
        parts: list[Part] = []
        if self._filtering:
            parts = [(f" · / {condition}", "$accent")]
        elif self._condition.tests:
            parts = [(f" · not filtered by / {condition}", "$muted")]
        write(line, log_title(self._selection, self._group, parts, line.content_size.width))

    def _paint_nothing(self) -> None:
        """Where there is no event, say why."""
        empty = not self._selection
        nothing = self.query_one("#log-nothing", Static)
        nothing.display = empty
        self.query_one(EventList).display = not empty
        if empty:
            words = _nothing_words(self._selection, self._group, self.situation.fleet)
            write(nothing, Content(words), layout=True)

    def _paint_event(self, event: Event | None) -> None:
        """The event under the cursor, whole."""
        words = Content("") if event is None else _in_full(event)
        write(self.query_one("#log-event", Static), words, layout=True)

    # Keys

    def action_jump(self) -> None:
        """Close the log and go to the connection of the event."""
        event = self.query_one(EventList).pointed
        if event is None:
            return
        if event.one is not None:
            self.dismiss(Place(event.one.connection_id, event, self._group))
        elif event.kind.group is Group.OURS:
            self.app.notify("This is about the monitor itself, not about a connection.", timeout=3)
        else:
            self.app.notify("This is about many connections: there is no one to go to.", timeout=3)

    def action_kind(self, step: int) -> None:
        """Show the next kind of events, or the one before."""
        place = _KINDS.index(self._group)
        self._group = _KINDS[(place + step) % len(_KINDS)]
        self._select()

    def action_filter(self) -> None:
        """Show only what passes the filter of ``/``, or everything."""
        if not self._condition.tests:
            self.app.notify("There is no filter: / sets one on the screen before.", timeout=3)
            return
        self._filtering = not self._filtering
        self._select()

    def action_copy(self) -> None:
        """Copy the event under the cursor in one line."""
        event = self.query_one(EventList).pointed
        if event is not None:
            copy(self.app, event.line, "event")

    async def action_behind(self, action: str) -> None:
        """What the header offers works here, too: it is done by the screen behind."""
        stack = self.app.screen_stack
        await self.app.run_action(action, stack[stack.index(self) - 1])

    def action_close(self) -> None:
        """Close the log."""
        self.dismiss(None)


def why_unseen(connection_id: str, fleet: Fleet, condition: Filter) -> str:
    """Why there is no row of a connection that the log tells of."""
    name = safe(connection_id, 60)
    if connection_id in fleet.tracked and condition.tests:
        return f"{name} is hidden by the filter of /: Esc clears it and goes there."
    if connection_id in fleet.tracked:
        return f"{name} comes with the next refresh."
    if fleet.query.is_default:
        return f"{name} is forgotten: it left more than {GONE_KEPT / 60:.0f} minutes ago."
    return f"{name} is not known any more: it left long ago, or the query leaves it out."


def log_title(shown: Selection, group: Group | None, ending: list[Part], width: int) -> Content:
    """How many events are shown, and of which kinds: all of them where they fit, by long names."""
    count = f"{len(shown):,}"
    if len(shown) != len(shown.log):
        count += f" of {len(shown.log):,}"
    start: Part = (f"Events {count}", "bold")
    for names in ({}, _SHORT):
        offer: list[Part] = []
        for one in _KINDS:
            number = sum(shown.counts.values()) if one is None else shown.counts.get(one, 0)
            words = f"{'all' if one is None else names.get(one, one.value)} {number:,}"
            offer.append((f" ‹{words}›", "bold") if one is group else (f"  {words} ", "$muted"))
        whole = Content.assemble(start, "  ", *offer, *ending)
        if whole.cell_length <= width:
            return whole
    kind = "all" if group is None else group.value
    return Content.assemble(start, (f" · ‹{kind}›", "bold"), *ending)


def _in_full(event: Event) -> Content:
    sign, tone = LOOKS[event.kind]
    return Content.assemble(
        (f"{day_text(event.at)}  ", "$muted"),
        (f"{sign} {event.kind.value}  ", TONES[tone]),
        (whose(event), "bold"),
        f"  {event.evidence}",
    )


def _nothing_words(shown: Selection, group: Group | None, fleet: Fleet) -> str:
    """Why there is no event."""
    passing = sum(shown.counts.values())
    if shown.log and not passing:
        return f"None of {len(shown.log):,} events passes the filter of /. / shows them all."
    if shown.log:
        return (
            "No event of this kind." if group is None else f"No event of this kind: {group.value}."
        )
    if fleet.last is None:
        return "Nothing is known yet: there has been no answer."
    since = min((one.first_seen for one in fleet.tracked.values()), default=fleet.last.at)
    return f"Nothing has happened since {clock_text(since)}."
