"""The screen of one fleet: its panes, and the path of the data down to them."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.strip import Strip
from textual.widgets import Static
from textual.worker import Worker, WorkerCancelled

from tui.core.arrangement import Arrangement
from tui.core.fleet import Fleet, Tracked
from tui.core.grammar import Filter
from tui.core.safe import safe
from tui.core.snapshot import Snapshot
from tui.source.base import NoSourceError
from tui.view import messages
from tui.view.connection_table import ConnectionTable
from tui.view.detail import Detail
from tui.view.facts import Subject
from tui.view.filter_pane import FilterPane
from tui.view.find_bar import FindBar
from tui.view.key_line import KeyLine
from tui.view.lane import Feed, Lane
from tui.view.lean_screen import LeanScreen
from tui.view.paint import write
from tui.view.saved_look import view_words
from tui.view.status import Situation, StatusBar
from tui.view.table_title import nothing_words, table_title
from tui.view.telling import situation_of
from tui.view.time_bar import TimeBar
from tui.view.time_strip import TimeStrip
from tui.view.watch import Watch

if TYPE_CHECKING:
    from tui.view.diff_screen import DiffScreen
    from tui.view.event_log import EventLog, Place
    from tui.view.group_screen import GroupScreen
    from tui.view.why_screen import WhyScreen

_SELDOM = 5
"""Seconds between two ticks where one a second is too many."""


class FleetScreen(LeanScreen, inherit_bindings=False):
    """Draws what the watch brings. What the keys do is the main screen's."""

    AUTO_FOCUS = "ConnectionTable"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-broad")]  # noqa: RUF012  # as in Screen
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (16, "-short"), (34, "-tall")]  # noqa: RUF012

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
        self._groups: GroupScreen | None = None
        self._why: WhyScreen | None = None
        self._diff: DiffScreen | None = None
        self._sought: str | None = None
        self._unarranged = 0
        self._polls: dict[Lane, Worker[None]] = {}
        self._seconds = 0

    def compose(self) -> ComposeResult:
        """Header, filters, table, detail, footer."""
        table = ConnectionTable(names=self.watch_.fleet.names, id="table")
        table.add_class("-empty")
        yield StatusBar(id="status")
        yield TimeStrip(id="strip")
        with Horizontal(id="body"):
            yield FilterPane(id="filters")
            with Vertical(id="main"):
                yield FindBar(id="find")
                yield TimeBar(id="time")
                yield Static(id="table-title")
                yield table
                yield Static(id="nothing")
                yield Detail(id="detail")
        yield KeyLine()

    def on_mount(self) -> None:
        """Draw the frame first, then ask."""
        for selector in ("#find", "#time", "#detail", "#nothing"):
            self.query_one(selector).display = False
        self.table.rough = self.ticks_seldom
        self._lay_columns()
        self.set_interval(1.0, self._pass_time)
        self._paint()
        if self.watch_.fleet.last is not None:
            self._rearrange()
        # Only when that is on the terminal: the first question imports what it is asked with.
        self.call_after_refresh(self._start_polls)

    @property
    def table(self) -> ConnectionTable:
        """The live table."""
        return self.query_one(ConnectionTable)

    def lines(self) -> list[Strip]:
        """All of it, line by line, as it looks now."""
        return self._compositor.render_strips()

    @property
    def detail(self) -> Detail:
        """The detail view."""
        return self.query_one(Detail)

    # The path of the data: the worker folds and posts, the handler looks, the painter draws

    def _start_polls(self) -> None:
        """Ask whoever is watched and not asked yet."""
        for lane in self.watch_.lanes:
            if lane not in self._polls:
                self._polls[lane] = self.run_worker(self._poll(lane), group="poll")

    async def _poll(self, lane: Lane) -> None:
        def taste(first: Snapshot) -> None:
            fleet = lane.taste(first)
            if fleet is not None:
                self.post_message(messages.FleetChanged(lane, fleet))

        lane.feed.foretaste.tell = taste
        try:
            async for fleet in lane.fleets():
                self.post_message(messages.FleetChanged(lane, fleet))
                await self._see_alarms(lane, fleet)
        except NoSourceError as error:
            self.app.exit(1, 1, safe(f"conntop: {error}", 600))

    async def _see_alarms(self, lane: Lane, fleet: Fleet) -> None:
        alarms = self.watch_.alarms
        if alarms is None or lane not in self.watch_.lanes:
            return
        before = alarms.firing, alarms.waits
        await alarms.see(lane.name, fleet)
        if (alarms.firing, alarms.waits) != before and self.app.is_running:
            self._paint()

    def on_fleet_changed(self, message: messages.FleetChanged) -> None:
        """Another poll has been folded."""
        if message.lane in self.watch_.lanes:
            message.lane.bring(message.fleet)
            self._rearrange()

    def change_contexts(self, names: Sequence[str], feeds: Mapping[str, Feed]) -> None:
        """Watch other contexts from now on, as ``Watch.change`` has it."""
        watch, kept = self.watch_, {lane.name for lane in self.watch_.lanes}.intersection(names)
        gone = watch.change(names, feeds)
        if not kept:
            # No row of theirs may be taken for one of the new ones.
            self._subject = self._sought = self._left = None
            self.follow = False
            self.detail.display = False
            self._show(Arrangement())
        for lane in gone:
            self.run_worker(self._leave(lane, self._polls.pop(lane)), group="leave")
        self._start_polls()
        self._lay_columns()
        self._rearrange()

    async def _leave(self, lane: Lane, poll: "Worker[None]") -> None:
        """Ask no more, and then close what was asked."""
        poll.cancel()
        with suppress(WorkerCancelled):
            await poll.wait()
        await self.watch_.close(lane)

    def _lay_columns(self) -> None:
        """The column of contexts is there where there are several."""
        names = tuple(lane.name for lane in self.watch_.lanes)
        several = names if len(names) > 1 else ()
        self.table.columns_wanted = replace(self.table.columns_wanted, contexts=several)

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
        strip = self.query_one(TimeStrip)
        travelled = strip.then is not watch.then
        self.table.show(self.arranged, watch.present, watch.order, back=travelled)
        strip.then = watch.then
        if travelled:
            self.refresh_bindings()
            # What is shown of one connection has to be of the same time as all else.
            self._subject = None
            if self.detail.display and self.table.pointed is None:
                self.detail.display = False
        self._seconds = 0
        self._seek()
        if self.follow:
            self.table.keep_in_view()
        self._paint()

    def _pass_time(self) -> None:
        """Each second; every fifth is enough where nobody looks, or bytes are dear.

        Where they are, an answer that is about to come paints all ages by itself.
        """
        alarms, poller = self.watch_.alarms, self.watch_.poller
        if alarms is not None and not poller.paused:
            alarms.tick()
        self._seconds += 1
        seldom = self.ticks_seldom or poller.paused or not self.app.app_focus
        if seldom and self._seconds < _SELDOM:
            return
        if not (self.ticks_seldom and poller.is_at_it):
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
        self.table.tick(self.watch_.present)
        self._paint()

    def _seek(self) -> bool:
        """Put the cursor on the connection that is looked for, once there is a row of it."""
        sought = self._sought
        if sought is None:
            return False
        found = self.table.point_at(sought)
        self._sought = None if found else sought
        return found

    # Painting

    @property
    def own_condition(self) -> Filter:
        """The filter that is the user's own."""
        return self.watch_.condition

    def paint(self) -> None:
        """Somebody has changed what is said over the table."""
        self._paint()

    def tell(self) -> Situation:
        """All that the header tells."""
        return situation_of(self.watch_, self.arranged, sparing=self.ticks_seldom)

    def _paint(self) -> None:
        situation = self.tell()
        self.query_one(StatusBar).situation = situation
        if self._events is not None:
            self._events.situation = situation
        if self._groups is not None:
            self._groups.situation = situation
        if self._why is not None:
            self._why.situation = situation
        if self._diff is not None:
            self._diff.situation = situation
        self.query_one(FilterPane).choices = self.watch_.choices(self.arranged)
        title = table_title(
            self.arranged,
            self.watch_,
            view=view_words(self),
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
            one, fleet = self._subject, watch.fleet.part_of(self._subject)
            now, every = watch.present.of(one).now, watch.poller.every
            self.detail.subject = Subject(one, fleet, now, every, watch.is_past)
