"""The handover note: true, short, and harmless whatever was served."""

import logging
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec.structs import replace

from tests.pty.stream import unseen
from tests.strategies import (
    HOSTILE,
    NOON,
    connection,
    failure,
    hostile_connections,
    hostile_texts,
    snapshot,
)
from tui.core.clock import ServerClock
from tui.core.connection import Connection
from tui.core.events import Event, EventKind
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.grammar import parse_filter
from tui.core.handover import Where, note, peak, returned
from tui.core.instant import TICKS, Instant
from tui.core.mask import mask_of
from tui.core.merge import merge
from tui.core.names import Names
from tui.core.query import Query
from tui.core.snapshot import Cut, Trouble
from tui.core.verdict import Verdict, VerdictKind
from tui.core.why import dropped

KEY = "f1e2d3c4-b5a6-9879-8765-4321dcba0987"
OTHER_KEY = "0a1b2c3d-b5a6-9879-8765-4321dcba0987"
logging.getLogger("markdown_it").setLevel(logging.WARNING)

ALIVE = (
    *HOSTILE,
    "`@here`",
    "<!channel> <@U123>",
    "@here @channel @everyone",
    "[click](http://evil.example)",
    "![x](https://evil.example/x.png)",
    "<img src=http://evil.example/x>",
    "http://evil.example www.evil.example mail@evil.example evil.example",
    "```\n# heading\n```",
    "| a | b |\n|---|---|",
    "&lt;!here&gt; &#64;here",
    "~~~",
    "**bold** _it_ # x",
    "- [ ] task",
    "[^1]: note",
    "[ref]: http://evil.example",
)


def later(seconds: float) -> Instant:
    return NOON + round(seconds * TICKS)


def beating(identity: str, at: Instant, **changes: object) -> Connection:
    return connection(identity, at, **{"start": NOON - 900 * TICKS, **changes})


def watched(*answers: tuple[float, Sequence[Connection]], query: Query | None = None) -> Fleet:
    """The fleet after answers, each so many seconds after noon."""
    fleet = Fleet(query=query or Query())
    for seconds, records in answers:
        answer = snapshot(records, later(seconds), query)
        fleet = fold(fleet, replace(answer, clock=ServerClock(measured=1.0)))
    return fleet


def told(fleet: Fleet, **changes: object) -> str:
    """The note on a fleet."""
    given = {"where": Where("prod", "here")}
    return note(fleet, **{**given, **changes})  # type: ignore[arg-type]


def tokens(text: str) -> list[Token]:
    """All that a reader of Markdown finds, links that it guesses included."""
    found = []
    parser = MarkdownIt("gfm-like", {"html": True, "linkify": True})
    for token in parser.parse(text):
        found += [token, *(token.children or ())]
    return found


def crash(others: int = 20) -> Fleet:
    """Ten on one server stop at once at noon; two minutes later they are gone, and six are back."""
    healthy = [f"conn_{number}" for number in range(others)]
    dead = [beating(f"dead_{number}", NOON, client=f"203.0.113.{number}") for number in range(10)]
    back = [
        connection(
            f"back_{number}",
            later(40),
            client=f"203.0.113.{number}",
            host="ws-server-02.coinapi.io",
            start=later(30 + number),
        )
        for number in range(6)
    ]

    def alive(seconds: float) -> list[Connection]:
        return [
            beating(one, later(seconds), host=f"ws-server-{number % 5 + 3:02}", client="192.0.2.1")
            for number, one in enumerate(healthy)
        ]

    return watched(
        (0, [*alive(0), *dead]),
        (60, [*alive(60), *dead, *(replace(one, last_heartbeat=later(59)) for one in back)]),
        (130, [*alive(130), *(replace(one, last_heartbeat=later(129)) for one in back)]),
    )


# What it tells


def test_a_crash_is_told_in_full() -> None:
    fleet = crash()
    text = told(fleet, now=later(133))
    lines = text.splitlines()
    assert lines[0] == "# Mass drop: 10 connections stopped, 6 of their clients are back"
    assert "- Since: 2024-01-15 14:30:24Z, 134s ago" in lines
    assert "- Now: 4 of 10 still down; all: 26 live, 0 late, 0 silent, 10 gone in 5 min" in lines
    assert (
        "- Peak: 10 down at once at 14:30:24Z (down: stopped, and the client not back yet)" in lines
    )
    assert (
        "- As of: 2024-01-15 14:32:35Z (UTC), the answer is complete, 3s old; `prod` at `here`"
        in lines
    )
    assert "- Watched: since 2024-01-15 14:30:25Z" in lines
    assert "all 10 dropped are on host ws-server-01.coinapi.io" in text
    assert "Those that stopped (10):" in lines
    assert "14:32:35Z           10 dropped on ws-server-01.coinapi.io, last beat 14:30:24Z" in lines
    assert "The query: `live only`. To see it again:" in lines
    assert lines[-3:] == ["```sh", "conntop", "```"]
    assert len(lines) < 45


