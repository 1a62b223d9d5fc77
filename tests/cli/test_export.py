"""``conntop export``, and what else is made of a recording without a screen."""

import csv
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.archive.made import BACK, CRASH, EVERY, HOST, OUTAGE, RETURN, ROUND, make_recording
from tests.cli.program import Run
from tests.strategies import NOON
from tui.archive.sets import Row
from tui.core.fleet import Fleet
from tui.core.handover import Where, note
from tui.core.instant import TICKS, Instant, as_served
from tui.report import EXPORTS, SETS
from tui.report.export_docs import render


class Recorded:
    """A recording, and the fleets as they were known while it was made."""

    def __init__(self, path: Path) -> None:
        self.fleets = make_recording(path, polls=ROUND, connections=12)
        self.name = str(path)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return Recorded(tmp_path_factory.mktemp("recorded") / "fleet.conntop")


@pytest.fixture(autouse=True)
def nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no key, and whoever opens a source is found out."""
    monkeypatch.delenv("CONNTOP_API_KEY", raising=False)
    # The commands before what they import it from, or they would keep what stands there meanwhile.
    for module in ("list_command", "handover_command", "connect"):
        monkeypatch.setattr(f"tui.cli.{module}.source_of", None)


def time_of(place: int) -> Instant:
    return NOON + place * EVERY * TICKS


def text_of(place: int) -> str:
    return as_served(time_of(place))


# export


def test_every_set_in_every_format_has_the_same_rows(
    run: Run, recorded: Recorded, tmp_path: Path
) -> None:
    for what in SETS:
        text = run("export", recorded.name, "--what", what)
        assert (text.code, text.err) == (0, "")
        header, *rows = csv.reader(io.StringIO(text.out, newline=""))
        lines = run("export", recorded.name, "--what", what, "-o", "ndjson").out.splitlines()
        read = [json.loads(line) for line in lines]
        assert [list(one) for one in read] == [header] * len(rows)
        path = tmp_path / f"{what}.parquet"
        ran = run("export", recorded.name, "--what", what, "-o", "parquet", "--to", str(path))
        assert (ran.code, ran.out) == (0, "")
        assert ran.sentence == f"wrote {path}: {len(rows):,} rows"
        table = pq.read_table(path)
        assert table.num_rows == len(rows) == len(read) > 0
        assert table.schema.names[:-1] == header
    assert len(EXPORTS) == 3


def test_heartbeats_of_a_span_are_read_back_to_the_seventh_digit(
    run: Run, recorded: Recorded
) -> None:
    span = ("--since", text_of(3), "--until", text_of(3))
    ran = run("export", recorded.name, *span)
    rows = {row["connectionId"]: row for row in csv.DictReader(io.StringIO(ran.out))}
    fleet = recorded.fleets[3]
    assert set(rows) == set(fleet.tracked)
    for name, one in fleet.tracked.items():
        record = one.connection.record()
        assert rows[name]["lastHeartbeat"] == record["lastHeartbeat"]
        assert rows[name]["connectionStartTime"] == record["connectionStartTime"]
        assert rows[name]["connectionDurationSeconds"] == str(record["connectionDurationSeconds"])
        assert (rows[name]["at"], rows[name]["state"]) == (text_of(3), "live")


def test_times_count_back_from_the_end_and_may_be_of_the_day(run: Run, recorded: Recorded) -> None:
    def times(*span: str) -> list[str]:
        out = run("export", recorded.name, "--what", "polls", "-o", "ndjson", *span).out
        return [json.loads(line)["at"] for line in out.splitlines()]

    assert times("--since", "-20s") == [text_of(place) for place in range(ROUND - 3, ROUND)]
    assert times("--since", "14:30:35", "--until", "14:30:50") == [text_of(1), text_of(2)]
    assert len(times()) == ROUND


def test_a_filter_and_names_choose_rows(run: Run, recorded: Recorded, home: Path) -> None:
    path = home / ".config/conntop/config.toml"
    path.parent.mkdir(parents=True)
    path.write_text('[names.hosts]\nws-server-02 = "the old one"\n')
    for condition in ("host:ws-server-02", 'host:"the old one"'):
        out = run("export", recorded.name, "--what", "connections", "--filter", condition).out
        assert {row["host"] for row in csv.DictReader(io.StringIO(out))} == {"ws-server-02"}
    out = run("export", recorded.name, "--what", "states", "--filter", "state:gone").out
    rows = list(csv.DictReader(io.StringIO(out)))
    assert {(row["at"], row["state"]) for row in rows} == {(text_of(CRASH), "gone")}


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["--since", "soon"], "invalid value for --since: 'soon' is no time: write one like"),
        (["--since", "-1m", "--until", "-2m"], "--until: the end lies before the start"),
        (["--context", "test"], "it has no context test; it has prod"),
        (["--what", "polls", "--filter", "a"], "--filter: it goes with --what heartbeats,"),
        (["--filter", "nofield:x"], "--filter: there is no field nofield"),
        (["--what", "keys"], "'keys' is not one of 'heartbeats'"),
        (["--to", "/nowhere/x.csv"], "/nowhere/x.csv was not written: No such file or directory"),
    ],
)
def test_what_cannot_be_exported_is_told_in_a_sentence(
    run: Run, recorded: Recorded, args: list[str], sentence: str
) -> None:
    ran = run("export", recorded.name, *args)
    assert ran.out == ""
    assert ran.code == (1 if "/nowhere/x.csv" in args else 2)
    assert sentence in ran.sentence


def test_what_is_no_recording_and_a_file_that_is_there_are_left_as_they_are(
    run: Run, recorded: Recorded, tmp_path: Path
) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("mine")
    for args in (
        ("export", str(other)),
        ("export", str(tmp_path / "none")),
        ("list", "--from", str(other)),
        ("handover", "--from", str(other)),
        ("export", recorded.name, "--to", str(other)),
    ):
        ran = run(*args)
        assert (ran.code, ran.out) == (2, "")
        assert str(tmp_path) in ran.sentence
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("notes.txt", "mine")]


def test_without_pyarrow_it_says_what_to_install(
    run: Run, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    ran = run("export", recorded.name, "-o", "parquet")
    assert (ran.code, ran.out) == (1, "")
    assert ran.sentence == "parquet needs one more package: pip install 'conntop[parquet]'"
    assert run("export", recorded.name, "--what", "gaps").code == 0


@pytest.mark.parametrize("form", EXPORTS)
def test_ctrl_c_leaves_no_half_file(
    run: Run, recorded: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    def interrupted(*_: object) -> Iterator[Row]:
        yield NOON, None, "frozen"
        assert [one.name[:4] for one in tmp_path.glob(".out.*")] == [".out"]
        raise KeyboardInterrupt

    monkeypatch.setattr("tui.archive.sets.rows_of", interrupted)
    path = str(tmp_path / "out")
    ran = run("export", recorded.name, "--what", "gaps", "-o", form, "--to", path)
    assert (ran.code, ran.out, ran.err) == (130, "", "")
    assert list(tmp_path.iterdir()) == []


def test_a_terminal_gets_no_parquet_and_nothing_that_acts_upon_it(
    run: Run, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.report.output.is_terminal", lambda _: True)
    ran = run("export", recorded.name, "-o", "parquet")
    assert (ran.code, ran.out) == (2, "")
    assert ran.sentence == "parquet is nothing for a terminal: name a file by --to"


def test_the_page_reads_what_is_written(
    run: Run, recorded: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run("export", recorded.name, "-o", "parquet", "--to", "day.parquet")
    found: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", render(), re.DOTALL)[0], found)
    [worst, *_] = found["longest"].to_pylist()
    beats = [
        (fleet.at - one.connection.last_heartbeat) * 100
        for fleet in recorded.fleets
        for one in fleet.tracked.values()
        if fleet.at is not None and one.seen == fleet.at
    ]
    assert worst["silence_max"] >= max(beats)


# a past moment


def test_a_past_note_is_the_one_that_was_made_then(run: Run, recorded: Recorded) -> None:
    for place in (CRASH - 1, CRASH + 1, RETURN + 1, OUTAGE + 2, BACK + 1):
        ran = run("handover", "--from", recorded.name, "--at", text_of(place))
        assert (ran.code, ran.err) == (0, "")
        then = note(recorded.fleets[place], where=Where("prod", HOST), now=time_of(place))
        words = f"- From a recording: this is what was known at {text_of(place)[:10]} "
        said = [line for line in ran.out.splitlines() if not line.startswith(words)]
        shown = f"conntop monitor --from {recorded.name} --at {text_of(place)}"
        assert said == [shown if line == "conntop" else line for line in then.splitlines()]
        assert len(said) == len(ran.out.splitlines()) - 1
    end = run("handover", "--from", recorded.name).out
    assert end == run("handover", "--from", recorded.name, "--at", "now").out
    assert f"--at {text_of(ROUND - 1)}" in end


def test_a_past_list_has_the_answer_of_then_with_its_states(run: Run, recorded: Recorded) -> None:
    for place in (0, CRASH + 1, OUTAGE + 2, ROUND - 1):
        fleet = recorded.fleets[place]
        at = ("--at", text_of(place))
        ran = run("list", "--from", recorded.name, *at, "-o", "json")
        told = sorted(json.loads(ran.out), key=lambda one: str(one["connectionId"]))
        assert told == records(fleet)
        assert (ran.err != "") == fleet.is_blind
        table = run("list", "--from", recorded.name, *at, "-o", "wide")
        assert table.out.count("conn_") == len(records(fleet))
        assert fleet.at is not None
        assert as_served(fleet.at)[11:19] in table.sentence
    blind = run("list", "--from", recorded.name, "--at", text_of(OUTAGE + 2), "-o", "csv")
    assert blind.sentence == (
        "from a recording: at 2024-01-15 14:34:05Z nothing new was known, "
        "so it is as of 2024-01-15 14:33:35Z"
    )
    gone = run("list", "--from", recorded.name, "--filter", "host:ws-server-02", "-o", "json")
    assert gone.out == "[]\n"


def test_a_past_list_is_narrowed_as_the_endpoint_would(run: Run, recorded: Recorded) -> None:
    def listed(*args: str) -> set[str]:
        ran = run("list", "--from", recorded.name, "--at", text_of(RETURN + 1), "-o", "json", *args)
        assert ran.code == 0
        return {one["connectionId"] for one in json.loads(ran.out)}

    ones = recorded.fleets[RETURN + 1].tracked
    fix = {name for name, one in ones.items() if one.connection.service == "coinapi-fix"}
    assert listed("--service", "coinapi-fix") == fix & listed()
    # As of then, and not of today.
    assert listed("--minutes", "5") == {name for name in ones if name.endswith("_1")}
    assert listed("--since", "5m") == listed("--minutes", "5")
    ran = run("list", "--from", recorded.name, "--all", "-o", "json")
    assert ran.sentence == "12 records shown: the answer of then may lack records"


def records(fleet: Fleet) -> list[dict[str, object]]:
    assert fleet.last is not None
    ones = sorted(fleet.last.records, key=lambda one: one.connection_id)
    return [one.record() for one in ones]


def test_a_cut_answer_of_then_is_told(run: Run, recorded: Recorded) -> None:
    ran = run("list", "--from", recorded.name, "--at", text_of(28), "-o", "json")
    assert ran.sentence == "6 records shown: the answer of then may lack records"


@pytest.mark.parametrize("command", ["list", "handover"])
@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (
            ["--at", "14:00"],
            "--at: nothing was recorded by then: the recording begins at 2024-01",
        ),
        (["--at", "soon"], "--at: 'soon' is no time"),
        (["--url", "http://127.0.0.1:1"], "'--url': it is about asking the endpoint"),
        (["--context", "test"], "it has no context test; it has prod"),
    ],
)
def test_what_does_not_go_with_a_recording_is_told(
    run: Run, recorded: Recorded, command: str, args: list[str], sentence: str
) -> None:
    ran = run(command, "--from", recorded.name, *args)
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.sentence


def test_what_a_note_is_about_is_not_asked_again(run: Run, recorded: Recorded) -> None:
    for args in (["--service", "EMS"], ["--all"], ["--for", "2m"], ["--svg", "x.svg"]):
        ran = run("handover", "--from", recorded.name, *args)
        assert (ran.code, ran.out) == (2, "")
        assert "it is about asking the endpoint, and --from asks nobody" in ran.sentence


def test_a_past_moment_needs_a_recording(run: Run) -> None:
    for command in ("list", "handover"):
        ran = run(command, "--at", "14:00")
        assert (ran.code, ran.out) == (2, "")
        assert "'--at': it goes with --from" in ran.sentence
