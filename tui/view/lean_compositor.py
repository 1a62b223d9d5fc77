"""LeanCompositor: Textual's compositor, which asks nobody for what has not changed.

Textual's own asks for a change anywhere every widget in the rectangle around all changes, and for
all its lines. With a header that tells the seconds, above ages that tick, that is the whole screen.
"""

from collections.abc import Iterable, Iterator, Sequence

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip


class LeanCompositor(Compositor):
    """Asks, of the widgets in front, for the lines that have changed."""

    def __init__(self) -> None:
        super().__init__()
        self._changed: tuple[Region, ...] = ()

    def render_partial_update(self) -> ChopsUpdate | None:
        """What has changed since the last time."""
        self._changed = tuple(self._dirty_regions)
        try:
            return super().render_partial_update()
        finally:
            self._changed = ()

    def _get_renders(
        self, crop: Region | None = None
    ) -> Iterator[tuple[Region, Region, list[Strip]]]:
        if not self._changed:
            yield from super()._get_renders(crop)
            return
        hidden_by_none = self._changed
        for widget, (region, clip) in self.visible_widgets.items():
            seen = region.intersection(clip)
            changed = [one for one in hidden_by_none if one.overlaps(seen)]
            if not changed:
                continue
            for top, bottom in _lines(changed, seen):
                lines = Region(seen.x, top, seen.width, bottom - top)
                yield region, lines, widget.render_lines(lines.translate(-region.offset))
            # Widgets come from the front; what one covers, those behind it need not paint.
            hidden_by_none = tuple(one for one in hidden_by_none if not seen.contains_region(one))
            if not hidden_by_none:
                return


def _lines(changed: Sequence[Region], seen: Region) -> Iterable[tuple[int, int]]:
    """The lines in which something changed, as ranges without a gap.

    >>> _lines([Region(0, 5, 9, 1), Region(4, 1, 9, 2), Region(0, 2, 3, 1)], Region(0, 0, 20, 20))
    [(1, 3), (5, 6)]
    """
    ranges: list[tuple[int, int]] = []
    for region in sorted(changed, key=lambda one: one.y):
        top, bottom = max(region.y, seen.y), min(region.bottom, seen.bottom)
        if ranges and top <= ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], max(bottom, ranges[-1][1]))
        else:
            ranges.append((top, bottom))
    return ranges
