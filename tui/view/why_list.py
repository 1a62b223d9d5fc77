"""WhyList: what the chosen have in common, a line each, with how many of either side have it."""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.reactive import reactive
from textual.strip import Strip

from tui.core.why import Explanation, Line
from tui.view.keys import bind
from tui.view.line_list import LineList
from tui.view.paint import fitted

_BAR = 10
_BROAD = 100
"""Cells of width from which on shares are drawn, too."""
_NOTHING = Explanation((), 0, 0)


class WhyList(LineList, inherit_bindings=False):
    """In: an Explanation. Out: ``pointed``, the line under the cursor, held by its filter."""

    HEADS = 1
    OPEN = "screen.choose"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "why-list--cursor",
        "why-list--struck",
        "why-list--rest",
        "why-list--muted",
    }

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("down,j", "move(1)", "Down", "why-down", "next line: it explains less"),
        bind("up,k", "move(-1)", "Up", "why-up", "previous line: it explains more"),
        bind("home,g", "first", "First", "why-first", "what explains most"),
        bind("end,G", "last", "Last", "why-last", "the last line"),
    ]

    pointed: reactive[Line | None] = reactive(None, init=False, repaint=False)
    """The line under the cursor."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.explanation = _NOTHING

    def show(self, explanation: Explanation) -> None:
        """Draw other lines; the cursor stays on what it is on, or goes to the first."""
        held = self.pointed.condition if self.pointed is not None and self._row else None
        self.explanation = explanation
        conditions = [line.condition for line in explanation.lines]
        self._row = conditions.index(held) if held in conditions else 0
        self._show_from(self._top)
        self._keep_in_view()

    # Drawing

    def _count(self) -> int:
        return len(self.explanation.lines)

    def _look(self, row: int) -> tuple[object, ...]:
        told = self.explanation
        if row < 0:
            return told.called, told.others, self.size.width
        if row >= len(told.lines):
            return ()
        return told.lines[row], row == self._row, self.size.width

    @property
    def _count_width(self) -> int:
        told = self.explanation
        counts = (len(f"{count:,} of {count:,}") for count in (told.chosen, told.rest))
        return max(*counts, len(told.called), len(told.others))

    def _line(self, row: int) -> Strip:
        told, width = self.explanation, self.size.width
        paint, count = self.get_component_rich_style, self._count_width
        bar = _BAR + 1 if width >= _BROAD else 0
        base = self.rich_style
        muted = base + Style(color=paint("why-list--muted").color)
        if row < 0:
            heads = [fitted(one, count + bar, "left") for one in (told.called, told.others)]
            words = "  ".join(["", *heads, "what it is"])
            return Strip([Segment(words, muted + Style(bold=True))]).adjust_cell_length(width, base)
        line, cursor = told.lines[row], row == self._row
        if cursor:
            base = muted = base + paint("why-list--cursor")
        segments = [Segment("▸ " if cursor else "  ", base)]
        for hits, of, look in (
            (line.covered, line.size, "why-list--struck"),
            (line.also, line.rest, "why-list--rest"),
        ):
            tone = base + Style(color=paint(look).color)
            segments.append(Segment(fitted(f"{hits:,} of {of:,}", count, "right"), tone))
            if bar:
                full = share_cells(hits, of)
                segments.append(Segment(f" {'▰' * full}", tone))
                segments.append(Segment("▱" * (_BAR - full), muted))
            segments.append(Segment("  ", base))
        if line.rival:
            segments.append(Segment("or ", muted))
        room = width - sum(one.cell_length for one in segments)
        plain = base + Style(bold=True) if row == 0 else base
        segments.append(Segment(fitted(line.what, max(0, room), "left"), plain))
        return Strip(segments).adjust_cell_length(width, base)

    # Moving

    def _point(self) -> None:
        lines = self.explanation.lines
        self.pointed = lines[self._row] if lines else None


def share_cells(some: int, of: int) -> int:
    """Cells of a bar: none and all of them only for none and all.

    >>> share_cells(0, 300), share_cells(1, 300), share_cells(299, 300), share_cells(300, 300)
    (0, 1, 9, 10)
    """
    if some in (0, of):
        return _BAR if some else 0
    return min(_BAR - 1, max(1, round(some / of * _BAR)))
