"""What befalls the process: a slow terminal, a clock that is set, a second copy, a long stop."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.pty.programs import ROW, demo, monitor
from tests.pty.terminal import CONNTOP, ROOT, Terminal
from tui.standin.process import StandInProcess, spawn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SLEEP = 60.0
"""Seconds of the long stop."""
POLL = b"query?activeOnly=true "
"""What a poll asks, and nothing else."""
GROWTH = 16.0
"""MiB by which the program may grow meanwhile."""
BACKLOG = 96 * 1024
"""Bytes that may come before the newest screen stands there: what the system held, and some."""
SCREENS = "I" * 300
DROPS = r"dropped|link down|no answer|frozen|storm"

# The clock of the program goes wrong by what a file says, in seconds; all else goes on.
WRONG_CLOCK = """
import os, sys, time
right = time.time
time.time = lambda: right() + float(open(os.environ["WRONG"]).read())
from tui.__main__ import main
sys.exit(main())
"""

# Where conntop is run decides where an export goes.
IN_A_FOLDER = """
import os, sys
os.chdir(sys.argv.pop(1))
from tui.__main__ import main
sys.exit(main())
"""


@dataclass
class Endpoint:
    """A stand-in that counts."""

    stand_in: StandInProcess
    log: Path

    @property
    def polls(self) -> int:
        """How often it was asked for the fleet."""
        return self.log.read_bytes().count(POLL) if self.log.exists() else 0


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[Endpoint]:
    """A fleet that has just begun: of those, none ends before a minute is over."""
    log = tmp_path / "log"
    with spawn(["--connections=40", f"--log={log}"]) as stand_in:
        yield Endpoint(stand_in, log)


@dataclass
class Stopped:
    """A monitor that has been stopped."""

    terminal: Terminal
    endpoint: Endpoint
    since: float
    polls: int


@pytest.fixture(scope="module", autouse=True)
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stopped]:
    """It sleeps while the other tests run."""
    log = tmp_path_factory.mktemp("stopped") / "log"
    with (
        spawn(["--connections=40", f"--log={log}"]) as stand_in,
        monitor(stand_in.url, stand_in.key, "--every=1") as terminal,
    ):
        endpoint = Endpoint(stand_in, log)
        terminal.until(ROW)
        terminal.until_true(lambda: endpoint.polls >= 4)
        terminal.until_idle()
        terminal.signal(signal.SIGSTOP)
        since = time.monotonic()
        yield Stopped(terminal, endpoint, since, endpoint.polls)


def as_of(terminal: Terminal) -> datetime:
    """The time of what is shown, which is today's."""
    found = terminal.find(r"as of (\d\d:\d\d:\d\d)Z")
    assert found is not None, terminal.display
    today = datetime.now(UTC).date()
    return datetime.fromisoformat(f"{today}T{found[1]}+00:00")


def goes_on(terminal: Terminal) -> None:
    """Newer answers come."""
    before = as_of(terminal)
    terminal.until_true(lambda: as_of(terminal) - before >= timedelta(seconds=2))


def is_sound(terminal: Terminal) -> None:
    """Everybody is live by the endpoint's time, which the screen shows, and nothing happened."""
    found = terminal.find(r"(\d+) live")
    assert found is not None
    assert int(found[1]) >= 36
    terminal.until(r"✕ [0-2] gone", r"○ 0 silent", gone=[DROPS])
    beats = re.findall(r"● live +(\d+)s conn_", terminal.display)
    assert len(beats) >= 30
    assert max(map(int, beats)) < 90
    away = abs(datetime.now(UTC) - as_of(terminal)) % timedelta(days=1)
    assert min(away, timedelta(days=1) - away) < timedelta(seconds=8)


def goes_on_soundly(terminal: Terminal, endpoint: Endpoint) -> None:
    """It goes on in its rhythm, which is a second, and everybody is live."""
    polls, since = endpoint.polls, time.monotonic()
    goes_on(terminal)
    assert endpoint.polls - polls <= time.monotonic() - since + 2
    is_sound(terminal)


