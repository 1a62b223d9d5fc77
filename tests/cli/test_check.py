"""``conntop check``: what a monitoring system gets of it, whatever happens."""

import os
import re
import socket
from pathlib import Path

import pytest

from tests.cli.conftest import Served
from tests.cli.program import KEY, Run, start, whole
from tests.ports import reserved_port
from tui import __version__

OK, WARNING, CRITICAL, UNKNOWN = range(4)


def test_one_line_with_performance_data(run: Run, example: Served) -> None:
    ran = run("check", "-w", "1:", "-c", "@0")
    assert (ran.code, ran.err) == (OK, "")
    assert re.fullmatch(
        r"CONNTOP OK - 1 live \| live=1;1:;@0;0 silent=0;;;0 time=\d+\.\d{3}s;;;0\n", ran.out
    )
    assert example.log.getvalue().count("\n") == 1


def test_thresholds_decide(run: Run, example: Served) -> None:
    assert run("check", "-w", "2:").code == WARNING
    ran = run("check", "-w", "2:", "--critical", "0")
    assert (ran.code, ran.out.split("|")[0]) == (
        CRITICAL,
        "CONNTOP CRITICAL - 1 live (critical 0) ",
    )
    ran = run("check", "--all", "--critical-silent", "0")
    assert (ran.code, ran.out.split("|")[0]) == (
        CRITICAL,
        "CONNTOP CRITICAL - 1 live, 1 silent (critical 0) ",
    )


def test_query_and_filter_say_who_counts(run: Run, example: Served) -> None:
    assert "- 0 live |" in run("check", "--service", "none").out
    assert "- 0 live |" in run("check", "--filter", "client:198.51.100.").out
    assert "- 1 live |" in run("check", "--filter", "region:us-east-1 net:203.0.113.0/24").out


def test_names_say_who_counts_and_who_is_silent(run: Run, example: Served, home: Path) -> None:
    path = home / ".config/conntop/config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(
        "[names.keys]\nf1e2d3c4-b5a6-9879-8765-4321dcba0987 = 'trading-prod'\n"
        "[names.networks]\n'0.0.0.0/0' = 'Frankfurt'\n"
    )
    assert "- 1 live |" in run("check", "--filter", "key:trading-prod").out
    assert "- 0 live |" in run("check", "--filter", "key:trading-test").out
    lines = run("check", "--all", "-v", "--key-id", "trading-prod").out.splitlines()
    assert lines[1] == "asked for: live and ended · key trading-prod"
    assert " by Frankfurt (" in run("check", "--all", "-v").out


def test_more_lines_when_asked(run: Run, example: Served) -> None:
    lines = run("check", "--all", "-v").out.splitlines()
    assert lines[1] == "asked for: live and ended"
    assert lines[-1].startswith("silent: conn_8e7d6c5b4a321098 (coinapi-rest on ")


def test_a_cut_answer_is_no_quiet_ok(run: Run, fleet: Served) -> None:
    ran = run("check", "--no-split", "-w", "~:5000")
    assert ran.code == UNKNOWN
    assert ran.out.startswith("CONNTOP UNKNOWN - 1,000+ live, 1,000 shown, the most that one a")
    assert "| live=U;~:5000;;0 silent=U;" in ran.out
    ran = run("check", "--limit", "5", "-c", "5:")
    assert ran.code == OK
    assert ran.out.startswith("CONNTOP OK - 5+ live, 5 shown, as many as the limit allows: there m")


def test_an_endpoint_that_cannot_be_reached_is_critical(run: Run, example: Served) -> None:
    with reserved_port() as port:
        ran = run("check", "--url", f"http://127.0.0.1:{port}")
    assert (ran.code, ran.err) == (CRITICAL, "")
    assert ran.out == (f"CONNTOP CRITICAL - cannot reach 127.0.0.1:{port}: connection refused\n")


