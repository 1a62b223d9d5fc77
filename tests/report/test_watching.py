"""``watch``: what it writes and keeps, and that a kill at any step loses and repeats nothing."""

import asyncio
import json
import os
import re
import unicodedata
import zlib
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace

from tests.report.ledger import balance, distinct
from tests.strategies import HOSTILE, NOON, connection, failure, snapshot
from tui.core.clock import ServerClock
from tui.core.connection import Connection
from tui.core.event_records import event_line
from tui.core.events import Event, EventKind, Group
from tui.core.fleet import Fleet
from tui.core.grammar import NO_FILTER, parse_filter
from tui.core.instant import TICKS, Instant
from tui.core.lineage import DEFAULT_CLIENT
from tui.core.memory import recall, remember
from tui.core.query import Query
from tui.core.snapshot import Outcome, Snapshot, Trouble
from tui.report.state_file import Asked, StateError, StateFile
from tui.report.watching import Telling, watch
from tui.source.base import SourceError
from tui.source.poller import Poller
from tui.source.steady import steady

ASKED = Asked("https://example.com", "default", {})
EVERYTHING = Telling("ndjson", NO_FILTER, frozenset(Group), "default")
EVERY = 5


class Polls:
    """A poller whose outcomes are there already."""

    every = float(EVERY)

    def __init__(self, outcomes: Iterable[Outcome]) -> None:
        self._outcomes = outcomes

    async def outcomes(self) -> AsyncIterator[Outcome]:
        """All of them at once."""
        for outcome in self._outcomes:
            yield outcome


