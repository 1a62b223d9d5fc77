"""Why: what the dropped have in common, worked out anew with each poll that goes on behind it."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Static

from tui.core.connection import State
from tui.core.fleet import GONE_KEPT, Fleet
from tui.core.grammar import Filter
from tui.core.safe import safe
from tui.core.why import Explanation, Line, dropped, explain
from tui.core.why_words import chance_words
from tui.view.key_line import KeyLine
from tui.view.keys import bind
from tui.view.paint import Part, write
from tui.view.past_keys import past_keys
from tui.view.status import Situation, StatusBar
from tui.view.take_away import copy
from tui.view.why_list import WhyList


class Chosen(Enum):
    """Whom to explain. The value is their word on screen."""

    MARKED = "marked"
    DROPPED = "dropped"
    SILENT = "silent"
    FILTERED = "filtered"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was worked out of one fleet."""

    explanation: Explanation
    chosen: Chosen
    """Whom it is about."""
    counts: dict[Chosen, int]
    """How many there are of each that can be chosen: none that is empty."""


def answer(fleet: Fleet, wish: Chosen | None, marks: Collection[str], condition: Filter) -> Answer:
    """Explain those that are wished for, where there are any; the first that there are, if not.

    Takes a tenth of a second at 100,000 connections: off the loop.
    """
    at, tracked = fleet.at or 0, fleet.tracked
    ids: dict[Chosen, list[str]] = {
        Chosen.MARKED: [name for name in marks if name in tracked],
        Chosen.DROPPED: [one.connection_id for one in dropped(fleet)],
        Chosen.SILENT: [name for name, one in tracked.items() if one.state is State.SILENT],
        Chosen.FILTERED: [],
    }
    if condition.tests:
        ids[Chosen.FILTERED] = [name for name, one in tracked.items() if condition.passes(one, at)]
    counts = {one: len(names) for one, names in ids.items() if names}
    chosen = wish if wish in counts else next(iter(counts), Chosen.DROPPED)
    return Answer(explain(fleet, ids[chosen], called=chosen.value), chosen, counts)


