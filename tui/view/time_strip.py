"""TimeStrip: all the time that is kept in one line, and where in it one is."""

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from tui.core.instant import MINUTE, clock_text, day_text
from tui.core.past import Moment
from tui.core.rewind import Mark, strip
from tui.view.paint import Part, write
from tui.view.then import Then

_HERE = "◆"
_STYLES = {
    Mark.DROPS: "bold $error",
    Mark.LATE: "bold $warning",
    Mark.LOST: "$primary",
    Mark.FOUND: "$primary",
    Mark.BLIND: "$primary",
    Mark.TOLD: "",
    Mark.QUIET: "$muted",
    Mark.UNASKED: "",
}
_WORDS_FROM = 100
"""Cells of a line that has room for words."""
_DAY = 1_440 * MINUTE


class TimeStrip(Static):
    """In: the moment that is looked at. Hidden without one."""

    then: reactive[Then | None] = reactive(None, init=False, repaint=False)
    """Where one is."""

    def on_mount(self) -> None:
        """There is no past to begin with."""
        self.display = False

    def on_resize(self) -> None:
        """Another width, other cells."""
        self.watch_then()

    def watch_then(self) -> None:
        """Paint."""
        self.display = self.then is not None
        width = self.content_size.width
        if self.then is not None and width > 0:
            write(self, strip_line(self.then, width))


def strip_line(then: Then, width: int) -> Content:
    """The strip between the times of its ends, and what the moment has brought."""
    first, last = then.stops[0].at, then.stops[-1].at
    text = clock_text if last - first < _DAY else day_text
    start, end = f"{text(first)} ", f" {text(last)}"
    words = f"  {moment_words(then.stop.moment)}" if width >= _WORDS_FROM else ""
    cells = max(1, width - len(start) - len(end) - len(words))
    shown = strip(then.stops, then.index, cells)
    parts: list[Part] = [(start, "$muted")]
    for cell, mark in enumerate(shown.marks):
        if cell == shown.here:
            parts.append((_HERE, "bold reverse $warning"))
        else:
            parts.append((mark.value, _STYLES[mark]))
    parts += [(end, "$muted"), (words, "bold")]
    return Content.assemble(*parts)


def moment_words(moment: Moment) -> str:
    """What a poll has brought, in a few words."""
    told = [
        f"{count:,} {word}"
        for count, word in ((moment.drops, "stopped"), (moment.late, "late"))
        if count
    ]
    if moment.blind:
        told.append("not known")
    if other := moment.told - moment.drops - moment.late:
        told.append(f"{other:,} other event{'s' if other > 1 else ''}")
    return ", ".join(told) or "nothing new"
