"""A stand-in that serves the documentation's example, and a way to run conntop against it."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.program import KEY, Ran, Run
from tests.config.homes import move_into
from tui.cli import run as run_command_line
from tui.standin.app import create_app
from tui.standin.clock import ManualClock
from tui.standin.embedded import serving
from tui.standin.records import load_records
from tui.standin.settings import Assumptions
from tui.standin.simulator import Fleet

EXAMPLE = Path(__file__).parents[1] / "data/example.json"
MOMENT = datetime(2024, 1, 15, 14, 30, 30, tzinfo=UTC)
"""Five seconds after the younger heartbeat of the example."""


@dataclass(frozen=True, slots=True)
class Served:
    """A running stand-in."""

    url: str
    log: io.StringIO
    """A line for each request."""


@pytest.fixture(scope="session")
def example_stand_in() -> Iterator[Served]:
    log = io.StringIO()
    app = create_app(load_records(EXAMPLE), api_key=KEY, clock=ManualClock(MOMENT), log=log)
    with serving(app) as url:
        yield Served(url, log)


@pytest.fixture(scope="session")
def fleet_stand_in() -> Iterator[Served]:
    log = io.StringIO()
    assumptions = Assumptions(limit_cap=2000)
    fleet = Fleet(seed=1, connections=1500)
    app = create_app(
        fleet, api_key=KEY, assumptions=assumptions, clock=ManualClock(MOMENT), log=log
    )
    with serving(app) as url:
        yield Served(url, log)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    move_into(tmp_path, monkeypatch)
    return tmp_path


@pytest.fixture
def example(example_stand_in: Served, monkeypatch: pytest.MonkeyPatch) -> Served:
    """The example is what conntop asks."""
    monkeypatch.setenv("CONNTOP_URL", example_stand_in.url)
    monkeypatch.setenv("CONNTOP_API_KEY", KEY)
    example_stand_in.log.seek(0)
    example_stand_in.log.truncate()
    return example_stand_in


@pytest.fixture
def fleet(fleet_stand_in: Served, monkeypatch: pytest.MonkeyPatch) -> Served:
    """A simulated fleet is what conntop asks."""
    monkeypatch.setenv("CONNTOP_URL", fleet_stand_in.url)
    monkeypatch.setenv("CONNTOP_API_KEY", KEY)
    return fleet_stand_in


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line; the key must be nowhere in what it prints."""

    def run_here(*args: str) -> Ran:
        code = run_command_line(args)
        captured = capsys.readouterr()
        assert KEY not in captured.out + captured.err
        return Ran(code, captured.out, captured.err)

    return run_here
