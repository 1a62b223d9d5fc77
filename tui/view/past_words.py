"""What the header says while the past is looked at: that it is, and what is the matter now."""

from collections.abc import Mapping

from msgspec import Struct, field

from tui.core.connection import State
from tui.core.instant import MINUTE, TICKS, Instant, clock_text, day_text, span_text
from tui.view.paint import Part

_DAY = 1_440 * MINUTE
_LEFT = 20
"""Cells that program and context take at the least."""


class Rewound(Struct, frozen=True):
    """The moment that is looked at, and how the present is meanwhile."""

    at: Instant
    """When it was."""
    ago: float
    """Seconds until now."""
    number: int
    """Which of the moments it is, from 1 on."""
    kept: int
    """How many there are."""
    matters: tuple[str, ...] = ()
    """What is the matter now, in a few words each."""
    counts: Mapping[State, int] = field(default_factory=dict)
    """Connections by state now."""

    @property
    def when(self) -> str:
        """The time, and the day where it is not today's."""
        now = self.at + int(self.ago * TICKS)
        return clock_text(self.at) if self.at >= now - now % _DAY else day_text(self.at)


def past_parts(past: Rewound, width: int) -> list[Part]:
    """That it is the past, for the margin of the first line: as much as leaves room for whose."""
    sign: Part = (f" PAST {past.when} ", "bold reverse $warning")
    ago: Part = (f" {span_text(past.ago)} ago", "bold $warning")
    kept: Part = (f" · {past.number:,} of {past.kept:,} kept", "")
    for parts in ([sign, ago, kept], [sign, ago]):
        if sum(len(text) for text, _ in parts) + _LEFT <= width:
            return parts
    return [sign]


def now_parts(past: Rewound, *, played: bool = False) -> list[list[Part]]:
    """How the present is, for the margin of the query: what is the matter is told above all.

    Where a recording is ``played`` it is not now, but how far that has come.
    """
    there = "play" if played else "now"
    if past.matters:
        return [[]]
    down = [
        f"{count:,} {state.value}"
        for state, count in past.counts.items()
        if count and state is not State.LIVE
    ]
    if not past.counts:
        return [[(f"{there}: nothing known", "$muted")], []]
    words = ", ".join(down) or "all live"
    return [[(f"{there}: {words}", "$muted" if down else "$success")], []]


def now_words(past: Rewound, *, played: bool = False) -> str:
    """What is the matter now, in one line; empty where nothing is. ``played`` as above."""
    if not past.matters:
        return ""
    gone = past.counts.get(State.GONE, 0)
    lost = [f"{gone:,} gone"] if gone else []
    there, back = ("PLAY", "L is back there") if played else ("NOW", "L is live again")
    return f"{there}: {' · '.join([*past.matters, *lost])} — {back}"
