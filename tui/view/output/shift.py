"""Rows that only moved: terminals can move them themselves."""

from collections import Counter
from dataclasses import dataclass
from operator import ne

from tui.view.output.brush import Brush
from tui.view.output.grid import Grid, Row

_FEWEST = 3
"""Rows that must have moved alike."""
_WORTH = 250
"""Cells that need not be written again, for it to be worth the sequences."""


@dataclass(frozen=True, slots=True)
class Shift:
    """The rows from ``top`` up to ``bottom`` go up by ``distance``, or down if it is negative."""

    top: int
    bottom: int
    distance: int


def find_shift(wanted: Grid, shown: Grid, start: int = 0) -> Shift | None:
    """The one after which the least remains to be written, if any is worth while.

    Args:
        wanted: what is to be shown.
        shown: what is.
        start: the column from which on a row has to be the same to be one that moved. What stands
            left of it moves along, and has to be written anew.
    """
    former = _once(shown.rows, start)
    now = _once(wanted.rows, start)
    moves = {y: former[text] - y for text, y in now.items() if text in former}
    distances = Counter(distance for distance in moves.values() if distance)
    if not distances:
        return None
    distance, count = distances.most_common(1)[0]
    if count < _FEWEST:
        return None
    moved = [y for y, own in moves.items() if own == distance]
    shift = Shift(min(moved) + min(distance, 0), max(moved) + max(distance, 0) + 1, distance)
    return shift if _saved(shift, wanted, shown) > _WORTH else None


def _once(rows: list[Row], start: int) -> dict[tuple[str | None, ...], int]:
    """The rows of which there is only one, by what is written in them from ``start`` on."""
    texts = [tuple(row.chars[start:]) for row in rows]
    counts = Counter(texts)
    return {text: y for y, text in enumerate(texts) if counts[text] == 1}


def _saved(shift: Shift, wanted: Grid, shown: Grid) -> int:
    saved = 0
    for y in range(shift.top, shift.bottom):
        chars, origin = wanted.rows[y].chars, y + shift.distance
        saved += sum(map(ne, chars, shown.rows[y].chars))
        if shift.top <= origin < shift.bottom:
            saved -= sum(map(ne, chars, shown.rows[origin].chars))
        else:
            saved -= wanted.columns
    return saved


def carry_out(shift: Shift, shown: Grid, brush: Brush) -> None:
    """Let the terminal move the rows.

    Lines are deleted at one end and inserted at the other, in the order that leaves the rest of
    the screen where it is: no scroll region is set, which would stay if we were killed.
    """
    count = abs(shift.distance)
    region = shown.rows[shift.top : shift.bottom]
    # Their background depends on the terminal.
    fresh = [Row(shown.columns) for _ in range(count)]
    low = shift.bottom - count
    deleted, inserted = (shift.top, low) if shift.distance > 0 else (low, shift.top)
    brush.go(deleted, 0)
    brush.sent.append(f"\x1b[{count}M")
    brush.place = None
    brush.go(inserted, 0)
    brush.sent.append(f"\x1b[{count}L")
    brush.place = None
    shown.rows[shift.top : shift.bottom] = (
        region[count:] + fresh if shift.distance > 0 else fresh + region[:-count]
    )
