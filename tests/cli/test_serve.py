"""``conntop serve``: its options are the stand-in's, and its first line is a contract."""

import json
import re
import socket
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import EXAMPLE
from tests.cli.program import Run, start, whole
from tui.cli.demo_command import DemoWish
from tui.cli.serve_command import serve
from tui.standin.clock_faults import Faults
from tui.standin.scenarios import SCENARIOS
from tui.standin.settings import Assumptions


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the stand-in was told instead of being started."""
    told: dict[str, Any] = {}
    monkeypatch.setattr("tui.standin.server.run", lambda **values: told.update(values))
    return told


def test_the_defaults(run: Run, given: dict[str, Any]) -> None:
    assert run("serve").code == 0
    assert given == {
        "host": "127.0.0.1",
        "port": 8765,
        "connections": 300,
        "seed": 1,
        "scenario": "calm",
        "scenario_after": 0.0,
        "records": None,
        "at": None,
        "assumptions": Assumptions(),
        "log": None,
        "until_stdin_closes": False,
        "faults": Faults(),
    }


def test_the_options(run: Run, given: dict[str, Any], tmp_path: Path) -> None:
    run(
        *("serve", "--host", "::1", "--port", "0", "--connections", "2", "--seed", "-5"),
        *("--scenario", "frozen", "--scenario-after", "2.5", "--records", str(EXAMPLE)),
        *("--at", "2024-01-15T14:30:30Z", "--log", str(tmp_path / "log"), "--until-stdin-closes"),
        *("--fault", "skew=-3600.5", "--fault", "no-date"),
    )
    assert given == {
        "host": "::1",
        "port": 0,
        "connections": 2,
        "seed": -5,
        "scenario": "frozen",
        "scenario_after": 2.5,
        "records": EXAMPLE,
        "at": "2024-01-15T14:30:30Z",
        "assumptions": Assumptions(),
        "log": tmp_path / "log",
        "until_stdin_closes": True,
        "faults": Faults(skew=-3600.5, no_date=True),
    }


def test_every_assumption_is_an_option(run: Run, given: dict[str, Any]) -> None:
    told = run("serve", "--help").out
    for name in Assumptions.model_fields:
        assert f"--{name.replace('_', '-')} " in told
    run(
        *("serve", "--order", "shuffled", "--limit-cap", "100", "--minutes-and-window", "both"),
        *("--no-start-inclusive", "--end-inclusive", "--case-insensitive"),
        *("--null-fields", "host,updatedAt", "--requests-per-minute", "60"),
        *("--active-clock-skew-seconds", "-1.5", "--error-shape", "problem"),
    )
    assert given["assumptions"] == Assumptions(
        order="shuffled",
        limit_cap=100,
        minutes_and_window="both",
        start_inclusive=False,
        end_inclusive=True,
        case_insensitive=True,
        null_fields=frozenset({"host", "updatedAt"}),
        requests_per_minute=60,
        active_clock_skew_seconds=-1.5,
        error_shape="problem",
    )


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_help_names_every_scenario_and_every_fault(run: Run, command: str) -> None:
    # A word that is broken at the end of a line is put together again.
    told = re.sub(r"-\n +", "-", run(command, "--help").out)
    for name in SCENARIOS:
        assert re.search(rf"[ ,]{name}[,.\s]", told), name
    for name in ("skew=SECONDS", "date-stuck", "no-date", "start-grain=SECONDS", "future=SECONDS"):
        assert f" {name}: " in told.replace("\n", " "), name


@pytest.mark.parametrize("command", ["serve", "demo"])
@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("lies", "there is no fault 'lies'; there are: skew=SECONDS, date-stuck, no-date, "),
        ("", "there is no fault ''; there are: "),
        ("skew", "the fault skew takes a number of seconds from -31536000 to 31536000, as "),
        ("skew=far", "as skew=SECONDS, not 'far'"),
        ("skew=nan", "as skew=SECONDS, not 'nan'"),
        ("start-grain=-1", "the fault start-grain takes a number of seconds from 0 to 86400"),
        ("future=inf", "the fault future takes a number of seconds from 0 to 86400"),
        ("no-date=1", "the fault no-date takes no value"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(
    run: Run, command: str, fault: str, sentence: str
) -> None:
    ran = run(command, "--fault", "date-stuck", "--fault", fault)
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.sentence


def test_the_demo_hands_its_faults_on() -> None:
    args = DemoWish(faults=("skew=5", "no-date")).args()
    assert args[-2:] == ["--fault=skew=5", "--fault=no-date"]


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["--limit-cap", "0"], 2),
        (["--null-fields", "nothing"], 2),
        (["--order", "random"], 2),
        (["--at", "noon"], 2),
        (["--records", "/nowhere.json"], 2),
        (["--log", "/nowhere/log"], 2),
        (["--records", str(EXAMPLE), "--fault", "future=8"], 2),
        (["--records", str(EXAMPLE), "--fault", "start-grain=60"], 2),
    ],
)
def test_what_cannot_be_used_is_refused(run: Run, args: list[str], code: int) -> None:
    ran = run("serve", "--port", "0", "--connections", "2", *args)
    assert (ran.code, ran.out) == (code, "")
    assert ran.sentence


def test_a_port_that_is_taken(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = run("serve", "--connections", "2", "--port", str(taken.getsockname()[1]))
    assert (ran.code, ran.out) == (1, "")
    assert "Cannot listen on 127.0.0.1" in ran.sentence


@pytest.mark.slow
def test_it_serves_until_it_is_told_to_end() -> None:
    args = ["serve", "--port", "0", "--records", str(EXAMPLE), "--until-stdin-closes"]
    args += ["--at", "2024-01-15T14:30:30Z", "--fault", "skew=3600"]
    with start(*args, stdin=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        first = re.fullmatch(r"conntop stand-in (\S+) key (\S+)\n", process.stdout.readline())
        assert first is not None
        url, key = first.groups()
        request = urllib.request.Request(
            f"{url}/api/connection-analytics/query", headers={"Authorization": key}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert json.load(answer) == json.loads(EXAMPLE.read_bytes())
            assert answer.headers["Date"] == "Mon, 15 Jan 2024 15:30:30 GMT"
        listed = whole(
            "list", "--all", "-o", "json", env={"CONNTOP_URL": url, "CONNTOP_API_KEY": key}
        )
        assert json.loads(listed.out) == json.loads(EXAMPLE.read_bytes())
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "")
    assert key not in err
    assert serve.name == "serve"