def test_nothing_the_matter_is_said_and_what_is_over_is_not_forgotten() -> None:
    fleet = watched((0, [beating("a", NOON)]), (5, [beating("a", later(5))]))
    text = told(fleet)
    assert text.startswith("# Nothing is the matter now\n")
    assert "Timeline, the last 30 min (UTC): nothing happened." in text
    over = (Event(later(1), EventKind.MASS_DROP, "12 gone"),)
    assert "- Before: mass drop at 14:30:26Z" in told(replace(fleet, log=over))


def test_our_own_outage_is_never_told_as_one_of_the_fleet() -> None:
    fleet = watched((0, [beating("a", NOON), beating("b", NOON)]))
    fleet = fold(fleet, failure(at=later(30)))
    fleet = fold(fleet, failure(at=later(35)))
    text = told(fleet, now=later(200))
    assert text.startswith("# The monitor is blind: link down since 14:30:55Z\n")
    assert "- Link down: `connection refused`" in text
    assert "not about the connections: whatever follows is as of 14:30:25Z" in text
    assert "- Then: 2 live, 0 late, 0 silent, 0 gone" in text
    assert "the answer is complete, 3m20s old" in text
    assert "stopped" not in text.replace("down: stopped", "")


def test_one_context_that_is_blind_does_not_hide_what_is_the_matter_in_another() -> None:
    test = fold(watched((0, [beating("a", NOON)])), failure(at=later(30)))
    fleet = merge({"prod": crash(), "test": test})
    text = told(fleet, where=Where("prod + test", "here"))
    assert text.startswith("# Mass drop: 10 connections stopped")
    assert "- Link down: `test: connection refused`" in text
    assert "- Of `test` nothing is known since 14:30:25Z: its rows are as of then" in text
    assert "complete of the contexts that answer, and 1 of 2 do not" in text
    prod = fold(crash(), failure(at=later(140)))
    text = told(merge({"prod": prod, "test": test}))
    assert text.startswith("# The monitor is blind: link down since")


def test_without_any_answer_only_the_failure_is_told() -> None:
    fleet = fold(Fleet(), failure(trouble=Trouble.TIMEOUT, sentence="no answer in 10 s"))
    text = told(fleet)
    assert text.startswith("# The monitor is blind: link down\n")
    assert "`no answer in 10 s`" in text
    assert "Why:" not in text
    assert "conntop" in text
    assert told(Fleet()).startswith("# Nothing is known yet")


def test_an_answer_that_may_lack_records_is_never_told_as_complete() -> None:
    fleet = fold(Fleet(), replace(snapshot([beating("a", NOON)]), cut=Cut.SINGLE))
    text = told(fleet)
    assert text.startswith("# Nothing is the matter in what is known\n")
    assert "the answer may lack records" in text
    assert "complete" not in text
    assert "- Cut: `1 shown, the most that one answer holds" in text


def test_asking_that_is_paused_is_said() -> None:
    text = told(watched((0, [beating("a", NOON)])), paused=True, now=later(61))
    assert "61s old, asking is paused" in text


def test_of_many_only_fifteen_are_listed_the_ones_that_are_not_back_first() -> None:
    fleet = crash(others=40)
    shown = told(fleet).split("Those that stopped")[1].split("```")[1].splitlines()[2:]
    assert [line.startswith("gone,") for line in shown] == [False] * 4 + [True] * 6
    many = watched(
        (0, [beating(f"c{number}", NOON) for number in range(40)]),
        (130, [beating("c0", later(130))]),
    )
    text = told(many)
    assert "Those that stopped (39):" in text
    assert "… and 24 more" in text


