"""Whatever a file or a folder is called, or stands where the key is: it works, or a sentence says
why."""  # noqa: D205, D209

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Served, example, example_stand_in, home, run
from tests.cli.program import KEY, Run
from tests.faults.inputs import KEY as NO_KEY
from tests.faults.inputs import KEYS, TEXTS, Input
from tests.faults.test_inputs_config import check, settings, toml
from tests.pty.stream import unseen
from tests.stage import stage
from tui.core.safe import safe
from tui.view.welcome import WelcomeApp

__all__ = ["example", "example_stand_in", "home", "run", "settings"]

FILE_NAMES = [one for one in TEXTS if "\0" not in one.text]
"""No system takes a NUL in a path; only in the settings one can be written."""


def make(path: Path) -> bool:
    """Make a file and the folders to it; false where there can be none of this name."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    except (OSError, ValueError):
        return False
    return True


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Deep enough that no way up leads out of the test's own folder."""
    path = tmp_path / "1/2/3/4"
    path.mkdir(parents=True)
    return path


@pytest.mark.surface("file name")
@pytest.mark.parametrize("one", FILE_NAMES)
def test_a_file_of_settings_of_any_name(
    run: Run, example: Served, monkeypatch: pytest.MonkeyPatch, folder: Path, one: Input
) -> None:
    path = folder / one.text
    monkeypatch.setenv("CONNTOP_CONFIG", str(path))
    for command in (("config", "show"), ("config", "check"), ("list",)):
        missing = run(*command)
        check(missing)
        assert missing.code != 0
    works = make(path)
    for command in (("config", "show"), ("config", "check"), ("list",)):
        ran = run(*command)
        check(ran)
        assert (ran.code == 0) == works
    monkeypatch.setattr("tui.report.output.is_terminal", lambda _: True)
    assert run("config", "path").out == f"{safe(str(path))}\n"


def test_a_script_gets_the_path_exactly(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNTOP_CONFIG", "/a\x1b[2J")
    assert run("config", "path").out == "/a\x1b[2J\n"


@pytest.mark.surface("file name")
@pytest.mark.parametrize("one", FILE_NAMES)
def test_a_file_of_records_of_any_name(run: Run, folder: Path, one: Input) -> None:
    path = f"{folder}/{one.text}"
    ran = run("serve", "--port", "0", "--records", path)
    check(ran)
    assert (ran.code, ran.out) == (2, "")
    make(Path(path))
    assert run("serve", "--port", "0", "--records", path).code == 2


@pytest.mark.surface("file name")
@pytest.mark.parametrize("one", TEXTS)
def test_a_file_with_the_key_of_any_name(
    run: Run,
    example: Served,
    monkeypatch: pytest.MonkeyPatch,
    settings: Callable[[str], None],
    folder: Path,
    one: Input,
) -> None:
    monkeypatch.delenv("CONNTOP_API_KEY")
    path = folder / one.text
    settings(f"[contexts.prod]\napi_key_file = {toml(str(path))}")
    ran = run("list")
    check(ran)
    assert ran.code != 0
    if make(path):
        path.chmod(0o644)
        check(run("list"))
        path.chmod(0o600)
        path.write_text(KEY)
        check(run("list"))
        path.unlink()


@pytest.mark.surface("file name")
@pytest.mark.inputs(*FILE_NAMES)
async def test_an_export_into_a_folder_of_any_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(connections=3) as on:
        await on.poll()
        for one in FILE_NAMES:
            place = folder / one.text
            if not make(place / "file"):
                continue
            monkeypatch.chdir(place)
            await on.press("E")
            assert "Wrote 3 records to " in on.text(), one.name
            assert unseen(on.text()) == set(), one.name
            assert len(json.loads(_exported(place))) == 3


def _exported(folder: Path) -> bytes:
    (export,) = folder.glob("conntop-*.json")
    return export.read_bytes()


@pytest.mark.surface("file name")
@pytest.mark.parametrize("one", FILE_NAMES)
async def test_a_welcome_with_a_path_of_any_name(one: Input) -> None:
    path = Path("/folder") / one.text
    app = WelcomeApp(path)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        lines = app.screen._compositor.render_strips()
        text = "\n".join("".join(segment.text for segment in line) for line in lines)
    assert unseen(text) == set()
    assert safe(str(path))[:12].split(" ")[0] in text


@pytest.mark.surface("key")
@pytest.mark.parametrize("one", KEYS)
@pytest.mark.parametrize("place", ["variable", "file", "command"])
def test_a_key_is_sent_as_it_is_or_refused_without_being_shown(
    run: Run,
    example: Served,
    monkeypatch: pytest.MonkeyPatch,
    settings: Callable[[str], None],
    tmp_path: Path,
    place: str,
    one: Input,
) -> None:
    file = tmp_path / "the-key"
    file.write_bytes(one.text.encode("utf-8", "surrogateescape"))
    file.chmod(0o600)
    monkeypatch.delenv("CONNTOP_API_KEY")
    if place == "variable" and "\0" not in one.text:
        monkeypatch.setenv("CONNTOP_API_KEY", one.text)
    elif place == "command":
        settings(f"[contexts.prod]\napi_key_command = ['cat', '{file}']")
    else:
        settings(f"[contexts.prod]\napi_key_file = '{file}'")
    ran = run("list", "--all")
    check(ran)
    # Of what a command prints the first line counts.
    first = place == "command" and one.name in ("newline inside", "CRLF and a header")
    assert (ran.code == 0) == (one.costs != NO_KEY or first)
    assert ran.code == 0 or example.log.getvalue() == ""
