"""Arguments that are no command line: one sentence each, exit code 2, nothing on stdout."""

import click
import pytest

from tests.cli.program import Run
from tui import __version__
from tui.cli import root


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["bogus"], "no such command 'bogus' (see conntop --help)"),
        (["list", "extra"], "got unexpected extra argument (extra) (see conntop list --help)"),
        (["list", "--every", "5"], "there is no option --every (see conntop list --help)"),
        (["list", "--servic", "x"], "there is no option --servic, but --service"),
        (["list", "--service"], "option '--service' requires an argument"),
        (["--service", "x", "list"], "got unexpected extra argument (list)"),
        (["config"], "missing command (see conntop config --help)"),
        (["config", "set"], "no such command 'set'"),
        (["list", "\x1b[2J"], "got unexpected extra argument (␛[2J)"),
        (["--every", "0"], "it takes a number of seconds from 1 to 300"),
        (["--every", "nan"], "it takes a number of seconds from 1 to 300"),
        (["demo", "--every", "301"], "it takes a number of seconds from 1 to 300"),
        (["demo", "--connections", "1"], "1 is not in the range 2<=x<=100000"),
        (["demo", "--scenario", "none"], "'none' is not one of 'calm', "),
        (["serve", "--host", "0.0.0.0"], "'0.0.0.0' is not one of '127.0.0.1', '::1', 'localhost'"),
        (["serve", "--port", "65536"], "65536 is not in the range 0<=x<=65535"),
    ],
)
def test_it_is_refused_in_one_sentence(run: Run, args: list[str], sentence: str) -> None:
    ran = run(*args)
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.sentence


@pytest.mark.parametrize(
    "option", ["--key", "--api-key", "--apikey", "--token", "--api-key=secret-0815"]
)
@pytest.mark.parametrize("command", [[], ["list"], ["demo"], ["monitor"]])
def test_no_option_takes_a_key(run: Run, command: list[str], option: str) -> None:
    ran = run(*command, option)
    assert ran.code == 2
    assert "put it into the variable CONNTOP_API_KEY" in ran.sentence
    assert "0815" not in ran.sentence


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help(run: Run, option: str) -> None:
    ran = run(option)
    assert (ran.code, ran.err) == (0, "")
    for name in root.list_commands(click.Context(root)):
        assert f"\n  {name} " in ran.out
        # The guidelines of the Monitoring Plugins have it that help is unknown.
        assert run(name, option).code == (3 if name == "check" else 0)


def test_the_version(run: Run) -> None:
    assert run("--version").out == f"conntop {__version__}\n"
