"""The model of the terminal's screen: what it is to show, what it shows, and the way there."""

from collections.abc import Iterable

from tui.view.output.brush import Brush, Run, paint_all
from tui.view.output.difference import runs
from tui.view.output.grid import Grid, Row
from tui.view.output.shift import carry_out, find_shift
from tui.view.output.sixteen import Colours, looks
from tui.view.output.style import DEFAULT, Style, restyled

_MANY = 5
"""Changed rows from which on it is tried whether they only moved."""
_SYNC_FROM = 300
"""Characters of a change that is to be seen at once, so that nobody sees half of it."""
_PER_RUN = 12
"""About how many characters it takes to begin a run."""
_SYNC_BEGIN, _SYNC_END = "\x1b[?2026h", "\x1b[?2026l"


class Screen:
    """Takes what was to be written, in terms of cells, and gives what is to be sent."""

    def __init__(self, columns: int, rows: int, colours: Colours = "true") -> None:
        """``columns`` and ``rows`` are the terminal's size."""
        self._wanted = Grid(columns, rows)
        self._shown = Grid(columns, rows)
        self._dirty: set[int] = set()
        self._unseen = True
        """Whether nothing is known to be shown, so that the next change brings all anew."""
        self._looks = looks(colours)
        self._brush = Brush(columns)
        self._cursor: tuple[int, int] | None = None
        """Where what is written next goes, if known."""
        self._style: Style = DEFAULT
        self._next_row = 0
        self.cursor_is_seen = True
        """Whether the terminal was not told to hide its cursor."""
        self.can_sync = False
        """Whether the terminal can hold a change back until it is complete."""

    # What was to be written

    def go(self, y: int, x: int) -> None:
        """Move the cursor."""
        self._cursor = (y, x)

    def restyle(self, parameters: str) -> None:
        """Change the style, by parameters of SGR."""
        self._style = restyled(self._style, parameters)

    def write(self, text: str) -> None:
        """Write at the cursor."""
        if self._cursor is None:
            self._brush.wear(self._style)
            self.pass_through(text)
            return
        y, x = self._cursor
        self._cursor = (y, self._wanted.put(y, x, text, self._style))
        if y < len(self._wanted.rows):
            self._dirty.add(y)

    def new_line(self) -> None:
        """Go to the begin of the next row; the terminal's line makes ``CR LF`` of ``LF``."""
        if self._cursor is None:
            self.pass_through("\n")
        else:
            self._cursor = (self._cursor[0] + 1, 0)

    def pass_by(self, sequence: str) -> None:
        """Send what changes nothing on the screen.

        It goes ahead of changes that have not been sent yet. To wait for them would mean that
        all frames between two of these were sent, however slow the terminal.
        """
        self._brush.rest()
        self._brush.sent.append(sequence)

    def pass_through(self, sequence: str) -> None:
        """Send what changes the screen in a way of its own, after all that was before it."""
        if self._dirty:
            self._paint(None)
        if self._cursor is not None:
            self._brush.go(*self._cursor)
        self._brush.wear(self._style)
        self._brush.sent.append(sequence)
        self._brush.place = self._cursor = None
        self._wanted.forget()
        self._dirty.clear()
        self.forget()

    # What is sent

    @property
    def is_waiting(self) -> bool:
        """Whether there is something to send."""
        return bool(self._brush.sent or self._dirty or self._cursor_is_away)

    def take(self, limit: int | None = None) -> str:
        """What is to be sent now, which is then held to be shown.

        Args:
            limit: characters after which the rest is left for the next time, at a row's end.
        """
        brush = self._brush
        passed, brush.sent = brush.sent, []
        if self._dirty:
            self._paint(limit)
        if not self._dirty and self._cursor is not None and self._cursor_is_away:
            brush.go(*self._cursor)
        text, brush.sent = "".join(brush.sent), []
        if self.can_sync and len(text) > _SYNC_FROM:
            text = f"{_SYNC_BEGIN}{text}{_SYNC_END}"
        return "".join(passed) + text

    def forget(self) -> None:
        """Hold nothing to be shown, so that the next change brings all anew."""
        self._shown.forget()
        self._brush.place = None
        self._unseen = True

    def redraw(self) -> None:
        """Show all anew."""
        self.forget()
        self._dirty.update(range(len(self._wanted.rows)))

    def resize(self, columns: int, rows: int) -> None:
        """The terminal has another size, or had one for a moment, and what it shows is lost."""
        self._wanted.resize(columns, rows)
        self._shown.resize(columns, rows)
        self._dirty = {y for y in self._dirty if y < rows}
        self._brush.columns = columns
        self.forget()

    def recolour(self, colours: Colours) -> None:
        """Show all anew in other colours."""
        self._looks = looks(colours)
        self.redraw()

    @property
    def _cursor_is_away(self) -> bool:
        """Whether the terminal's cursor has to be moved.

        A field that is typed in has it, hidden, for input methods show their choice there. At
        the corner nobody has put it.
        """
        return self._cursor not in (None, self._brush.place) and (
            self._cursor != (0, 0) or self.cursor_is_seen
        )

    def _paint(self, limit: int | None) -> None:
        if self._unseen:
            self._unseen = False
            self._dirty.update(range(len(self._wanted.rows)))
        elif len(self._dirty) >= _MANY:
            self._shift()
        found: list[Run] = []
        size = 0
        for y in self._in_turn():
            if limit is not None and size > limit:
                self._next_row = y
                break
            row = self._wanted.rows[y]
            styles = self._styled(row)
            of_row = runs(y, row, styles, self._shown.rows[y])
            size += sum(len(run.text) + _PER_RUN for run in of_row)
            found += of_row
            self._shown.rows[y].take_over(row, styles)
            self._dirty.discard(y)
        found.sort(key=lambda run: (run.y, run.x))
        paint_all(self._brush, found)

    def _shift(self) -> None:
        """Let the terminal move rows that only moved.

        Few colours are a slow line's: there the filters left of the table are moved along and
        written anew, which is less than the table, but would be seen to jump at each step.
        """
        start = 0 if self._looks is None else self._wanted.columns // 3
        shift = find_shift(self._wanted, self._shown, start)
        if shift is not None:
            carry_out(shift, self._shown, self._brush)
            self._dirty.update(range(shift.top, shift.bottom))

    def _in_turn(self) -> Iterable[int]:
        """The changed rows, from where the last time ended: none waits for the others for good."""
        return sorted(self._dirty, key=lambda y: (y < self._next_row, y))

    def _styled(self, row: Row) -> list[Style]:
        return row.styles if self._looks is None else list(map(self._looks, row.styles))
