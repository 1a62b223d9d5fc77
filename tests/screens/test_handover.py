"""The handover note on screen: what it shows, and where it goes."""

import base64
import re
from pathlib import Path

import pytest
from textual.command import CommandPalette

from tests.screens.make_handover import GOLDEN, crash
from tests.stage import Stage, stage
from tui.alert.channel import SendError
from tui.core.query import Query
from tui.view.all_keys import sections
from tui.view.find_bar import FindBar
from tui.view.handover_screen import HandoverScreen, Page
from tui.view.help import Help


def note_of(on: Stage) -> HandoverScreen:
    """The screen of the note, whatever lies over it."""
    return next(one for one in on.app.screen_stack if isinstance(one, HandoverScreen))


def shown(on: Stage) -> str:
    """All of the note, scrolled to or not, each line whole."""
    return note_of(on)._text


async def test_the_note_of_a_crash_reads_as_it_will_be_pasted_and_stays_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("TMUX", raising=False)
    async with stage(connections=60) as on:
        await crash(on)
        await on.press("H")
        first = shown(on)
        lines = [line.strip() for line in on.text().splitlines()]
        assert lines[0].startswith("Handover note · what dropped")
        assert lines[0].endswith("as of 14:31:25Z")
        assert lines[1:15] == [line.strip() for line in first.splitlines()[:14]]
        assert first == GOLDEN.read_text(encoding="utf-8")
        await on.poll()
        assert shown(on) == first
        sent: list[str] = []
        driver = on.app._driver
        assert driver is not None
        monkeypatch.setattr(driver, "write", sent.append)
        await on.press("y")
        payload = next(one for one in sent if one.startswith("\x1b]52;c;"))
        assert base64.b64decode(payload[7:-1]).decode() == first
        assert "Copied the note" in on.text()
        monkeypatch.setattr("tui.view.clipboard.MOST", 100)
        await on.press("y")
        await on.until(lambda: "w writes it to a file" in " ".join(on.text().split()))
        await on.press("escape")
        assert on.app.screen is on.screen


@pytest.mark.slow
async def test_w_writes_the_note_and_the_screen_and_never_over_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with stage(connections=60) as on:
        await crash(on)
        await on.press("enter")
        keys = {one.connection.api_key_id for one in on.watch.fleet.tracked.values()}
        assert any(key in on.text() for key in keys)
        await on.press("H", "w")
        note = tmp_path / "conntop-handover-20240115T143125Z.md"
        picture = note.with_suffix(".svg")
        await on.until(picture.exists, "both are written")
        await on.until(lambda: "Wrote" in on.text())
        assert note.read_text() == shown(on)
        drawn = picture.read_text().replace("&#160;", " ")
        assert "mass drop" in drawn
        assert "as of 14:31:25Z" in drawn
        assert "…" in drawn
        assert not any(key in drawn for key in keys)
        assert "203.0.113." in drawn
        kept = picture.read_bytes()
        note.write_text("somebody's")
        picture.unlink()
        await on.press("w")
        await on.until(lambda: "Nothing was written: File exists" in on.text())
        assert note.read_text() == "somebody's"
        assert not picture.exists()
        await on.press("m")
        assert "addresses masked" in on.text()
        await on.press("w")
        masked = tmp_path / "conntop-handover-20240115T143125Z-masked.svg"
        await on.until(masked.exists, "the masked ones are written")
        await on.settle()
        assert kept != masked.read_bytes()
        for text in (masked.read_text(), masked.with_suffix(".md").read_text()):
            assert not re.search(r"203\.0\.113\.(?!0/24)\d", text)


async def test_p_posts_it_where_there_is_a_webhook_and_says_whether_it_arrived() -> None:
    async with stage(connections=20) as on:
        await on.polls(2)
        await on.press("H", "p")
        assert "There is no webhook in the settings." in on.text()
        posted: list[tuple[str, str]] = []
        on.watch.post = lambda *note: posted.append(note)
        await on.press("escape", "H", "p")
        await on.until(lambda: "Posted the note to the webhook." in on.text())
        assert posted == [(shown(on), "prod")]

        def fail(_note: str, _context: str) -> None:
            raise SendError("the webhook fails (503)")

        on.watch.post = fail
        await on.press("escape", "H", "p")
        await on.until(
            lambda: "was not posted: the webhook fails (503)" in " ".join(on.text().split())
        )


async def test_it_is_about_the_marked_and_carries_the_query_and_the_filter() -> None:
    async with stage(connections=30, query=Query(service="coinapi-ws")) as on:
        await on.polls(2)
        await on.press("slash", *"up>1s", "enter", "space", "space", "H")
        marked = sorted(on.table.marks)
        assert len(marked) == 2
        text = shown(on)
        assert text.startswith("# 2 marked connections: 2 live\n")
        assert all(each in text for each in marked)
        assert "`live only · service coinapi-ws`, filtered by `up>1s`" in text
        assert "conntop --service coinapi-ws --filter 'up>1s'" in text
        assert "the 2 marked" in on.text().splitlines()[0]


async def test_while_we_are_blind_it_says_so_and_nothing_about_the_fleet() -> None:
    async with stage(connections=30, size=(80, 24)) as on:
        await on.press("H")
        assert shown(on).startswith("# Nothing is known yet")
        await on.press("q")
        await on.polls(4)
        on.scenario("api-down")
        await on.polls(3)
        await on.press("p", "H")
        text = shown(on)
        assert text.startswith("# The monitor is blind: link down since 14:30:")
        assert "not about the connections: whatever follows is as of 14:30:45Z" in text
        assert "asking is paused" in text
        assert "30 live, 0 late" in text
        assert "Those that stopped" not in text


@pytest.mark.slow
async def test_its_keys_move_it_and_are_in_help_and_palette_and_h_is_text_in_a_field() -> None:
    async with stage(connections=60, size=(80, 24), keymap={"note-down": "z"}) as on:
        await crash(on)
        await on.press("slash", "H")
        assert on.screen.query_one(FindBar).text == "H"
        await on.press("escape", "escape")
        await on.pilot.press("H", "q")
        await on.settle()
        assert on.app.is_running
        assert on.app.screen is on.screen
        await on.press("H")
        page = note_of(on).query_one(Page)
        for keys, y in (
            (["z", "z"], 2),
            (["k", "up", "up"], 0),
            (["pagedown"], page.size.height - 1),
            (["ctrl+u"], 0),
            (["G"], page.max_scroll_y),
            (["g"], 0),
        ):
            await on.press(*keys)
            assert page.scroll_y == y
        assert page.max_scroll_y > 10
        await on.press("question_mark")
        assert isinstance(on.app.screen, Help)
        assert "write it and the screen's SVG" in on.text()
        told = {one.id for _, bindings in sections(on.app) for one in bindings}
        assert {"handover", "note-copy", "note-write", "note-post", "note-mask"} <= told
        await on.press("escape", "colon")
        assert isinstance(on.app.screen, CommandPalette)
        await on.press(*"mask")
        await on.until(lambda: "addresses by their network" in on.text())
        await on.press("down", "enter")
        await on.until(lambda: "addresses masked" in on.text(), "the palette runs it")


@pytest.mark.parametrize("size", [(160, 45), (40, 10), (20, 5), (1, 1)])
async def test_it_works_at_any_size(size: tuple[int, int]) -> None:
    async with stage(connections=20) as on:
        await on.polls(2)
        await on.press("H")
        await on.resize(*size)
        await on.press("j", "G", "space", "m", "y")
        assert on.app.is_running
        await on.press("escape")
        assert on.app.screen is on.screen
