"""DiffList: what is different, a line each. Lines are made only where they are seen."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.reactive import reactive
from textual.strip import Strip

from tui.core.connection import State
from tui.core.difference import Row, Turn
from tui.core.safe import safe
from tui.view.keys import bind
from tui.view.line_list import LineList
from tui.view.paint import fitted

TURNS: Mapping[Turn, tuple[str, str]] = {
    Turn.GONE: (State.GONE.glyph, "bad"),
    Turn.SILENT: (State.SILENT.glyph, "bad"),
    Turn.MOVED: ("→", "good"),
    Turn.BACK: ("↻", "good"),
    Turn.CHANGED: ("~", "warning"),
    Turn.NEW: ("+", "good"),
}
"""Sign and tone of each turn."""
_TURN = 2 + max(len(turn.value) for turn in Turn)
_EVIDENCE = 40
"""Cells that the evidence gets before an id is shown in full."""
_MOST_ID = 36


class DiffList(LineList, inherit_bindings=False):
    """In: rows. Out: ``pointed``, the one under the cursor, held by its connection."""

    OPEN = "screen.jump"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "diff-list--cursor",
        "diff-list--good",
        "diff-list--warning",
        "diff-list--bad",
    }

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("down,j", "move(1)", "Down", "diff-down", "next line"),
        bind("up,k", "move(-1)", "Up", "diff-up", "previous line"),
        bind("home,g", "first", "First", "diff-first", "the first line"),
        bind("end,G", "last", "Last", "diff-last", "the last line"),
        bind("pagedown", "page(1.0)", "Page down", "diff-page-down", "a page on"),
        bind("pageup", "page(-1.0)", "Page up", "diff-page-up", "a page back"),
        bind("ctrl+d", "page(0.5)", "Half page down", "diff-half-down", "half a page on"),
        bind("ctrl+u", "page(-0.5)", "Half page up", "diff-half-up", "half a page back"),
    ]

    pointed: reactive[Row | None] = reactive(None, init=False, repaint=False)
    """The row under the cursor."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._rows: Sequence[Row] = ()
        self._longest = 0

    def show(self, rows: Sequence[Row]) -> None:
        """Draw other rows; the cursor stays on the connection that it is on."""
        held = self.pointed.one.connection_id if self.pointed is not None and self._row else None
        self._rows = rows
        self._longest = max((cell_len(_name(row)) for row in rows), default=0)
        places = (place for place, row in enumerate(rows) if row.one.connection_id == held)
        self._row = next(places, min(self._row, max(0, len(rows) - 1)))
        self._show_from(self._top)
        self._keep_in_view()

    # Drawing

    def _count(self) -> int:
        return len(self._rows)

    def _look(self, row: int) -> tuple[object, ...]:
        if not 0 <= row < len(self._rows):
            return ()
        return self._rows[row], row == self._row, self._longest, self.size.width

    def _line(self, row: int) -> Strip:
        shown, cursor, width = self._rows[row], row == self._row, self.size.width
        paint = self.get_component_rich_style
        sign, tone = TURNS[shown.turn]
        base = self.rich_style + paint("diff-list--cursor") if cursor else self.rich_style
        look = base + Style(color=paint(f"diff-list--{tone}").color)
        segments = [
            Segment("▸ " if cursor else "  ", base),
            Segment(fitted(f"{sign} {shown.turn.value}", _TURN, "left"), look),
            Segment(" ", base),
        ]
        room = self.scrollable_content_region.width - sum(one.cell_length for one in segments)
        name = max(0, min(self._longest, _MOST_ID, room - _EVIDENCE))
        if name:
            segments += [Segment(fitted(_name(shown), name, "left"), base), Segment(" ", base)]
        if room > name:
            segments.append(Segment(fitted(shown.evidence, room - name - 1, "left"), base))
        return Strip(segments).crop(0, width).extend_cell_length(width, base)

    # Moving

    def _point(self) -> None:
        self.pointed = self._rows[self._row] if self._rows else None


def _name(row: Row) -> str:
    return safe(row.one.connection_id, 60)
