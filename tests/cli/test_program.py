"""The whole program, in a process of its own: what only a process can get wrong."""

import json
import os
import signal
import socket
import subprocess
import sys

import pytest

from tests.cli.conftest import EXAMPLE, Served
from tests.cli.program import KEY, environment, start, whole

# The program as a process of its own takes its time.
pytestmark = pytest.mark.slow

HEAVY = {
    *("textual", "httpx", "pydantic", "pydantic_settings", "fastapi", "uvicorn", "asyncio"),
    "prometheus_client",
}


@pytest.mark.parametrize(
    "args",
    [
        *(
            "--help",
            "--version",
            "monitor --help",
            "list --help",
            "watch --help",
            "demo --help",
            "config --help",
        ),
        "metrics --help",
    ],
)
def test_help_is_instant(args: str) -> None:
    program = (
        "import sys; from tui.__main__ import main\n"
        f"code = main()\nprint(sorted({HEAVY} & set(sys.modules)), code, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *args.split()],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=20,
        check=False,
    )
    assert done.stderr == "[] 0\n"
    assert done.stdout


def test_a_reader_that_has_had_enough_is_no_error(fleet: Served) -> None:
    with start("list", "--all", "-o", "ndjson", "--limit", "1999") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["isActive"] is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(20) == 0


def test_a_reader_that_is_gone_already(example: Served) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    for args in (["list", "--all"], ["--help"], ["config", "show"]):
        assert whole(*args, stdout=writer) == whole("--version", stdout=subprocess.DEVNULL)
    os.close(writer)


def test_nobody_listens_to_the_errors() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    assert whole("list", "--minutes", "x", stderr=writer).code == 2
    os.close(writer)


def closed(*args: str, streams: str) -> tuple[int, str]:
    """Run with closed streams, as a shell's ``>&-`` does; gives exit code and stderr."""
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {streams}', "sh", sys.executable, "-m", "tui", *args],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=20,
        check=False,
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_a_closed_stdout_is_told(example: Served) -> None:
    sentence = "conntop: stdout is closed, so there is nowhere to write to\n"
    assert closed("list", "--all", streams=">&-") == (1, sentence)
    assert closed("config", "show", streams=">&-") == (1, sentence)
    assert closed("list", "--all", streams=">&- 2>&-") == (1, "")
    assert closed("monitor", streams=">&- <&-")[0] == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
def test_a_full_disk_is_told(example: Served) -> None:
    sentence = "conntop: the system refuses: No space left on device\n"
    assert closed("list", "--all", streams=">/dev/full") == (1, sentence)
    assert closed("--help", streams=">/dev/full") == (1, sentence)


def test_a_poor_locale(example: Served) -> None:
    poor = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ran = whole("list", "--all", env=poor)
    assert (ran.code, ran.err) == (0, "")
    assert "\\u25cf live" in ran.out
    ran = whole("list", "--all", "-o", "json", env=poor)
    assert json.loads(ran.out) == json.loads(EXAMPLE.read_bytes())
    assert whole("config", "show", env=poor).code == 0


@pytest.mark.parametrize("args", [["list"], ["list", "-o", "json"]])
def test_ctrl_c(monkeypatch: pytest.MonkeyPatch, args: list[str]) -> None:
    monkeypatch.setenv("CONNTOP_API_KEY", KEY)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with start(*args, env={"CONNTOP_URL": url}) as process:
            connection, _ = server.accept()
            with connection:
                # It has asked, and waits for an answer that never comes.
                assert connection.recv(10)
                process.send_signal(signal.SIGINT)
                assert process.communicate(timeout=20) == ("", "")
    assert process.returncode == 130


@pytest.mark.parametrize("args", [[], ["monitor"], ["demo"], ["--service", "x"]])
def test_the_screen_needs_a_terminal(example: Served, args: list[str]) -> None:
    ran = whole(*args)
    assert (ran.code, ran.out) == (2, "")
    assert ran.sentence == (
        "the monitor needs a terminal for its input and output; for a pipe or a file use "
        "conntop list"
    )


def test_the_key_is_in_no_traceback_of_a_bug(example: Served) -> None:
    program = (
        "import sys, tui.report.listing as listing\n"
        "def bug(*args): raise AssertionError('a bug')\n"
        "listing.write_list = bug\n"
        "from tui.__main__ import main\n"
        "sys.argv = ['conntop', 'list']\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=20,
        check=False,
    )
    assert "AssertionError: a bug" in done.stderr
    assert KEY not in done.stderr + done.stdout
