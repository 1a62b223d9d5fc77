"""A scrape says what the last poll found, and of the present only while it is known."""

from collections import Counter

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.report.metrics.scraping import Exporting, hostile_fleet
from tests.strategies import connection, snapshot
from tui import __version__
from tui.core.connection import State
from tui.core.events import EventKind
from tui.core.instant import TICKS
from tui.core.verdict import VerdictKind
from tui.report.metrics.catalogue import METRICS, Kind
from tui.report.metrics.tally import GROUPS_KEPT

PRESENT = {metric.name for metric in METRICS if metric.present}
SUFFIXES = {
    Kind.HISTOGRAM: ("_bucket", "_count", "_sum"),
    Kind.GAUGE_HISTOGRAM: ("_bucket", "_gcount", "_gsum"),
}
OURS = {"link_down", "rate_limited", "frozen"}


@pytest.fixture
def on() -> Exporting:
    return Exporting()


def kinds(on: Exporting) -> dict[str, float]:
    """What is said to be the matter, or not to be."""
    return {
        one.labels["kind"]: one.value
        for one in on.scrape().samples
        if one.name == "conntop_verdict"
    }


def of_the_present(on: Exporting) -> set[str]:
    """The metrics that are told of the present."""
    return {name for name in PRESENT if any(one.startswith(name) for one in on.scrape().names())}


def test_before_the_first_answer_only_what_is_known_is_told(on: Exporting) -> None:
    told = on.scrape()
    assert told.one("conntop_poll_interval_seconds") == 5
    assert told.one("conntop_build_info", version=__version__) == 1
    assert of_the_present(on) == set()
    assert told.of("conntop_up") == told.of("conntop_endpoint_frozen") == []
    assert told.of("conntop_last_answer_timestamp_seconds") == []
    assert set(told.of("conntop_events_total")) == {0}
    assert len(told.of("conntop_events_total")) == len(EventKind)


def test_the_connections_add_up_to_the_counts_of_the_fleet(on: Exporting) -> None:
    at = on.at + 5 * TICKS
    on.answer(
        [
            connection("conn_live", at),
            connection("conn_late", at, last_heartbeat=at - 90 * TICKS, service="EMS"),
            connection("conn_silent", at, is_active=False),
        ]
    )
    on.live(1)
    told, counts = on.scrape(), on.fleet.counts()
    for state in State:
        assert sum(told.of("conntop_connections", state=state.value)) == counts[state]
    assert counts[State.GONE] == 3
    assert told.one("conntop_connections", state="gone", service="EMS") == 1


def test_all_that_there_may_be_is_told_of_a_fleet_that_is_well(on: Exporting) -> None:
    on.seconds += 5
    on.take(snapshot([connection("conn_1", on.at)], on.at))
    names = on.scrape().names()
    expected = {
        metric.name + suffix for metric in METRICS for suffix in SUFFIXES.get(metric.kind, ("",))
    }
    # These samples have no server that tells the time.
    assert names == expected - {"conntop_clock_skew_seconds"}
    assert set(kinds(on)) == {kind.name.lower() for kind in VerdictKind}
    told = on.scrape()
    assert told.one("conntop_up") == told.one("conntop_answer_complete") == 1
    assert told.one("conntop_endpoint_frozen") == 0
    assert told.one("conntop_last_answer_timestamp_seconds") == 1.7e9 + on.seconds


def test_each_has_the_labels_of_the_catalogue(on: Exporting) -> None:
    on.live()
    labels = {metric.name: set(metric.labels) for metric in METRICS}
    for sample in on.scrape().samples:
        name = sample.name
        for suffix in ("_bucket", "_count", "_sum", "_gcount", "_gsum"):
            name = name.removesuffix(suffix)
        assert sample.labels.keys() - {"le"} == labels[name], sample


def test_while_polls_fail_the_fleet_is_absent(on: Exporting) -> None:
    on.live()
    answered = on.scrape().one("conntop_last_answer_timestamp_seconds")
    on.fail()
    told = on.scrape()
    assert of_the_present(on) == set()
    assert told.one("conntop_up") == 0
    assert told.of("conntop_endpoint_frozen") == []
    assert told.one("conntop_last_answer_timestamp_seconds") == answered
    assert kinds(on) == {"link_down": 1, "rate_limited": 0, "frozen": 0}
    assert told.one("conntop_polls_total", outcome="unreachable") == 1
    on.live()
    assert on.scrape().one("conntop_up") == 1
    assert len(of_the_present(on)) == len(PRESENT) - 1
    assert on.scrape().one("conntop_events_total", kind="link_back") == 1


