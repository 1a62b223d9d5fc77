"""GroupList: the groups of a fleet, the worst first. Lines are made only where they are seen."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import nlargest
from itertools import takewhile
from operator import attrgetter
from typing import ClassVar, Literal, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.reactive import reactive
from textual.strip import Strip

from tui.core.connection import AHEAD_ALLOWED, State
from tui.core.fleet import GONE_KEPT
from tui.core.groups import BUCKETS, Group, Grouping
from tui.core.instant import Instant, age_text, rough_age_text, seconds_between
from tui.core.why_words import Name
from tui.view.keys import bind
from tui.view.line_list import LineList
from tui.view.paint import fitted

NAMELESS = "(none)"
"""Stands where a group has no value."""
_POINTER = 2
_NAME, _LEAST_NAME, _MOST_NAME = 24, 12, 56
"""Cells of a name: that it gets before the columns that can be spared, and those bounds."""
_MINUTES = round(GONE_KEPT / 60)
_BEAT = 6
_PAIRS = 2
_trouble = attrgetter("trouble")
_counts = attrgetter("live", "late", "silent", "gone")
_MEASURED = 64
"""Groups whose names are measured: those of the longest values."""
_GAP = 2
"""Cells between two columns, where there is room."""


class Column(NamedTuple):
    """One column right of the name."""

    key: str
    head: str
    width: int

    @property
    def align(self) -> Literal["left", "right"]:
        """Where its texts stand."""
        return "left" if self.key in ("trend", "pairs") else "right"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A grouping with the widths of its columns."""

    grouping: Grouping = field(default_factory=Grouping)
    name: int = _LEAST_NAME
    """Cells of the longest name."""
    states: tuple[Column, ...] = ()
    """The columns of the states."""
    size: int = 0
    """Digits of the largest group."""
    drops: int = 0
    back: int = 0
    """Digits of the most drops, and returns."""

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return len(self.grouping.groups)


def _signed(sign: str, count: int, column: Column) -> str:
    """The sign at the left of the column, the number at its right."""
    return sign + f"{count:,}".rjust(column.width - len(sign))


def name_of(group: Group, grouping: Grouping) -> str:
    """What a group is called, by people where they do; safe to show."""
    if not group.value:
        return NAMELESS
    return Name(grouping.dimension, group.value, group.label).shown(grouping.at)


def _length(group: Group) -> int:
    return len(group.label) + len(group.value)


def lay(grouping: Grouping) -> Sheet:
    """Find the widths, in few steps of Python for each group."""
    groups = grouping.groups
    longest = nlargest(_MEASURED, groups, key=_length)
    names = max((cell_len(name_of(one, grouping)) for one in longest), default=0)
    most = [max(map(attrgetter(state.value), groups), default=0) for state in State]
    size = max(map(sum, map(_counts, groups)), default=0)
    # Who has none in trouble comes behind all that have some, and has no drops.
    drops = max((one.dropped for one in takewhile(_trouble, groups)), default=0)
    back = max(map(attrgetter("back"), groups), default=0)
    return Sheet(
        grouping,
        min(max(names, _LEAST_NAME), _MOST_NAME),
        tuple(
            Column(state.value, state.value, max(len(state.value), 2 + len(f"{count:,}")))
            for state, count in zip(State, most, strict=True)
        ),
        *(len(f"{count:,}") for count in (size, drops, back)),
    )


class Layout(NamedTuple):
    """How a line is divided."""

    name: int
    """Cells of the name."""
    gap: int
    """Cells between two columns."""
    columns: tuple[Column, ...]
    """Those right of the name."""


