"""The main screen: hands values down to its panes and takes their messages up."""

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Input, Static

from tui.core.arrangement import Arrangement, Order
from tui.core.connection import State
from tui.core.fleet import Tracked
from tui.core.grammar import NO_FILTER, GrammarError, parse_filter
from tui.core.query import Query
from tui.core.safe import safe
from tui.core.snapshot import Snapshot
from tui.source.base import NoSourceError
from tui.view import messages
from tui.view.connection_table import ConnectionTable
from tui.view.detail import Detail, SiblingList
from tui.view.facts import Subject
from tui.view.filter_pane import FilterPane
from tui.view.find_bar import FindBar
from tui.view.key_line import KeyLine
from tui.view.lean_screen import LeanScreen
from tui.view.main_keys import MAIN_KEYS
from tui.view.menus import choose_scenario, sort_menu
from tui.view.paint import write
from tui.view.status import StatusBar
from tui.view.table_title import nothing_words, table_title
from tui.view.take_away import copy_connection, export
from tui.view.watch import Watch

if TYPE_CHECKING:
    from tui.view.event_log import EventLog, Place

_SELDOM = 5
"""Seconds between two ticks where one a second is too many."""


class MainScreen(LeanScreen, inherit_bindings=False):
    """The fleet, live."""

    AUTO_FOCUS = "ConnectionTable"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-broad")]  # noqa: RUF012  # as in Screen
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (16, "-short"), (34, "-tall")]  # noqa: RUF012

    BINDINGS: ClassVar[list[BindingType]] = MAIN_KEYS

    ticks_seldom: reactive[bool] = reactive(False, init=False, repaint=False)
    """Whether ages go on every five seconds only."""

    def __init__(self, watch: Watch) -> None:
        """``watch`` is what is watched; it is this screen's alone."""
        super().__init__()
        self.watch_ = watch
        self.arranged = Arrangement()
        self.follow = False
        self._subject: Tracked | None = None
        self._events: EventLog | None = None
        self._left: Place | None = None
        self._sought: str | None = None
        self._unarranged = 0
        self._seconds = 0

    def compose(self) -> ComposeResult:
        """Header, filters, table, detail, footer."""
        table = ConnectionTable(id="table")
        table.add_class("-empty")
        yield StatusBar(id="status")
        with Horizontal(id="body"):
            yield FilterPane(id="filters")
            with Vertical(id="main"):
                yield FindBar(id="find")
                yield Static(id="table-title")
                yield table
                yield Static(id="nothing")
                yield Detail(id="detail")
        yield KeyLine()

    def on_mount(self) -> None:
        """Draw the frame first, then ask."""
        for selector in ("#find", "#detail", "#nothing"):
            self.query_one(selector).display = False
        self.table.rough = self.ticks_seldom
        self.set_interval(1.0, self._pass_time)
        self._paint()
        # Only when that is on the terminal: the first question imports what it is asked with.
        self.call_after_refresh(self._poll)

    @property
    def table(self) -> ConnectionTable:
        """The live table."""
        return self.query_one(ConnectionTable)

    @property
    def detail(self) -> Detail:
        """The detail view."""
        return self.query_one(Detail)

    # The path of the data: the worker folds and posts, the handler looks, the painter draws

    @work(group="poll")
    async def _poll(self) -> None:
        self.watch_.foretaste.tell = self._taste
        try:
            async for fleet in self.watch_.fleets():
                self.post_message(messages.FleetChanged(fleet))
        except NoSourceError as error:
            self.app.exit(1, 1, safe(f"conntop: {error}", 600))

    def _taste(self, first: Snapshot) -> None:
        fleet = self.watch_.taste(first)
        if fleet is not None:
            self.post_message(messages.FleetChanged(fleet))

    def on_fleet_changed(self, message: messages.FleetChanged) -> None:
        """Another poll has been folded."""
        self.watch_.bring(message.fleet)
        self._rearrange()

    def _rearrange(self) -> None:
        """Filter and sort anew; what is wished while that is under way is met by one more turn."""
        self._unarranged += 1
        if self._unarranged == 1:
            self._arrange()

    @work(group="arrange")
    async def _arrange(self) -> None:
        while wishes := self._unarranged:
            arranged = await self.watch_.arrange()
            if not self.app.is_running:
                # The panes are being taken down; there is nothing to draw on.
                return
            self._show(arranged)
            await self.watch_.let_go()
            self._unarranged -= wishes

    def _show(self, arranged: Arrangement) -> None:
        watch = self.watch_
        self.arranged = arranged
        self.table.show(self.arranged, watch.now or 0, watch.order, stale=watch.is_stale)
        self._seconds = 0
        self._seek()
        if self.follow:
            self.table.keep_in_view()
        self._paint()

    def _pass_time(self) -> None:
        """Each second; every fifth is enough where nobody looks, or bytes are dear.

        Where they are, an answer that is about to come paints all ages by itself.
        """
        self._seconds += 1
        seldom = self.ticks_seldom or self.watch_.poller.paused or not self.app.app_focus
        if seldom and self._seconds < _SELDOM:
            return
        if not (self.ticks_seldom and self.watch_.poller.is_at_it):
            self._tick()

    def watch_ticks_seldom(self) -> None:
        """The ages become rough, and the title says it."""
        if self.is_mounted:
            self.table.rough = self.ticks_seldom
            self._tick()

    def _tick(self) -> None:
        """Let the time go on on screen."""
        if not self.app.is_running:
            return
        self._seconds = 0
        self.table.tick(self.watch_.now or 0, stale=self.watch_.is_stale)
        self._paint()

    # Painting

    def _paint(self) -> None:
        situation = self.watch_.situation(self.arranged, sparing=self.ticks_seldom)
        self.query_one(StatusBar).situation = situation
        if self._events is not None:
            self._events.situation = situation
        self.query_one(FilterPane).choices = self.watch_.choices(self.arranged)
        title = table_title(
            self.arranged,
            self.watch_,
            marks=len(self.table.marks),
            follow=self.follow,
            seldom=self.ticks_seldom,
        )
        write(self.query_one("#table-title", Static), title)
        self._paint_nothing()
        self._paint_detail()

    def _paint_nothing(self) -> None:
        """Where there is no row, say why."""
        empty = not self.arranged.rows
        self.query_one("#nothing").display = empty
        self.table.set_class(empty, "-empty")
        if empty:
            words = nothing_words(self.arranged, self.watch_)
            write(self.query_one("#nothing", Static), Content(words))

    def _paint_detail(self) -> None:
        """Show the connection under the cursor, or the last one shown when it is forgotten."""
        if not self.detail.display:
            return
        watch, pointed = self.watch_, self.table.pointed
        one = watch.fleet.tracked.get(pointed) if pointed is not None else None
        self._subject = one or self._subject
        if self._subject is not None and watch.now is not None:
            self.detail.subject = Subject(self._subject, watch.fleet, watch.now, watch.poller.every)

    # Messages from the panes

    def on_query_wanted(self, message: messages.QueryWanted) -> None:
        """The next request carries it, at once."""
        self._ask(message.query)

    def _ask(self, query: Query) -> None:
        self.watch_.poller.query = query
        self._paint()

    def on_filter_typed(self, message: messages.FilterTyped) -> None:
        """Filter while typing."""
        self._filter(message.text)
        if message.done:
            self.table.focus()

    def on_filter_wanted(self, message: messages.FilterWanted) -> None:
        """A pane wants a filter."""
        self._filter(message.text)
        self.table.focus()

    def _filter(self, text: str) -> None:
        """Use a filter; what cannot be read (yet) changes nothing but the complaint."""
        bar = self.query_one(FindBar)
        try:
            condition = parse_filter(text)
        except GrammarError as error:
            bar.complaint = str(error)
            return
        bar.complaint = ""
        if condition != self.watch_.condition:
            self.watch_.condition = condition
            self._rearrange()

    def on_pointed(self, _message: messages.Pointed) -> None:
        """The detail follows the cursor; who moves it looks for nothing any more."""
        self._sought = None
        if self.app.is_running:
            self._paint_detail()

    def on_opened(self, _message: messages.Opened) -> None:
        """A connection was clicked on twice."""
        self.action_open_detail()

    def on_sort_wanted(self, message: messages.SortWanted) -> None:
        """Sort by the column, or turn it round when it is the one already."""
        same = message.key == self.watch_.order.key
        self._sort(Order(message.key, not self.watch_.order.reverse if same else False))

    def _sort(self, order: Order) -> None:
        self.watch_.order = order
        self.watch_.held = None
        self._rearrange()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What acts at once is text in a field."""
        return not (action in ("find", "events") and isinstance(self.focused, Input))

    def action_open_detail(self) -> None:
        """Open the detail; a second Enter goes into it."""
        if self.detail.display:
            self.query_one(SiblingList).focus()
            return
        if self.table.pointed is None:
            return
        # At once, and by no message: a q typed right behind has to close it, not the program.
        self.detail.display = True
        self.call_after_refresh(self._paint_detail)
        self.call_after_refresh(self.table.keep_in_view)

    def action_find(self) -> None:
        """Open the bar of ``/``."""
        self.query_one(FindBar).open(self.watch_.condition.text)

    def action_filters(self) -> None:
        """Go to the filter pane, or back."""
        pane = self.query_one(FilterPane)
        if pane.has_focus_within:
            self.table.focus()
        else:
            self.add_class("-filtering")
            pane.focus_list()

    def on_descendant_focus(self) -> None:
        """On a narrow screen the pane lies over the table only while it has the focus."""
        self.set_class(self.query_one(FilterPane).has_focus_within, "-filtering")

    def action_next_pane(self) -> None:
        """Table, detail, filters, and round again."""
        if self.query_one(FilterPane).has_focus_within:
            self.table.focus()
        elif self.detail.display and not self.detail.has_focus_within:
            self.query_one(SiblingList).focus()
        else:
            self.action_filters()

    def action_clear_query(self) -> None:
        """Ask for all live connections."""
        self._ask(Query())

    def action_sort(self) -> None:
        """Choose the column."""

        def chosen(key: str | None) -> None:
            if key is not None:
                self.on_sort_wanted(messages.SortWanted(key))

        self.app.push_screen(sort_menu(self.watch_.order), chosen)

    def action_sort_beside(self, step: int) -> None:
        """Sort by the column left or right of the present one."""
        keys = [column.key for column in self.table.shown_columns]
        place = keys.index(self.watch_.order.key) if self.watch_.order.key in keys else 0
        self._sort(Order(keys[(place + step) % len(keys)]))

    def action_invert(self) -> None:
        """Turn the order round."""
        self._sort(Order(self.watch_.order.key, not self.watch_.order.reverse))

    def action_events(self) -> None:
        """Open the event log; the fleet goes on behind it."""
        from tui.view.event_log import EventLog

        situation = self.watch_.situation(self.arranged, sparing=self.ticks_seldom)
        self._events = EventLog(situation, self.watch_.condition, self._left)
        self.app.push_screen(self._events, self._leave_events)

    def _leave_events(self, left: "Place | None") -> None:
        """Go to the connection that was chosen there, or say why it cannot be seen."""
        self._events, self._left = None, left
        self._sought = None if left is None else left.connection_id
        if self._sought is not None and not self._seek():
            from tui.view.event_log import why_unseen

            words = why_unseen(self._sought, self.watch_.fleet, self.watch_.condition)
            self.app.notify(words, markup=False)

    def _seek(self) -> bool:
        """Put the cursor on the connection that is looked for, once there is a row of it."""
        sought = self._sought
        if sought is None:
            return False
        found = self.table.point_at(sought)
        self._sought = None if found else sought
        return found

    def action_problem(self, step: int) -> None:
        """Go to the next connection in trouble."""
        if not self.table.point_at_next(step, lambda one: one.state is not State.LIVE):
            self.app.notify("No connection shown is in trouble.", timeout=3)

    def action_wide(self) -> None:
        """All columns, or those that fit."""
        self.table.wide = not self.table.wide

    def action_follow(self) -> None:
        """Keep the connection in view through every refresh, or let it go."""
        self.follow = not self.follow
        self._paint()

    def action_hold(self) -> None:
        """Keep the rows where they are, or let them go."""
        watch = self.watch_
        watch.held = dict(self.arranged.places) if watch.held is None else None
        self._rearrange()

    def action_pause(self) -> None:
        """Stop asking, or go on."""
        poller = self.watch_.poller
        poller.paused = not poller.paused
        if not poller.paused:
            poller.refresh()
        self._tick()

    def action_refresh_now(self) -> None:
        """Ask now."""
        self.watch_.poller.refresh()

    def action_interval(self, step: int) -> None:
        """Take the next longer or shorter interval."""
        self.watch_.poller.step(step)
        self._paint()

    def action_take(self, what: str) -> None:
        """Copy the id of the connection under the cursor, or its record."""
        one = self.watch_.fleet.tracked.get(self.table.pointed or "")
        if one is not None:
            copy_connection(self.app, one, what)

    async def action_export(self) -> None:
        """Write the rows shown to a JSON file in the present folder."""
        if self.arranged.at is not None:
            await export(self.app, self.arranged.rows, self.arranged.at)

    def action_scenario(self) -> None:
        """Choose the demo's scenario."""
        demo = self.watch_.demo
        if demo is None:
            self.app.notify("Scenarios are the demo's: conntop demo.", timeout=3)
        else:
            choose_scenario(self, demo, self._paint)

    def action_back(self) -> None:
        """Close the detail, then clear the filter."""
        if not self._close_detail() and self.watch_.condition.text:
            self.watch_.condition = NO_FILTER
            self._rearrange()

    def _close_detail(self) -> bool:
        if not self.detail.display:
            return False
        self.detail.display = False
        self._subject = None
        self.table.focus()
        return True

    def action_back_or_quit(self) -> None:
        """Close the detail; with nothing open, quit."""
        if not self._close_detail():
            self.app.exit(0)
