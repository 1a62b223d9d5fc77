"""The stand-in as a process: its first line, its end, and its parent's view of it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.standin.asking import EXAMPLE, PATH
from tui.standin.embedded import ListenError, listen
from tui.standin.process import StartError, spawn
from tui.standin.server import run

if TYPE_CHECKING:
    from collections.abc import Iterator

# Real processes take their time.
pytestmark = pytest.mark.slow

FIRST_LINE = re.compile(r"conntop stand-in (http://127\.0\.0\.1:[0-9]+) key (demo-[0-9a-f]{8})\n")


def code(**options: object) -> list[str]:
    """A command that calls ``run``."""
    arguments = ", ".join(f"{name}={value!r}" for name, value in options.items())
    text = (
        f"from pathlib import Path, PosixPath; from tui.standin.server import run; run({arguments})"
    )
    return [sys.executable, "-W", "error", "-c", text]


@contextmanager
def running(**options: object) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """A process that serves, its URL and its key."""
    with subprocess.Popen(
        code(**options),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            match = FIRST_LINE.fullmatch(process.stdout.readline())
            assert match is not None
            yield process, match[1], match[2]
        finally:
            process.kill()


def rest(process: subprocess.Popen[str], timeout: float = 10) -> tuple[int, str, str]:
    """Exit code and what is left of stdout and stderr once a process ends."""
    out, err = process.communicate(timeout=timeout)
    return process.returncode, out, err


def test_the_first_line_says_where_and_with_which_key() -> None:
    with running(connections=20) as (process, url, key):
        answer = httpx.get(url + PATH, headers={"Authorization": key})
        assert answer.status_code == 200
        assert answer.json()
        assert len(answer.headers.get_list("Date")) == 1
        process.send_signal(signal.SIGTERM)
        status, out, err = rest(process)
    assert status == 0
    assert out == ""
    assert f"GET {url}{PATH} 200 " in err
    assert key not in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_well(number: signal.Signals) -> None:
    with running(connections=5) as (process, _, _):
        process.send_signal(number)
        assert rest(process) == (0, "", "")


def test_a_signal_ends_it_while_it_waits_for_stdin() -> None:
    with running(connections=5, until_stdin_closes=True) as (process, _, _):
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_the_end_of_stdin_ends_it_even_with_a_client_connected() -> None:
    with (
        running(connections=5, until_stdin_closes=True) as (process, url, key),
        httpx.Client(base_url=url, headers={"Authorization": key}) as client,
    ):
        assert client.get(PATH).status_code == 200
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0


def test_a_slow_answer_does_not_keep_it_alive() -> None:
    with running(connections=5, scenario="api-slow", until_stdin_closes=True) as (
        process,
        url,
        key,
    ):
        with pytest.raises(httpx.TimeoutException):
            httpx.get(url + PATH, headers={"Authorization": key}, timeout=0.2)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0


def test_it_goes_on_when_stdin_ends_unless_asked() -> None:
    with running(connections=5) as (process, url, _):
        assert process.stdin is not None
        process.stdin.close()
        assert httpx.get(f"{url}/standin").json()["connections"] == 5


def test_every_option_reaches_the_server(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    with running(
        connections=30,
        seed=9,
        scenario="key-revoked",
        scenario_after=60.0,
        at="2024-01-15T12:00:00Z",
        log=log,
        keep=60,
    ) as (process, url, key):
        state = httpx.get(f"{url}/standin").json()
        assert (state["connections"], state["seed"], state["scenario"]) == (30, 9, "calm")
        assert state["now"] == "2024-01-15T12:00:00.0000000Z"
        later = httpx.post(f"{url}/standin/clock", json={"advance": 60}).json()
        assert later["scenario"] == "key-revoked"
        found = httpx.get(url + PATH, headers={"Authorization": key}).json()
        assert min(record["lastHeartbeat"] for record in found) >= "2024-01-15T12:00:00"
        process.terminate()
        assert rest(process) == (0, "", "")
    assert len(log.read_text().splitlines()) == 3


def test_records_are_served() -> None:
    with running(records=EXAMPLE, at="2024-01-15T14:30:30Z") as (_, url, key):
        headers = {"Authorization": key}
        assert len(httpx.get(url + PATH, headers=headers).json()) == 2
        active = httpx.get(url + PATH, headers=headers, params={"activeOnly": "true"}).json()
        assert [record["connectionId"] for record in active] == ["conn_7f9a8b2c1d3e4f5a"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"connections": 1}, "from 2 to 100000"),
        ({"scenario": "storm"}, "no scenario 'storm'"),
        ({"scenario_after": -1}, "cannot begin -1 seconds"),
        ({"scenario_after": float("nan")}, "cannot begin nan seconds"),
        ({"records": Path("/nowhere.json")}, "cannot be read"),
        ({"records": EXAMPLE, "scenario": "server-crash"}, "no scenario 'server-crash'"),
        ({"at": "noon"}, "The instant 'noon' cannot be read"),
        ({"at": "1066-10-14T09:00:00Z"}, "between the years 1980 and 9990"),
        ({"api_key": ""}, "printable ASCII"),
        ({"api_key": "clé"}, "printable ASCII"),
        ({"api_key": " x"}, "printable ASCII"),
        ({"keep": -1}, "can be kept from 0"),
        ({"log": Path("/nowhere/log")}, "cannot be written"),
        ({"host": "no.such.host.invalid"}, "Cannot listen on no.such.host.invalid"),
        ({"port": 70_000}, "Cannot listen on"),
    ],
)
def test_bad_input_is_told_in_one_sentence(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)) as caught:
        run(**{"connections": 2, **options})
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_port_in_use_is_told() -> None:
    with listen("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ListenError, match=f"Cannot listen on 127.0.0.1 port {port}"):
            run(connections=2, port=port)


def test_spawn_gives_a_running_stand_in_and_stop_ends_it() -> None:
    command = code(connections=20, until_stdin_closes=True)
    with spawn(command=command) as standin:
        answer = httpx.get(standin.url + PATH, headers={"Authorization": standin.key})
        assert answer.status_code == 200
    assert standin.process.returncode == 0
    standin.stop()


def test_stop_uses_force_where_it_must() -> None:
    text = (
        "import signal, threading; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print('conntop stand-in http://127.0.0.1:1 key demo-00000000', flush=True);"
        "threading.Event().wait()"
    )
    standin = spawn(command=[sys.executable, "-c", text])
    standin.stop(patience=0.2)
    assert standin.process.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("import sys; sys.exit('It is too late.')", "ended before it answered: It is too late."),
        ("pass", "ended before it answered."),
        ("print('hello', flush=True)", "first line cannot be read: 'hello'"),
    ],
)
def test_a_process_that_does_not_come_up(text: str, sentence: str) -> None:
    with pytest.raises(StartError, match=re.escape(sentence)):
        spawn(command=[sys.executable, "-c", text])


def test_a_process_that_says_nothing() -> None:
    with pytest.raises(StartError, match=r"did not answer within 0\.2 s"):
        spawn(command=[sys.executable, "-c", "input()"], timeout=0.2)
