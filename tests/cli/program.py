"""conntop as its users have it: arguments in; exit code, stdout and stderr out."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.canary import CANARY, leaks, leaky_arguments

ROOT = Path(__file__).parents[2]
KEY = CANARY
"""The key that the tests' stand-ins take. It must be in no output whatever."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run left behind."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one error told, without the program's name."""
        name, _, sentence = self.err.partition(": ")
        assert name == "conntop"
        assert sentence.endswith("\n")
        assert sentence.count("\n") == 1, sentence
        return sentence[:-1]


Run = Callable[..., Ran]
"""Runs a command line in this process."""


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a process of its own."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **(extra or {})}


def start(
    *args: str, env: Mapping[str, str] | None = None, **options: Any
) -> subprocess.Popen[str]:
    """A process of its own, whose streams are pipes unless said otherwise."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        [sys.executable, "-m", "tui", *args], text=True, env=environment(env), **(pipes | options)
    )


def whole(*args: str, env: Mapping[str, str] | None = None, **options: Any) -> Ran:
    """Run a process of its own to its end."""
    with start(*args, env=env, **options) as process:
        told = leaky_arguments(process.pid)
        out, err = process.communicate(timeout=20)
    assert not told, "the API key is in the arguments of a process"
    assert not leaks((out or "") + (err or "")), "the API key is printed"
    return Ran(process.returncode, out or "", err or "")