class Paper:
    """Takes lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, line: str) -> None:
        """Take one."""
        self.lines.append(line)

    def check(self) -> None:
        """Somebody always reads."""

    @property
    def records(self) -> list[dict[str, Any]]:
        """What the lines say."""
        return [json.loads(line) for line in self.lines]


def run(
    outcomes: Iterable[Outcome],
    *,
    telling: Telling = EVERYTHING,
    paper: Paper | None = None,
    state: StateFile | None = None,
    most: int | None = None,
) -> tuple[Paper, list[str]]:
    """Watch; the paper and the notes."""
    paper, notes = paper or Paper(), list[str]()
    fleet = Fleet()
    if state is not None and state.memory is not None:
        fleet = recall(state.memory, DEFAULT_CLIENT)
    asyncio.run(
        watch(
            cast("Poller", Polls(outcomes)),
            fleet,
            telling,
            out=paper,
            say=notes.append,
            state=state,
            most=most,
        )
    )
    return paper, notes


def answer(records: Sequence[Connection], at: Instant = NOON) -> Snapshot:
    """A whole answer of a server that tells its time."""
    ahead = at / TICKS - steady()
    return replace(snapshot(records, at), clock=ServerClock(ahead, ahead, steady()))


def one(number: int, at: Instant) -> Connection:
    """Each is of another client."""
    return connection(f"conn_{number}", at, client=f"203.0.113.{number}", start=NOON)


def poll(number: int, late: int = 0) -> Snapshot:
    """At each one has left, and another one has come."""
    at = NOON + (number * EVERY + late) * TICKS
    return answer([one(each, at) for each in range(number, number + 4)], at)


def test_the_first_answer_is_the_baseline_and_what_follows_is_told() -> None:
    paper, notes = run([poll(0), poll(1)])
    assert notes == ["watching 4 connections every 5 s: live only"]
    assert [(each["kind"], each["connectionId"]) for each in paper.records] == [
        ("dropped", "conn_0"),
        ("opened", "conn_4"),
    ]
    dropped = paper.records[0]
    assert dropped | {"id": "", "evidence": ""} == {
        "v": 1,
        "id": "",
        "at": "2024-01-15T14:30:30.0000000Z",
        "kind": "dropped",
        "group": "drops",
        "context": "default",
        "evidence": "",
        "connectionId": "conn_0",
        "state": "gone",
        "session": 1,
        "connection": one(0, NOON).record(),
    }


def test_every_event_has_an_id_of_its_own() -> None:
    first, _ = run([poll(n) for n in range(4)])
    second, _ = run([poll(n) for n in range(4)])
    assert len({each["id"] for each in first.records + second.records}) == 12


def test_groups_and_the_filter_choose_what_is_told() -> None:
    polls: list[Outcome] = [poll(0), poll(1), failure(at=NOON + 9 * TICKS)]
    drops, _ = run(polls, telling=Telling("ndjson", NO_FILTER, frozenset({Group.DROPS}), ""))
    assert [each["kind"] for each in drops.records] == ["dropped"]
    some, _ = run(polls, telling=Telling("ndjson", parse_filter("id:_4"), frozenset(Group), ""))
    # What concerns the monitor itself concerns whoever reads.
    assert [each["kind"] for each in some.records] == ["opened", "link lost"]


def test_lines_for_people() -> None:
    paper, _ = run([poll(0), poll(1)], telling=Telling("text", NO_FILTER, frozenset(Group), ""))
    assert paper.lines == [
        "2024-01-15 14:30:30Z dropped conn_0, coinapi-ws on ws-server-01.coinapi.io by "
        "203.0.113.0: last beat 14:30:24Z, silent for 6s, was up 0s\n",
        "2024-01-15 14:30:30Z opened conn_4: coinapi-ws on ws-server-01.coinapi.io by "
        "203.0.113.4, started 14:30:25Z\n",
    ]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text)[:20])
def test_hostile_text_is_harmless_to_people_and_raw_for_programs(text: str) -> None:
    at = NOON + EVERY * TICKS
    hostile = connection(f"x{text}", at, host=text, service=text, client=text, start=NOON)
    polls = [answer([]), answer([hostile], at), answer([], at + EVERY * TICKS)]
    for form in ("text", "ndjson"):
        paper, _ = run(polls, telling=Telling(form, NO_FILTER, frozenset(Group), ""))
        assert len(paper.lines) == 2
        acted_upon = ("Cc", "Cf", "Cs", "Zl", "Zp")
        for line in paper.lines:
            assert line[-1] == "\n"
            assert not [char for char in line[:-1] if unicodedata.category(char) in acted_upon]
        if form == "ndjson":
            assert [each["connection"]["host"] for each in paper.records] == [text, text]


def test_it_ends_after_so_many_events() -> None:
    paper, _ = run([poll(n) for n in range(9)], most=3)
    assert len(paper.lines) == 3


def test_while_there_is_no_answer_it_says_why_once() -> None:
    down = failure()
    _, notes = run([down, down, replace(down, sentence="no route"), poll(0)])
    assert notes == [
        "connection refused — asking again",
        "no route — asking again",
        "watching 4 connections every 5 s: live only",
    ]


def test_a_refusal_at_the_start_ends_it() -> None:
    refused = failure(trouble=Trouble.KEY, sentence="refused", retryable=False)
    with pytest.raises(SourceError, match="refused"):
        run([refused])
    # Later it may well be passing.
    paper, _ = run([poll(0), replace(refused, at=NOON)])
    assert [each["kind"] for each in paper.records] == ["link lost"]


# The state


def kept(path: Path, outcomes: Iterable[Outcome], paper: Paper | None = None) -> Paper:
    """One run with a state file."""
    state = StateFile.open(path, ASKED)
    try:
        return run(outcomes, paper=paper, state=state)[0]
    finally:
        state.close()


def test_a_restart_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "state"
    kept(path, [poll(0), poll(1)])
    quick = kept(path, [poll(2), poll(3)])
    assert [each["kind"] for each in quick.records] == ["dropped", "opened"] * 2
    slow = kept(path, [poll(9, late=300), poll(10, late=300)])
    assert [each["kind"] for each in slow.records] == ["not watched", "recovered", "dropped"]
    assert (
        "meanwhile 4 left (conn_3, conn_4, conn_5, conn_6), 4 came" in slow.records[0]["evidence"]
    )
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["state"]


class Killed(BaseException):
    """The process is no more."""


class Steps:
    """Kills at one of the steps that a run takes with its files and its output."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.taken = 0

    def step(self) -> None:
        """One more."""
        self.taken += 1
        if self.taken == self.last:
            raise Killed

    def around(self, owner: object, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Before and after each call of a function."""
        former = getattr(owner, name)

        def call(*args: Any, **options: Any) -> Any:
            self.step()
            result = former(*args, **options)
            self.step()
            return result

        monkeypatch.setattr(owner, name, call)


def killed_at(
    last: int, path: Path, polls: Iterable[Outcome], monkeypatch: pytest.MonkeyPatch
) -> tuple[Paper, bool]:
    """What was written by a run that is killed at a step; and whether it came to that."""
    steps, paper = Steps(last), Paper()
    state = StateFile.open(path, ASKED)
    with monkeypatch.context() as patched:
        for name in ("open", "fsync", "pwrite", "close"):
            steps.around(os, name, patched)
        steps.around(Path, "replace", patched)
        steps.around(zlib, "compress", patched)
        steps.around(paper, "write", patched)
        with suppress(Killed):
            run(polls, paper=paper, state=state)
    # The system closes what a killed process had open, and with it go the locks.
    for number in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            if str(number.readlink()).startswith(str(path.parent)):
                os.close(int(number.name))
    return paper, steps.taken >= last


@pytest.mark.parametrize(
    "late", [0, pytest.param(300, marks=pytest.mark.slow)], ids=["at once", "after minutes"]
)
def test_killed_at_any_step_it_loses_nothing_and_repeats_at_most_one_by_its_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: int
) -> None:
    last, reached = 1, True
    while reached:
        path = tmp_path / f"state-{last}"
        # A first run has the baseline, so that whatever comes to pass from then on is told.
        kept(path, [poll(0)])
        to_come = iter(range(1, 5))
        polls = (poll(number) for number in islice(to_come, 2))
        paper, reached = killed_at(last, path, polls, monkeypatch)
        rest = kept(path, [poll(number, late) for number in to_come])
        records = paper.records + rest.records
        told = distinct(records)
        assert len(records) - len(told) <= 1, f"killed at step {last}"
        # As many have come as have left.
        assert balance(told) == 0, f"killed at step {last}"
        if not late:
            named = [each for each in told if each["connectionId"]]
            names = sorted((each["kind"], each["connectionId"]) for each in named)
            dropped = [("dropped", f"conn_{number}") for number in range(4)]
            opened = [("opened", f"conn_{number}") for number in range(4, 8)]
            assert names == dropped + opened, f"killed at step {last}"
        last += 1
    assert last > 35


def test_what_was_found_but_not_told_is_told_under_the_same_id(tmp_path: Path) -> None:
    path = tmp_path / "state"
    kept(path, [poll(0)])

    class Broken(Paper):
        def write(self, line: str) -> None:
            super().write(line)
            raise Killed

    broken = Broken()
    with pytest.raises(Killed):
        kept(path, [poll(1)], broken)
    again = kept(path, [])
    assert [each["kind"] for each in again.records] == ["dropped", "opened"]
    assert again.lines[0] == broken.lines[0]
    assert kept(path, []).lines == []


def test_a_state_that_cannot_be_written_stops_no_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state"
    state = StateFile.open(path, ASKED)
    full = iter([False, True, True, False])
    save = state.save

    def fills(*args: Any) -> None:
        if next(full):
            raise OSError(28, "No space left on device")
        save(*args)

    monkeypatch.setattr(state, "save", fills)
    paper, notes = run([poll(n) for n in range(4)], state=state)
    state.close()
    assert len(paper.lines) == 6
    assert notes[1:] == [
        "the state cannot be written (No space left on device): events are told all the same, and "
        "may be told again after a restart",
        "the state is written again",
    ]
    assert kept(path, [poll(3)]).lines == []


@pytest.mark.parametrize(
    "strange", [*HOSTILE, 2**70, float("nan")], ids=lambda value: repr(value)[:20]
)
def test_whatever_was_served_can_be_kept(tmp_path: Path, strange: object) -> None:
    odd = connection(f"x{strange}", host=str(strange), unusual={"extra": [strange]})
    kept(tmp_path / "state", [answer([odd])])
    at = NOON + EVERY * TICKS
    served = replace(odd, last_heartbeat=at)
    assert kept(tmp_path / "state", [answer([served], at)]).lines == []


# Files that are no state


def refusal(path: Path, asked: Asked = ASKED) -> str:
    """Why a file is not taken; it is left as it is."""
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StateError) as refused:
        StateFile.open(path, asked)
    assert (path.read_bytes() if path.is_file() else None) == before
    return str(refused.value)


def test_an_empty_file_is_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.touch()
    state = StateFile.open(path, ASKED)
    assert state.memory is None
    state.close()


def test_a_file_of_another_question(tmp_path: Path) -> None:
    path = tmp_path / "state"
    kept(path, [poll(0)])
    for asked in (
        Asked("https://example.org", "default", {}),
        Asked("https://example.com", "prod", {}),
        Asked("https://example.com", "default", {"--service": "x"}),
    ):
        assert refusal(path, asked) == (
            f"--state {path} belongs to another question (default at https://example.com): ask "
            "that one again, or name another file"
        )


def test_a_file_that_is_no_state_or_damaged(tmp_path: Path) -> None:
    path = tmp_path / "state"
    kept(path, [poll(0)])
    whole = path.read_bytes()
    text = r"--state \S+ is no state of conntop watch, or a damaged one: it is left as it is"
    cuts = [whole[:length] for length in range(1, len(whole), 41)]
    places = range(60, len(whole), 97)
    changed = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in places]
    for raw in (b"hello\n", b"\0" * 100, b"{}", *cuts, *changed):
        path.write_bytes(raw)
        assert re.match(text, refusal(path))


def test_a_file_of_a_newer_conntop(tmp_path: Path) -> None:
    path = tmp_path / "state"
    kept(path, [poll(0)])
    path.write_bytes(path.read_bytes().replace(b"conntop-watch 1 ", b"conntop-watch 2 ", 1))
    assert refusal(path).endswith(
        "is of a newer conntop (version 2 of the file, and this one knows 1): update conntop, or "
        "name another file"
    )


def test_a_file_of_version_1_is_read_by_every_later_conntop(tmp_path: Path) -> None:
    """Made once by ``kept(path, [poll(0), poll(1), failure()])``."""
    path = tmp_path / "state"
    path.write_bytes((Path(__file__).parents[1] / "data/watch-1.state").read_bytes())
    back = kept(path, [poll(2)])
    assert [each["kind"] for each in back.records] == ["link back"]
    assert back.records[0]["evidence"] == (
        "after 1 failed poll, 4s since 14:30:30Z; meanwhile 1 left (conn_1), 1 came (conn_5)"
    )


def test_one_watches_with_a_file_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "state"
    state = StateFile.open(path, ASKED)
    sentence = f"another conntop watch uses --state {path}: each needs one of its own"
    assert refusal(path) == sentence
    state.save(remember(Fleet(Query())), ())
    assert refusal(path) == sentence
    state.close()
    StateFile.open(path, ASKED).close()


def test_places_where_no_file_can_be(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe") == f"--state {tmp_path}/pipe is no file: name one"
    assert refusal(Path("/dev/null")) == "--state /dev/null is no file: name one"
    assert refusal(tmp_path) == f"--state {tmp_path}: Is a directory"
    assert refusal(tmp_path / "no/where").endswith("No such file or directory")


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "state")
    kept(tmp_path / "link", [poll(0)])
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "state").is_file()


def test_an_event_of_no_connection_is_a_line_too() -> None:
    event = Event(NOON, EventKind.LINK_LOST, "connection refused")
    assert event_line(event) == "2024-01-15 14:30:25Z link lost: connection refused"


def test_the_page_names_every_field_and_every_event() -> None:
    page = (Path(__file__).parents[2] / "docs/watch.md").read_text()
    paper, _ = run([poll(0), poll(1)])
    documented = re.findall(r"^\| `(\w+)` \| ", page.partition("## NDJSON")[2], re.MULTILINE)
    assert documented == list(paper.records[0])
    for group in Group:
        kinds = {kind.value for kind in EventKind if kind.group is group}
        [row] = re.findall(rf"^\| `{group.name.lower()}` \| (.*) \|$", page, re.MULTILINE)
        assert set(row.split(", ")) == kinds
