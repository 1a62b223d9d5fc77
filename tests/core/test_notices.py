"""Alerts as messages: together, the gravest first, and not too many."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.strategies import HOSTILE
from tui.core.alert_rules import Severity, parse_rule
from tui.core.alerts import Alert
from tui.core.notices import WINDOW, Notice, Outbox, lines_of, post, title_of
from tui.core.safe import safe

RULES = tuple(
    replace(parse_rule(f"silent > {n}"), severity=severity) for n, severity in enumerate(Severity)
)
ALERTS = st.builds(
    Alert, st.sampled_from(RULES), st.booleans(), st.just("6 silent of 26"), again=st.booleans()
)


def test_one_alert_is_a_title_and_a_line() -> None:
    alert = Alert(
        replace(parse_rule("silent > 5 for 30s"), name="feeds"),
        fires=True,
        sentence="6 silent of 26, for 30s",
        why="all 6 are on host ws-1",
        context="prod",
    )
    outbox, notice = post(Outbox(), [alert], 0.0)
    assert notice == Notice((alert,))
    assert title_of(notice) == "conntop prod: ALERT feeds"
    assert lines_of(notice) == [
        "⚑ feeds [silent > 5 for 30s]: 6 silent of 26, for 30s — all 6 are on host ws-1"
    ]
    over = Alert(parse_rule("live < 1"), fires=False, sentence="3 live of 3; it lasted 60s")
    _, notice = post(outbox, [over], 1.0)
    assert notice is not None
    assert title_of(notice) == "conntop: over: live < 1"
    assert lines_of(notice) == ["✓ live < 1: 3 live of 3; it lasted 60s"]
    assert notice.severity is None


def test_what_comes_together_goes_together_the_gravest_first() -> None:
    told = [Alert(rule, fires=True, sentence="so it is", context="prod") for rule in RULES]
    _, notice = post(Outbox(), [replace(told[2], fires=False), told[0], told[1]], 0.0)
    assert notice is not None
    assert [(one.rule, one.fires) for one in notice.alerts] == [
        (RULES[1], True),
        (RULES[0], True),
        (RULES[2], False),
    ]
    assert title_of(notice) == "conntop prod: 2 fire, 1 over"
    assert notice.severity is Severity.WARNING


def test_what_is_too_much_waits_and_is_told_with_its_number() -> None:
    outbox, notices = Outbox(most=2), []
    for second in range(5):
        alert = Alert(RULES[second % 2], fires=second < 3, sentence=f"at {second}")
        outbox, notice = post(outbox, [alert], float(second))
        notices.append(notice)
    assert [notice is not None for notice in notices] == [True, True, False, False, False]
    assert notices[1] is not None
    assert lines_of(notices[1])[-1] == "further alerts are held back for up to 10 min"
    outbox, notice = post(outbox, [], WINDOW - 0.5)
    assert notice is None
    outbox, notice = post(outbox, [], WINDOW)
    assert notice is not None
    assert lines_of(notice)[:3] == [
        "✓ silent > 1: at 3",
        "✓ silent > 0: at 4",
        "3 alerts were held back until now: this is how they ended",
    ]
    assert post(outbox, [], WINDOW + 5)[1] is None


@given(
    st.lists(st.tuples(st.floats(0, 400), st.lists(ALERTS, max_size=3)), max_size=40),
    st.integers(1, 4),
)
def test_never_more_than_that_many_in_ten_minutes_and_the_last_word_is_told(
    steps: list[tuple[float, list[Alert]]], most: int
) -> None:
    outbox, time = Outbox(most=most), 0.0
    sent: list[float] = []
    last: dict[object, Alert] = {}
    told: dict[object, Alert] = {}
    for pause, alerts in [*steps, (WINDOW, []), (WINDOW, [])]:
        time += pause
        outbox, notice = post(outbox, alerts, time)
        last.update({alert.rule: alert for alert in alerts})
        if notice is not None:
            sent.append(time)
            told.update({alert.rule: alert for alert in notice.alerts})
        assert sum(time - one < WINDOW for one in sent) <= most
    assert told == last, "of each rule the last word gets through"


@given(st.sampled_from(HOSTILE))
def test_hostile_names_are_harmless(text: str) -> None:
    title = title_of(Notice((Alert(RULES[0], fires=True, sentence="so", context=text),)))
    assert title == safe(title, 1_000)


def test_of_several_contexts_each_line_names_its_own() -> None:
    told = [Alert(RULES[0], fires=True, sentence="so", context=name) for name in ("prod", "test")]
    _, notice = post(Outbox(), told, 0.0)
    assert notice is not None
    assert title_of(notice) == "conntop prod + test: 2 fire"
    assert lines_of(notice) == ["⚑ prod: silent > 0: so", "⚑ test: silent > 0: so"]