def has_told_of_no_drop(terminal: Terminal) -> None:
    """The log has none, and it ends well."""
    terminal.send("e")
    terminal.until(r"Events \d+ .* drops 0 ")
    terminal.send("\x03")
    assert terminal.exit_code() == 0


@pytest.mark.fault(28)
def test_a_terminal_that_reads_slowly_and_then_not_at_all(tmp_path: Path) -> None:
    log = tmp_path / "log"
    busy = ["--connections=300", "--scenario=flapping-client", f"--log={log}"]
    with (
        spawn(busy) as stand_in,
        monitor(stand_in.url, stand_in.key, "--every=1") as terminal,
    ):
        endpoint = Endpoint(stand_in, log)

        def polls(count: int) -> Callable[[], bool]:
            """Whether so many more were made; all the while the terminal takes what it takes."""
            wanted = endpoint.polls + count

            def made() -> bool:
                if is_slow:
                    terminal.sip(15)
                resident.append(terminal.resident())
                return endpoint.polls >= wanted

            return made

        resident: list[float] = []
        is_slow = False
        terminal.until(ROW)
        with terminal.unseen():
            # The table turned round again and again, kilobytes each time: now they are taken, ...
            terminal.send(SCREENS)
            terminal.until_true(polls(3))
        terminal.send("\x0c")
        terminal.until(ROW)
        before = resident[-1]

        # ... and now they are not.
        terminal.jam()
        is_slow = True
        terminal.send(SCREENS)
        terminal.until_true(polls(4))
        is_slow = False
        terminal.until_true(polls(4))
        assert max(resident) - before < GROWTH

        sent = len(terminal.raw)
        newest = datetime.now(UTC) - timedelta(seconds=3)
        terminal.relax()
        terminal.until_true(lambda: as_of(terminal) >= newest, within=3)
        assert len(terminal.raw) - sent < BACKLOG
        terminal.until(ROW)
        terminal.send("\x03")
        assert terminal.exit_code() == 0
        assert terminal.left() == set()


@pytest.mark.fault(28)
def test_a_terminal_that_somebody_left_without_waiting() -> None:
    """A program before us may have set it so that a write fails where it would have to wait."""
    with demo("--every=1") as terminal:
        terminal.never_wait()
        terminal.jam()
        terminal.send("?")
        terminal.until_idle()
        terminal.relax()
        terminal.until("Esc closes")
        terminal.send("q")
        terminal.until(ROW, "⏎ Detail")
        terminal.send("\x03")
        assert terminal.exit_code() == 0
        assert terminal.left() == set()


@pytest.mark.fault(19)
def test_this_machines_clock_is_set_an_hour_on_and_back_and_to_1970(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("0")
    stand_in = endpoint.stand_in
    command = [sys.executable, "-c", WRONG_CLOCK, f"--url={stand_in.url}", "--every=1"]
    # A zone with daylight saving, of which nothing may be seen.
    environment = {"CONNTOP_API_KEY": stand_in.key, "WRONG": str(wrong), "TZ": "Europe/Berlin"}
    with Terminal(command, environment=environment) as terminal:
        terminal.until(ROW)
        for seconds in (3600.0, -3600.0, -time.time(), 0.0):
            set_to = tmp_path / "new"
            set_to.write_text(str(seconds))
            set_to.replace(wrong)
            goes_on_soundly(terminal, endpoint)
        has_told_of_no_drop(terminal)
        assert terminal.left() == set()


@pytest.mark.fault(19)
def test_daylight_saving_begins_while_it_runs(endpoint: Endpoint) -> None:
    stand_in = endpoint.stand_in
    switch = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=8)
    zone = f"WIN0SUM,{_of_the_year(switch)},{_of_the_year(switch - timedelta(days=30))}"
    command = [*CONNTOP, "monitor", f"--url={stand_in.url}", "--every=1"]
    environment = {"CONNTOP_API_KEY": stand_in.key, "TZ": zone}
    with Terminal(command, environment=environment) as terminal:
        terminal.until(ROW)
        assert datetime.now(UTC) < switch, "it was to see the switch"
        terminal.until_true(lambda: as_of(terminal) >= switch + timedelta(seconds=2))
        assert _names(zone, switch) == ["WIN", "SUM"], "this zone has no switch at that time"
        goes_on_soundly(terminal, endpoint)
        has_told_of_no_drop(terminal)


