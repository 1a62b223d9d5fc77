"""What the screen shows is in the file beside it, and what cannot be written is said on screen."""

import sqlite3
from contextlib import closing
from pathlib import Path

from msgspec.structs import replace

from tests.stage import stage
from tui.archive.bounds import Bounds
from tui.archive.reading import Recording
from tui.archive.scribe import Scribe
from tui.archive.store import open_store


def polls(path: Path) -> int:
    with closing(sqlite3.connect(path)) as link:
        return int(link.execute("SELECT count(*) FROM polls").fetchone()[0])


async def test_what_is_asked_on_screen_is_recorded_and_what_cannot_be_is_in_the_header(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    path = folder / "fleet.conntop"
    scribe = Scribe(str(path), Bounds())
    async with stage(connections=10, scribe=scribe) as on:
        shown = list[set[str]]()
        for _ in range(3):
            await on.poll()
            shown.append(set(on.watch.fleet.tracked))
        assert "not recorded" not in on.text()
        await on.until(lambda: polls(path) == 3, "all is written")

        away = folder.rename(tmp_path / "away")
        await on.poll()
        await on.until(lambda: bool(scribe.troubles), "the file is missed")
        await on.poll()
        assert "⚠ not recorded: /" in on.text()
        away.rename(folder)
        await on.poll()
        await on.until(lambda: not scribe.troubles, "it is written to again")
        await on.poll()
        assert "not recorded" not in on.text()

        query = replace(on.watch.query, service="coinapi-ws")
        on.watch.ask(query)
        await on.answered()
        last = on.watch.fleet
    scribe.close()
    assert scribe.troubles == ()

    with closing(sqlite3.connect(path)) as link:
        assert link.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        queries = [text for (text,) in link.execute("SELECT query FROM polls ORDER BY at")]
        gaps = link.execute("SELECT why FROM gaps").fetchall()
    assert gaps == [("not recorded",)]
    assert "coinapi-ws" in queries[-1]
    assert not any("coinapi-ws" in one for one in queries[:-1])
    store = open_store(str(path))
    recording = Recording(store)
    whose = recording.feed("prod")
    for place, names in enumerate(shown):
        assert set(recording.fleet_at(whose, place).tracked) == names
    then = recording.fleet_at(whose, recording.moments(whose)[-1].place)
    assert then.query == query
    assert set(then.tracked) == set(last.tracked)
    store.dispose()
