"""Charts as SVG within a page: pure, small, in the colours of the page's own style.

Each has a title and a description for who does not see it. Numbers go in by ``Markup.format``,
which escapes whatever it is given.
"""

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from tui.core.availability import Part
from tui.core.instant import TICKS, Instant, clock_text, day_text
from tui.core.safe import safe
from tui.core.spans import Span, edges_of
from tui.report.availability import Columns

_DAY = 86_400 * TICKS
_LEAST = 3.0
"""The least height of drops in a column."""
_SEEN = 6.0
"""The least height of a part that was down, in a strip."""


def strip(parts: Sequence[Part], described: str, width: int = 140, height: int = 22) -> Markup:
    """The span of a group in parts: how much of each was down, from the bottom up.

    Args:
        parts: of the span.
        described: what there is to see, in words.
        width: in pixels.
        height: in pixels.
    """
    if not parts:
        return Markup("")
    first, last = parts[0].since, parts[-1].until
    up, down, unknown = [], [], []
    for part in parts:
        left = round((part.since - first) * width / (last - first), 1)
        wide = round((part.until - first) * width / (last - first), 1) - left
        share = part.down_share
        if share is not None:
            up.append(_box(left, 0, wide, height))
            if share:
                # What is down is down: a percent has to be seen among a hundred.
                tall = round(_SEEN + share * (height - _SEEN), 1)
                down.append(_box(left, height - tall, wide, tall))
        elif part.is_unknown:
            unknown.append(_box(left, height / 2 - 1, wide, 2))
    return Markup(
        '<svg class="strip" role="img" width="{}" height="{}" viewBox="0 0 {} {}" '
        'preserveAspectRatio="none"><title>{}</title>{}{}{}</svg>'
    ).format(
        width,
        height,
        width,
        height,
        safe(described),
        _path("there", up),
        _path("down", down),
        _path("unknown", unknown),
    )


def bar(share: float, width: int = 64, height: int = 4) -> Markup:
    """A bar as long as ``share`` says, beside a number that says it, too."""
    if not share:
        return Markup("")
    long = max(1.0, share * width)
    return Markup(
        '<svg class="bar" aria-hidden="true" width="{}" height="{}" viewBox="0 0 {} {}">{}</svg>'
    ).format(width, height, width, height, _path("down", [_box(width - long, 0, long, height)]))


def _box(left: float, top: float, width: float, height: float) -> str:
    return f"M{left:g} {top:g}h{width:g}v{height:g}h{-width:g}z"


def _path(kind: str, boxes: Iterable[str]) -> Markup:
    drawn = "".join(boxes)
    return Markup('<path class="{}" d="{}"/>').format(kind, drawn) if drawn else Markup("")


def timeline(
    columns: Columns,
    unknown: Sequence[Span],
    marks: Sequence[tuple[Instant, str]],
    *,
    name: str,
    width: int,
    title: str,
    described: str,
) -> Markup:
    """The live connections over the span, with drops and with gaps of knowledge.

    Args:
        columns: how many were live, and lost, in each column.
        unknown: when nothing was known.
        marks: when each incident began, and its number in the list.
        name: an id on the page.
        width: in pixels.
        title: what it is.
        described: what there is to see, in words.
    """
    return _Timeline(columns, width).drawn(unknown, marks, name, title, described)


