"""What is around the table: help, palette, sizes, take-away, scenarios, keymap."""

import json
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.command import CommandPalette

from screenshots.generate import FOLDER, draw
from tests.stage import stage
from tui.config import ConfigError
from tui.core.grammar import NO_FILTER
from tui.core.query import Query
from tui.core.snapshot import Snapshot
from tui.view.all_keys import sections
from tui.view.clipboard import osc52
from tui.view.connection_table import ConnectionTable
from tui.view.help import Help, keys_text
from tui.view.lane import Feed
from tui.view.main_screen import MainScreen
from tui.view.run import run_monitor


async def test_help_tells_every_binding() -> None:
    async with stage(connections=5) as on:
        told = {binding.id for _, bindings in sections(on.app) for binding in bindings}
        for owner in (MainScreen, ConnectionTable, type(on.app)):
            for binding in vars(owner)["BINDINGS"]:
                assert isinstance(binding, Binding)
                assert binding.id in told
                assert binding.tooltip
                assert binding.description
        await on.press("question_mark")
        assert isinstance(on.app.screen, Help)
        assert "filter what is shown" in on.text()
        await on.press("escape")
        assert not isinstance(on.app.screen, Help)


async def test_a_remapped_key_works_and_help_shows_it() -> None:
    async with stage(connections=5, keymap={"help": "h", "down": "z"}) as on:
        await on.poll()
        await on.press("z")
        assert on.table.cursor_row == 1
        await on.press("h")
        assert isinstance(on.app.screen, Help)
        assert keys_text("h") in on.text()


def test_no_key_is_one_that_tmux_screen_or_the_terminal_takes() -> None:
    taken = {"ctrl+a", "ctrl+b", "ctrl+s", "ctrl+q", "ctrl+z", "ctrl+backslash", "ctrl+m"}
    for owner in (MainScreen, ConnectionTable):
        for binding in vars(owner)["BINDINGS"]:
            keys = set(binding.key.split(","))
            assert not keys & taken
            assert not any(key.startswith("alt+") for key in keys)


async def test_ctrl_q_does_not_quit() -> None:
    async with stage(connections=5) as on:
        await on.press("ctrl+q")
        assert on.app.is_running


async def test_the_palette_runs_any_command() -> None:
    async with stage(connections=20) as on:
        await on.poll()
        await on.press("colon")
        assert isinstance(on.app.screen, CommandPalette)
        await on.press(*"invert")
        await on.until(lambda: "turn the order round" in on.text(), "the palette finds it")
        await on.press("down", "enter")
        await on.until(lambda: on.watch.order.reverse, "the palette runs it")


@pytest.mark.parametrize(
    "size",
    [
        (80, 24),
        (1, 1),
        *(
            pytest.param(size, marks=pytest.mark.slow)
            for size in ((160, 45), (40, 10), (20, 5), (300, 100))
        ),
    ],
)
async def test_every_screen_works_at_any_size(size: tuple[int, int]) -> None:
    async with stage(connections=20, size=size) as on:
        await on.polls(2)
        for keys in ("enter", "escape", "f", "escape", "slash", "escape", "s", "escape"):
            await on.press(keys)
        await on.press("question_mark", "escape", "w", "right", "end", "home")
        await on.poll()
        assert on.app.is_running
        await on.press("j")
        assert on.table.cursor_row == 1


@pytest.mark.slow
async def test_resizing_keeps_the_place() -> None:
    async with stage(connections=100, size=(160, 45)) as on:
        await on.poll()
        await on.press(*["j"] * 30)
        held = on.table.pointed
        for size in ((80, 24), (40, 10), (200, 60), (160, 45)):
            await on.pilot.resize_terminal(*size)
            await on.settle()
            assert on.table.pointed == held


async def test_at_80_by_24_the_panes_fold_into_a_key() -> None:
    async with stage(connections=20, size=(80, 24)) as on:
        await on.poll()
        assert "Data center  any" not in on.text()
        await on.press("f")
        assert "Data center  any" in on.text()
        await on.press("escape")
        assert "Data center  any" not in on.text()
        assert on.table.has_focus


