"""The page of the metrics, the dashboard and the alert rules go by what is really there."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.report.metrics.scraping import DOCS, Exporting, names_in
from tui.core.connection import State
from tui.core.events import EventKind
from tui.core.verdict import VerdictKind
from tui.report.metrics.catalogue import METRICS
from tui.report.metrics.docs import render
from tui.report.metrics.totals import Totals

DASHBOARD = DOCS / "grafana-dashboard.json"
ALERTS = DOCS / "prometheus-alerts.yml"
VALUES = {
    ("conntop_connections", "state"): {state.value for state in State},
    ("conntop_verdict", "kind"): {kind.name.lower() for kind in VerdictKind},
    ("conntop_events_total", "kind"): {kind.name.lower() for kind in EventKind},
    ("conntop_polls_total", "outcome"): set(Totals().polls),
}
"""What the labels may be of which the values are ours."""


def scraped() -> dict[str, set[str]]:
    """The labels of each series of a real scrape, those that Prometheus adds included."""
    on = Exporting()
    on.live()
    found = {one.name: {*one.labels, "job", "instance"} for one in on.scrape().samples}
    # The samples have no server that tells the time.
    return {"conntop_clock_skew_seconds": {"job", "instance"}, **found}


def dashboard() -> Any:
    return json.loads(DASHBOARD.read_text(encoding="utf-8"))


def queries(node: Any) -> list[str]:
    """Every expression and every query of a variable, wherever it stands."""
    if isinstance(node, list):
        return [text for each in node for text in queries(each)]
    if not isinstance(node, dict):
        return []
    own = [text for key, text in node.items() if key in ("expr", "definition", "query")]
    found = [text for text in own if isinstance(text, str) and "conntop_" in text]
    return found + [text for each in node.values() for text in queries(each)]


def check(expression: str) -> None:
    """Every series of an expression is there, and so are its labels and their values."""
    series = scraped()
    for name, braces in names_in(expression).items():
        assert name in series, f"{name} is in no scrape: {expression}"
        for label, values in re.findall(r'(\w+)[=!]~?"([^"]*)"', " ".join(braces)):
            assert label in series[name], f"{name} has no label {label}: {expression}"
            known = VALUES.get((name, label))
            if known is not None:
                assert set(values.split("|")) <= known, f"{label} is never {values}: {expression}"


def test_the_page_is_current() -> None:
    page = (DOCS / "metrics.md").read_text(encoding="utf-8")
    assert page == render(), "run python -m tui.report.metrics.docs > docs/metrics.md"
    for metric in METRICS:
        assert f"| `{metric.name}` |" in page


def test_the_dashboard_asks_only_for_what_there_is() -> None:
    asked = queries(dashboard())
    assert len(asked) > 30
    for expression in asked:
        check(expression)


def test_the_dashboard_shows_every_metric_but_the_version() -> None:
    asked = " ".join(queries(dashboard()))
    shown = {metric.name for metric in METRICS if metric.name in asked}
    assert shown == {metric.name for metric in METRICS} - {"conntop_poll_interval_seconds"}


def test_the_panels_of_the_dashboard_have_ids_of_their_own_and_do_not_overlap() -> None:
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_the_dashboard_takes_any_prometheus_and_names_its_variables() -> None:
    board = dashboard()
    names = {each["name"] for each in board["templating"]["list"]}
    assert names == {"datasource", "job", "instance", "service"}
    used = set(re.findall(r"\$\{?(\w+)", " ".join(queries(board))))
    assert used <= names | {"__rate_interval", "__interval"}
    for panel in board["panels"]:
        if panel["type"] != "row":
            assert panel["datasource"]["uid"] == "${datasource}"


@pytest.mark.parametrize("path", [ALERTS], ids=lambda path: path.name)
def test_the_alert_rules_go_by_what_there_is(path: Path) -> None:
    text = re.sub(r"^\s*#.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(names_in(text)) >= 8
    check(text)


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("sum(conntop_conections)", "conntop_conections is in no scrape"),
        ('conntop_up{host="x"}', "conntop_up has no label host"),
        ('conntop_connections{state=~"live|dead"}', "state is never live|dead"),
    ],
)
def test_the_check_itself_finds_what_is_wrong(expression: str, complaint: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(complaint)):
        check(expression)
