"""Diff: what is different now from what was known at a moment of the past."""

import asyncio
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Input, Static

from tui.core.difference import Difference, Row, Turn, difference
from tui.core.fleet import Fleet
from tui.core.instant import TICKS, clock_text, day_text, seconds_between, span_text
from tui.core.merge import merge
from tui.core.past import PastError
from tui.core.rewind import to
from tui.core.safe import safe
from tui.core.when import WhenError, parse_when
from tui.view import messages
from tui.view.diff_list import TURNS, DiffList
from tui.view.event_look import TONES
from tui.view.freeing import take_apart
from tui.view.key_line import KeyLine
from tui.view.keys import bind
from tui.view.paint import Part, write
from tui.view.status import Situation, StatusBar
from tui.view.take_away import copy
from tui.view.then import go
from tui.view.time_bar import TimeBar
from tui.view.watch import Watch

_AGO = 900 * TICKS
"""How far back one looks at first, where so much is kept."""
_TURNS: tuple[Turn | None, ...] = (None, *Turn)


class DiffScreen(Screen[str | None], inherit_bindings=False):
    """In: a Situation, again and again. Returns the id of a connection to go to, or ``None``."""

    AUTO_FOCUS = "DiffList"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-broad")]  # noqa: RUF012  # as in Screen
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (8, "-tiny"), (16, "-short"), (34, "-tall")]  # noqa: RUF012

    # At once, as the key that leads here: what is typed right behind goes to the right screen.
    BINDINGS: ClassVar[list[BindingType]] = [
        bind(
            "enter",
            "jump",
            "Go to it",
            "diff-jump",
            "close and go to the connection",
            show=True,
            at_once=True,
        ),
        bind("f,right", "kind(1)", "Kind", "diff-kind", "show the next kind", show=True),
        bind("left", "kind(-1)", "Kind back", "diff-kind-back", "show the kind before"),
        bind("at", "time", "Since", "diff-time", "compare with another time", show=True),
        bind("y", "copy", "Copy", "diff-copy", "copy all lines shown", show=True),
        bind("p", "behind('pause')", "Pause", "diff-pause", "stop asking, or go on"),
        bind("R", "behind('refresh_now')", "Refresh", "diff-refresh", "ask now"),
        bind("escape,q,D", "close", "Back", "diff-close", "close", show=True, at_once=True),
    ]

    situation: reactive[Situation] = reactive(Situation, init=False, repaint=False)
    """What the header tells."""

    def __init__(self, situation: Situation, watch: Watch) -> None:
        """
        Args:
            situation: what is known.
            watch: has the past and the present; a past that it looks at is what is compared.
        """  # noqa: D205, D212
        super().__init__()
        self.set_reactive(DiffScreen.situation, situation)
        self._watch = watch
        self._then: Fleet | None = watch.fleet if watch.is_past else None
        self._read: list[Fleet] = []
        """Fleets of the past that nobody else has."""
        self._now: tuple[Fleet, ...] = ()
        """Those of each context that were compared last."""
        self._found: Difference | None = None
        self._turn: Turn | None = None
        self._is_laid = False

    def compose(self) -> ComposeResult:
        """The header as it is behind, the lines, and the one under the cursor in full."""
        yield StatusBar(id="status")
        yield Static(id="diff-title")
        yield TimeBar(id="diff-bar")
        yield Static(id="diff-notes")
        yield DiffList(id="diff-list")
        yield Static(id="diff-nothing")
        yield Static(id="diff-line")
        yield KeyLine()

    def on_mount(self) -> None:
        """Show what there is."""
        for name in ("#diff-bar", "#diff-notes", "#diff-nothing"):
            self.query_one(name).display = False
        self.watch(self.query_one(DiffList), "pointed", self._paint_line, init=False)
        self._is_laid = True
        self.query_one(StatusBar).situation = self.situation
        write(self.query_one("#diff-title", Static), Content.styled("Diff …", "bold"))
        if self._then is None:
            self._look_back("")
        else:
            self._compare()

    def on_resize(self) -> None:
        """Another width, another title."""
        self._paint_title()

    # The path of the data: two fleets are compared off the loop, and the rows drawn

    def watch_situation(self, before: Situation, situation: Situation) -> None:
        """Time goes on in the header; with each poll is compared anew."""
        if not self._is_laid or not self.is_attached:
            return
        self.query_one(StatusBar).situation = situation
        # By identity: to compare all that two fleets hold would take longer than the rest.
        now = [id(lane.coming) for lane in self._watch.lanes]
        same = now == [id(one) for one in self._now] and situation.fleet is before.fleet
        if self._then is not None and not same:
            self._compare()

    @work(group="read", exclusive=True)
    async def _look_back(self, text: str) -> None:
        """Read the moment of a time; without one that of a quarter of an hour ago."""
        bar, now = self.query_one(TimeBar), self._watch.live_now
        if now is None:
            self._paint_nothing("Nothing is known yet: there has been no answer.")
            return
        lanes = self._watch.lanes
        try:
            instant = parse_when(text, now) if text else now - _AGO
            moments = await asyncio.to_thread(lambda: [lane.past.moments() for lane in lanes])
        except (WhenError, PastError) as error:
            bar.complain(str(error))
            return
        first = min((each[0].at for each in moments if each), default=now)
        instant = instant if text else max(instant, first)
        then, sentence = await asyncio.to_thread(go, lanes, [to(instant)], None)
        if not self.is_attached:
            return
        if then is None:
            words = sentence or "that is now: name a time before"
            bar.complain(words)
            if self._then is None:
                self._paint_nothing(f"{words[0].upper()}{words[1:]}.")
            return
        self._read += then.fleets.values()
        self._then = await asyncio.to_thread(merge, then.fleets)
        if bar.display:
            bar.close()
            self.query_one(DiffList).focus()
        self._compare()

    @work(group="arrange", exclusive=True)
    async def _compare(self) -> None:
        """Compare; a newer wish replaces one under way."""
        then = self._then
        assert then is not None
        self._now = tuple(lane.coming for lane in self._watch.lanes)
        found = await asyncio.to_thread(lambda: difference(then, self._watch.live_fleet()))
        if not self.is_attached:
            return
        self._found = found
        self._show()

    def _show(self) -> None:
        found = self._found
        if found is None:
            return
        rows = self._rows(found)
        self.query_one(DiffList).show(rows)
        self._paint_title()
        notes = self.query_one("#diff-notes", Static)
        notes.display = bool(found.notes)
        write(notes, Content("\n".join(f"⚠ {note}" for note in found.notes)), layout=True)
        words = ""
        if not rows:
            words = "Nothing is different." if self._turn is None else "None of this kind."
            words += f" {found.same:,} are as they were."
        self._paint_nothing(words)
        self._paint_line(self.query_one(DiffList).pointed)

    def _rows(self, found: Difference) -> tuple[Row, ...]:
        return tuple(row for row in found.rows if self._turn in (None, row.turn))

    # Painting

    def _paint_title(self) -> None:
        if self._found is not None:
            line = self.query_one("#diff-title", Static)
            write(line, diff_title(self._found, self._turn, line.content_size.width))

    def _paint_nothing(self, words: str) -> None:
        """Where there is no row, say why."""
        nothing = self.query_one("#diff-nothing", Static)
        nothing.display = bool(words)
        self.query_one(DiffList).display = not words
        write(nothing, Content(words), layout=True)

    def _paint_line(self, row: Row | None) -> None:
        """The row under the cursor, whole."""
        below = self.query_one("#diff-line", Static)
        below.display = row is not None
        if row is not None:
            sign, tone = TURNS[row.turn]
            words = Content.assemble(
                (f"{sign} {row.turn.value}  ", TONES[tone]),
                (safe(row.one.connection_id, 60), "bold"),
                f"  {row.evidence}",
            )
            write(below, words, layout=True)

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What acts at once is text in a field."""
        return not (action in ("jump", "close") and isinstance(self.focused, Input))

    def action_jump(self) -> None:
        """Close, and go to the connection under the cursor."""
        row = self.query_one(DiffList).pointed
        if row is not None:
            shown = row.before if self._watch.is_past and row.before is not None else row.one
            self.dismiss(shown.connection_id)

    def action_kind(self, step: int) -> None:
        """Show the next kind, or the one before."""
        counts = {} if self._found is None else self._found.counts()
        offers = [one for one in _TURNS if one in (None, self._turn) or one in counts]
        self._turn = offers[(offers.index(self._turn) + step) % len(offers)]
        self._show()

    def action_time(self) -> None:
        """Ask for another time."""
        self.query_one(TimeBar).open()

    def on_time_wanted(self, message: messages.TimeWanted) -> None:
        """Compare with it, or say why there is no such time, with the text kept."""
        message.stop()
        if message.text is None:
            self.query_one(TimeBar).close()
            self.query_one(DiffList).focus()
        elif message.text.strip():
            self._look_back(message.text)
        else:
            self.query_one(TimeBar).complain("a time is missing: write one like 03:12 or -15m")

    def action_copy(self) -> None:
        """Copy all lines that are shown."""
        if self._found is not None:
            copy(self.app, as_text(self._found, self._rows(self._found)), "difference")

    async def action_behind(self, action: str) -> None:
        """What the header offers works here, too: it is done by the screen behind."""
        stack = self.app.screen_stack
        await self.app.run_action(action, stack[stack.index(self) - 1])

    def action_close(self) -> None:
        """Close it."""
        self.dismiss(None)

    async def on_unmount(self) -> None:
        """Let go of what was read, bite by bite."""
        self._found, self._then, self._now = None, None, ()
        await asyncio.to_thread(take_apart, self._read)


def _span(found: Difference) -> str:
    if found.then is None or found.now is None:
        return ""
    span = span_text(seconds_between(found.then, found.now))
    return f"{_when(found.then, found.now)} → {clock_text(found.now)} ({span})"


def _when(then: int, now: int) -> str:
    """The time, and the day where it is another."""
    return clock_text(then) if day_text(then)[:10] == day_text(now)[:10] else day_text(then)


def diff_title(found: Difference, turn: Turn | None, width: int) -> Content:
    """Between which times, and how many there are of each kind: all of them where they fit."""
    start: list[Part] = [("Diff ", "bold"), (_span(found), "")]
    counts = found.counts()
    offer: list[Part] = []
    for one in _TURNS:
        number = len(found.rows) if one is None else counts.get(one, 0)
        words = f"{'all' if one is None else one.value} {number:,}"
        if one is turn:
            offer.append((f" ‹{words}›", "bold"))
        elif number:
            offer.append((f"  {words} ", "$muted"))
    whole = Content.assemble(*start, " ", *offer)
    if whole.cell_length <= width:
        return whole
    kind = "all" if turn is None else turn.value
    shown = len(found.rows) if turn is None else counts.get(turn, 0)
    return Content.assemble(*start, (f" · ‹{kind} {shown:,}›", "bold"))


def as_text(found: Difference, rows: tuple[Row, ...]) -> str:
    """The rows, for another human."""
    lines = [
        f"- {row.turn.value} {safe(row.one.connection_id, 60)}: {row.evidence}" for row in rows
    ]
    return "\n".join([f"{_span(found)}", *found.notes, *(lines or ["nothing is different"])])
