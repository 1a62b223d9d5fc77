"""Saved views and chosen columns: taken by a key, told over the table, kept for the next day."""

import tomllib
from pathlib import Path

import pytest

from tests.config.homes import move_into
from tests.stage import stage
from tui.config import ConfigError, load
from tui.config.save import save_view
from tui.core.arrangement import Order
from tui.core.query import Query
from tui.core.saved_view import SavedView
from tui.view.group_screen import GroupScreen
from tui.view.main_screen import MainScreen

FIX = SavedView(
    "FIX first",
    {"protocol": "FIX", "active_only": "false"},
    "!state:gone",
    Order("up", reverse=True),
    ("id", "state", "up"),
)


async def test_a_view_changes_all_that_it_has_and_0_changes_it_back() -> None:
    async with stage(connections=60, views={1: FIX, 2: SavedView("wide", wide=True)}) as on:
        await on.poll()
        shown = [column.key for column in on.table.shown_columns]
        await on.press("1")
        await on.answered()
        assert on.watch.query == Query(protocol="FIX", active_only=False)
        assert on.gate.asked[-1] == on.watch.query
        assert [column.key for column in on.table.shown_columns] == ["id", "state", "up"]
        text = on.text()
        assert "view 1 FIX first · Connections" in text
        assert "sort up ▼ · / !state:gone" in text
        await on.press("I")
        assert "view 1 FIX first, changed ·" in on.text()
        await on.press("2")
        assert on.table.columns_wanted.wide
        assert "view 2 wide ·" in on.text()
        await on.press("0")
        assert on.watch.query.is_default
        assert not on.watch.condition.text
        assert [column.key for column in on.table.shown_columns] == shown
        assert "view" not in on.text().splitlines()[3]


async def test_a_key_without_a_view_says_how_to_save_one() -> None:
    async with stage(connections=5) as on:
        await on.poll()
        await on.press("4")
        assert "There is no view 4: V saves what is shown as one." in on.text()


@pytest.mark.slow
async def test_what_is_shown_is_saved_and_there_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_into(tmp_path, monkeypatch)
    async with stage(connections=30, keep=save_view) as on:
        await on.poll()
        await on.press("slash", *"beat>1", "enter", "s", "j", "enter")
        await on.press("C", "j", "space", "K", "enter")
        await on.press("V", "j", "enter", *"my [bold]view", "enter")
        await on.until(lambda: "2 takes it" in on.text(), "it is saved")
        assert "view 2 my [bold]view · Connections" in on.text()
        columns = [column.key for column in on.table.shown_columns]
    file = tmp_path / ".config/conntop/config.toml"
    saved = tomllib.loads(file.read_text())["views"]["2"]
    assert saved["name"] == "my [bold]view"
    assert (saved["filter"], saved["sort"]) == ("beat>1", "beat")
    assert "beat" not in saved["columns"]
    async with stage(connections=30, views=load().views) as on:
        await on.poll()
        await on.press("2")
        assert [column.key for column in on.table.shown_columns] == columns
        assert "view 2 my [bold]view · Connections" in on.text()
        assert "sort beat ▼ · / beat>1" in on.text()


async def test_what_cannot_be_saved_is_told_in_a_sentence() -> None:
    def fail(number: int, view: SavedView) -> None:
        raise ConfigError(f"the file was not written: no [space] for {number}")

    async with stage(connections=5, keep=fail) as on:
        await on.poll()
        await on.press("V", "enter", "enter")
        await on.until(lambda: "the file was not written: no [space] for 1" in on.text())
        assert on.watch.taken is None


async def test_a_view_by_groups_opens_them_and_is_saved_from_there() -> None:
    kept: dict[int, SavedView] = {}
    views = {1: SavedView("hosts", condition="service:coinapi-ws", group="host")}
    async with stage(connections=40, views=views, keep=kept.__setitem__) as on:
        await on.poll()
        await on.press("1")
        assert isinstance(on.app.screen, GroupScreen)
        assert on.app.screen.dimension.key == "host"
        await on.press("V", "j", "enter", *"again", "enter")
        await on.until(lambda: 2 in kept, "it is saved")
        assert kept[2] == SavedView("again", condition="service:coinapi-ws", group="host")
        # The filter of a group that was opened is not the view's own.
        await on.press("enter")
        assert isinstance(on.app.screen, MainScreen)
        assert "view 2 again · Connections" in on.text()


async def test_a_span_back_is_saved_as_a_span() -> None:
    kept: dict[int, SavedView] = {}
    views = {1: SavedView("young", {"time_start": "15m"})}
    async with stage(connections=10, views=views, keep=kept.__setitem__) as on:
        await on.press("1")
        assert "Not yet" in on.text()
        await on.poll()
        await on.press("1")
        await on.answered()
        assert on.watch.query.time_start is not None
        await on.press("V", "enter", "enter")
        await on.until(lambda: 1 in kept, "it is saved")
        assert kept[1].query == {"time_start": "15m"}


async def test_columns_are_chosen_and_moved_and_a_narrow_screen_gives_some_up() -> None:
    async with stage(connections=5) as on:
        await on.poll()
        usual = [column.key for column in on.table.shown_columns]
        await on.press("C", "J", "J", "escape")
        assert [column.key for column in on.table.shown_columns] == usual
        await on.press("C", "J", "enter")
        assert [column.key for column in on.table.shown_columns][:2] == ["beat", "state"]
        await on.resize(60, 24)
        narrow = [column.key for column in on.table.shown_columns]
        assert narrow[:2] == ["beat", "state"]
        assert len(narrow) < len(usual)
