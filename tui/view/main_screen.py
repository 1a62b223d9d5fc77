"""The main screen: takes the messages of its panes up, and does what the keys say."""

from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace
from textual.binding import BindingType
from textual.widgets import Input

from tui.core.arrangement import Order
from tui.core.connection import State
from tui.core.grammar import NO_FILTER, Filter, GrammarError, parse_filter
from tui.core.query import Query
from tui.core.saved_view import SavedView
from tui.view import messages
from tui.view.detail import SiblingList
from tui.view.filter_pane import FilterPane
from tui.view.find_bar import FindBar
from tui.view.main_keys import MAIN_KEYS
from tui.view.menus import choose_scenario, sort_menu
from tui.view.past_screen import PastScreen
from tui.view.take_away import copy_connection, export
from tui.view.watch import Watch

if TYPE_CHECKING:
    from tui.view.event_log import Place
    from tui.view.group_screen import Leaving


class MainScreen(PastScreen, inherit_bindings=False):
    """The fleet, live or as it was."""

    BINDINGS: ClassVar[list[BindingType]] = MAIN_KEYS

    def __init__(self, watch: Watch) -> None:
        """``watch`` is what is watched; it is this screen's alone."""
        super().__init__(watch)
        self._grouped: Leaving | None = None
        self._inside: tuple[Filter, Filter] | None = None
        """The filter of a group that was opened, and the one from before."""

    # Messages from the panes

    def on_query_wanted(self, message: messages.QueryWanted) -> None:
        """The next request carries it, at once."""
        self._ask(message.query)

    def _ask(self, query: Query) -> None:
        if not self.is_about_now():
            self.watch_.ask(query)
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
        self._use(condition)

    def _use(self, condition: Filter) -> None:
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
        if action == "live" and self.watch_.wanted is None:
            return False
        at_once = ("find", "events", "groups", "handover", "why", "diff")
        return not (action in at_once and isinstance(self.focused, Input))

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

        names, several = self.watch_.fleet.names, bool(self.table.columns_wanted.contexts)
        self.app.push_screen(sort_menu(self.watch_.order, names, several=several), chosen)

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

        situation = self.tell()
        self._events = EventLog(situation, self.watch_.condition, self._left)
        self.app.push_screen(self._events, self._leave_events)

    def _leave_events(self, left: "Place | None") -> None:
        """Go to the connection that was chosen there."""
        self._events, self._left = None, left
        if left is not None:
            self.go_to(left.connection_id)

    def action_groups(self) -> None:
        """Open the groups by what they were last."""
        self.open_groups(self.watch_.dimension)

    def open_groups(self, dimension: str) -> None:
        """Open the groups by a dimension, given by its key; who is in one leaves it."""
        from tui.view.group_screen import GroupScreen, Leaving

        self._leave_group()
        place = self._grouped
        if place is None or place.dimension != dimension:
            place = Leaving(dimension, None)
        watch = self.watch_
        situation = self.tell()
        self._groups = GroupScreen(situation, watch.condition, place, watch.look, self._use)
        self.app.push_screen(self._groups, self._leave_groups)

    @property
    def grouping(self) -> str:
        """The key of the dimension while the groups or one of them are open, else ``""``."""
        if self._groups is not None:
            return self._groups.dimension.key
        return self.watch_.dimension if self._is_in_group else ""

    def _leave_groups(self, left: "Leaving | None") -> None:
        """Show the group that was opened, on top of the filter."""
        self._groups, self._grouped = None, left
        if left is None:
            return
        self.watch_.dimension = left.dimension
        if left.opened is not None:
            before = self.watch_.condition
            # In front: what was typed may end in the middle of a word.
            inside = parse_filter(f"{left.opened} {before.text}")
            self._inside = (inside, before)
            self._use(inside)

    @property
    def _is_in_group(self) -> bool:
        """Whether the filter is that of the group that was opened."""
        return self._inside is not None and self.watch_.condition == self._inside[0]

    @property
    def own_condition(self) -> Filter:
        """The filter without that of a group that was opened."""
        if self._is_in_group and self._inside is not None:
            return self._inside[1]
        return self.watch_.condition

    def look(self, view: SavedView, query: Query, condition: Filter) -> None:
        """Look at the fleet as ``view`` has it, whose question and filter are these."""
        self._inside = None
        bar = self.query_one(FindBar)
        bar.display, bar.complaint = False, ""
        watch = self.watch_
        if watch.wanted is None:
            watch.ask(query)
        watch.condition, watch.order, watch.held = condition, view.order, None
        self.table.columns_wanted = replace(
            self.table.columns_wanted, chosen=view.columns, wide=view.wide
        )
        self.table.focus()
        self._rearrange()
        self.paint()
        if view.group:
            self.open_groups(view.group)

    def _leave_group(self) -> bool:
        """Go back to the filter from before a group was opened; says whether one was."""
        if not self._is_in_group or self._inside is None:
            return False
        self._use(self._inside[1])
        self._inside = None
        return True

    def action_handover(self) -> None:
        """Open the note for whoever takes over: about the marked rows, else about what dropped."""
        from tui.view.handover_screen import HandoverScreen

        writing = self.watch_.writing(self.table.marks or None)
        self.app.push_screen(HandoverScreen(writing, self.lines(), self.watch_.post))

    def action_why(self) -> None:
        """Open what the dropped have in common; the fleet goes on behind it."""
        from tui.view.why_screen import WhyScreen

        situation = self.tell()
        self._why = WhyScreen(situation, self.watch_.condition, self.table.marks)
        self.app.push_screen(self._why, self._leave_why)

    def _leave_why(self, condition: str | None) -> None:
        """Filter by the line that was chosen there."""
        self._why = None
        if condition is not None:
            self._filter(condition)
            self.table.focus()

    def action_problem(self, step: int) -> None:
        """Go to the next connection in trouble."""
        if not self.table.point_at_next(step, lambda one: one.state is not State.LIVE):
            self.app.notify("No connection shown is in trouble.", timeout=3)

    def action_wide(self) -> None:
        """All columns, or those that fit."""
        wanted = self.table.columns_wanted
        self.table.columns_wanted = replace(wanted, wide=not wanted.wide)

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
        if not self.is_about_now():
            self.watch_.pause(not self.watch_.poller.paused)
            self._tick()

    def action_refresh_now(self) -> None:
        """Ask now."""
        if not self.is_about_now():
            self.watch_.refresh()

    def action_interval(self, step: int) -> None:
        """Take the next longer or shorter interval."""
        if not self.is_about_now():
            self.watch_.step(step)
            self._paint()

    def action_take(self, what: str) -> None:
        """Copy the id of the connection under the cursor, or its record."""
        one = self.watch_.fleet.tracked.get(self.table.pointed or "")
        if one is not None:
            copy_connection(self.app, one, what, self.watch_.fleet.names)

    async def action_export(self) -> None:
        """Write the rows shown to a JSON file in the present folder."""
        if self.arranged.at is not None:
            names = self.watch_.fleet.names
            await export(self.app, self.arranged.rows, self.arranged.at, names)

    def action_columns(self) -> None:
        """Choose the columns, and their order."""
        from tui.view.columns_menu import choose_columns

        choose_columns(self)

    def action_view(self, number: int) -> None:
        """Take a saved view; 0 shows all, as at the start."""
        from tui.view.saved_views import take_view

        take_view(self, number)

    def action_save_view(self) -> None:
        """Save what is shown as a view."""
        from tui.view.saved_views import save_view

        save_view(self)

    def action_contexts(self) -> None:
        """Choose what is watched."""
        from tui.view.contexts import choose_contexts

        choose_contexts(self)

    def action_scenario(self) -> None:
        """Choose the demo's scenario."""
        demo = self.watch_.demo
        if self.is_about_now():
            return
        if demo is None:
            self.app.notify("Scenarios are the demo's: conntop demo.", timeout=3)
        else:
            choose_scenario(self, demo, self._paint)

    def action_back(self) -> None:
        """Close the detail, leave the group, clear the filter, and then the past."""
        if self._close_detail() or self._leave_group():
            return
        if self.watch_.wanted is not None and not self.watch_.condition.tests:
            self.action_live()
        self._use(NO_FILTER)

    def _close_detail(self) -> bool:
        if not self.detail.display:
            return False
        self.detail.display = False
        self._subject = None
        self.table.focus()
        return True

    def action_back_or_quit(self) -> None:
        """Close the detail, then leave the past; with nothing open, quit."""
        if self._close_detail():
            return
        if self.watch_.wanted is not None:
            self.action_live()
        else:
            self.app.exit(0)