def _of_the_year(moment: datetime) -> str:
    """A time of the year as POSIX has it in TZ, with days from 0 on."""
    return f"{moment.timetuple().tm_yday - 1}/{moment:%H:%M:%S}"


def _names(zone: str, switch: datetime) -> list[str]:
    """What a process in the zone calls the second before the switch, and the second of it."""
    moment = round(switch.timestamp())
    script = f"import time; print(*(time.localtime({moment} + one).tm_zone for one in (-1, 0)))"
    told = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "TZ": zone},
        text=True,
        capture_output=True,
        check=True,
    )
    return told.stdout.split()


@pytest.mark.fault(30)
def test_two_copies_on_one_endpoint_in_one_folder(tmp_path: Path) -> None:
    """At the endpoint it is the same moment all along, so both would write the same file."""
    log = tmp_path / "log"
    (tmp_path / "config.toml").write_text("every = 300")
    with (
        spawn(["--connections=40", "--at=2024-01-15T14:30:30Z", f"--log={log}"]) as stand_in,
        ExitStack() as stack,
    ):
        endpoint = Endpoint(stand_in, log)
        command = [sys.executable, "-c", IN_A_FOLDER, str(tmp_path), f"--url={stand_in.url}"]
        environment = {
            "CONNTOP_API_KEY": stand_in.key,
            "CONNTOP_CONFIG": str(tmp_path / "config.toml"),
            "PYTHONPATH": str(ROOT),
        }
        first, second = (
            stack.enter_context(Terminal(command, environment=environment)) for _ in range(2)
        )
        for terminal in (first, second):
            terminal.until(ROW)
            terminal.send("E")
        first.until("Wrote 40 records|Nothing was written: File exists")
        second.until("Wrote 40 records|Nothing was written: File exists")
        assert bool(first.find("Wrote 40")) != bool(second.find("Wrote 40"))
        (file,) = tmp_path.glob("conntop-*.json")
        assert len(json.loads(file.read_bytes())) == 40

        first.send("q")
        assert first.exit_code() == 0
        assert first.left() == set()
        before = endpoint.polls
        second.send("R")
        second.until_true(lambda: endpoint.polls > before)
        second.until(ROW)
        second.send("q")
        assert second.exit_code() == 0
        assert second.left() == set()


@pytest.mark.fault(20)
def test_after_a_minute_of_being_stopped_it_asks_once_and_goes_on(stopped: Stopped) -> None:
    """The last one here: what is left of the minute is waited for."""
    terminal, endpoint = stopped.terminal, stopped.endpoint
    assert endpoint.polls == stopped.polls
    time.sleep(max(0.0, stopped.since + SLEEP - time.monotonic()))
    assert endpoint.polls == stopped.polls
    asked: list[float] = []

    def have_come(count: int) -> bool:
        new = endpoint.polls - stopped.polls - len(asked)
        asked.extend([time.monotonic()] * new)
        return len(asked) >= count

    terminal.signal(signal.SIGCONT)
    begin = time.monotonic()
    terminal.until_true(lambda: have_come(1), within=1)
    terminal.until_true(lambda: have_come(5))
    # The rhythm is a second: so many can have come and no more.
    assert len(asked) <= time.monotonic() - begin + 2
    assert all(later - one > 0.5 for one, later in pairwise(asked))
    is_sound(terminal)
    terminal.send("e")
    terminal.until("not watched", r"nothing was asked for 6\ds", gone=[DROPS])
    terminal.send("\x1b")
    terminal.until(ROW, gone=["not watched"])
    terminal.send("q")
    assert terminal.exit_code() == 0
    assert terminal.left() == set()
    assert terminal.afterwards == ""