def test_an_outage_from_the_start_is_told(on: Exporting) -> None:
    on.fail()
    assert on.scrape().one("conntop_up") == 0
    assert kinds(on)["link_down"] == 1
    assert of_the_present(on) == set()


def test_while_the_endpoint_stands_still_the_fleet_is_absent(on: Exporting) -> None:
    for _ in range(20):
        on.seconds += 5
        at = on.at
        records = [
            connection(f"conn_{n}", at, host=f"host-{n % 5}", last_heartbeat=at - n * TICKS // 9)
            for n in range(30)
        ]
        on.take(snapshot(records, at))
    answered = on.scrape().one("conntop_last_answer_timestamp_seconds")
    while on.scrape().of("conntop_endpoint_frozen") == [0]:
        answered = on.scrape().one("conntop_last_answer_timestamp_seconds")
        on.answer(records)
        assert on.polls < 100
        on.polls += 1
    told = on.scrape()
    assert told.one("conntop_endpoint_frozen") == told.one("conntop_up") == 1
    assert of_the_present(on) == set()
    assert kinds(on) == {"link_down": 0, "rate_limited": 0, "frozen": 1}
    assert told.one("conntop_last_answer_timestamp_seconds") == answered


def test_an_answer_that_is_overdue_is_no_longer_the_present(on: Exporting) -> None:
    on.live()
    on.seconds += 12.9
    assert of_the_present(on)
    on.seconds += 0.2
    assert of_the_present(on) == set()
    assert set(kinds(on)) == OURS
    assert on.scrape().one("conntop_up") == 1, "the last poll was answered"


def test_a_cut_answer_is_told_as_such(on: Exporting) -> None:
    on.answer([connection("conn_1", on.at)], complete=False)
    told = on.scrape()
    assert told.one("conntop_answer_complete") == 0
    assert sum(told.of("conntop_connections", state="live")) == 1
    assert kinds(on)["cut"] == 1


def test_a_mass_drop_is_a_verdict_and_an_event(on: Exporting) -> None:
    on.live(40)
    on.live(40)
    on.live(20)
    told = on.scrape()
    assert kinds(on)["mass_drop"] == 1
    assert told.one("conntop_events_total", kind="mass_drop") == 1
    assert told.one("conntop_events_total", kind="dropped") == 20
    assert sum(told.of("conntop_connections", state="gone")) == 20


def test_the_heartbeats_are_a_histogram_of_now(on: Exporting) -> None:
    on.seconds += 5
    at = on.at
    ages = (0, 1, 4, 50, 119)
    records = [connection(f"c{age}", at, last_heartbeat=at - age * TICKS) for age in ages]
    on.take(snapshot(records, at))
    told = on.scrape()
    assert told.one("conntop_heartbeat_age_seconds_gcount") == 5
    assert told.one("conntop_heartbeat_age_seconds_gsum") == sum(ages)
    for bound, within in (("1.0", 2), ("5.0", 3), ("45.0", 3), ("60.0", 4), ("+Inf", 5)):
        assert told.one("conntop_heartbeat_age_seconds_bucket", le=bound) == within
    assert told.one("conntop_oldest_heartbeat_age_seconds") == 119


def test_strangers_cannot_break_the_format_nor_make_it_long(on: Exporting) -> None:
    on.answer(hostile_fleet(on.at + 5 * TICKS, 1_000))
    told = on.scrape()
    assert sum(told.of("conntop_connections")) == 1_000
    assert told.one("conntop_other_groups") > 0
    assert len(told.of("conntop_connections")) == len(State) * (GROUPS_KEPT + 1)
    assert all(line.isprintable() for line in told.text.split("\n"))
    series = Counter((one.name, *sorted(one.labels.items())) for one in told.samples)
    assert set(series.values()) == {1}, "no series is there twice"


def test_a_scrape_changes_nothing(on: Exporting) -> None:
    on.live()
    assert on.scrape().text == on.scrape().text
    assert [one.name for one in text_string_to_metric_families(on.scrape().text)]
