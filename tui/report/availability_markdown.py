"""The report as Markdown: the same numbers, in which nothing that was served is alive."""

from collections.abc import Iterable, Sequence

from tui.core.cells import cells_of
from tui.core.instant import day_text
from tui.core.markdown import block, code, dead
from tui.core.spark import spark
from tui.report.availability import Report
from tui.report.availability_words import ABSENCE_COLUMNS, COLUMNS, Row, Words

_NAME = 40
"""Characters of a name that are shown."""


def markdown(report: Report) -> str:
    """The report, a few screens long."""
    words, subject = Words(report, code), report.subject
    lines = [
        f"# {words.headline} · {words.subline}",
        "",
        *block(
            dead(line)
            for line in (
                f"{subject.context} at {subject.host}",
                f"{words.span} (UTC, {words.length})",
            )
        ),
        "",
        *(f"- {name}: {number}{', ' if of else ''}{of}" for name, number, of in words.facts),
        *(f"- {remark}" for remark in words.remarks),
        "",
        *_incidents(words),
    ]
    for groups in report.groups:
        lines += ["", f"## By {groups.title}", ""]
        head = (groups.title, *COLUMNS, "down over time")
        lines += block(_table(head, _rows(words.rows(groups)), right=range(1, 1 + len(COLUMNS))))
        if more := words.more(groups):
            lines += ["", more]
    lines += ["", "## Longest absences", ""]
    if report.longest:
        told = [[dead(cell, _NAME) for cell in words.absence(one)] for one in report.longest]
        lines += block(_table(ABSENCE_COLUMNS, told))
    else:
        lines.append("None: nothing that was there stopped.")
    if words.gaps:
        lines += ["", "## What is not known", "", *(f"- {gap}" for gap in words.gaps)]
    lines += ["", "## How it is counted", "", *(f"- {each}" for each in words.definitions), ""]
    made = f"conntop {subject.version} from {subject.recording}, {day_text(subject.made_at)}"
    lines += [*block([dead(made), dead(subject.command)])]
    return "\n".join(lines) + "\n"


def _incidents(words: Words) -> list[str]:
    report = words.report
    if not report.incidents:
        return ["## Incidents", "", "None: at no time did many connections stop at once."]
    lines = []
    for one in report.incidents:
        first, *rest = words.incident(one)
        lines.append(f"{words.moment(one.at)}  {dead(first)}")
        lines += [f"{'':{len(words.moment(one.at))}}  {dead(each)}" for each in rest]
    earlier = ["", words.earlier] if words.earlier else []
    return ["## Incidents", "", *block(lines), *earlier]


def _rows(rows: Iterable[Row]) -> list[list[str]]:
    """The groups with their strips: how much was down in each part, a dot where none was there."""
    found = []
    for row in rows:
        shares = [part.down_share for part in row.group.strip]
        found.append([dead(row.name, _NAME), *row.cells, spark(shares, top=1.0)])
    return found


def _table(
    head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()
) -> list[str]:
    """Aligned columns."""
    table = [head, *rows]
    widths = [max(map(cells_of, column)) for column in zip(*table, strict=True)]
    lines = []
    for row in table:
        cells = []
        for place, (cell, width) in enumerate(zip(row, widths, strict=True)):
            space = " " * (width - cells_of(cell))
            cells.append(space + cell if place in right else cell + space)
        lines.append("  ".join(cells).rstrip())
    return lines
