"""What stands over the table, and in its place where there is no row."""

from textual.content import Content

from tui.core.arrangement import Arrangement
from tui.core.safe import safe
from tui.view.watch import Watch


def table_title(
    arranged: Arrangement,
    watch: Watch,
    *,
    view: str = "",
    marks: int,
    follow: bool,
    seldom: bool,
) -> Content:
    """How many rows are shown, in which order, by which filter, and what is held."""
    shown, total = len(arranged.rows), arranged.total
    count = f"{shown:,}" if shown == total else f"{shown:,} of {total:,}"
    parts: list[tuple[str, str]] = [
        (f"Connections {count}", "bold"),
        (f" · sort {watch.order.key} {watch.order.arrow}", "$muted"),
    ]
    if view:
        parts.insert(0, (f"{safe(view, 60)} · ", "bold $accent"))
    if watch.condition.text:
        parts.append((f" · / {safe(watch.condition.text)}", "$accent"))
    if marks:
        parts.append((f" · {marks:,} marked", "$accent"))
    if watch.held is not None:
        parts.append((" · order held", "$warning"))
    if seldom:
        parts.append((" · low bandwidth, ages to 10 s", "$muted"))
    if follow:
        parts.append((" · following", "$warning"))
    return Content.assemble(*parts)


def nothing_words(arranged: Arrangement, watch: Watch) -> str:
    """Why there is no row, and what to do about it."""
    if watch.fleet.outage is not None and watch.fleet.last is None and not watch.is_past:
        return "Nothing is known yet. conntop goes on asking by itself; R asks at once."
    if watch.fleet.last is None and watch.is_past:
        return "Nothing was known yet: there had been no answer. } goes on, L is live again."
    if watch.fleet.last is None:
        return f"Connecting to {safe(watch.host, 80)} …"
    if arranged.total:
        return f"None of {arranged.total:,} passes the filter of /. Esc clears it."
    if watch.is_past:
        return "No connection was known then. L is live again."
    if watch.query.is_default:
        return "No connection is live. f, then Show, asks for ended ones too."
    return "No connection answers this query. x clears it."
