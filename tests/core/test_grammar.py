"""The filter language finds what it says it finds, and explains what it cannot read."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.strategies import NOON, connection, hostile_connections, hostile_texts, tracked
from tui.core.connection import State
from tui.core.fleet import Tracked
from tui.core.grammar import (
    NO_FILTER,
    NUMBER_FIELDS,
    TEXT_FIELDS,
    Filter,
    GrammarError,
    parse_filter,
    quote,
)
from tui.core.instant import TICKS

ONE = Tracked(
    connection(
        "conn_7f9a",
        last_heartbeat=NOON - 31 * TICKS,
        start=NOON - 300 * TICKS,
        data_center="US East 1",
    ),
    NOON,
    NOON,
    State.LATE,
)


def passes(text: str, one: Tracked = ONE) -> bool:
    return parse_filter(text).passes(one, NOON)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "coinapi",
        "COINAPI",
        "coinapi 203.0.113",
        "service:coinapi",
        "service:",
        "service=coinapi-ws",
        "service=COINAPI-WS",
        "Service:coinapi",
        "state:late",
        "!state:live",
        "!nowhere",
        "id:7f9a",
        "protocol=websocket",
        "host:ws-server-0",
        "client:203.0.113.195",
        "key:f1e2",
        "org:a1b2",
        "beat>30",
        "beat>30s",
        "BEAT>30S",
        "beat<0.6m",
        "up<6m",
        "up>4m",
        "up>0h",
        "up<1d",
        "!up>1d",
        "/ws-server-0[12]/",
        "/WS-SERVER/",
        "/203\\.0\\.113/",
        "!/rest/",
        "//",
        '"us east"',
        'dc:"us east"',
        'dc="us east 1"',
        '"us east" late beat>30',
        '"us ea',
        '""',
    ],
)
def test_the_example_row_passes(text: str) -> None:
    assert passes(text)


@pytest.mark.parametrize(
    "text",
    [
        "nowhere",
        "coinapi nowhere",
        "service:rest",
        "service=coinapi",
        "!service:coinapi",
        "!coinapi",
        "state:live",
        "beat>31",
        "beat<31",
        "up>5m",
        "up<5m",
        "/^rest/",
        "!/ws/",
        '"us  east"',
        '"late beat"',
    ],
)
def test_the_example_row_does_not_pass(text: str) -> None:
    assert not passes(text)


def test_a_slash_within_a_word_begins_no_regular_expression() -> None:
    row = Tracked(connection(data_center="us-east-1/server-01"), NOON, NOON, State.LIVE)
    assert passes("us-east-1/server-01", row)
    assert passes("/us-east-1\\/server/", row)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("/ws", "not closed"),
        ("/", "not closed"),
        ("!/ws", "not closed"),
        ("/(/", "cannot be read"),
        ("/[/", "cannot be read"),
        ("/a{99999999999}/", "cannot be read"),
        pytest.param(f"/{'(' * 5_000}{')' * 5_000}/", "cannot be read", id="nested"),
        ("colour:red", "there is no field colour; there are id, service"),
        ("colour>3", "there is no field colour"),
        ("beat:30", "say beat>30"),
        ("beat>", "say beat>30"),
        ("up<soon", "say up>30"),
        ("up<5y", "say up>30"),
        ("up<-5", "say up>30"),
        ("service>a", "say service:value"),
    ],
)
def test_what_cannot_be_read_is_explained(text: str, says: str) -> None:
    with pytest.raises(GrammarError) as refused:
        parse_filter(text)
    assert says in str(refused.value)


def test_the_sentence_about_an_unknown_field_names_every_known_one() -> None:
    with pytest.raises(GrammarError) as refused:
        parse_filter("x:y")
    for name in (*TEXT_FIELDS, *NUMBER_FIELDS):
        assert name in str(refused.value)


ROWS = tracked(hostile_connections()) | tracked()


@given(hostile_texts() | st.text(r'!/"\:=<>abupt[(*{0}. ', max_size=20), ROWS)
@example("/[[a]/", ONE)
@example("/[a--b]/", ONE)
def test_any_text_is_a_filter_or_is_refused(text: str, one: Tracked) -> None:
    try:
        condition = parse_filter(text)
    except GrammarError:
        return
    assert condition.passes(one, NOON) in (True, False)
    assert condition.text == text.strip()


TERMS = st.one_of(
    st.sampled_from(
        ["coinapi", "service:ws", "state=live", "beat>20", "up<5m", "/0[12]/", '"a b"']
    ),
    st.from_regex(r"(id|service|host|state)[:=][a-z0-9_\-]{1,6}", fullmatch=True),
    st.from_regex(r"(beat|up)[<>][0-9]{1,4}[smhd]?", fullmatch=True),
)


@given(TERMS, tracked())
def test_an_exclamation_mark_is_the_complement(term: str, one: Tracked) -> None:
    assert passes(f"!{term}", one) is not passes(term, one)


@given(st.lists(TERMS, max_size=4), tracked())
def test_all_conditions_have_to_hold(terms: list[str], one: Tracked) -> None:
    assert passes(" ".join(terms), one) == all(passes(term, one) for term in terms)


@given(tracked(hostile_connections()))
def test_no_filter_hides_nothing(one: Tracked) -> None:
    assert NO_FILTER.passes(one, NOON)


def test_filters_are_equal_when_their_texts_are() -> None:
    assert parse_filter(" coinapi ") == parse_filter("coinapi")
    assert hash(parse_filter("coinapi")) == hash(parse_filter("coinapi"))
    assert parse_filter("coinapi") != parse_filter("!coinapi")
    assert parse_filter("") == NO_FILTER
    assert Filter("a", ()) != "a"


def on_host(host: str) -> Tracked:
    return replace(ONE, connection=replace(ONE.connection, host=host))


@given(st.text(max_size=20))
@example("eu west")
@example('a "b" \\')
def test_a_quoted_value_is_one_word_whatever_is_in_it(value: str) -> None:
    condition = parse_filter(f"host={quote(value)}")
    assert len(condition.tests) == 1
    assert condition.passes(on_host(value), NOON)
    assert not condition.passes(on_host(value + "x"), NOON)


def test_an_open_quote_reads_to_the_end() -> None:
    assert parse_filter('host:"us ea').passes(on_host("us east"), NOON)
    assert not parse_filter('host:"us ea').passes(on_host("us-east"), NOON)


def test_the_page_names_every_field() -> None:
    page = (Path(__file__).parents[2] / "docs/filter.md").read_text()
    missing = [name for name in [*TEXT_FIELDS, *NUMBER_FIELDS, "nth", "net"] if name not in page]
    assert missing == []
    examples = re.findall(r"^\| (`.*?`) \|", page, re.MULTILINE)
    for text in re.findall(r"`(.+?)`", " ".join(examples)):
        assert parse_filter(text).tests
