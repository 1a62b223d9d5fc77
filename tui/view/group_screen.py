"""The groups: the fleet by one dimension, the worst first, over the fleet that goes on behind."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Input, Static

from tui.core.dimensions import BY_KEY, DIMENSIONS, Dimension
from tui.core.fleet import GONE_KEPT, Fleet
from tui.core.grammar import Filter, GrammarError, parse_filter
from tui.core.groups import Group, Grouping, group
from tui.core.instant import clock_text
from tui.core.safe import safe
from tui.view.find_bar import FindBar
from tui.view.group_list import GroupList, Sheet, lay, name_of
from tui.view.key_line import KeyLine
from tui.view.keys import bind
from tui.view.menu import Choice, Menu
from tui.view.messages import FilterTyped
from tui.view.paint import Part, write
from tui.view.past_keys import past_keys
from tui.view.status import Situation, StatusBar
from tui.view.take_away import copy

Look = Callable[[Callable[[Fleet], Sheet]], Awaitable[Sheet]]
"""Reads the fleet off the loop."""

_SENTENCES = {
    "host": "the vendor's server",
    "dc": "as served: often the region and a server in it",
    "region": "the data center without the server in it",
    "service": "serviceName",
    "protocol": "protocolName",
    "key": "apikeyId, by its name where it has one",
    "client": "the client's address",
    "net": "the /24 or /48 that the client's address is in",
    "start": "started within the same ten minutes",
    "nth": "first, second … connection of its client",
    "age": "how long it is up",
    "rhythm": "seconds between its heartbeats",
    "context": "where several are watched at once",
}


@dataclass(frozen=True, slots=True)
class Leaving:
    """How the groups were left: whoever comes back goes on from there."""

    dimension: str
    """The key of the last dimension."""
    value: str | None
    """The value of the group under the cursor, where one was chosen."""
    opened: str | None = None
    """The filter of the group that was opened."""


class GroupScreen(Screen[Leaving], inherit_bindings=False):
    """In: a Situation, again and again, and the filter in use. Returns how it was left."""

    AUTO_FOCUS = "GroupList"
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
            "open_group",
            "Open",
            "group-open",
            "its connections: the group becomes a filter",
            show=True,
            at_once=True,
        ),
        bind("right,tab", "beside(1)", "By", "group-next", "by the next dimension", show=True),
        bind("left,shift+tab", "beside(-1)", "By back", "group-previous", "by the one before"),
        bind("t", "choose", "By …", "group-by", "choose the dimension", show=True),
        bind("slash", "find", "Find", "group-find", "filter what is grouped", show=True),
        bind("y", "copy", "Copy", "group-copy", "copy the group's value", show=True),
        bind("p", "behind('pause')", "Pause", "group-pause", "stop asking, or go on"),
        bind("V", "behind('save_view')", "Save view", "group-save", "save the groups as a view"),
        bind("R", "behind('refresh_now')", "Refresh", "group-refresh", "ask now"),
        *past_keys("group"),
        bind(
            "escape,q",
            "close",
            "Back",
            "group-close",
            "close the groups",
            show=True,
            at_once=True,
        ),
    ]

    situation: reactive[Situation] = reactive(Situation, init=False, repaint=False)
    """What the header tells; its fleet is grouped."""

    def __init__(
        self,
        situation: Situation,
        condition: Filter,
        place: Leaving,
        look: Look,
        use: Callable[[Filter], None],
    ) -> None:
        """
        Args:
            situation: what is known.
            condition: the filter of the screen behind.
            place: where to go on.
            look: reads the fleet off the loop.
            use: makes another filter that of the screen behind.
        """  # noqa: D205, D212
        super().__init__()
        self.set_reactive(GroupScreen.situation, situation)
        self.dimension = BY_KEY[place.dimension]
        """By what is grouped."""
        self._condition = condition
        self._start = place.value
        self._look, self._use = look, use
        self._wishes = 0
        self._is_laid = False

    def compose(self) -> ComposeResult:
        """The header as it is behind, the groups, and the one under the cursor in full."""
        yield StatusBar(id="status")
        yield FindBar(id="find")
        yield Static(id="group-title")
        yield GroupList(id="group-list")
        yield Static(id="group-nothing")
        yield Static(id="group-whole")
        yield KeyLine()

    def on_mount(self) -> None:
        """Show what there is."""
        for selector in ("#find", "#group-nothing"):
            self.query_one(selector).display = False
        self.watch(self.groups, "pointed", self._paint_whole, init=False)
        if self._start is not None:
            self.groups.point_at(self._start)
        self._is_laid = True
        self.watch_situation(Situation(), self.situation)

    def on_resize(self) -> None:
        """Another width, another title."""
        self._paint_title()

    @property
    def groups(self) -> GroupList:
        """The list."""
        return self.query_one(GroupList)

    # The path of the data: a fleet comes in, is grouped off the loop, and drawn

    def watch_situation(self, before: Situation, situation: Situation) -> None:
        """Time goes on; another fleet is grouped."""
        if not self._is_laid or not self.is_attached:
            return
        self.query_one(StatusBar).situation = situation
        self._tick()
        if situation.fleet is not before.fleet or self._blind(situation) != self._blind(before):
            self._regroup()

    @staticmethod
    def _blind(now: Situation) -> frozenset[str]:
        """The contexts of which the present is not known, where several are watched."""
        return frozenset(one.context for one in now.lanes if one.stale)

    def _tick(self) -> None:
        now = self.situation
        self.groups.tick(now.now or 0, stale=now.stale, rough=now.sparing)

    def _regroup(self) -> None:
        """Group anew; what is wished while that is under way is met by one more turn."""
        self._wishes += 1
        if self._wishes == 1:
            self._arrange()

    @work(group="arrange")
    async def _arrange(self) -> None:
        while wishes := self._wishes:
            wish = partial(_sheet, self.dimension, self._condition, self._blind(self.situation))
            sheet = await self._look(wish)
            if not self.is_attached:
                return
            self._tick()
            self.groups.show(sheet)
            self._paint()
            self._wishes -= wishes

    # Painting

    def _paint(self) -> None:
        self._paint_title()
        self._paint_whole(self.groups.pointed)
        grouping = self.groups.sheet.grouping
        nothing, empty = self.query_one("#group-nothing", Static), not grouping.groups
        nothing.display = empty
        self.groups.display = not empty
        if empty:
            write(nothing, Content(_nothing_words(grouping, self.situation)), layout=True)

    def _paint_title(self) -> None:
        line = self.query_one("#group-title", Static)
        grouping = self.groups.sheet.grouping
        parts: list[Part] = []
        if self._condition.tests:
            parts.append((f" · / {safe(self._condition.text, 60)}", "$accent"))
        last = self.situation.fleet.last
        if last is not None and not last.complete:
            parts.append((" · of a part only", "bold $warning"))
        write(line, group_title(grouping, self.dimension, parts, line.content_size.width))

    def _paint_whole(self, one: Group | None) -> None:
        """The group under the cursor, whole, and what Enter would filter by."""
        words = Content("")
        if one is not None:
            words = _in_full(one, self.groups.sheet.grouping)
        write(self.query_one("#group-whole", Static), words, layout=True)

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What acts at once is text in a field."""
        return not (action in ("open_group", "close") and isinstance(self.focused, Input))

    def action_open_group(self) -> None:
        """Close the groups and show the connections of the one under the cursor."""
        one = self.groups.pointed
        if one is not None:
            condition = self.groups.sheet.grouping.condition(one)
            self.dismiss(Leaving(self.dimension.key, one.value, condition))

    def action_close(self) -> None:
        """Close the groups."""
        self.dismiss(Leaving(self.dimension.key, self.groups.held))

    def action_beside(self, step: int) -> None:
        """Group by the next dimension, or the one before."""
        place = DIMENSIONS.index(self.dimension)
        self.group_by(DIMENSIONS[(place + step) % len(DIMENSIONS)].key)

    def action_choose(self) -> None:
        """Choose the dimension."""

        def chosen(key: str | None) -> None:
            if key is not None:
                self.group_by(key)

        choices = [Choice(one.key, one.title, _SENTENCES[one.key]) for one in DIMENSIONS]
        self.app.push_screen(Menu("Group by", choices, self.dimension.key), chosen)

    def group_by(self, key: str) -> None:
        """Group by another dimension, given by its key."""
        if key != self.dimension.key:
            self.dimension = BY_KEY[key]
            self.groups.point_at(None)
            self._paint_title()
            self._regroup()

    def action_find(self) -> None:
        """Open the bar of ``/``."""
        self.query_one(FindBar).open(self._condition.text)

    def on_filter_typed(self, message: FilterTyped) -> None:
        """Filter while typing; what cannot be read (yet) changes nothing but the complaint."""
        bar = self.query_one(FindBar)
        if message.done:
            self.groups.focus()
        try:
            condition = parse_filter(message.text)
        except GrammarError as error:
            bar.complaint = str(error)
            return
        bar.complaint = ""
        if condition != self._condition:
            self._condition = condition
            self._use(condition)
            self._regroup()

    def action_copy(self) -> None:
        """Copy the value of the group under the cursor."""
        one = self.groups.pointed
        if one is not None and one.value:
            copy(self.app, safe(one.value), self.dimension.title)

    async def action_behind(self, action: str) -> None:
        """What the header offers works here, too: it is done by the screen behind."""
        stack = self.app.screen_stack
        await self.app.run_action(action, stack[stack.index(self) - 1])