async def test_export_writes_the_rows_shown_and_never_over_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with stage(connections=30) as on:
        await on.poll()
        await on.press("slash", *"service:coinapi-ws", "enter", "E")
        path = tmp_path / "conntop-20240115T143030Z.json"
        await on.until(path.exists, "the file is written")
        await on.settle()
        records = json.loads(path.read_text())
        assert [record["connectionId"] for record in records] == on.column("id")
        kept = path.read_bytes()
        await on.press("E")
        await on.until(lambda: "Nothing was written" in on.text())
        assert path.read_bytes() == kept


async def test_in_the_past_the_records_of_then_are_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    copied: list[str] = []

    def osc52(text: str, _: object) -> str:
        copied.append(text)
        return ""

    monkeypatch.setattr("tui.view.take_away.osc52", osc52)
    async with stage(connections=30) as on:
        await on.poll()
        then = {name: one.connection.record() for name, one in on.watch.fleet.tracked.items()}
        await on.poll()
        now = {name: one.connection.record() for name, one in on.watch.fleet.tracked.items()}
        await on.press("left_square_bracket")
        await on.until(lambda: "PAST" in on.text())
        await on.press("E", "Y")
        path = tmp_path / "conntop-20240115T143030Z.json"
        await on.until(path.exists, "the file is named by the time of then")
        await on.until(lambda: copied != [])
        await on.settle()
    records = json.loads(path.read_text())
    assert records
    assert all(record == then[record["connectionId"]] for record in records)
    assert any(record != now[record["connectionId"]] for record in records)
    [record] = [json.loads(text) for text in copied]
    assert record == then[record["connectionId"]]


def test_osc52_is_wrapped_for_tmux_and_screen_and_refused_where_it_cannot_work() -> None:
    bare = osc52("conn_1", {"TERM": "xterm"})
    assert bare == "\x1b]52;c;Y29ubl8x\x07"
    assert osc52("conn_1", {"TERM": "tmux-256color", "TMUX": "/tmp/x,1,0"}) == (
        f"\x1bPtmux;\x1b{bare}\x1b\\"
    )
    assert osc52("conn_1", {"TERM": "screen-256color"}).startswith("\x1bP\x1b]52")
    with pytest.raises(ValueError, match="too long"):
        osc52("x" * 80_000, {"TERM": "xterm"})
    with pytest.raises(ValueError, match="no clipboard"):
        osc52("x", {"TERM": "linux"})


async def test_sorting_by_menu_and_by_neighbour_column() -> None:
    async with stage(connections=40) as on:
        await on.poll()
        await on.press("greater_than_sign")
        assert "sort beat ▼" in on.text()
        beats = [int(text[:-1]) for text in on.column("beat")]
        assert beats == sorted(beats, reverse=True)
        await on.press("I")
        assert "sort beat ▲" in on.text()
        beats = [int(text[:-1]) for text in on.column("beat")]
        assert beats == sorted(beats)
        await on.press("s", "home", "down", "down", "down", "enter")
        assert on.column("service") == sorted(on.column("service"), key=str.lower)


@pytest.mark.parametrize("name", ["small"])
async def test_the_main_screens_look_as_in_the_screenshots(name: str) -> None:
    """The others are compared by ``python screenshots/generate.py --check``, which CI runs."""
    assert await draw(name) == (FOLDER / f"{name}.svg").read_text(encoding="utf-8")


def test_a_keymap_that_names_no_action_is_refused_in_one_sentence() -> None:
    class Never:
        """A source that must not be asked."""

        async def fetch(self, query: Query) -> Snapshot:
            raise AssertionError(query)

        async def aclose(self) -> None:
            raise AssertionError

    with pytest.raises(
        ConfigError, match="names nope, which is no action; use back, bandwidth, change-back"
    ):
        run_monitor(
            feeds=[Feed("prod", "127.0.0.1", Never())],
            query=Query(),
            every=5,
            condition=NO_FILTER,
            keymap={"nope": "x"},
        )


async def test_a_click_on_a_key_below_presses_it() -> None:
    async with stage(connections=12) as on:
        await on.poll()
        line = on.text().splitlines()[-1]
        await on.pilot.click(offset=(line.index("Help"), 44))
        await on.settle()
        assert "Esc closes" in on.text()
