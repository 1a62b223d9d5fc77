"""What a check says of one answer."""

from math import inf

import pytest
from msgspec.structs import replace

from tests.strategies import HOSTILE, NOON, connection, snapshot
from tui.core.grammar import NO_FILTER, parse_filter
from tui.core.instant import TICKS
from tui.core.query import Query
from tui.core.snapshot import Cost, Snapshot, Trouble
from tui.report.checking import Count, Finding, Limits, check, failed
from tui.report.exit_codes import Health
from tui.report.ranges import parse_range

NONE = Limits()


def limits(warning: str = "", critical: str = "") -> Limits:
    """Thresholds as they are typed; an empty one is not set."""
    read = [parse_range(text) if text else None for text in (warning, critical)]
    return Limits(*read)


def fleet(live: int, silent: int = 0) -> Snapshot:
    """An answer to ``--all`` with so many of each."""
    ended = NOON - 300 * TICKS
    records = [connection(f"live_{n}") for n in range(live)]
    records += [
        connection(f"silent_{n}", last_heartbeat=ended, is_active=False) for n in range(silent)
    ]
    answer = snapshot(records, query=Query(active_only=False))
    return replace(answer, cost=Cost(seconds=0.0384, requests=2))


def line(finding: Finding) -> str:
    """What it prints of itself."""
    (only,) = finding.lines()
    return only


def test_all_is_well() -> None:
    finding = check(fleet(298, 5), NO_FILTER, limits("250:", "200:"), NONE)
    assert finding.health is Health.OK
    assert line(finding) == (
        "CONNTOP OK - 298 live, 5 silent | live=298;250:;200:;0 silent=5;;;0 time=0.038s;;;0"
    )


def test_too_few() -> None:
    finding = check(fleet(210), NO_FILTER, limits("250:", "200:"), NONE)
    assert line(finding).startswith("CONNTOP WARNING - 210 live (warning 250:) | live=210;250:;200")
    finding = check(fleet(199), NO_FILTER, limits("250:", "200:"), NONE)
    assert line(finding).startswith("CONNTOP CRITICAL - 199 live (critical 200:) | ")


def test_the_gravest_of_several_counts() -> None:
    finding = check(fleet(10, 3), NO_FILTER, limits("20:"), limits("", "2"))
    assert line(finding).startswith(
        "CONNTOP CRITICAL - 10 live (warning 20:), 3 silent (critical 2) | "
    )


def test_only_what_passes_the_filter_counts() -> None:
    finding = check(fleet(12, 3), parse_filter("id:_1"), NONE, NONE)
    assert finding.text == "3 live, 1 silent"


def test_nobody_is_called_late_by_one_look() -> None:
    # Older than two minutes by a hair, and in an active-only answer all the same.
    one = connection(last_heartbeat=NOON - 121 * TICKS)
    assert check(snapshot([one]), NO_FILTER, NONE, NONE).text == "1 live"


@pytest.mark.parametrize(
    ("warning", "critical", "health"),
    [
        ("", "", Health.OK),
        ("5:", "", Health.OK),
        ("~:20", "", Health.UNKNOWN),
        ("", "~:20", Health.UNKNOWN),
        # It is a warning at the least, whatever is missing.
        ("~:5", "~:20", Health.WARNING),
        ("~:5", "~:8", Health.CRITICAL),
        ("", "@10:20", Health.UNKNOWN),
        ("", "@15:20", Health.UNKNOWN),
        ("20:", "", Health.UNKNOWN),
    ],
)
def test_a_cut_answer_decides_only_what_more_records_cannot_change(
    warning: str, critical: str, health: Health
) -> None:
    answer = snapshot([connection(f"conn_{n}") for n in range(10)], complete=False)
    finding = check(answer, NO_FILTER, limits(warning, critical), NONE)
    assert finding.health is health
    assert finding.text.startswith("10+ live")
    assert "the most that one answer holds" in finding.text
    assert finding.performance.startswith("live=U;")


def test_records_that_cannot_be_read_may_be_live() -> None:
    answer = replace(fleet(10), unreadable={"isActive": 2})
    finding = check(answer, NO_FILTER, limits("11:"), NONE)
    assert (finding.health, finding.text) == (
        Health.UNKNOWN,
        "10 to 12 live, 2 records unreadable: isActive",
    )
    assert check(answer, NO_FILTER, limits("13:"), NONE).health is Health.WARNING
    assert check(answer, NO_FILTER, limits("10:"), NONE).health is Health.OK


def test_a_failure_is_critical_and_a_refusal_is_unknown() -> None:
    critical = (Trouble.UNREACHABLE, Trouble.TIMEOUT, Trouble.SERVER, Trouble.ANSWER)
    for trouble in Trouble:
        health = Health.CRITICAL if trouble in critical else Health.UNKNOWN
        assert line(failed(trouble, "no")) == f"CONNTOP {health.name} - no"


def test_further_lines_for_whoever_wants_them() -> None:
    first, *more = check(fleet(1, 22), NO_FILTER, NONE, NONE).lines(verbose=True)
    assert first.startswith("CONNTOP OK - 1 live, 22 silent | ")
    assert more[:2] == [
        "asked for: live and ended",
        "as of 2024-01-15 14:30:25Z: 23 records by 2 requests in 0.038 s",
    ]
    assert (
        "silent: silent_0 (coinapi-ws on ws-server-01.coinapi.io by 203.0.113.195), last beat "
        "14:25:25Z, 5m00s ago"
    ) in more
    assert more[-1] == "silent: 2 more"


@pytest.mark.parametrize(
    "text", [*HOSTILE, "| live=0;;", "a\nCONNTOP OK"], ids=lambda text: repr(text)[:20]
)
def test_hostile_text_makes_no_line_and_no_performance_data(text: str) -> None:
    ended = connection(
        text or "x", host=text, service=text, client=text, last_heartbeat=NOON - 300 * TICKS
    )
    answer = snapshot([ended], query=Query(active_only=False))
    for finding in (check(answer, NO_FILTER, NONE, NONE), failed(Trouble.SERVER, text)):
        lines = list(finding.lines(verbose=True))
        assert sum(one.count("|") for one in lines) == bool(finding.performance)
        assert all(one.isprintable() for one in lines)


def test_what_a_count_may_be() -> None:
    unknown = Count("live", 3, inf, limits("", "5:"))
    assert (unknown.health, unknown.text) == (Health.UNKNOWN, "3+ live")
    assert Count("live", 3, 4, limits("", "5:")).text == "3 to 4 live (critical 5:)"
    assert Count("live", 3, 3, limits("", "@3:3")).performance == "live=3;;@3:3;0"
