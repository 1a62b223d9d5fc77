"""The language of alert rules: what it says, and what it says to those who misspell it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import hostile_texts
from tui.core.alert_rules import COOLDOWN, RuleError, Threshold, What, parse_rule, parse_span
from tui.core.fleet import GONE_KEPT
from tui.core.safe import safe
from tui.core.verdict import VerdictKind


def test_a_rule_has_a_filter_something_counted_a_threshold_and_a_duration() -> None:
    rule = parse_rule("  service:coinapi-ws silent > 5 for 30s ")
    assert rule.text == "service:coinapi-ws silent > 5 for 30s"
    assert rule.condition.text == "service:coinapi-ws"
    assert rule.what is What.SILENT
    assert rule.threshold == Threshold(above=True, or_equal=False, number=5)
    assert (rule.hold, rule.cooldown, rule.title) == (30, COOLDOWN, rule.text)


@pytest.mark.parametrize(
    ("text", "what", "hold"),
    [
        ("key:trading-prod live < 1", What.LIVE, 0),
        ("LIVE<90% FOR 1m", What.LIVE, 60),
        ('dc:"us for 3s" late >= 3', What.LATE, 0),
        ("!state:live connections <= 2 for 1h", What.CONNECTIONS, 3_600),
        ("beat>30 gone > 0", What.GONE, 0),
        ("mass  drop", VerdictKind.MASS_DROP, 0),
        ("storm for 10s", VerdictKind.STORM, 10),
        ("link down for 2m", VerdictKind.LINK_DOWN, 120),
        *((kind.value, kind, 0) for kind in VerdictKind),
    ],
)
def test_what_rules_say(text: str, what: object, hold: float) -> None:
    rule = parse_rule(text)
    assert (rule.what, rule.hold) == (what, hold)
    assert (rule.threshold is None) == isinstance(what, VerdictKind)


def test_dropped_is_counted_in_five_minutes_or_in_a_span() -> None:
    assert parse_rule("dropped > 5").within == GONE_KEPT
    assert parse_rule("dropped > 5 in 1m for 30s").within == 60


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "a rule is empty: say mass drop, or live < 1"),
        ("mas drop", "mas drop is no rule: did you mean mass drop?"),
        ("host:a mass drop", "mass drop is about all connections: leave out what stands before it"),
        ("live = 3", "say live < 3 or live > 3, and not ="),
        ("live < 0", "live < 0 would never hold: take another number"),
        ("live >= 0", "live >= 0 would always hold: take another number"),
        ("late > 100%", "late > 100% would never hold: take another number"),
        ("live < 1.2.3", "1.2.3 is no number"),
        ("connections < 3%", "connections are a number: leave out the %"),
        ("live < 3 for", "nothing is no span of time up to 7d: say 30s, 2m or 1h"),
        ("live < 3 for 8d", "8d is no span of time up to 7d: say 30s, 2m or 1h"),
        ("live < 3 in 1m", "only dropped is counted in a span: leave out in 1m"),
        ("dropped > 3 in 9m", "dropped is counted in a span from 1s to 5m: say dropped > 5 in 1m"),
        ("beat:3 live < 1", "the filter beat:3 cannot be read: beat is a span of time: say "),
    ],
)
def test_a_mistake_is_told_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_rule(text)
    assert str(caught.value).startswith(sentence)


def test_what_is_no_rule_at_all_is_told_what_rules_there_are() -> None:
    with pytest.raises(RuleError, match="WHAT is live, late, silent, gone, dropped, connections; "):
        parse_rule("wake me when it breaks")


@given(
    hostile_texts(80)
    | st.text("live <>=1%forsilent:/\" '", max_size=30)
    | hostile_texts().map(lambda text: f"{text} silent > 5 for 30s")
)
def test_any_text_is_a_rule_or_a_sentence_and_both_are_safe(text: str) -> None:
    try:
        shown = parse_rule(text).text
    except RuleError as error:
        shown = str(error)
    assert shown == safe(shown, 1_000)


def test_spans() -> None:
    assert [parse_span(text) for text in ("30", "30s", "2m", "1H", "0.5d")] == [
        30,
        30,
        120,
        3_600,
        43_200,
    ]
