"""A Query is what the endpoint takes, or it is refused by the name of its field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import NOON, connection, hostile_texts
from tui.core.instant import TICKS, as_served
from tui.core.query import DEFAULT_LIMIT, Query, QueryError, parse_query

KEY = "f1e2d3c4-b5a6-9879-8765-4321dcba0987"
FULL = {
    "api_key_id": KEY,
    "connection_id": "conn_7f9a8b2c1d3e4f5a",
    "service": "coinapi-ws",
    "protocol": "WebSocket",
    "data_center": "us-east-1/server-01",
    "active_only": "true",
    "time_start": "2024-01-15T14:00:00Z",
    "time_end": "2024-01-15T15:00:00Z",
    "limit": "50",
}


def test_the_parameters_are_spelled_and_ordered_as_documented() -> None:
    assert list(parse_query(FULL).to_params().items()) == [
        ("apiKeyId", KEY),
        ("connectionId", "conn_7f9a8b2c1d3e4f5a"),
        ("serviceName", "coinapi-ws"),
        ("protocolName", "WebSocket"),
        ("dataCenter", "us-east-1/server-01"),
        ("activeOnly", "true"),
        ("timeStart", "2024-01-15T14:00:00.0000000Z"),
        ("timeEnd", "2024-01-15T15:00:00.0000000Z"),
        ("limit", "50"),
    ]
    assert parse_query({"minutes": "5"}).to_params()["minutes"] == "5"


def test_what_is_not_asked_for_is_not_sent() -> None:
    assert Query().to_params() == {"activeOnly": "true"}
    assert Query(active_only=False).to_params() == {}


def test_empty_text_means_not_set_and_blanks_around_a_value_are_no_part_of_it() -> None:
    assert parse_query(dict.fromkeys(FULL, "  ")) == Query()
    assert parse_query({"service": " coinapi-ws "}) == Query(service="coinapi-ws")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("api_key_id", "not-a-uuid"),
        ("api_key_id", KEY + "0"),
        ("minutes", "0"),
        ("minutes", "-5"),
        ("minutes", "1.5"),
        ("minutes", "2147483648"),
        ("minutes", "99999999999"),
        ("minutes", "٣"),
        ("limit", "0"),
        ("limit", "1e3"),
        ("limit", "many"),
        ("active_only", "yes"),
        ("time_start", "yesterday"),
        ("time_end", "2024-02-30"),
        ("time_start", "999999999d"),
        ("time_start", "15 minutes"),
        ("service", "\ud800"),
        ("connection_id", "a\udfff"),
        ("colour", "red"),
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_field(field: str, text: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse_query({**{k: v for k, v in FULL.items() if k == "service"}, field: text}, NOON)
    assert refused.value.field == field
    assert refused.value.sentence == str(refused.value)
    assert refused.value.sentence


@pytest.mark.parametrize("bound", ["time_start", "time_end"])
def test_minutes_and_a_bound_exclude_each_other(bound: str) -> None:
    with pytest.raises(QueryError, match="not both") as refused:
        parse_query({"minutes": "5", bound: "2024-01-15T14:00:00Z"})
    assert refused.value.field == "minutes"


def test_an_end_before_the_start_is_refused_and_the_same_instant_is_not() -> None:
    with pytest.raises(QueryError, match="before the start") as refused:
        Query(time_start=NOON, time_end=NOON - 1)
    assert refused.value.field == "time_end"
    assert Query(time_start=NOON, time_end=NOON).time_end == NOON


@pytest.mark.parametrize("number", [0, -1, 2**31])
@pytest.mark.parametrize("field", ["minutes", "limit"])
def test_a_number_outside_int32_is_refused_without_parsing_too(field: str, number: int) -> None:
    with pytest.raises(QueryError) as refused:
        Query(**{field: number})  # type: ignore[arg-type]  # the two integer fields
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("15m", 900), ("2h", 7_200), ("1d", 86_400), ("-15m", 900), ("15 m", 900)],
)
def test_a_span_is_read_back_from_the_servers_now(text: str, seconds: int) -> None:
    assert parse_query({"time_start": text}, NOON).time_start == NOON - seconds * TICKS


def test_a_span_without_a_now_is_refused() -> None:
    with pytest.raises(QueryError) as refused:
        parse_query({"time_start": "15m"})
    assert refused.value.field == "time_start"


def test_a_day_alone_is_its_midnight_in_utc() -> None:
    assert parse_query({"time_end": "2024-01-15"}) == parse_query(
        {"time_end": "2024-01-15T00:00:00Z"}
    )


@given(st.dictionaries(st.sampled_from([*FULL, "minutes", "x"]), hostile_texts(12)), st.booleans())
def test_any_input_makes_a_query_that_can_be_sent_or_is_refused(
    texts: dict[str, str], timed: bool
) -> None:
    named: str | None = None
    try:
        query = parse_query(texts, NOON if timed else None)
    except QueryError as error:
        named = error.field
    else:
        for name, value in query.to_params().items():
            assert name.encode() + value.encode()
    assert named is None or named in texts


def test_equality_is_the_identity_of_the_question() -> None:
    assert parse_query(FULL) == parse_query(dict(reversed(FULL.items())))
    assert hash(parse_query(FULL)) == hash(parse_query(FULL))
    assert parse_query(FULL) != parse_query({**FULL, "limit": "51"})
    assert Query().is_default
    assert not Query(active_only=False).is_default


def test_the_limit_counts_even_when_it_is_not_sent() -> None:
    assert Query().effective_limit == DEFAULT_LIMIT == 1000
    assert Query(limit=7).effective_limit == 7


def test_the_query_is_described_in_words() -> None:
    assert Query().describe() == "live only"
    assert parse_query(FULL).describe() == (
        "live only · service coinapi-ws · protocol WebSocket · data center us-east-1/server-01"
        f" · key {KEY} · connection conn_7f9a8b2c1d3e4f5a"
        " · started from 2024-01-15 14:00:00Z · started until 2024-01-15 15:00:00Z · at most 50"
    )
    assert Query(active_only=False, minutes=5, limit=1_000_000).describe() == (
        "live and ended · started in the last 5 min · at most 1,000,000"
    )


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        (Query(), True),
        (Query(service="coinapi-ws", protocol="WebSocket"), True),
        (Query(connection_id="conn_1", api_key_id=KEY), True),
        (Query(service="coinapi-rest"), False),
        (Query(data_center="us-east-1"), False),
        (Query(connection_id="conn_2"), False),
        (Query(api_key_id="0" * 8 + KEY[8:]), False),
    ],
)
def test_a_row_matches_when_all_exact_filters_do(query: Query, matches: bool) -> None:
    assert query.matches(connection("conn_1")) is matches


@given(st.integers(1, 10_000), st.integers(0, 10_000 * 60 + 60))
def test_only_what_the_minutes_window_has_passed_may_have_left_it(minutes: int, age: int) -> None:
    one = connection(start=NOON - age * TICKS, last_heartbeat=NOON)
    left = Query(minutes=minutes).has_left_window(one, NOON)
    assert left == (age > minutes * 60 - 10)
    assert not Query(time_start=one.start + 1).has_left_window(one, NOON)
    assert as_served(one.start)
