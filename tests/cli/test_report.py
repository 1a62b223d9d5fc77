"""``conntop report`` over a recording."""

import sys
from pathlib import Path

import pexpect
import pytest

from tests.archive.made import ROUND, make_recording
from tests.cli.program import Run, environment
from tui.archive.store import make_store
from tui.cli.report_command import report as command


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("made") / "fleet.conntop"
    make_recording(path, polls=2 * ROUND, connections=30)
    return str(path)


def test_markdown_goes_to_stdout_and_names_what_made_it(run: Run, made: str) -> None:
    ran = run("report", made)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0].startswith("# 9")
    assert "% up · 2 incidents · worst: `ws-server-02` at 14:31Z · 20 drops" in lines[0]
    again = lines[-2]
    assert again == (
        f"conntop report {made} --since 2024-01-15T14:30:25.0000000Z "
        "--until 2024-01-15T14:43:35.0000000Z"
    )
    # But for when it was made it says the same.
    repeated = run(*again.split()[1:]).out.splitlines()
    assert repeated[:-4] == lines[:-4]


def test_a_page_is_a_new_file_and_no_other_is_written_over(
    run: Run, made: str, tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    ran = run("report", made, "--to", str(page))
    assert (ran.code, ran.out, ran.err) == (0, "", f"conntop: wrote {page}\n")
    text = page.read_text()
    assert text.startswith("<!doctype html>")
    assert run("report", made, "-o", "html").out.partition("<body>")[0] in text
    ran = run("report", made, "--to", str(page))
    assert ran.code == 2
    assert ran.sentence == f"there is a file {page} already: give another name"
    assert page.read_text() == text
    note = tmp_path / "report.md"
    assert run("report", made, "--to", str(note)).code == 0
    assert note.read_text().startswith("# ")
    ran = run("report", made, "--to", str(tmp_path / "no" / "where.md"))
    assert (ran.code, "was not written" in ran.sentence) == (1, True)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
        "report.html",
        "report.md",
    ]


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (("--since", "14:40", "--until", "14:35"), 2, "the end lies before the start"),
        (("--since", "yesterday", "--until", "today 00:01"), 1, "the recording goes from"),
        (("--since", "now"), 1, "nothing is recorded of that time: the recording goes from"),
        (("--since", "soonish"), 2, "--since"),
        (("--context", "staging"), 2, "it has no context staging"),
        (("--away-after", "never"), 2, "a span of time such as"),
        (("--to", ""), 2, "it is empty"),
        (("-o", "pdf"), 2, "'pdf' is not one of"),
    ],
)
def test_what_cannot_be_reported_is_one_sentence(
    run: Run, made: str, options: tuple[str, ...], code: int, told: str
) -> None:
    ran = run("report", made, *options)
    assert (ran.code, ran.out) == (code, "")
    assert told in ran.sentence


def test_what_is_no_recording_or_an_empty_one_is_said(run: Run, tmp_path: Path) -> None:
    assert "No such file" in run("report", str(tmp_path / "none")).sentence
    other = tmp_path / "other"
    other.write_text("a letter, and not a recording")
    ran = run("report", str(other))
    assert (ran.code, "no recording of conntop" in ran.sentence) == (2, True)
    empty = tmp_path / "empty.conntop"
    make_store(str(empty)).dispose()
    ran = run("report", str(empty))
    assert ran.code != 0
    assert ran.sentence == "nothing is recorded in it yet"


def test_names_and_masks_come_from_settings_and_options(run: Run, made: str, home: Path) -> None:
    settings = home / ".config/conntop/config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(
        '[names.keys]\n"00000001-b5a6-4879-8765-4321dcba0987" = "trading-prod"\n'
        '[names.hosts]\nws-server-02 = "gateway two"\n'
    )
    out = run("report", made, "--mask-clients").out
    assert "worst: `gateway two` at" in out
    assert "\ntrading-prod " in out
    assert "\n0000…0987 " in out
    assert "4321dcba0987" not in out, "a key id is not masked"
    assert "198.51.100.0/24" in out
    assert not any(f" 198.51.100.{number} " in out for number in range(30))


def test_who_is_not_back_soon_enough_is_away(run: Run, made: str) -> None:
    assert "- Away: " not in run("report", made).out
    out = run("report", made, "--away-after", "10s").out
    assert "- Away: " in out
    assert "A client that is not back after 10 s is away" in out
    assert "--away-after 10s" in out


@pytest.mark.slow
def test_a_page_is_not_poured_into_a_terminal(made: str, home: Path) -> None:
    args = ["-m", "tui", "report", made, "-o", "html"]
    with pexpect.spawn(sys.executable, args, env=environment(), encoding="utf-8") as terminal:
        terminal.expect("name a file by --to report.html")
        terminal.expect(pexpect.EOF)
    assert terminal.exitstatus == 2


def test_the_command_explains_itself() -> None:
    assert command.help is not None
    assert "conntop report fleet.conntop --to report.html" in command.help
