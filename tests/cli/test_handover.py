"""``conntop handover`` against a real server over a real socket."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.alert.receiver import receiving
from tests.cli.conftest import MOMENT, Served
from tests.cli.program import KEY, Run
from tests.core.test_command import as_bash_reads
from tests.ports import reserved_port
from tests.strategies import hostile_texts, instants
from tui.cli.monitor_command import monitor
from tui.cli.options import Asked, read_query
from tui.core.command import command
from tui.core.grammar import GrammarError, parse_filter
from tui.core.query import Query, QueryError
from tui.standin.app import create_app
from tui.standin.clock import ManualClock
from tui.standin.embedded import serving
from tui.standin.scenarios import Script
from tui.standin.simulator import Fleet

QUICK = ("handover", "--for", "1s", "--every", "1")


@pytest.fixture
def crashed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A fleet of which a server crashed three minutes ago."""
    clock, script, log = ManualClock(MOMENT), Script(), io.StringIO()
    script.switch("server-crash", clock.now())
    clock.advance(180)
    fleet = Fleet(seed=7, connections=300)
    with serving(create_app(fleet, api_key=KEY, clock=clock, script=script, log=log)) as url:
        monkeypatch.setenv("CONNTOP_URL", url)
        monkeypatch.setenv("CONNTOP_API_KEY", KEY)
        yield Served(url, log)


def write(home: Path, text: str) -> None:
    path = home / ".config/conntop/config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_one_look_tells_of_a_crash_that_was_over_before_it(run: Run, crashed: Served) -> None:
    ran = run(*QUICK)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "# Mass drop: 60 connections stopped, 60 of their clients are back"
    told = "60 gone since 14:30:19Z: all on host ws-server-01.coinapi.io .0 of 240 healthy"
    assert any(re.search(told, line) for line in lines)
    assert any("- Peak: 60 down at once at 14:30:" in line for line in lines)
    assert any(line.startswith("all 60 dropped are on host ws-server-01") for line in lines)
    assert "- Watched: since 2024-01-15 14:33:30Z" in lines
    assert any("No rhythm is known after so short a look" in line for line in lines)
    assert "… and 45 more" in lines
    assert lines[-2] == f"conntop --url {crashed.url}"
    asked = [line for line in crashed.log.getvalue().splitlines() if "query" in line]
    assert "activeOnly" not in asked[0]
    assert "activeOnly=true" in asked[-1]


def test_the_query_the_filter_and_the_masks_reach_the_note(run: Run, crashed: Served) -> None:
    ran = run(*QUICK, "--service", "coinapi-ws", "--filter", "client:203.0.113", "--mask-clients")
    assert ran.code == 0
    assert "203.0.113.0/24" in ran.out
    assert not any(f"203.0.113.{digit}" in ran.out for digit in range(1, 10))
    shown = ran.out.splitlines()[-2]
    assert shown == f"conntop --url {crashed.url} --service coinapi-ws --filter client:203.0.113"


