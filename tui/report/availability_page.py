"""The report as one HTML file: no script, no request, light and dark, for screens and for paper."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tui.core.instant import day_text
from tui.core.safe import safe
from tui.report.availability import Columns, Report
from tui.report.availability_words import ABSENCE_COLUMNS, COLUMNS, Row, Words, one_or_more, share
from tui.report.charts import bar, strip, timeline

_WIDTHS = {"wide": 1_150, "medium": 700, "narrow": 340}
"""Pixels of a chart: it is drawn for each, so that its texts keep their size."""


def page(report: Report) -> str:
    """The page."""
    style = (files("tui.report") / "availability.css").read_text(encoding="utf-8")
    words = Words(report)
    template = _environment().get_template("availability.html.jinja")
    return template.render(
        report=report,
        words=words,
        policy=_policy(style),
        # Ours, and never a stranger's.
        style=Markup(style),  # noqa: S704
        charts=[
            (name, _timeline(report, words, columns, name, width))
            for columns, (name, width) in zip(report.columns, _WIDTHS.items(), strict=True)
        ],
        swatch=_swatch,
        bar=bar,
        strip=lambda row: _strip(row, words),
        columns=COLUMNS,
        absence_columns=ABSENCE_COLUMNS,
        made_at=day_text(report.subject.made_at),
    )


@cache
def _environment() -> Environment:
    """Whatever a template says passes ``safe``, and is escaped after that; but for our markup."""
    return Environment(
        loader=PackageLoader("tui.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: value if isinstance(value, Markup) else safe(str(value), 1_000),
    )


def _policy(style: str) -> str:
    """Nothing may be loaded, sent or run; of styles there is this one."""
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _timeline(report: Report, words: Words, columns: Columns, name: str, width: int) -> Markup:
    known = [level for level in columns.levels if level is not None]
    gaps = len(report.frame.unknown)
    described = (
        f"{words.span}: between {min((low for low, _ in known), default=0):,} and "
        f"{max((high for _, high in known), default=0):,} connections were live at once. "
        f"{one_or_more(report.whole.drops, 'drop')}. {one_or_more(gaps, 'time')} of which nothing "
        "is known."
    )
    marks = [(one.at, str(number)) for number, one in enumerate(report.incidents, 1)]
    return timeline(
        columns,
        report.frame.unknown,
        marks,
        name=name,
        width=width,
        title="Live connections over time",
        described=described,
    )


def _swatch(kind: str) -> Markup:
    """A bit of a colour, for the legend, which says in words what it is."""
    return Markup(
        '<svg width="12" height="12" aria-hidden="true">'
        '<path class="{}" d="M0 0h12v12h-12z"/></svg>'
    ).format(kind)


def _strip(row: Row, words: Words) -> Markup:
    parts = row.group.strip
    struck = [part for part in parts if part.down]
    described = f"no time down in {one_or_more(len(parts), 'part')} of the span"
    if struck:
        worst = max(struck, key=lambda part: part.down_share or 0.0)
        described = (
            f"time down in {len(struck):,} of {one_or_more(len(parts), 'part')} of the span, the "
            f"worst from {words.moment(worst.since)}: {share(worst.down_share or 0.0)} down"
        )
    return strip(parts, described)
