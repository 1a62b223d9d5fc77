"""``conntop watch`` against a real server over a real socket, as a process that may be killed."""

from __future__ import annotations

import json
import re
import signal
import threading
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.program import KEY, Run, start, whole
from tests.report.ledger import balance, distinct
from tui.standin.app import create_app
from tui.standin.embedded import serving
from tui.standin.instant import TICKS, instant_text
from tui.standin.records import Record, Records

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Served
    from tui.standin.endpoint_clock import Reading
    from tui.standin.query import Query
    from tui.standin.scenarios import Switch
    from tui.standin.settings import Assumptions


class Churn(Records):
    """So many connections, of which some leave and as many come at each poll."""

    def __init__(self, there: int = 6, change: int = 1) -> None:
        super().__init__([])
        self._there = there
        self._change = change
        self._turn = 0
        self._starts: dict[int, int] = {}

    def answer(
        self,
        query: Query,
        at: int,
        switches: tuple[Switch, ...],
        assumptions: Assumptions,
        reading: Reading | None = None,
    ) -> bytes:
        """The body of an answer; one for an id alone changes nothing."""
        if query.connection_id is None:
            first = self._turn * self._change
            self.records = [self._record(first + place, at) for place in range(self._there)]
            self._turn += 1
        return super().answer(query, at, switches, assumptions, reading)

    def _record(self, number: int, at: int) -> Record:
        began = self._starts.setdefault(number, at - TICKS)
        values: dict[str, object] = {
            "connectionId": f"conn_{number}",
            "organizationId": "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
            "apikeyId": "f1e2d3c4-b5a6-9879-8765-4321dcba0987",
            "host": "ws-server-01.coinapi.io",
            # Each is of another client, so that nobody comes back.
            "ipAddress": f"2001:db8::{number:x}",
            "protocolName": "WebSocket",
            "serviceName": "coinapi-ws",
            "dataCenter": "us-east-1/server-01",
            "lastHeartbeat": instant_text(at),
            "connectionStartTime": instant_text(began),
            "updatedAt": instant_text(at),
            "connectionDurationSeconds": (at - began) // TICKS,
            "isActive": True,
        }
        return Record(json.dumps(values), values, began, at)


@contextmanager
def churning(monkeypatch: pytest.MonkeyPatch, **options: int) -> Iterator[None]:
    """A stand-in of this kind is what conntop asks."""
    with serving(create_app(Churn(**options), api_key=KEY)) as url:
        monkeypatch.setenv("CONNTOP_URL", url)
        monkeypatch.setenv("CONNTOP_API_KEY", KEY)
        yield


@contextmanager
def watching(*args: str) -> Iterator[subprocess.Popen[str]]:
    """A watch that has had its first answer."""
    with start("watch", "--every", "1", *args) as process:
        try:
            assert process.stderr is not None
            told = process.stderr.readline()
            assert re.match(r"conntop: watching [\d,]+ connections? every 1 s: live", told), told
            yield process
        finally:
            process.kill()