def test_it_can_be_about_the_marked_or_the_filtered() -> None:
    fleet = crash()
    text = told(fleet, chosen=["conn_1", "dead_2", "nobody"])
    assert text.startswith("# 2 marked connections: 1 gone, 1 live\n")
    assert "The marked (2):" in text
    assert "- Now: 0 of 2 still down" in text
    assert told(fleet, condition=parse_filter("id:nobody")).startswith("# Mass drop\n")
    text = told(fleet, condition=parse_filter("id:dead_9"))
    assert "Those that stopped (1):" in text
    assert "filtered by `id:dead_9`" in text
    assert "conntop --filter id:dead_9" in text


# The peak


def test_the_peak_counts_clients_that_were_down_at_once() -> None:
    fleet = crash()
    most = peak(fleet, NOON - 60 * TICKS)
    assert most is not None
    assert (most.count, most.at) == (10, later(-1))
    # Since a while after the six are back, four are.
    most = peak(fleet, later(60))
    assert most is not None
    assert most.count == 4
    assert len(returned(fleet, dropped(fleet))) == 6


def test_who_recovers_is_down_no_more() -> None:
    fleet = watched(
        *((second, [beating("a", later(second))]) for second in range(0, 20, 2)),
        *((second, [beating("a", later(18))]) for second in range(20, 60, 10)),
        (60, [beating("a", later(60))]),
    )
    assert {one.kind for one in fleet.log} == {EventKind.LATE, EventKind.RECOVERED}
    most = peak(fleet, NOON)
    assert most is not None
    assert most.count == 1
    assert most.at == later(17)
    assert peak(fleet, later(61)) is None


def test_a_client_that_hands_over_is_never_down() -> None:
    old, new = beating("old", NOON), connection("new", NOON, start=later(-20))
    fleet = watched((-60, [old]), (0, [old, new]), (130, [replace(new, last_heartbeat=later(129))]))
    assert set(returned(fleet, fleet.tracked.values())) == {"old"}
    assert peak(fleet, later(-100)) is None


# What it must not tell


@settings(max_examples=60)
@given(st.data())
def test_nothing_that_was_served_is_alive_in_it(data: st.DataObject) -> None:
    text = st.one_of(hostile_texts(), st.sampled_from(ALIVE))
    records = data.draw(st.lists(hostile_connections(), max_size=4))
    records = [
        replace(
            one,
            connection_id=data.draw(text.filter(bool)),
            host=data.draw(text),
            service=data.draw(text),
            client=data.draw(text),
            data_center=data.draw(text),
            last_heartbeat=NOON - TICKS,
        )
        for one in records
    ]
    names = Names(keys={one.api_key_id.lower(): "x" for one in records[:1]})
    fleet = fold(Fleet(names=names), snapshot(records))
    fleet = fold(fleet, snapshot([beating("a", later(130))], later(130)))
    hostile = data.draw(text)
    condition = parse_filter("") if "/" in hostile else parse_filter(f'"{hostile}')
    for some in (None, [one.connection_id for one in records]):
        shown = told(
            fleet,
            chosen=some,
            where=Where(hostile, hostile),
            condition=condition,
            mask_clients=data.draw(st.booleans()),
        )
        check_dead(shown)


@pytest.mark.parametrize("hostile", ALIVE)
def test_no_known_attack_is_alive_in_it(hostile: str) -> None:
    kinds = ("MASS_DROP", "LINK_LOST")
    fields = ("service", "host", "data_center", "client", "protocol")
    dead = [beating(f"{hostile}{n}", NOON, **dict.fromkeys(fields, hostile)) for n in range(6)]
    fleet = watched((0, dead), (130, [beating("a", later(130))]))
    log = [Event(NOON, EventKind[kind], hostile.replace("\n", "␊")) for kind in kinds]
    fleet = replace(fleet, log=(*fleet.log, *log))
    sent = "".join(char for char in hostile if not "\ud800" <= char <= "\udfff")
    fleet = replace(fleet, query=Query(service=sent[:2000]))
    text = told(fleet, where=Where(hostile, hostile))
    assert "Mass drop" in text
    check_dead(text)


def check_dead(text: str) -> None:
    """That no reader of Markdown, no terminal and no chat finds anything but text in ``text``."""
    assert not unseen(text)
    assert "@" not in text
    assert "://" not in text
    assert "<!" not in text
    kinds = {token.type for token in tokens(text)}
    assert not kinds & {"link_open", "image", "html_inline", "html_block", "table_open"}
    headings = [token for token in tokens(text) if token.type == "heading_open"]
    assert len(headings) == 1
    for token in tokens(text):
        if token.type == "text":
            assert token.content.isascii()


