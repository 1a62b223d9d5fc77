"""EventList: the events of the log, newest first. Lines are made only where they are seen."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.reactive import reactive
from textual.strip import Strip

from tui.core.events import Event, EventKind, Group
from tui.core.grammar import Filter
from tui.core.instant import clock_text
from tui.view.event_look import LOOKS, whose
from tui.view.keys import bind
from tui.view.line_list import LineList
from tui.view.paint import fitted

_POINTER = 2
_TIME = len("14:30:25Z")
_KIND = 2 + max(len(kind.value) for kind in EventKind)
_GAP = 1
_EVIDENCE = 40
"""Cells that the evidence gets before an id is shown in full."""
_LEAST_ID = 11
"""Cells of ``the monitor``."""
_MOST_ID = 36


@dataclass(frozen=True, slots=True)
class Selection:
    """The events that are shown, as places in the log that they are taken from."""

    log: tuple[Event, ...] = ()
    """All events, oldest first."""
    places: Sequence[int] = ()
    """Of those that are shown, oldest first."""
    counts: Mapping[Group, int] = field(default_factory=dict)
    """How many pass the filter, by group."""
    id_width: int = 0
    """Cells of the longest id."""

    def __len__(self) -> int:
        return len(self.places)

    def event(self, row: int) -> Event:
        """The event in a row; the newest is in row 0."""
        return self.log[self.places[-1 - row]]

    def row_of(self, event: Event) -> int:
        """The row of an event; of the one before it when it is not shown; -1 for an empty one."""
        place = next((i for i in range(len(self.log) - 1, -1, -1) if self.log[i] is event), -1)
        return len(self.places) - max(1, bisect_right(self.places, place))


def select(log: tuple[Event, ...], group: Group | None, condition: Filter) -> Selection:
    """The events of a group (``None``: of all) that concern a connection that passes.

    What concerns many or the monitor itself passes always. Costs a few microseconds an event.
    """
    passing = [
        place
        for place, event in enumerate(log)
        if event.one is None or condition.passes(event.one, event.at)
    ]
    return Selection(
        log,
        passing if group is None else [i for i in passing if log[i].kind.group is group],
        Counter(log[place].kind.group for place in passing),
        max((cell_len(whose(event)) for event in log), default=0),
    )


class EventList(LineList, inherit_bindings=False):
    """In: a Selection. Out: ``pointed``, the event under the cursor, which is held by it."""

    OPEN = "screen.jump"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "event-list--cursor",
        "event-list--good",
        "event-list--warning",
        "event-list--bad",
        "event-list--ours",
        "event-list--muted",
    }

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("down,j", "move(1)", "Older", "log-down", "next line: an older event"),
        bind("up,k", "move(-1)", "Newer", "log-up", "previous line: a newer event"),
        bind("home,g", "first", "Newest", "log-first", "the newest; stays at the newest"),
        bind("end,G", "last", "Oldest", "log-last", "the oldest event that is remembered"),
        bind("pagedown", "page(1.0)", "Page down", "log-page-down", "a page on"),
        bind("pageup", "page(-1.0)", "Page up", "log-page-up", "a page back"),
        bind("ctrl+d", "page(0.5)", "Half page down", "log-half-down", "half a page on"),
        bind("ctrl+u", "page(-0.5)", "Half page up", "log-half-up", "half a page back"),
    ]

    pointed: reactive[Event | None] = reactive(None, init=False, repaint=False)
    """The event under the cursor."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._shown = Selection()
        self._held: Event | None = None
        """What the cursor was put on, shown now or not; ``None``: the newest, whichever it is."""

    # What others use

    @property
    def visible_events(self) -> Sequence[Event]:
        """The events on screen, from the top."""
        rows = range(self._top, min(self._top + self._height, len(self._shown)))
        return [self._shown.event(row) for row in rows]

    def show(self, shown: Selection) -> None:
        """Draw other events; who reads one keeps it where it is, who is at the newest stays there.

        What is read is the event under the cursor, or the uppermost when that has been scrolled
        out of sight.
        """
        before, top, offset = self._shown, self._top, self._row - self._top
        if self._held is None and before and top > 0:
            self._held = before.event(self._row)
        self._shown = shown
        self._row = 0
        if shown and self._held is not None:
            self._row = shown.row_of(self._held)
            in_sight = 0 <= offset < self._height
            top = self._row - offset if in_sight or not before else shown.row_of(before.event(top))
        self._show_from(top)

    def point_at(self, event: Event) -> None:
        """Put the cursor on an event, or on the one before it."""
        self._put(self._shown.row_of(event))

    # Drawing

    def _count(self) -> int:
        return len(self._shown)

    @property
    def _id_width(self) -> int:
        """Cells for the id: what it needs, but no more than leaves something for the evidence."""
        room = self.scrollable_content_region.width - _POINTER - _TIME - _KIND - 3 * _GAP
        width = min(max(self._shown.id_width, _LEAST_ID), _MOST_ID, room - _EVIDENCE)
        return width if width >= _LEAST_ID else 0

    def _look(self, row: int) -> tuple[object, ...]:
        if row >= len(self._shown):
            return ()
        return self._shown.event(row), row == self._row, self._id_width, self.size.width

    def _line(self, row: int) -> Strip:
        event, cursor = self._shown.event(row), row == self._row
        width, id_width = self.size.width, self._id_width
        paint = self.get_component_rich_style
        sign, tone_name = LOOKS[event.kind]
        tone = Style(color=paint(f"event-list--{tone_name}").color)
        base = self.rich_style
        if cursor:
            base += paint("event-list--cursor")
        ours = event.kind.group is Group.OURS
        if event.one is None and not ours:
            # One line that tells of many must not drown in the lines of each.
            base += Style(bold=True)
        plain = base + tone if ours else base
        muted = plain if ours or cursor else base + Style(color=paint("event-list--muted").color)
        gap = Segment(" " * _GAP, base)
        segments = [
            Segment("▸ " if cursor else "  ", base),
            Segment(clock_text(event.at), muted),
            gap,
            Segment(fitted(f"{sign} {event.kind.value}", _KIND, "left"), base + tone),
            gap,
        ]
        if id_width:
            segments += [Segment(fitted(whose(event), id_width, "left"), plain), gap]
        room = self.scrollable_content_region.width - sum(one.cell_length for one in segments)
        if room > 0:
            segments.append(Segment(fitted(event.evidence, room, "left"), plain))
        return Strip(segments).crop(0, width).extend_cell_length(width, base)

    # Moving

    def _chosen(self) -> None:
        self._held = self._shown.event(self._row) if self._row else None

    def _point(self) -> None:
        self.pointed = self._shown.event(self._row) if self._shown else None