class WhyScreen(Screen[str | None], inherit_bindings=False):
    """In: a Situation, again and again. Returns the filter of a line, or ``None``."""

    AUTO_FOCUS = "WhyList"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-broad")]  # noqa: RUF012  # as in Screen
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (8, "-tiny"), (16, "-short"), (34, "-tall")]  # noqa: RUF012

    # At once, as the key that leads here: what is typed right behind goes to the right screen.
    BINDINGS: ClassVar[list[BindingType]] = [
        bind(
            "enter",
            "choose",
            "Filter by it",
            "why-choose",
            "close and show only those of the line",
            show=True,
            at_once=True,
        ),
        bind("f,right", "whom(1)", "Whom", "why-whom", "explain the next set", show=True),
        bind("left", "whom(-1)", "Whom back", "why-whom-back", "explain the set before"),
        bind("y", "copy", "Copy", "why-copy", "copy all lines", show=True),
        bind("p", "behind('pause')", "Pause", "why-pause", "stop asking, or go on"),
        bind("R", "behind('refresh_now')", "Refresh", "why-refresh", "ask now"),
        *past_keys("why"),
        bind(
            "escape,q,W",
            "close",
            "Back",
            "why-close",
            "close what they have in common",
            show=True,
            at_once=True,
        ),
    ]

    situation: reactive[Situation] = reactive(Situation, init=False, repaint=False)
    """What the header tells; its fleet is what is explained."""

    def __init__(self, situation: Situation, condition: Filter, marks: Collection[str]) -> None:
        """
        Args:
            situation: what is known.
            condition: the filter of the screen behind.
            marks: ids of the connections that are marked there.
        """  # noqa: D205, D212
        super().__init__()
        self.set_reactive(WhyScreen.situation, situation)
        self._condition = condition
        self._marks = marks
        self._wish: Chosen | None = None
        self._answer: Answer | None = None
        self._is_laid = False

    def compose(self) -> ComposeResult:
        """The header as it is behind, the lines, and the one under the cursor in full."""
        yield StatusBar(id="status")
        yield Static(id="why-title")
        yield WhyList(id="why-list")
        yield Static(id="why-nothing")
        yield Static(id="why-line")
        yield KeyLine()

    def on_mount(self) -> None:
        """Show what there is."""
        self.query_one("#why-nothing").display = False
        self.watch(self.query_one(WhyList), "pointed", self._paint_line, init=False)
        self._is_laid = True
        self.query_one(StatusBar).situation = self.situation
        self._explain()

    def on_resize(self) -> None:
        """Another width, another title."""
        self._paint_title()

    # The path of the data: a fleet comes in, is explained off the loop, and drawn

    def watch_situation(self, before: Situation, situation: Situation) -> None:
        """Time goes on in the header; another fleet is explained anew."""
        if not self._is_laid or not self.is_attached:
            return
        self.query_one(StatusBar).situation = situation
        if situation.fleet is not before.fleet:
            self._explain()

    @work(group="arrange", exclusive=True)
    async def _explain(self) -> None:
        """Work it out; a newer wish replaces one under way."""
        found = await asyncio.to_thread(
            answer, self.situation.fleet, self._wish, self._marks, self._condition
        )
        if not self.is_attached:
            return
        self._answer = found
        self.query_one(WhyList).show(found.explanation)
        self._paint_title()
        self._paint_nothing(found)
        self._paint_line(self.query_one(WhyList).pointed)

    # Painting

    def _paint_title(self) -> None:
        if self._answer is not None:
            line = self.query_one("#why-title", Static)
            write(line, why_title(self._answer, line.content_size.width))

    def _paint_nothing(self, found: Answer) -> None:
        """Where nothing is claimed, say why."""
        told = found.explanation
        nothing = self.query_one("#why-nothing", Static)
        nothing.display = not told.lines
        self.query_one(WhyList).display = bool(told.lines)
        if told.lines:
            return
        parts: list[Part] = [(told.note, "bold")]
        if not found.counts:
            parts = [
                (f"Nothing has stopped beating in the last {GONE_KEPT / 60:.0f} minutes.", "bold")
            ]
            parts.append(("\nSpace marks connections, / filters them: W explains them, too.", ""))
        if self.situation.fleet.last is None:
            parts = [(told.note, "bold")]
        write(nothing, Content.assemble(*parts, *_caveats(told)), layout=True)

    def _paint_line(self, line: Line | None) -> None:
        """The line under the cursor, whole."""
        words = Content("")
        if line is not None and self._answer is not None:
            words = in_full(line, self._answer.explanation)
        below = self.query_one("#why-line", Static)
        below.display = line is not None
        write(below, words, layout=True)

    # Keys

    def action_choose(self) -> None:
        """Close, and filter by the line under the cursor."""
        line = self.query_one(WhyList).pointed
        if line is not None:
            self.dismiss(line.condition)

    def action_whom(self, step: int) -> None:
        """Explain another set."""
        found = self._answer
        if found is None or len(found.counts) < 2:
            words = "There is no other set: Space marks connections, / filters them."
            self.app.notify(words, timeout=3)
            return
        offers = list(found.counts)
        self._wish = offers[(offers.index(found.chosen) + step) % len(offers)]
        self._explain()

    def action_copy(self) -> None:
        """Copy all lines, or why there are none."""
        if self._answer is not None:
            copy(self.app, as_text(self._answer.explanation), "explanation")

    async def action_behind(self, action: str) -> None:
        """What the header offers works here, too: it is done by the screen behind."""
        stack = self.app.screen_stack
        await self.app.run_action(action, stack[stack.index(self) - 1])

    def action_close(self) -> None:
        """Close it."""
        self.dismiss(None)


def why_title(found: Answer, width: int) -> Content:
    """Who is explained, and who else could be: all of them where they fit."""
    told = found.explanation
    start: list[Part] = [("Why", "bold")]
    against: Part = ("", "")
    if told.chosen and told.rest:
        against = (f" · against {told.rest:,} {told.others}", "$muted")
    here: Part = (f" ‹{found.chosen.value} {told.chosen:,}›", "bold")
    if not found.counts:
        return Content.assemble(*start)
    offers: list[Part] = [
        here if one is found.chosen else (f"  {one.value} {count:,} ", "$muted")
        for one, count in found.counts.items()
    ]
    whole = Content.assemble(*start, " ", *offers, against)
    return whole if whole.cell_length <= width else Content.assemble(*start, here, against)


def in_full(line: Line, told: Explanation) -> Content:
    """A line with all that is known of it."""
    parts: list[Part] = [(f"{line.sentence[0].upper()}{line.sentence[1:]}.", "bold")]
    if line.rival:
        parts.append(("\nIt explains what the first line does: the numbers cannot tell which.", ""))
    parts += [("\n/ ", "$muted"), (safe(line.condition, 200), "$accent")]
    lift = f"{line.lift:,.0f} times as common as among the {told.others}"
    if not line.also:
        lift = f"none of the {told.others} has it"
    parts.append((f"\n{lift}; by chance alone {chance_words(line.chance)}", "$muted"))
    return Content.assemble(*parts, *_caveats(told))


def _caveats(told: Explanation) -> list[Part]:
    return [(f"\n⚠ {one}", "$warning") for one in told.caveats]


def as_text(told: Explanation) -> str:
    """All lines, for another human."""
    lines = [f"- {line.sentence} (filter: {safe(line.condition)})" for line in told.lines]
    return "\n".join([*(lines or [told.note]), *told.caveats])