def test_a_context_is_named_in_the_command_that_shows_it_again(
    run: Run, crashed: Served, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CONNTOP_URL")
    write(home, f'[contexts.prod]\nurl = "{crashed.url}"\n[contexts.test]\n')
    ran = run(*QUICK, "--context", "prod")
    assert "`prod` at" in ran.out
    assert ran.out.splitlines()[-2] == "conntop --context prod"


def test_it_goes_to_a_new_file_and_to_the_webhook(run: Run, crashed: Served, home: Path) -> None:
    note = home / "note.md"
    with receiving(200) as receiver:
        write(home, f'[notify]\nwebhook = "{receiver.url}"\n')
        ran = run(*QUICK, "-o", str(note), "--webhook")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == f"conntop: wrote {note}\nconntop: posted the note to the webhook\n"
    [posted] = receiver.got
    letter = json.loads(posted.body)
    assert letter["kind"] == "handover"
    assert letter["title"] == f"conntop default: {note.read_text().splitlines()[0][2:]}"
    assert letter["text"] + "\n" == note.read_text()
    kept = note.read_bytes()
    ran = run(*QUICK, "-o", str(note))
    assert ran.code == 2
    assert ran.sentence == f"there is a file {note} already: give another name"
    assert note.read_bytes() == kept


def test_the_screen_is_drawn_beside_it_masked_like_the_note(
    run: Run, crashed: Served, home: Path
) -> None:
    picture = home / "screen.svg"
    ran = run(*QUICK, "--svg", str(picture), "--mask-clients")
    assert (ran.code, ran.err) == (0, f"conntop: wrote {picture}\n")
    assert ran.out.startswith("# Mass drop")
    drawn = picture.read_text().replace("&#160;", " ")
    for words in ("mass drop: 60 gone", "as of 14:33:30Z", "300 live", "✕ gone", "203.0.113.0/24"):
        assert words in drawn
    assert "paused" not in drawn
    assert "no answer" not in drawn
    assert not re.search(r"203\.0\.113\.(?!0/24)\d", drawn)
    assert run(*QUICK, "--svg", str(picture)).code == 2


def test_a_webhook_that_fails_or_is_missing_is_an_error_and_the_note_is_not_lost(
    run: Run, crashed: Served, home: Path
) -> None:
    ran = run(*QUICK, "--webhook")
    assert (ran.code, ran.out) == (2, "")
    assert "add webhook under [notify]" in ran.sentence
    with receiving(400) as receiver:
        write(home, f'[notify]\nwebhook = "{receiver.url}"\n')
        ran = run(*QUICK, "--webhook")
    assert ran.code == 1
    assert ran.out.startswith("# Mass drop")
    assert ran.sentence.startswith("the note was not posted: ")


def test_an_endpoint_that_does_not_answer_gives_a_note_about_us_and_fails(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONNTOP_API_KEY", KEY)
    with reserved_port() as port:
        monkeypatch.setenv("CONNTOP_URL", f"http://127.0.0.1:{port}")
        ran = run(*QUICK)
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.startswith("# The monitor is blind: link down\n")
    assert "connection refused" in ran.out
    assert "What had ended before was asked for in vain" in ran.out
    assert "stopped" not in ran.out


def test_a_refused_key_is_an_error_and_no_note(
    run: Run, crashed: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONNTOP_API_KEY", "another")
    ran = run(*QUICK)
    assert (ran.code, ran.out) == (1, "")
    assert ran.sentence.startswith("the API key was refused (401)")
    monkeypatch.delenv("CONNTOP_API_KEY")
    assert run(*QUICK).code == 2


# The command that shows it again


def read_back(line: str) -> Asked:
    """What the monitor is asked by a command line, as a shell and click read it."""
    words = as_bash_reads(line)
    assert words[0] == "conntop"
    values = dict(monitor.make_context("monitor", words[1:]).params)
    return read_query(values)


def told(text: str) -> bool:
    """Whether somebody can ask for it: a command line holds no NUL, and nobody asks for spaces."""
    return text == text.strip() != "" and "\0" not in text


TEXTS = hostile_texts().filter(
    lambda text: told(text) and not any("\ud800" <= char <= "\udfff" for char in text)
)


@settings(max_examples=40)
@given(st.data())
def test_it_is_read_back_as_the_same_query_and_the_same_filter(data: st.DataObject) -> None:
    texts = st.none() | TEXTS
    start, end = data.draw(st.none() | instants()), data.draw(st.none() | instants())
    condition = data.draw(st.just("") | TEXTS)
    try:
        query = Query(
            service=data.draw(texts),
            protocol=data.draw(texts),
            data_center=data.draw(texts),
            connection_id=data.draw(texts),
            active_only=data.draw(st.booleans()),
            time_start=start,
            time_end=end,
            minutes=None if start or end else data.draw(st.none() | st.integers(1, 10**6)),
            limit=data.draw(st.none() | st.integers(1, 10**6)),
        )
        parse_filter(condition)
    except (QueryError, GrammarError):
        assume(False)
    asked = read_back(command(["conntop"], query, condition))
    assert asked.query == query
    assert asked.condition == parse_filter(condition)


@pytest.mark.parametrize(
    "condition",
    ["beat>30 !state:live", 'service:"us east" /ws-server-0[12]/', "-x", "it's", "up<5m"],
)
def test_an_ordinary_filter_is_read_back(condition: str) -> None:
    query = Query(service="coinapi-ws", data_center="us-east-1/server-01", minutes=15)
    asked = read_back(command(["conntop", "--context", "prod"], query, condition))
    assert (asked.query, asked.condition.text) == (query, condition)
