"""What is taken away holds the texts of strangers as data, in a form that nothing acts upon."""

import base64
import csv
import io
import json
import math
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.canary import CANARY
from tests.cli.conftest import home, run
from tests.cli.program import Run
from tests.faults.inputs import FIELDS, TEXTS, record_of
from tests.faults.wire import Wire
from tests.pty.stream import longest_pile, shapes, unseen
from tests.pty.terminal import CONNTOP, Terminal
from tests.source.scripted_server import answer
from tests.stage import START, stage
from tui.core.cells import cells_of
from tui.core.safe import safe
from tui.report import FORMATS
from tui.standin.app import create_app
from tui.standin.clock import ManualClock
from tui.standin.embedded import serving
from tui.standin.records import load_records
from tui.view.clipboard import MOST
from tui.view.take_away import copy_connection

__all__ = ["home", "run"]

RECORDS = [record_of(one, place) for place, one in enumerate(TEXTS)]
SHORT = [one for one in TEXTS if len(one.text) < 2_000]
FORMULA = ("=", "+", "-", "@", "\t", "\r")
pytestmark = [pytest.mark.surface("exports"), pytest.mark.inputs(*TEXTS)]


@contextmanager
def served(folder: Path, records: list[dict[str, object]]) -> Iterator[str]:
    """The address of a stand-in that serves records, all of them live."""
    path = folder / "records.json"
    path.write_text(json.dumps(records))
    app = create_app(
        load_records(path), api_key=CANARY, clock=ManualClock(START), log=io.StringIO()
    )
    with serving(app) as url:
        yield url


@pytest.fixture
def listed(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """``conntop list`` of all texts, to a pipe."""
    monkeypatch.setenv("CONNTOP_API_KEY", CANARY)
    with served(tmp_path, RECORDS) as url:
        yield lambda form: run("list", "--url", url, "-o", form)


@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_json_gives_back_what_was_served(listed: Run, form: str) -> None:
    ran = listed(form)
    assert (ran.code, ran.err) == (0, "")
    printed = (
        json.loads(ran.out)
        if form == "json"
        else [json.loads(line) for line in ran.out.splitlines()]
    )
    assert printed == RECORDS
    assert unseen(ran.out) == set()


def test_csv_gives_back_what_was_served_and_no_formula(listed: Run) -> None:
    ran = listed("csv")
    assert (ran.code, ran.err) == (0, "")
    csv.field_size_limit(2**21)
    rows = list(csv.DictReader(io.StringIO(ran.out, newline="")))
    assert len(rows) == len(RECORDS)
    for row, one in zip(rows, TEXTS, strict=True):
        text = one.text.replace("\udc80", "\\udc80")
        assert tuple(row) == tuple(FIELDS)
        assert row["host"] == (f"'{text}" if text.startswith(FORMULA) else text)
    assert sum(row["host"].startswith("'") for row in rows) == 6


@pytest.mark.parametrize("form", ["table", "wide"])
def test_a_table_is_aligned_and_shows_what_is_there(listed: Run, form: str) -> None:
    ran = listed(form)
    assert (ran.code, ran.err) == (0, "")
    head, *lines = ran.out.split("\n")[:-1]
    edge = cells_of(head[: head.index("  up") + 4])
    assert len(lines) == len(TEXTS)
    for place, one in enumerate(TEXTS):
        (line,) = [line for line in lines if re.match(f"● live +[0-9]+s  {place:02}", line)]
        assert safe(one.text, 398).rstrip("…") in line
        # How long it is up stands right of five columns of texts.
        (span,) = re.finditer(r"  ( *[0-9]+h?[0-9]+m)(  |$)", line)
        assert cells_of(line[: span.end(1)]) == edge
    assert unseen(ran.out) == set()
    assert longest_pile(ran.out) <= 2


def test_nothing_acts_on_a_terminal(tmp_path: Path) -> None:
    """In none of the formats; what is long beyond all measure goes to pipes only."""
    records = [record_of(one, place) for place, one in enumerate(SHORT)]
    with served(tmp_path, records) as url, ExitStack() as stack:
        terminals = [
            stack.enter_context(
                Terminal(
                    [*CONNTOP, "list", "--url", url, "-o", form],
                    environment={"CONNTOP_API_KEY": CANARY},
                )
            )
            for form in FORMATS
        ]
        for terminal in terminals:
            assert terminal.exit_code() == 0
            assert shapes(terminal.text) == {"\r\n"}
            assert unseen(terminal.text.replace("\r\n", "\n")) == set()
            assert "00a" in terminal.text
            assert f"{len(SHORT) - 1:02}a" in terminal.text


async def test_the_keys_of_the_screen_export_and_copy_what_was_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "records.json"
    path.write_text(json.dumps(RECORDS))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("TMUX", raising=False)
    written: list[str] = []
    async with stage(records=path) as on:
        await on.poll()
        monkeypatch.setattr(on.app._driver, "write", written.append)
        await on.press("E")
        export = _exported(tmp_path)
        assert unseen(export) == set()
        by_id = {one["connectionId"]: one for one in json.loads(export)}
        assert by_id == {one["connectionId"]: one for one in RECORDS}
        for name, one in on.watch.fleet.tracked.items():
            copy_connection(on.app, one, "id")
            copy_connection(on.app, one, "record")
            id_copied, *record_copied = (_copied(sequence) for sequence in written)
            assert id_copied == safe(name)
            # What is too long for any clipboard is not copied.
            fits = len(json.dumps(by_id[name], indent=2)) < MOST * 3 / 4
            assert [json.loads(text) for text in record_copied] == [by_id[name]] * fits
            written.clear()
        await on.settle()
        assert "The record was not copied: too long" in on.text()


def _exported(folder: Path) -> str:
    (export,) = folder.glob("conntop-*.json")
    return export.read_text(encoding="utf-8")


def _copied(sequence: str) -> str:
    found = re.fullmatch("\x1b\\]52;c;([A-Za-z0-9+/=]*)\x07", sequence)
    assert found is not None
    text = base64.b64decode(found[1]).decode()
    assert unseen(text) == set()
    return text


async def test_what_json_has_no_word_for_is_null_in_an_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    record = {**RECORDS[0], "a": math.nan, "b": [math.inf, {"c": -math.inf}]}
    wire = Wire()
    wire.fault = answer(json.dumps([record]).encode())
    async with stage(wire=wire) as on:
        await on.poll()
        await on.press("E")
    (written,) = json.loads(_exported(tmp_path), parse_constant=pytest.fail)
    assert written == {**record, "a": None, "b": [None, {"c": None}]}


async def test_a_folder_that_is_gone_costs_the_export_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    async with stage(connections=5) as on:
        await on.poll()
        gone.rmdir()
        await on.press("E")
        assert "Nothing was written: No such file or directory." in on.text()
