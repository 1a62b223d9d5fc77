"""What is on the main screen, read from its lines as they are drawn, colours included."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from textual.strip import Strip

    from tests.stage import Stage

_SIGN = re.compile(r"(●|‖ paused|✕ no answer|✕ frozen) (?!\d)")
_COUNTS = re.compile(
    r"([\d,]+\+?) connections? +● (\d+) live +◐ (\d+) late +○ (\d+) silent +✕ (\d+) gone"
)


class Look(NamedTuple):
    """What a reader sees."""

    rows: list[str]
    """From the top: id, state, then ``dim`` and ``marked`` where it is so."""
    cursor: str | None
    """The id in the row that is pointed to."""
    there: str
    """How many there are by the header, with its ``+``."""
    counts: dict[str, int]
    """How many by state, in the header."""
    sign: str
    """How the link stands."""
    is_stale: bool
    """Whether the time of the answer is told as a warning, or there is none."""


def look(on: Stage) -> Look:
    """The screen as it is now."""
    assert on.app.screen is on.screen, "something lies over it"
    lines = on.screen._compositor.render_strips()
    rows, cursor = _rows(on, lines)
    sign = _SIGN.search(lines[0].text)
    counts = _COUNTS.search(lines[1].text)
    as_of = [one.style for one in lines[0] if "as of" in one.text]
    return Look(
        rows,
        cursor,
        counts[1] if counts else "",
        dict(zip(("live", "late", "silent", "gone"), map(int, counts.groups()[1:]), strict=True))
        if counts
        else {},
        sign[1] if sign else lines[0].text,
        not as_of or bool(as_of[0] and as_of[0].bold),
    )


def _rows(on: Stage, lines: list[Strip]) -> tuple[list[str], str | None]:
    table = on.table
    region, cursor, rows = table.region, None, []
    if table.has_class("-empty"):
        return [], None
    dim = table.get_component_rich_style("connection-table--dim").color
    for line in lines[region.y + 1 : region.bottom]:
        strip = line.crop(region.x, region.right)
        if not strip.text.strip():
            continue
        _glyph, state, _beat, name, *_ = strip.text[2:].split()
        colours = {one.style.color for one in strip if f"{state} " in one.text and one.style}
        is_dim = dim in colours
        marked = strip.text[1] == "▌"
        rows.append(f"{name} {state}{' dim' if is_dim else ''}{' marked' if marked else ''}")
        if strip.text[0] == "▸":
            cursor = name
    return rows, cursor
