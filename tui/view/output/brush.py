"""Where the terminal's cursor is and in which style it writes: what it needs not be told again."""

from dataclasses import dataclass, field

from tui.view.output.style import DEFAULT, Style, transition


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring cells to be written in one style, by their place from zero."""

    y: int
    x: int
    width: int
    text: str
    style: Style
    is_sure: bool
    """Whether every terminal's cursor is behind it, after it."""


@dataclass(slots=True)
class Brush:
    """Collects what is to be sent.

    Only ``CUP``, ``CUD``, ``CUF``, ``BS`` and ``CR LF`` move it, which all terminals know, and
    which mean the same whether or not the line turns ``LF`` into ``CR LF``.
    """

    columns: int
    place: tuple[int, int] | None = None
    """Row and column, if known. At the right edge it is not: there terminals differ."""
    style: Style | None = None
    sent: list[str] = field(default_factory=list)

    def fork(self) -> "Brush":
        """A brush of the same state, to try something with."""
        return Brush(self.columns, self.place, self.style)

    def become(self, other: "Brush") -> None:
        """Do what a fork did."""
        self.place, self.style = other.place, other.style
        self.sent += other.sent

    def go(self, y: int, x: int) -> None:
        """Move to a place."""
        place = self.place
        if place == (y, x):
            return
        if place is not None and place[0] == y and place[1] < x:
            # Most ways lead along a row, and this is the shortest.
            way = _times(x - place[1], "C")
        else:
            way = f"\x1b[{y + 1};{x + 1}H"
            if place is not None and place < (y, x):
                way = min(way, _steps(place, (y, x)), key=len)
        self.sent.append(way)
        self.place = (y, x)

    def wear(self, style: Style) -> None:
        """Change the style."""
        if style != self.style:
            self.sent.append(transition(self.style, style))
            self.style = style

    def paint(self, run: Run) -> None:
        """Write cells."""
        self.go(run.y, run.x)
        self.wear(run.style)
        if not run.is_sure and run.width > 1:
            # Whoever finds the text narrower than Textual does would keep something of the old.
            self.sent.append(" " * run.width)
            self.place = None
            self.go(run.y, run.x)
        self.sent.append(run.text)
        end = run.x + run.width
        self.place = (run.y, end) if run.is_sure and end < self.columns else None

    def rest(self) -> None:
        """Make the style the default."""
        self.wear(DEFAULT)


def _steps(place: tuple[int, int], goal: tuple[int, int]) -> str:
    """The way from one place to another below it, by steps."""
    down, right = goal[0] - place[0], goal[1] - place[1]
    if (down, goal[1]) == (1, 0):
        return "\r\n"
    # Ages stand one below the other: down, and back by as many cells as the last one took.
    return _times(down, "B") + (_times(right, "C") if right >= 0 else "\b" * -right)


def _times(count: int, letter: str) -> str:
    if count == 0:
        return ""
    return f"\x1b[{letter}" if count == 1 else f"\x1b[{count}{letter}"


def paint_all(brush: Brush, runs: list[Run]) -> None:
    """Write all ``runs``, in the order that takes the fewest bytes.

    Row by row the moves are short; style by style, each is switched on but once.
    """
    by_row = brush.fork()
    for run in runs:
        by_row.paint(run)
    groups: dict[Style | None, list[Run]] = {brush.style: []}
    for run in runs:
        groups.setdefault(run.style, []).append(run)
    by_style = brush.fork()
    for group in groups.values():
        for run in group:
            by_style.paint(run)
    brush.become(min(by_row, by_style, key=lambda one: sum(map(len, one.sent))))