def records(text: str) -> list[dict[str, Any]]:
    """What the lines say."""
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.slow
def test_events_are_told_as_they_happen(monkeypatch: pytest.MonkeyPatch) -> None:
    with churning(monkeypatch):
        ran = whole("watch", "--every", "1", "-o", "ndjson", "--count", "2")
        assert ran.code == 0
        assert ran.sentence == "watching 6 connections every 1 s: live only"
        told = records(ran.out)
        assert [each["kind"] for each in told] == ["gone", "opened"]
        assert told[1]["connection"]["host"] == "ws-server-01.coinapi.io"
        assert told[1]["context"] == "default"
        text = whole("watch", "--every", "1", "--count", "1", "--only", "returns").out
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ opened conn_\d+: coinapi-ws on ws-server-01\.coinapi\.io "
        r"by 2001:db8::\w+, started \d\d:\d\d:\d\dZ\n",
        text,
    )


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A fleet in which nothing happens is what conntop asks."""
    with churning(monkeypatch, change=0):
        yield


@pytest.mark.usefixtures("quiet")
@pytest.mark.slow
def test_it_ends_by_itself_after_a_time() -> None:
    ran = whole("watch", "--for", "1s")
    assert (ran.code, ran.out) == (0, "")


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_it_ends_when_told_to(number: int, code: int) -> None:
    with watching() as process:
        process.send_signal(number)
        assert process.communicate(timeout=20) == ("", "")
    assert process.returncode == code


@pytest.mark.usefixtures("quiet")
def test_a_reader_that_has_had_enough_ends_it_quietly() -> None:
    with watching() as process:
        assert process.stdout is not None
        assert process.stderr is not None
        # Nothing is ever written, and it is noticed all the same.
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(20) == 0


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_reader_that_takes_nothing_does_not_hold_up_the_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int, code: int
) -> None:
    # So many of the same number look as if the endpoint had a limit of its own.
    state = ("-o", "ndjson", "--no-split", "--state", str(tmp_path / "state"))
    with churning(monkeypatch, there=400, change=200):
        with watching(*state) as process:
            assert process.stdout is not None
            assert process.stdout.read(1) == "{"
            # A pipe holds 64 kB, and this is more: it is in the middle of a write for good.
            process.send_signal(number)
            assert process.wait(20) == code
            told = records("{" + process.stdout.read().rpartition("\n")[0])
        # The next one begins with what was not told.
        rest = records(whole("watch", *state, "--count", str(400 - len(told))).out)
    gone = {each["connectionId"] for each in told + rest if each["kind"] in ("dropped", "gone")}
    assert len(told + rest) == 400
    assert len({each["id"] for each in told + rest}) >= 399
    assert {f"conn_{each}" for each in range(200)} >= gone


def test_a_wrong_use_is_told_before_anything_is_asked(run: Run, example: Served) -> None:
    for args, sentence in (
        (["--only", "ours,theirs"], "it takes some of drops, late, returns, ours, with commas"),
        (["--for", "soon"], "it takes a span of time such as 30s, 10m or 2h"),
        (["--for", "0"], "it takes a span of time such as 30s, 10m or 2h"),
        (["--count", "0"], "0 is not in the range x>=1"),
        (["--every", "0.1"], "it takes a number of seconds from 1 to 300"),
        (["--state", ""], "it is empty"),
        (["--state", "/dev/null"], "--state /dev/null is no file: name one"),
        (["-o", "csv"], "'csv' is not one of 'text', 'ndjson'"),
    ):
        ran = run("watch", *args)
        assert (ran.code, ran.out) == (2, "")
        assert sentence in ran.sentence
    assert example.log.getvalue() == ""


def test_without_a_key(run: Run, home: Path) -> None:
    assert run("watch").sentence.startswith("there is no API key: set CONNTOP_API_KEY")


def test_a_wrong_key(run: Run, example: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNTOP_API_KEY", KEY + "x")
    ran = whole("watch")
    assert (ran.code, ran.out) == (1, "")
    assert ran.sentence.startswith("the API key was refused (401)")


@pytest.mark.usefixtures("quiet")
@pytest.mark.slow
def test_two_do_not_share_a_state(tmp_path: Path) -> None:
    state = ("--state", str(tmp_path / "state"))
    with watching(*state) as process:
        ran = whole("watch", *state)
        assert (ran.code, ran.out) == (2, "")
        assert ran.sentence == (
            f"another conntop watch uses --state {tmp_path}/state: each needs one of its own"
        )
        process.terminate()
        process.communicate(timeout=20)
    # Another question has another state.
    ran = whole("watch", *state, "--service", "x")
    assert ran.code == 2
    assert "belongs to another question" in ran.sentence


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("kills", [6])
def test_killed_at_any_moment_it_loses_and_repeats_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kills: int
) -> None:
    rng = Random(kills)
    state = ("-o", "ndjson", "--state", str(tmp_path / "state"))
    told: list[dict[str, Any]] = []
    with churning(monkeypatch):
        for _ in range(kills):
            with watching(*state) as process:
                killer = threading.Timer(rng.uniform(0.0, 2.2), process.kill)
                killer.start()
                told += records(process.communicate(timeout=20)[0])
                killer.join()
                assert process.returncode == -signal.SIGKILL
        told += records(whole("watch", "--every", "1", *state, "--for", "2.5").out)
    # At most one for each kill, and then it is the very same.
    assert len(told) - len(distinct(told)) <= kills
    assert distinct(told)
    assert balance(distinct(told)) == 0
