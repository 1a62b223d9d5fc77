"""``conntop serve --gateways``: its processes, their end, and what it refuses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.standin.asking import PATH
from tests.standin.real_fleet import PATIENT, until
from tui.cli import run as conntop

if TYPE_CHECKING:
    from collections.abc import Iterator

# Real processes on real sockets take their time.
pytestmark = pytest.mark.slow


def state(pid: int) -> str:
    """What ps says of a process; nothing if there is none."""
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return told.stdout.strip()


def is_gone(pid: int) -> bool:
    # Somebody else's zombie is dead, too: who takes in orphans may be slow to notice.
    return state(pid)[:1] in ("", "Z")


@contextmanager
def served() -> Iterator[tuple[subprocess.Popen[str], list[int], str, str]]:
    """``conntop serve`` with two gateways: itself, its gateways and clients, its URL and key."""
    options = ["--gateways", "2", "--clients", "10", "--port", "0", "--patience", str(PATIENT)]
    with subprocess.Popen(
        [sys.executable, "-m", "tui", "serve", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            first = process.stdout.readline().split()
            told = [process.stderr.readline().strip() for _ in range(3)]
            assert [line.partition(": process ")[0] for line in told] == [
                "gateway gw-01.coinapi.io (us-east-1/gateway-01)",
                "gateway gw-02.coinapi.io (eu-central-1/gateway-01)",
                "all 10 clients",
            ]
            yield process, [int(line.split()[-1]) for line in told], first[2], first[4]
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_a_real_fleet_and_takes_it_along_when_it_ends(
    number: signal.Signals,
) -> None:
    with served() as (process, children, url, key):
        found = httpx.get(url + PATH, headers={"Authorization": key}).json()
        assert len(found) == 10
        assert {each["host"] for each in found} == {"gw-01.coinapi.io", "gw-02.coinapi.io"}
        os.kill(children[0], signal.SIGSTOP)
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
        assert all(is_gone(pid) for pid in children)
    assert (process.returncode, out) == (0, "")
    assert [line.split()[0] for line in err.splitlines()] == ["GET"]


def test_no_child_outlives_a_parent_that_is_killed() -> None:
    with served() as (process, children, _, _):
        os.kill(children[0], signal.SIGSTOP)
        until(lambda: state(children[0])[:1] == "T", "it is paused")
        process.kill()
        until(lambda: all(is_gone(pid) for pid in children), "all are gone")


def test_a_fleet_that_does_not_come_up_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    assert conntop(["serve", "--port", "0", "--gateways", "2", "--clients", "2"]) == 1
    sentence = "The real fleet did not come up: the gateways do not listen."
    assert capsys.readouterr() == ("", f"conntop: {sentence}\n")


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["--gateways", "2", "--records", "x"], "leave out --records"),
        (["--gateways", "2", "--scenario", "calm"], "leave out --scenario"),
        (["--gateways", "2", "--connections", "9", "--at", "x"], "--connections and --at"),
        (["--clients", "9"], "--clients without --gateways has no meaning"),
        (["--gateways", "21"], "from 1 to 20, not 21"),
        (["--gateways", "2", "--clients", "1"], "from 2 to 1000, not 1"),
        (["--gateways", "2", "--speed", "nan"], "from 0.1 to 1000, not nan"),
        (["--gateways", "2", "--heartbeat", "0"], "from 0.1 to 3600, not 0"),
        (["--gateways", "2", "--patience", "0"], "from 0.1 to 1e+09, not 0"),
    ],
)
def test_what_does_not_go_together_is_refused_in_one_sentence(
    args: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert conntop(["serve", "--port", "0", *args]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert sentence in told.err
    assert told.err.count("\n") == 1


def test_only_gateways_and_clients_load_the_websocket_library() -> None:
    program = (
        "import sys; from tui.standin.server import create_app; from tui.standin.embedded import"
        " Server; from tui.standin.simulator import Fleet;"
        "app = create_app(Fleet(seed=1, connections=2), api_key='x');"
        "Server(app, print).config.load(); print('websockets' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (told.stdout, told.stderr) == ("False\n", "")
