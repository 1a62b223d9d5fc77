"""From numbers to what prometheus_client exposes: one family for each metric of the catalogue."""

from collections.abc import Iterable, Sequence

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeHistogramMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric as Family

from tui import __version__
from tui.core.fleet import Fleet
from tui.core.verdict import VerdictKind
from tui.report.metrics import catalogue
from tui.report.metrics.catalogue import Kind, Metric
from tui.report.metrics.tally import AGES, Tally
from tui.report.metrics.totals import DURATIONS, Totals

_Values = Iterable[tuple[Sequence[str], float]]
_FAMILIES = {
    Kind.COUNTER: CounterMetricFamily,
    Kind.GAUGE: GaugeMetricFamily,
    Kind.HISTOGRAM: HistogramMetricFamily,
    Kind.GAUGE_HISTOGRAM: GaugeHistogramMetricFamily,
}


def described() -> Iterable[Family]:
    """A family without values for each metric that there may be."""
    for metric in catalogue.METRICS:
        yield _FAMILIES[metric.kind](metric.name, metric.help, labels=metric.labels)


def of_totals(totals: Totals) -> Iterable[Family]:
    """What only grows."""
    kinds = (((kind.name.lower(),), count) for kind, count in totals.events.items())
    yield _counter(catalogue.EVENTS, kinds)
    yield _counter(catalogue.POLLS, (((name,), count) for name, count in totals.polls.items()))
    yield _counter(catalogue.REQUESTS, [((), totals.requests)])
    yield _counter(catalogue.RECEIVED, [((), totals.received)])
    metric = catalogue.DURATION
    spread = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
    spread.add_metric((), _buckets(DURATIONS, totals.within), totals.seconds)
    yield spread


def of_us(fleet: Fleet, every: float, answered_at: float | None) -> Iterable[Family]:
    """How we are: our link, and the endpoint.

    Args:
        fleet: as it is after the last poll.
        every: seconds between two polls.
        answered_at: when the last answer that was believed came, seconds since 1970.
    """
    yield _gauge(catalogue.BUILD, 1, __version__)
    yield _gauge(catalogue.INTERVAL, every)
    if fleet.last is None and fleet.outage is None:
        return
    yield _gauge(catalogue.UP, fleet.outage is None)
    if fleet.outage is None:
        yield _gauge(catalogue.FROZEN, fleet.standstill is not None)
    if answered_at is not None:
        yield _gauge(catalogue.ANSWERED_AT, answered_at)


def of_verdicts(fleet: Fleet, *, blind: bool) -> Iterable[Family]:
    """What is the matter: with us alone where the present is not known."""
    if fleet.last is None and fleet.outage is None:
        return
    kinds = {verdict.kind for verdict in fleet.verdicts}
    yield _gauges(
        catalogue.VERDICT,
        (
            ((kind.name.lower(),), kind in kinds)
            for kind in VerdictKind
            if kind.about_us or not blind
        ),
    )


def of_fleet(fleet: Fleet, tally: Tally) -> Iterable[Family]:
    """The fleet and its answer, which are of the present."""
    last = fleet.last
    assert last is not None
    groups = tally.groups.items()
    yield _gauges(
        catalogue.CONNECTIONS,
        (
            ((state.value, *place), count)
            for place, group in groups
            for state, count in group.counts.items()
        ),
    )
    yield _gauges(
        catalogue.OLDEST,
        ((place, group.oldest) for place, group in groups if group.oldest is not None),
    )
    metric = catalogue.AGES
    spread = GaugeHistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
    spread.add_metric((), _buckets(AGES, tally.ages), tally.ages_sum)
    yield spread
    yield _gauge(catalogue.FOLDED, tally.folded)
    yield _gauge(catalogue.COMPLETE, last.complete)
    yield _gauge(catalogue.UNREADABLE, last.unreadable_count)
    if last.local_skew is not None:
        yield _gauge(catalogue.SKEW, last.local_skew)


def _counter(metric: Metric, values: _Values) -> Family:
    family = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, value in values:
        family.add_metric(labels, value)
    return family


def _gauges(metric: Metric, values: _Values) -> Family:
    family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, value in values:
        family.add_metric(labels, value)
    return family


def _gauge(metric: Metric, value: float, *labels: str) -> Family:
    return _gauges(metric, [(labels, value)])


def _buckets(bounds: Sequence[float], counts: Sequence[int]) -> list[tuple[str, float]]:
    """The bounds as Prometheus spells them, the last one without end, with their counts."""
    names = [*(str(bound) for bound in bounds), "+Inf"]
    return list(zip(names, counts, strict=True))
