"""What has to be written so that a row becomes another."""

from tui.view.output.brush import Run
from tui.view.output.cells import is_sure
from tui.view.output.grid import Row
from tui.view.output.style import Style, ground

_GAP = 4
"""Unchanged cells in a row that are written again rather than jumped over, which takes 4 bytes."""


def runs(y: int, wanted: Row, styles: list[Style], shown: Row) -> list[Run]:
    """What makes ``shown`` the row ``wanted`` in ``styles``, both the row ``y`` of the screen.

    A row in which terminals may place cells otherwise than Textual is written whole. Each run in
    it goes to its own place, so that a difference is not carried on to the row's end.
    """
    places = _changed(wanted, styles, shown)
    if not places:
        return []
    unsure = wanted.is_unsure() or shown.is_unsure()
    if unsure:
        places = [x for x, char in enumerate(wanted.chars) if char is not None]
    return [
        Run(y, start, end - start, text, style, not unsure or is_sure(text))
        for start, end, style in _stretches(places, wanted.chars, styles)
        for text in ["".join(filter(None, wanted.chars[start:end]))]
    ]


def _changed(wanted: Row, styles: list[Style], shown: Row) -> list[int]:
    if wanted.chars == shown.chars and styles == shown.styles:
        return []
    cells = zip(wanted.chars, shown.chars, styles, shown.styles, strict=True)
    return [
        x
        for x, (new, old, style, former) in enumerate(cells)
        if (new != old or (style != former and not (new == " " and _alike(style, former))))
        and new is not None
    ]


def _stretches(
    places: list[int], chars: list[str | None], styles: list[Style]
) -> list[tuple[int, int, Style]]:
    """Begin, end and style of what can be written at once; blanks go along with any of them."""
    found: list[tuple[int, int, Style]] = []
    start = end = places[0]
    style, blank = styles[start], True
    for place in places:
        if place == end and styles[place] == style:
            # By far the most; the rest of the loop would find the same, in more steps.
            end += 1
            blank = blank and chars[place] == " "
            continue
        if place - end <= _GAP:
            for x in range(end, place + 1):
                char, own = chars[x], styles[x]
                if char is None:
                    break
                if own != style and not (char == " " and _alike(own, style)):
                    if not (blank and _alike(own, style)):
                        break
                    style = own
                blank = blank and char == " "
            else:
                end = place + 1
                continue
        found.append((start, end, style))
        start, end, style, blank = place, place + 1, styles[place], chars[place] == " "
    found.append((start, end, style))
    return found


def _alike(one: Style, other: Style) -> bool:
    """Whether blanks look the same in both."""
    return ground(one) == ground(other)