def test_no_whole_key_id_is_told_nor_is_one_needed_to_see_it_again() -> None:
    ones = [beating(f"c{n}", NOON, api_key_id=KEY if n < 8 else OTHER_KEY) for n in range(12)]
    query = Query(api_key_id=KEY)
    condition = parse_filter(f"key={KEY} !key:{OTHER_KEY.upper()} /{KEY}/ beat>1")
    fleet = watched((0, ones), (130, ones[9:]), query=query)
    said = Event(later(130), EventKind.CUT, f"API key {KEY}; 0 of 3, key:{KEY.upper()}.")
    text = told(replace(fleet, log=(said,)), condition=condition)
    assert KEY not in text.lower()
    assert OTHER_KEY not in text.lower()
    assert "API key f1e2…0987; 0 of 3" in text
    assert "`live only · key f1e2…0987`" in text
    assert "conntop --filter 'key:f1e2d3c4 key:f1e2d3c4 !key:0a1b2c3d /f1e2d3c4/ beat>1'" in text
    again = parse_filter("key:f1e2d3c4 key:f1e2d3c4 !key:0a1b2c3d /f1e2d3c4/ beat>1")
    at = later(130)
    for one in fleet.tracked.values():
        wanted = query.matches(one.connection) and condition.passes(one, at)
        assert again.passes(one, at) == wanted


def test_a_key_is_told_by_its_name_where_it_has_one() -> None:
    names = Names(keys={KEY: "trading-prod"})
    fleet = fold(Fleet(names=names), snapshot([beating("a", NOON, api_key_id=KEY)]))
    text = told(replace(fleet, log=(Event(NOON, EventKind.CUT, f"on API key {KEY}"),)))
    assert "on API key trading-prod" in text


@pytest.mark.parametrize(
    ("keys", "told_of_the_first"),
    [
        (("aaaaaaaa-1111", "bbbbbbbb-2222"), "aaaaaaaa"),
        (("aaaaaaaa-1111", "aaaaaaaa-2222"), "aaaaaaaa-1"),
        # Nothing short of the whole tells them apart: then both are shown.
        (("aaaaaaaa-1", "aaaaaaaa-2"), "aaaaaaaa"),
    ],
)
def test_as_little_of_a_key_id_is_told_as_tells_it_apart(
    keys: tuple[str, str], told_of_the_first: str
) -> None:
    ones = [beating(key, NOON, api_key_id=key) for key in keys]
    mask = mask_of(watched((0, ones)).tracked.values(), None, clients=False)
    assert mask.of_filter(f"key={keys[0]} x") == f"key:{told_of_the_first} x"


def test_addresses_are_kept_unless_masked() -> None:
    fleet = crash()
    assert "203.0.113.7" in told(fleet)
    said = Event(later(130), EventKind.CUT, "all of 203.0.113.7: in 203.0.113.0/24")
    text = told(replace(fleet, log=(said,)), mask_clients=True)
    assert "203.0.113.7" not in text
    assert "all of 203.0.113.0/24: in 203.0.113.0/24" in text


def test_a_client_that_comes_back_again_and_again_is_down_no_more_than_once() -> None:
    fleet = Fleet()
    for turn in range(60):
        at = later(5 * turn)
        ones = [
            beating(f"f{nth}", at, start=later(5 * nth), last_heartbeat=later(5 * nth + 4))
            for nth in range(max(0, turn - 20), turn + 1)
        ]
        others = [beating(f"c{nth}", at, client="192.0.2.1") for nth in range(4)]
        fleet = fold(fleet, snapshot([*ones, *others], at))
    struck = dropped(fleet)
    assert len(struck) > 30
    assert len(returned(fleet, struck)) >= len(struck) - 1


def test_a_storm_is_told_with_how_many_stopped_and_without_where_none_is_known_to_have() -> None:
    storm = (Verdict(VerdictKind.STORM, "12 clients came back within 60 s"),)
    calm = replace(watched((0, [beating("a", NOON)])), verdicts=storm)
    assert told(calm).startswith("# Reconnect storm\n")
    title = "# Reconnect storm: 10 connections stopped, 6 of their clients are back\n"
    assert told(replace(crash(), verdicts=storm)).startswith(title)
    assert told(replace(crash(), verdicts=())).startswith("# 10 connections stopped, 6 of their")
