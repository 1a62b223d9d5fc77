"""Conntop with one guard taken out, again and again: the board has to go red each time.

    python -m tests.faults.mutants [--no-control] [NAME ...]

A mutant is a copy of the project in which one piece of text stands instead of another. It is
caught when one of the tests that guard that piece fails in the copy; the same tests have to pass
in a copy with nothing changed, which is seen first, unless the whole suite has just shown it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.faults.mutations import MUTATIONS, Mutation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ROOT = Path(__file__).parents[2]
_COPIED = ("tui", "tests", "docs", "screenshots", "README.md", "pyproject.toml")
_PASSED, _FAILED = 0, 1
"""What pytest ends with; anything else means that it did not get to the tests."""
_PATIENCE = 180.0


@dataclass(frozen=True, slots=True)
class Caught:
    """How the tests met a mutant."""

    mutation: Mutation
    code: int | None
    """What pytest ended with; ``None`` when it did not end."""
    output: str

    def __bool__(self) -> bool:
        """Whether the mutant was caught; one that makes the tests hang is."""
        return self.code in (_FAILED, None)


def mutate(folder: Path, mutation: Mutation) -> None:
    """Change the copy of the project in ``folder``.

    Raises:
        ValueError: the text that is to be changed is not there exactly once.
    """
    path = folder / mutation.path
    text = path.read_text(encoding="utf-8")
    count = text.count(mutation.old)
    if count != 1:
        raise ValueError(f"{mutation.name}: its text is {count} times in {mutation.path}, not once")
    path.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")


def meet(mutation: Mutation) -> Caught:
    """Run the tests that guard what ``mutation`` takes out, in a copy that has it."""
    with TemporaryDirectory(prefix="conntop-mutant-") as name:
        folder = _copy(Path(name))
        mutate(folder, mutation)
        code, output = _run(folder, mutation.tests)
        return Caught(mutation, code, output)


def control(mutations: Iterable[Mutation]) -> str:
    """What is wrong with the tests without any mutant; an empty text when nothing is."""
    tests = list(dict.fromkeys(test for one in mutations for test in one.tests))
    with TemporaryDirectory(prefix="conntop-control-") as name:
        code, output = _run(_copy(Path(name)), tests)
        return "" if code == _PASSED else output


def meet_all(mutations: Sequence[Mutation] = MUTATIONS) -> Iterator[Caught]:
    """Each of them, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(meet, mutations)


def _copy(folder: Path) -> Path:
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            # With what is compiled, which goes by the time that a file was changed.
            shutil.copytree(source, folder / name)
        else:
            shutil.copy(source, folder / name)
    return folder


def _run(folder: Path, tests: Iterable[str]) -> tuple[int | None, str]:
    # The copy comes before the project that is installed, in the processes of the tests too.
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n0", "-p", "no:cacheprovider", *tests]
    try:
        ended = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return None, f"no end within {_PATIENCE:.0f} s"
    return ended.returncode, ended.stdout


def main(arguments: Sequence[str]) -> int:
    """Meet the mutants named, or all; the exit code."""
    names = [one for one in arguments if one != "--no-control"]
    known = {one.name: one for one in MUTATIONS}
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"There is no mutant {unknown[0]!r}; there are: {', '.join(known)}.", file=sys.stderr)
        return 2
    chosen = [known[name] for name in names] or list(MUTATIONS)
    wrong = "" if "--no-control" in arguments else control(chosen)
    if wrong:
        print(wrong, "The tests fail without any mutant.", sep="\n", file=sys.stderr)
        return 1
    caught = 0
    for one in meet_all(chosen):
        print(f"{'caught' if one else 'MISSED'}  {one.mutation.name}", flush=True)
        caught += bool(one)
        if not one:
            print(one.output)
    print(f"{caught}/{len(chosen)} mutants caught")
    return int(caught != len(chosen))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