class _Timeline:
    """Where things lie."""

    left, right, top, middle, bottom = 44.0, 8.0, 22.0, 150.0, 40.0

    def __init__(self, columns: Columns, width: int) -> None:
        self.columns, self.width = columns, width
        self.span = columns.edges[0], columns.edges[-1]
        most = max((level[1] for level in columns.levels if level is not None), default=0)
        self.highest = _round(most)
        self.lost = max(columns.drops, default=0)
        self.base = self.top + self.middle
        self.height = self.base + self.bottom + 22

    def x(self, at: Instant) -> float:
        wide = self.width - self.left - self.right
        return round(self.left + (at - self.span[0]) * wide / (self.span[1] - self.span[0]), 1)

    def y(self, count: float) -> float:
        return round(self.base - count * self.middle / self.highest, 1)

    def drawn(
        self,
        unknown: Sequence[Span],
        marks: Sequence[tuple[Instant, str]],
        name: str,
        title: str,
        described: str,
    ) -> Markup:
        body = Markup("").join(
            [
                *self._grid(),
                *(self._gap(span, name) for span in unknown),
                self._area("band", 1),
                self._area("there", 0),
                self._drops(),
                *(self._mark(at, text) for at, text in marks),
                *self._times(),
            ]
        )
        return Markup(
            '<svg class="timeline" role="img" aria-labelledby="{name}-title {name}-text" '
            'viewBox="0 0 {width} {height:g}" width="{width}" height="{height:g}">'
            '<title id="{name}-title">{title}</title><desc id="{name}-text">{text}</desc>'
            '<defs><pattern id="{name}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
            'patternTransform="rotate(45)"><path class="hatch" d="M0 0v6"/></pattern></defs>'
            "{body}</svg>"
        ).format(
            name=name,
            width=self.width,
            height=self.height,
            title=safe(title),
            text=safe(described, 1_000),
            body=body,
        )

    def _grid(self) -> Iterable[Markup]:
        for count in sorted({0, self.highest // 2, self.highest}):
            y = self.y(count)
            yield Markup('<path class="grid" d="M{:g} {:g}H{:g}"/>').format(
                self.left, y, self.width - self.right
            )
            yield Markup('<text class="axis end" x="{:g}" y="{:g}">{:,}</text>').format(
                self.left - 6, y + 4, count
            )
        y = self.base + self.bottom
        yield Markup('<path class="grid" d="M{:g} {:g}H{:g}"/>').format(
            self.left, y, self.width - self.right
        )
        yield Markup('<text class="axis end" x="{:g}" y="{:g}">{:,}</text>').format(
            self.left - 6, self.base + 20, self.lost
        )
        yield Markup('<text class="axis end" x="{:g}" y="{:g}">drops</text>').format(
            self.left - 6, y + 1
        )

    def _gap(self, span: Span, name: str) -> Markup:
        left = self.x(max(span[0], self.span[0]))
        right = max(self.x(min(span[1], self.span[1])), left + 1)
        tall = self.base + self.bottom - self.top
        at = f"{clock_text(span[0])} to {clock_text(span[1])}"
        return Markup(
            '<g><title>not known: {}</title><rect class="gap" x="{:g}" y="{:g}" width="{:g}" '
            'height="{:g}"/><rect fill="url(#{}-hatch)" x="{:g}" y="{:g}" width="{:g}" '
            'height="{:g}"/></g>'
        ).format(at, left, self.top, right - left, tall, name, left, self.top, right - left, tall)

    def _area(self, kind: str, which: int) -> Markup:
        """Up to the fewest (0) or the most (1) of each column; nothing where nothing is known."""
        drawn: list[str] = []
        runs: list[list[int]] = []
        for number, level in enumerate(self.columns.levels):
            if level is None:
                continue
            if runs and runs[-1][-1] == number - 1:
                runs[-1].append(number)
            else:
                runs.append([number])
        edges = self.columns.edges
        for run in runs:
            drawn.append(f"M{self.x(edges[run[0]]):g} {self.base:g}")
            for number in run:
                level = self.columns.levels[number]
                assert level is not None
                drawn.append(f"V{self.y(level[which]):g}H{self.x(edges[number + 1]):g}")
            drawn.append(f"V{self.base:g}z")
        return _path(kind, drawn)

    def _drops(self) -> Markup:
        boxes = []
        edges, room = self.columns.edges, self.bottom - 10
        for number, count in enumerate(self.columns.drops):
            if count:
                tall = max(_LEAST, count * room / self.lost)
                left = self.x(edges[number])
                wide = max(2.0, self.x(edges[number + 1]) - left)
                boxes.append(_box(left, self.base + self.bottom - tall, wide, round(tall, 1)))
        return _path("down", boxes)

    def _mark(self, at: Instant, text: str) -> Markup:
        x = self.x(min(max(at, self.span[0]), self.span[1]))
        return Markup(
            '<path class="mark" d="M{x:g} {y:g}V{base:g}"/>'
            '<text class="marked" x="{x:g}" y="{top:g}">{text}</text>'
        ).format(x=x, y=self.top - 4, base=self.base + self.bottom, top=self.top - 8, text=text)

    def _times(self) -> Iterable[Markup]:
        edges = edges_of(self.span, max(3, self.width // 110))[1:-1]
        days = all(edge % _DAY == 0 for edge in edges)
        for edge in edges:
            midnight = edge % _DAY == 0
            text = day_text(edge)[5:10] if midnight else clock_text(edge)[:5]
            x = self.x(edge)
            y = self.base + self.bottom
            yield Markup('<path class="grid" d="M{:g} {:g}v4"/>').format(x, y)
            yield Markup('<text class="axis middle{}" x="{:g}" y="{:g}">{}</text>').format(
                " day" if midnight and not days else "", x, y + 18, text
            )


def _round(count: int) -> int:
    """The next round number from ``count`` on, for the top of an axis.

    >>> [_round(count) for count in (0, 3, 30, 298, 1_001)]
    [2, 4, 30, 300, 1200]
    """
    unit = 2 * int("1".ljust(len(str(count)) - 1, "0"))
    return max(2, -(-count // unit) * unit)
