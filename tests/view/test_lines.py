"""The header's lines and the detail's words, as plain values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tui.core.clock import ServerClock
from tui.core.connection import Connection, State
from tui.core.fleet import Fleet, Pulse, Tracked
from tui.core.fold import fold
from tui.core.instant import TICKS, parse_instant
from tui.core.names import Labels, Names
from tui.core.query import Query
from tui.core.snapshot import Cost, Cut, Failure, Snapshot, Trouble
from tui.view.facts import Subject, facts, gaps_words, heartbeat_line, history_words, rhythm_words
from tui.view.filter_pane import Choices, rows_of
from tui.view.paint import fitted, spread
from tui.view.status import Situation, first_line, query_line, second_line, troubles

AT = parse_instant("2024-01-15T14:30:25Z")
ONE = Connection(
    connection_id="conn_1",
    organization_id="org",
    api_key_id="f1e2d3c4-b5a6-9879-8765-4321dcba0987",
    host="ws-server-01.coinapi.io",
    client="203.0.113.195",
    protocol="WebSocket",
    service="coinapi-ws",
    data_center="us-east-1/server-01",
    last_heartbeat=AT - 2 * TICKS,
    start=AT - 915 * TICKS,
    updated=AT - 2 * TICKS,
    duration=913.0,
    is_active=True,
)
KNOWN_CLOCK = ServerClock(0.0, 1.0, measured=0.0)
ANSWER = Snapshot(Query(), (ONE,), AT, clock=KNOWN_CLOCK, cost=Cost(0.038))
FLEET = fold(Fleet(), ANSWER)
SITUATION = Situation(
    context="prod", host="h", fleet=FLEET, counts=FLEET.counts(), now=AT, due_in=3.2
)


@pytest.mark.parametrize("width", [1, 10, 20, 40, 60, 80, 160, 400])
def test_no_line_of_the_header_is_wider_than_the_screen(width: int) -> None:
    busy = replace(
        FLEET,
        pulses=tuple(Pulse(AT, index, 0) for index in range(60)),
    )
    now = replace(SITUATION, fleet=busy, scenario="server-crash", query=Query(service="x" * 300))
    for line in (first_line, second_line, query_line):
        assert line(now, width).cell_length <= width
        assert line(replace(now, sparing=True), width).cell_length <= width


def test_the_time_of_the_answer_outlives_everything_else_on_the_first_line() -> None:
    now = replace(SITUATION, scenario="rolling-restart")
    for width in (22, 30, 40, 60, 80, 160):
        assert "as of 14:30:25Z" in first_line(now, width).plain
    assert "38 ms" in first_line(now, 160).plain
    assert "38 ms" not in first_line(now, 30).plain


def test_how_far_back_one_can_look_is_told_where_there_is_room() -> None:
    now = replace(SITUATION, kept_span=4_335.0, kept_size=34_200_000)
    assert "past 1h12m · 34 MB" in first_line(now, 160).plain
    assert "past" not in first_line(now, 70).plain
    assert "past" not in first_line(replace(now, sparing=True), 160).plain
    assert "past" not in first_line(replace(now, kept_span=90.0), 160).plain
    both = replace(now, lanes=(now, replace(now, kept_span=60.0, kept_size=6_000_000)))
    assert "past 1h12m · 40 MB" in first_line(both, 160).plain


def test_that_a_poll_is_missing_in_the_past_is_said() -> None:
    now = replace(SITUATION, unkept="the poll of 14:30:25Z could not be kept")
    assert troubles(now) == ["the poll of 14:30:25Z could not be kept"]


def test_states_go_by_their_glyphs_where_there_is_no_room_for_words() -> None:
    assert "● 1 live" in second_line(SITUATION, 100).plain
    assert "● 1  ◐ 0  ○ 0  ✕ 0" in second_line(SITUATION, 40).plain


def test_over_a_slow_line_what_came_and_went_is_counted_instead_of_drawn() -> None:
    pulses = (Pulse(AT, 900, 0), *(Pulse(AT, 2, 1) for _ in range(24)))
    now = replace(SITUATION, fleet=replace(FLEET, pulses=pulses))
    assert "opened ▁" in second_line(now, 160).plain.replace("█", "▁")
    assert second_line(replace(now, sparing=True), 160).plain.endswith(
        "opened 48  lost 24 in 24 polls"
    )


def test_nothing_is_said_while_all_is_well() -> None:
    assert troubles(SITUATION) == []


def test_a_failure_says_why_since_when_and_when_it_tries_again() -> None:
    failure = Failure(Query(), Trouble.UNREACHABLE, "cannot reach h: connection refused.")
    down = fold(FLEET, failure)
    now = replace(SITUATION, fleet=down, outage_for=35.0)
    assert troubles(now) == [
        "link down: cannot reach h: connection refused — for 35s, rows are as of 14:30:25Z, "
        "next try in 3 s, R tries now"
    ]
    assert troubles(replace(now, due_in=None, asking=1.0))[0].endswith("trying now")


def test_a_cut_answer_unreadable_records_and_an_unknown_clock_are_each_said() -> None:
    answer = replace(
        ANSWER, cut=Cut.SINGLE, unreadable={"lastHeartbeat": 3}, clock=ServerClock(0, 0)
    )
    now = replace(SITUATION, fleet=fold(Fleet(), answer))
    assert troubles(now) == [
        "cut: 1 shown, the most that one answer holds; asking in parts is off",
        "left out: 3 records unreadable: lastHeartbeat",
        "clock skew: the server tells no time: ages go by the clock of this machine",
    ]


def test_a_slow_answer_is_said_only_past_the_interval() -> None:
    assert troubles(replace(SITUATION, asking=4.0)) == []
    assert troubles(replace(SITUATION, asking=8.0)) == ["no answer yet: asking for 8s"]


@given(st.text(max_size=30), st.text(max_size=30), st.integers(0, 90))
def test_spread_fits_and_keeps_the_right_part_at_the_margin(
    left: str, right: str, width: int
) -> None:
    shown = spread([(left, "")], [[(right, "")], []], width)
    assert shown.cell_length <= width or shown.cell_length == 0


@given(st.text(max_size=40), st.integers(1, 30), st.sampled_from(["left", "right"]))
def test_a_cell_is_exactly_as_wide_as_its_column(text: str, width: int, align: str) -> None:
    from rich.cells import cell_len

    from tui.core.safe import safe

    assert cell_len(fitted(safe(text), width, align)) == width


def _tracked(age: float, state: State = State.LIVE, **changes: object) -> Subject:
    record = replace(ONE, last_heartbeat=AT - round(age * TICKS))
    one = replace(Tracked(record, AT, AT, state, states=((AT, state),)), **changes)
    return Subject(one, FLEET, AT, every=5.0)


def _words(subject: Subject) -> str:
    return "".join(text for text, _ in heartbeat_line(subject, 100))


def test_heartbeat_recency_is_told_against_the_limit_as_a_bar_and_in_words() -> None:
    assert "heartbeat 60s ago, the limit is 120 s" in _words(_tracked(60))
    assert _words(_tracked(60)).count("▰") == _words(_tracked(60)).count("▱") == 12
    assert "heartbeat 131s ago, 11s past the 120 s limit" in _words(_tracked(131, State.SILENT))
    assert "▱" not in _words(_tracked(131, State.SILENT))


def test_a_heartbeat_from_the_future_is_told_as_what_it_is() -> None:
    assert "lies 30s in the server's own future: clock skew" in _words(_tracked(-30))


def test_the_rhythm_says_how_sure_it_is_and_what_follows() -> None:
    assert rhythm_words(_tracked(1)) == "not known yet: it takes three heartbeats"
    slow = _tracked(1, rhythm=30.0, gaps=(29.0, 30.0, 32.0))
    assert rhythm_words(slow) == "30 s (±1) · late after 90 s"
    quick = _tracked(1, rhythm=5.0, gaps=(5.0, 5.0, 5.0))
    assert rhythm_words(quick) == "5 s or quicker, by the polls · late after 15 s"


def test_a_gap_that_we_did_not_see_is_shown_as_such() -> None:
    one = _tracked(1, gaps=(10.0, None, 10.0)).one
    assert gaps_words(one) == "▄·▄ last 3, 10s to 10s, · not seen by us"
    assert gaps_words(_tracked(1).one) == "no two heartbeats seen yet"


def test_a_long_history_gives_way_at_its_beginning() -> None:
    steps = tuple((AT + n * TICKS, State.LATE if n % 2 else State.LIVE) for n in range(20))
    text = history_words(replace(_tracked(1).one, states=steps), 60)
    assert len(text) <= 60
    assert text.startswith("… → ")
    assert text.endswith("14:30:44Z late")


def test_the_pane_has_a_line_for_every_parameter() -> None:
    fields = {row.field for row in rows_of(Choices(), 30)}
    assert fields == set(Query.__struct_fields__)


def test_the_pane_calls_a_key_by_its_name_and_chooses_it_by_its_id() -> None:
    names = Names(keys={ONE.api_key_id: "trading-prod", "0": "trading-prod"})
    seen = {ONE.api_key_id: 3, "0": 1, "nobody's": None}
    rows = rows_of(Choices(Query(api_key_id=ONE.api_key_id), {"api_key_id": seen}, names=names), 40)
    keys = [row for row in rows if row.field == "api_key_id"]
    assert [row.value for row in keys] == [None, *seen]
    texts = [" ".join(row.label.plain.split()) for row in keys]
    assert texts[0] == "● API key trading-prod"
    assert texts[1].startswith("● trading-prod f1e2d3c4-b5a6")
    assert texts[2:] == ["trading-prod 0 1", "nobody's"]


def test_the_detail_says_each_name_beside_what_it_stands_for() -> None:
    labels = Labels("trading-prod", "Frankfurt", "gateway one")
    text = facts(_tracked(1, labels=labels), 100).plain
    assert "server    gateway one (ws-server-01.coinapi.io) in us-east-1/server-01" in text
    assert "client    Frankfurt  203.0.113.195" in text
    assert f"API key   trading-prod  {ONE.api_key_id}" in text


def test_a_chosen_value_stays_in_the_pane_when_nobody_has_it() -> None:
    rows = rows_of(Choices(Query(service="nobody"), {"service": {"coinapi-ws": 3}}), 30)
    assert [row.value for row in rows if row.field == "service"] == [None, "nobody", "coinapi-ws"]
