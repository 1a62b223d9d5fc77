"""``conntop monitor --from``: what it takes, and what it refuses."""

from pathlib import Path
from typing import Any

import pytest

from tests.archive.made import make_recording
from tests.cli.program import Run
from tests.strategies import NOON
from tui.core.instant import TICKS
from tui.core.query import Query


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("played") / "past.conntop"
    make_recording(path, polls=20, connections=6)
    return path


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["--at", "03:12"], "it goes with --from"),
        (["--speed", "10"], "it goes with --from"),
        (["--from", "{path}", "--url", "https://x.example"], "--from asks nobody"),
        (["--from", "{path}", "--every", "5"], "--from asks nobody"),
        (["--from", "{path}", "--no-split"], "--from asks nobody"),
        (["--from", "{path}", "--speed", "fast"], "a number from 0.1 to 1000"),
        (["--from", "{path}", "--speed", "0"], "a number from 0.1 to 1000"),
        (["--from", "{path}", "--at", "25:00"], "no such time of day"),
        (["--from", "{path}", "--at", "2023-01-01"], "begins at 2024-01-15 14:30:25Z"),
        (["--from", "{path}", "--context", "eu"], "no context eu; it has prod"),
        (["--from", "{path}", "--context", "prod", "--context", "eu"], "one at a time"),
        (["--from", "{path}.not"], "No such file"),
        (["--from", __file__], "no recording of conntop"),
        (["--from", "{path}", "--filter", "beat>>"], "--filter"),
    ],
)
def test_what_does_not_go_together_is_refused(
    path: Path, run: Run, args: list[str], sentence: str
) -> None:
    ran = run("monitor", *(one.format(path=path) for one in args))
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.sentence


@pytest.mark.parametrize(
    ("args", "at", "query"),
    [
        ([], 0, Query()),
        (["--at", "14:32:13", "--speed", "10x"], 100, Query()),
        (["--at", "-1m", "--service", "coinapi-ws"], 130, Query(service="coinapi-ws")),
        (["--at", "now"], 190, Query()),
    ],
)
def test_it_begins_where_it_is_told_with_what_was_known_then(
    path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    args: list[str],
    at: float,
    query: Query,
) -> None:
    told: dict[str, Any] = {}
    monkeypatch.setattr("tui.cli.play.need_terminal", lambda: None)

    def run_monitor(**values: Any) -> int:
        told.update(values)
        return 0

    monkeypatch.setattr("tui.view.run.run_monitor", run_monitor)
    assert run("--from", str(path), *args).code == 0
    [feed] = told["feeds"]
    lane = told["opened"](feed, told["query"], told["every"])
    assert (feed.context, feed.host) == ("prod", "api-console.apibricks.io")
    assert (lane.coming.at, lane.poller.query) == (NOON + at * TICKS, query)
    assert lane.now(lane.coming) == lane.coming.at
    playing = feed.playing()
    assert playing.words == f"RECORDING past.conntop · {10 if '10x' in args else 1}×"
    assert told["program"] == ("conntop", "monitor", "--from", str(path))