def layout_for(sheet: Sheet, room: int) -> Layout:
    """How the lines are divided that have so many cells.

    The states, the worst beat and the drops are always there; of the rest what there is room for.
    """
    beat, drops = Column("beat", "beat", _BEAT), Column("drops", "drops", max(5, sheet.drops))
    size = Column("all", "all", max(4, sheet.size))
    back = Column("back", "back", max(4, 2 + sheet.back))
    title = f"last {_MINUTES} min"
    short, long = Column("pairs", title, -(-BUCKETS // _PAIRS)), Column("trend", title, BUCKETS)
    left = room - min(sheet.name, _NAME)
    columns, gap = (*sheet.states, beat, drops), 1
    for before, behind in (
        ([size], [back, long]),
        ([size], [long]),
        ([size], [short]),
        ([], [short]),
    ):
        offer = (*before, *sheet.states, beat, drops, *behind)
        spare = left - sum(one.width for one in offer)
        if spare >= len(offer):
            columns, gap = offer, min(_GAP, spare // len(offer))
            break
    rest = room - sum(one.width + gap for one in columns)
    return Layout(max(1, min(max(sheet.name, _LEAST_NAME), rest)), gap, columns)


class GroupList(LineList, inherit_bindings=False):
    """In: a Sheet. Out: ``pointed``, the group under the cursor, which is held by its value."""

    HEADS = 1
    OPEN = "screen.open_group"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "group-list--cursor",
        "group-list--head",
        "group-list--live",
        "group-list--late",
        "group-list--silent",
        "group-list--gone",
        "group-list--muted",
        "group-list--dim",
    }

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("down,j", "move(1)", "Down", "group-down", "next group"),
        bind("up,k", "move(-1)", "Up", "group-up", "previous group"),
        bind("home,g", "first", "First", "group-first", "the worst group; stays at the top"),
        bind("end,G", "last", "Last", "group-last", "the last group"),
        bind("pagedown", "page(1.0)", "Page down", "group-page-down", "a page on"),
        bind("pageup", "page(-1.0)", "Page up", "group-page-up", "a page back"),
        bind("ctrl+d", "page(0.5)", "Half page down", "group-half-down", "half a page on"),
        bind("ctrl+u", "page(-0.5)", "Half page up", "group-half-up", "half a page back"),
    ]

    pointed: reactive[Group | None] = reactive(None, init=False, repaint=False)
    """The group under the cursor."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._sheet = Sheet()
        self._now: Instant = 0
        self._stale = self._rough = False
        self._held: str | None = None
        """The value that the cursor was put on; ``None``: the top, whichever group that is."""

    # What others use

    @property
    def held(self) -> str | None:
        """The value that the cursor was put on; ``None`` while it stays at the top."""
        return self._held

    @property
    def sheet(self) -> Sheet:
        """What is shown."""
        return self._sheet

    def show(self, sheet: Sheet) -> None:
        """Draw other groups; who has chosen one keeps it where it is, others see the worst."""
        before, top, offset = self._sheet, self._top, self._row - self._top
        if before.grouping.dimension is not sheet.grouping.dimension:
            top = offset = 0
        self._sheet = sheet
        place = sheet.grouping.place_of(self._held) if self._held is not None else 0
        if place is None:
            # It has left: the cursor stays where it stood.
            self._row = min(self._row, max(0, sheet.groups - 1))
        else:
            self._row = place
        in_sight = 0 <= offset < self._height
        if self._held is None:
            top = 0
        elif top > 0 or self._row >= self._height:
            top = self._row - (offset if in_sight else self._height // 2)
        self._show_from(top)

    def tick(self, now: Instant, *, stale: bool, rough: bool) -> None:
        """Let the ages go on: repaints only the lines that read differently.

        Args:
            now: the server's time.
            stale: whether the groups are out of date as a whole; they are dimmed then.
            rough: whether ages are told by ten seconds.
        """
        self._now, self._stale, self._rough = now, stale, rough
        self._repaint()

    def point_at(self, value: str | None) -> None:
        """Put the cursor on the group with a value, now or once it is there; or let it go."""
        self._held = value
        self.show(self._sheet)
        self._keep_in_view()

    # Drawing

    def _count(self) -> int:
        return self._sheet.groups

    @property
    def division(self) -> Layout:
        """How its lines are divided."""
        return layout_for(self._sheet, self.scrollable_content_region.width - _POINTER)

    def _look(self, row: int) -> tuple[object, ...]:
        grouping, layout = self._sheet.grouping, self.division
        if row < 0:
            return grouping.dimension.key, layout, self.size.width
        if row >= self._sheet.groups:
            return ()
        group = grouping.groups[row]
        cells = tuple(self._cell(group, column) for column in layout.columns)
        cursor, stale = row == self._row, self._is_stale(group)
        return group.value, group.label, cells, cursor, stale, layout, self.size.width

    def _is_stale(self, group: Group) -> bool:
        """Whether nothing of a group that is there is known to be so now."""
        return self._stale or 0 < group.unseen == group.there

    def _cell(self, group: Group, column: Column) -> str:
        match column.key:
            case "all":
                return f"{group.size:,}"
            case "beat":
                return self._beat(group)
            case "drops":
                return f"{group.dropped:,}"
            case "back":
                return _signed("↻", group.back, column)
            case "trend":
                return self._sheet.grouping.trend(group) if group.dropped else ""
            case "pairs":
                return self._sheet.grouping.trend(group, _PAIRS) if group.dropped else ""
            case state:
                one = State(state)
                return _signed(one.glyph, group.count(one), column)

    def _beat(self, group: Group) -> str:
        """The age of the worst heartbeat among those that are there."""
        if group.oldest is None:
            return "-"
        age = seconds_between(group.oldest, self._now)
        if age < -AHEAD_ALLOWED:
            return "skew"
        return rough_age_text(max(0.0, age)) if self._rough else age_text(age)

    def _line(self, row: int) -> Strip:
        layout, base = self.division, self.rich_style
        gap = " " * layout.gap
        if row < 0:
            base += self.get_component_rich_style("group-list--head")
            title = self._sheet.grouping.dimension.title
            words = " " * _POINTER + fitted(title, layout.name, "left")
            for column in layout.columns:
                words += gap + fitted(column.head, column.width, column.align)
            return self._filled([Segment(words, base)], base)
        group, cursor = self._sheet.grouping.groups[row], row == self._row
        if cursor:
            base += self.get_component_rich_style("group-list--cursor")
        stale = self._is_stale(group)
        if stale:
            base += Style(color=self.get_component_rich_style("group-list--dim").color)
        name = fitted(name_of(group, self._sheet.grouping), layout.name, "left")
        nameless = self._muted(plain=cursor or stale) if not group.value else Style()
        segments = [Segment("▸ " if cursor else "  ", base), Segment(name, base + nameless)]
        for column in layout.columns:
            text = fitted(self._cell(group, column), column.width, column.align)
            tone = Style() if stale else self._tone(group, column, cursor=cursor)
            segments.append(Segment(gap + text, base + tone))
        return self._filled(segments, base)

    def _filled(self, segments: Iterable[Segment], base: Style) -> Strip:
        width = self.size.width
        return Strip(segments).crop(0, width).extend_cell_length(width, base)

    def _muted(self, *, plain: bool) -> Style:
        """The quiet colour, where not all of the line has one of its own."""
        return Style() if plain else self._colour("muted")

    def _colour(self, name: str) -> Style:
        return Style(color=self.get_component_rich_style(f"group-list--{name}").color)

    def _tone(self, group: Group, column: Column, *, cursor: bool) -> Style:
        """Colour where there is something to see, and none where there is nothing."""
        quiet = self._muted(plain=cursor)
        match column.key:
            case "all":
                return Style(bold=True)
            case "beat":
                count = group.late + group.silent
                tone = "silent" if group.silent else "late"
            case "drops" | "trend" | "pairs":
                count, tone = group.dropped, "gone"
            case "back":
                count, tone = group.back, "live"
            case state:
                count, tone = group.count(State(state)), state
        return self._colour(tone) if count else quiet

    # Moving

    def _chosen(self) -> None:
        groups = self._sheet.grouping.groups
        self._held = groups[self._row].value if groups else None

    def action_first(self) -> None:
        """Go to the worst group, and stay there whichever it is."""
        super().action_first()
        self._held = None

    def _point(self) -> None:
        groups = self._sheet.grouping.groups
        self.pointed = groups[self._row] if groups else None