def _sheet(dimension: Dimension, condition: Filter, stale: Collection[str], fleet: Fleet) -> Sheet:
    return lay(group(fleet, dimension, condition, stale=stale))


def group_title(
    grouping: Grouping, dimension: Dimension, ending: list[Part], width: int
) -> Content:
    """How many groups of how many, and by what: all that it could be by, where that fits."""
    count = f"{len(grouping.groups):,}"
    of = f"{grouping.passing:,}"
    if grouping.passing != grouping.total:
        of += f" of {grouping.total:,}"
    start: list[Part] = [(f"Groups {count}", "bold"), (f" of {of} connections by ", "$muted")]
    chosen: Part = (f"‹{dimension.title}›", "bold")
    offer = [chosen if one is dimension else (f" {one.title} ", "$muted") for one in DIMENSIONS]
    whole = Content.assemble(*start, *offer, *ending)
    if whole.cell_length <= width:
        return whole
    return Content.assemble(*start, chosen, *ending)


def _in_full(one: Group, grouping: Grouping) -> Content:
    parts: list[Part] = [(name_of(one, grouping), "bold")]
    if one.trouble:
        share = f"{one.trouble / one.size:.0%}"
        parts.append((f"  {one.trouble:,} of {one.size:,} in trouble ({share})", ""))
    if one.unseen:
        parts.append((f"  {one.unseen:,} not in the last answer", "$warning"))
    if one.oldest is not None:
        parts.append((f"  worst beat {clock_text(one.oldest)}", "$muted"))
    for count, words in ((one.dropped, "stopped"), (one.back, "came back")):
        if count:
            parts.append((f"  {count:,} {words} in {GONE_KEPT / 60:.0f} min", "$muted"))
    return Content.assemble(
        *parts, "\n", ("⏎ ", "$muted"), (f"/ {safe(grouping.condition(one), 200)}", "$accent")
    )


def _nothing_words(grouping: Grouping, now: Situation) -> str:
    """Why there is no group."""
    if now.fleet.last is None:
        return "Nothing is known yet: there has been no answer."
    if grouping.total:
        return f"None of {grouping.total:,} connections passes the filter of /."
    return "No connection is known: there is nothing to group."
