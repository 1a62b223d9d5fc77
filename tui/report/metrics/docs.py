"""``docs/metrics.md``, made from the catalogue.

``python -m tui.report.metrics.docs > docs/metrics.md``
"""

import sys
from collections.abc import Iterable, Iterator

from tui.core.connection import State
from tui.core.events import EventKind
from tui.core.verdict import VerdictKind
from tui.report.metrics.catalogue import EVENTS, METRICS, POLLS, VERDICT, Kind
from tui.report.metrics.tally import AGES, EMPTY_KEPT, GROUPS_KEPT, LABEL_KEPT
from tui.report.metrics.totals import DURATIONS, Totals

_TYPES = {
    Kind.COUNTER: "counter",
    Kind.GAUGE: "gauge",
    Kind.HISTOGRAM: "histogram",
    Kind.GAUGE_HISTOGRAM: "gauge histogram",
}

_PAGE = """# Metrics

This page is made from the code by `python -m tui.report.metrics.docs > docs/metrics.md`.

`conntop metrics` asks the endpoint at its own pace and serves what it last found at `/metrics`, in
Prometheus' text format or in OpenMetrics, whichever is asked for. A scrape neither asks the
endpoint nor waits for it: however many scrape, and however long the endpoint takes, the numbers are
worked out once a poll.

```yaml
scrape_configs:
  - job_name: conntop
    static_configs: [{{targets: ["127.0.0.1:9105"]}}]
```

Ready to use: the alert rules [prometheus-alerts.yml](prometheus-alerts.yml) and the dashboard
[grafana-dashboard.json](grafana-dashboard.json) (Grafana: Dashboards, New, Import).

## What there is

{table}

Beside these there are `process_…` (CPU, memory, open files of conntop itself), as
`prometheus_client` has them.

## While the present is not known

Those marked **present** are absent while a poll fails, while the endpoint's data stand still, and
when an answer is overdue. The last value served on and on would look like a calm fleet; a series
that is absent is stale at once, so that a graph has a gap there, no alert about the fleet fires for
an outage of our own, and `absent()` works. How we are is always there: `conntop_up`,
`conntop_endpoint_frozen`, and `conntop_last_answer_timestamp_seconds`, by which
`time() - conntop_last_answer_timestamp_seconds` is the age of what is known. A rule that must not
be resolved by a short outage looks back with `max_over_time`, as those in `prometheus-alerts.yml`
do.

Counters go on through all of that, and every label set is there from the start, at 0. What changed
while nobody could see it is told in no event: for that, compare the connections before and after.

## Labels

No label is a key, an address, a host or a connection id. `service`, `protocol` and `data_center`
are as the endpoint serves them, so strangers may have chosen them: characters that act upon a
terminal are replaced, and what is longer than {label} characters is cut. `region` is what stands
before the `/` of a data center.

At most {groups} combinations of service, protocol and data center are told apart, first those that
were there first, then the larger ones. The connections of all further ones are counted with
`other` in all four labels, and `conntop_other_groups` says how many combinations these are; so
`sum(conntop_connections)` is always the whole. A combination without connections stays for {empty}
minutes, as zeros.

| label | values |
| --- | --- |
{values}

Buckets of `conntop_heartbeat_age_seconds`: {ages} s.
Buckets of `conntop_poll_duration_seconds`: {durations} s.
"""


def _table() -> Iterator[str]:
    yield "| metric | type | labels | present | meaning |"
    yield "| --- | --- | --- | --- | --- |"
    for metric in METRICS:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        present = "present" if metric.present else ""
        kind = _TYPES[metric.kind]
        yield f"| `{metric.name}` | {kind} | {labels} | {present} | {metric.help} |"


def _values() -> Iterator[str]:
    yield _row("`state`", (state.value for state in State))
    yield _row(f"`kind` of `{VERDICT.name}`", (kind.name.lower() for kind in VerdictKind))
    yield _row(f"`kind` of `{EVENTS.name}`", (kind.name.lower() for kind in EventKind))
    yield _row(f"`outcome` of `{POLLS.name}`", Totals().polls)


def _row(label: str, values: Iterable[str]) -> str:
    return f"| {label} | {', '.join(f'`{value}`' for value in values)} |"


def _bounds(bounds: tuple[float, ...]) -> str:
    return ", ".join(f"{bound:g}" for bound in bounds)


def render() -> str:
    """The page."""
    return _PAGE.format(
        table="\n".join(_table()),
        values="\n".join(_values()),
        label=LABEL_KEPT,
        groups=GROUPS_KEPT,
        empty=f"{EMPTY_KEPT / 60:.0f}",
        ages=_bounds(AGES),
        durations=_bounds(DURATIONS),
    )


if __name__ == "__main__":
    sys.stdout.write(render())