def test_a_refused_key_is_unknown(
    run: Run, example: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONNTOP_API_KEY", KEY + "x")
    ran = run("check")
    assert (ran.code, ran.err) == (UNKNOWN, "")
    assert ran.out.startswith("CONNTOP UNKNOWN - the API key was refused (401)")


def test_no_key_is_unknown(run: Run, home: Path) -> None:
    ran = run("check")
    assert (ran.code, ran.err) == (UNKNOWN, "")
    assert ran.out.startswith("CONNTOP UNKNOWN - there is no API key: set CONNTOP_API_KEY")


def test_settings_that_cannot_be_read_are_unknown(run: Run, example: Served, home: Path) -> None:
    folder = home / ".config/conntop"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("every = 'x'")
    ran = run("check")
    assert (ran.code, ran.err) == (UNKNOWN, "")
    assert ran.out.startswith("CONNTOP UNKNOWN - ")


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["-w", "x"], "invalid value for '-w' / '--warning': it takes a range such as 10, 10:"),
        (["-c", "20:10"], "the range 20:10 begins above its end"),
        (["-t", "0"], "it takes a number of seconds up to 3600"),
        (["-t", "nan"], "it takes a number of seconds up to 3600"),
        (["--bogus"], "there is no option --bogus"),
        (["--key", "secret"], "other users could read a key on the command line"),
        (["-w"], "option '-w' requires an argument"),
        (["extra"], "got unexpected extra argument (extra)"),
        (["--minutes", "0"], "--minutes: minutes is a whole number from 1"),
        (["--filter", "beat>soon"], "beat is a span of time: say beat>30 or beat<5m"),
        (["--context", "nope"], "there is no context nope"),
    ],
)
def test_a_wrong_command_line_is_unknown(
    run: Run, example: Served, args: list[str], sentence: str
) -> None:
    ran = run("check", *args)
    assert (ran.code, ran.err) == (UNKNOWN, "")
    assert ran.out.startswith("CONNTOP UNKNOWN - ")
    assert sentence.lower() in ran.out.lower()
    assert ran.out.count("\n") == 1
    assert example.log.getvalue() == ""


def test_help_and_version_are_unknown_too(run: Run) -> None:
    ran = run("check", "--help")
    assert (ran.code, ran.err) == (UNKNOWN, "")
    assert ran.out.startswith("Usage: ")
    for flag in ("-V", "--version"):
        ran = run("check", flag)
        assert (ran.code, ran.out, ran.err) == (UNKNOWN, f"conntop check {__version__}\n", "")


def test_a_mistake_of_ours_is_unknown_and_no_warning(
    run: Run, example: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(*_: object) -> None:
        raise AssertionError("a bug")

    monkeypatch.setattr("tui.report.checking.check", bug)
    ran = run("check")
    assert ran.code == UNKNOWN
    assert (
        ran.out == "CONNTOP UNKNOWN - this is a mistake in conntop itself: see its error output\n"
    )
    assert "AssertionError: a bug" in ran.err


@pytest.mark.slow
def test_no_answer_in_time_is_critical(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNTOP_API_KEY", KEY)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        ran = whole("check", "-t", "1.5", "--url", url)
    assert (ran.code, ran.err) == (CRITICAL, "")
    assert ran.out == "CONNTOP CRITICAL - no answer within 1.5 s\n"


@pytest.mark.slow
def test_the_timeout_ends_also_what_cannot_be_cancelled(home: Path, example: Served) -> None:
    folder = home / ".config/conntop"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('[contexts.a]\napi_key_command = ["sleep", "60"]')
    ran = whole("check", "-t", "1.5")
    assert (ran.code, ran.out) == (CRITICAL, "CONNTOP CRITICAL - no answer within 1.5 s\n")


def test_the_exit_code_is_true_also_where_nobody_reads(example: Served) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ran = whole("check", "-w", "2:", stdout=writer)
    os.close(writer)
    assert (ran.code, ran.err) == (WARNING, "")


def test_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNTOP_API_KEY", KEY)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with start("check", "-t", "30", "--url", url) as process:
            connection, _ = server.accept()
            with connection:
                assert connection.recv(10)
                process.send_signal(2)
                assert process.communicate(timeout=20) == ("", "")
    assert process.returncode == 130
