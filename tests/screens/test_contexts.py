"""Several contexts: changed live, watched together, and none of them in another's way."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from io import StringIO

from tests.stage import KEY, Stage, stage
from tui.config import ConfigError
from tui.core.connection import State
from tui.core.query import Query
from tui.core.snapshot import Snapshot
from tui.source.console_api import ConsoleApi
from tui.source.endpoint import parse_endpoint
from tui.source.secret import Secret
from tui.standin.app import create_app
from tui.standin.embedded import serving
from tui.standin.scenarios import Script
from tui.standin.simulator import Fleet as SimulatedFleet
from tui.view.lane import Feed


class Closing:
    """A source that tells whether it was closed."""

    def __init__(self, api: ConsoleApi) -> None:
        self._api = api
        self.asked: list[Query] = []
        self.closed = False

    async def fetch(self, query: Query) -> Snapshot:
        self.asked.append(query)
        return await self._api.fetch(query)

    async def aclose(self) -> None:
        self.closed = True
        await self._api.aclose()


class Eu:
    """A second endpoint, which can be reached as the context eu."""

    def __init__(self, on: Stage, url: str, script: Script) -> None:
        self.on = on
        self.script = script
        self.opened: list[Closing] = []
        clock = on.clock
        zero = clock.now()

        def feed() -> Feed:
            api = ConsoleApi(
                parse_endpoint(url),
                lambda: Secret(KEY),
                monotonic=lambda: (clock.now() - zero) / 10_000_000,
                wall=lambda: clock.now() / 10_000_000,
            )
            source = Closing(api)
            self.opened.append(source)
            return Feed("eu", "eu.example.com", source)

        self.feed = feed

    async def poll(self) -> None:
        """Ask the second one now, and wait until what it says is drawn."""
        [lane] = [one for one in self.on.watch.lanes if one.name == "eu"]
        before = lane.coming
        lane.poller.refresh()
        await self.on.until(lambda: lane.coming is not before, "eu has answered")
        await self.on.settle()


@asynccontextmanager
async def two(*, size: tuple[int, int] = (160, 45)) -> AsyncIterator[tuple[Stage, Eu]]:
    """Prod on the stage, with 12 connections; and eu, with 8, that can be changed to."""
    made: dict[str, Callable[[], Feed]] = {}

    def bad() -> Feed:
        raise ConfigError("there is no API key: set CONNTOP_API_KEY")

    def eu() -> Feed:
        return made["eu"]()

    script = Script()
    async with stage(connections=12, size=size, contexts={"prod": bad, "eu": eu, "bad": bad}) as on:
        server = create_app(
            SimulatedFleet(seed=8, connections=8),
            api_key=KEY,
            clock=on.clock,
            script=script,
            log=StringIO(),
        )
        with serving(server) as url:
            there = Eu(on, url, script)
            made["eu"] = there.feed
            yield on, there


async def add_eu(on: Stage, eu: Eu) -> None:
    """Mark eu beside prod in the menu."""
    await on.press("c", "j", "space", "enter")
    await on.until(lambda: len(on.watch.lanes) == 2, "eu is watched")
    await on.until(lambda: on.watch.lanes[1].coming.last is not None, "eu has answered")
    await on.settle()


async def test_two_contexts_are_one_table_with_a_column_for_the_context() -> None:
    async with two() as (on, eu):
        await on.poll()
        assert "context" not in [column.key for column in on.table.shown_columns]
        await add_eu(on, eu)
        assert on.table.row_count == 20
        assert sorted(on.column("context")) == ["eu"] * 8 + ["prod"] * 12
        text = on.text()
        assert "2 contexts" in text
        assert "20 connections" in text
        assert "✓ all well" in text
        await on.press("slash", *"context:eu", "enter")
        assert set(on.column("context")) == {"eu"}


async def test_when_one_fails_its_rows_stand_still_and_dim_and_the_other_goes_on() -> None:
    async with two() as (on, eu):
        await on.poll()
        await add_eu(on, eu)
        before = {row[3]: row for row in on.rows()}
        eu.script.switch("api-down", on.clock.now())
        await on.poll(5)
        await eu.poll()
        assert "eu ✕ no answer" in on.text()
        assert "prod ●" in on.text()
        assert "⚠ eu: link down: " in on.text()
        assert "eu as last known" in on.text()
        assert "all well" not in on.text()
        await on.poll(40)
        seen, was = on.watch.present, {one.labels.context for one in on.table._arranged.rows}
        assert was == {"eu", "prod"}
        assert (seen.contexts["prod"].stale, seen.contexts["eu"].stale) == (False, True)
        for place, one in enumerate(on.table._arranged.rows):
            row = on.table.get_row_at(place)
            dim = on.table._look(place)
            assert dim is not None
            assert dim.dim == (one.labels.context == "eu")
            if one.labels.context == "eu":
                assert row[:2] == before[one.connection_id][:2]
                assert one.state is State.LIVE
        assert not on.watch.fleet.is_blind
        eu.script.switch("calm", on.clock.now())
        await eu.poll()
        assert "✓" in on.text()
        assert "as last known" not in on.text()
        assert any("eu: after 1 failed poll" in one.evidence for one in on.watch.fleet.log)


async def test_a_change_shows_nothing_of_the_old_as_the_new_and_closes_what_was_asked() -> None:
    async with two() as (on, eu):
        await on.poll()
        eu.script.switch("api-down", on.clock.now())
        await on.press("enter")
        assert on.screen.detail.display
        await on.press("escape", "c", "j", "enter")
        await on.until(lambda: on.watch.context == "eu", "eu is watched")
        await on.settle()
        assert "eu.example.com" in on.text()
        assert on.table.row_count == 0
        assert on.gate not in [lane.feed.source for lane in on.watch.lanes]
        await on.until(lambda: not on.watch._left, "prod is closed")
        await on.until(lambda: "link down" in on.text(), "eu is down")
        # Also while it is down: it comes back by itself, with its own rows alone.
        eu.script.switch("calm", on.clock.now())
        await eu.poll()
        assert on.table.row_count == 8
        assert not eu.opened[0].closed


async def test_a_context_that_cannot_be_watched_is_told_of_and_the_old_one_stays() -> None:
    async with two() as (on, _):
        await on.poll()
        await on.press("c", "G", "enter")
        await on.until(lambda: "bad is not watched: there is no API key" in on.text())
        assert on.watch.context == "prod"
        await on.poll()
        assert on.table.row_count == 12


async def test_one_that_is_dropped_is_closed_and_its_rows_leave_with_it() -> None:
    async with two() as (on, eu):
        await on.poll()
        await add_eu(on, eu)
        await on.press("c", "j", "space", "enter")
        await on.until(lambda: eu.opened[0].closed, "eu is closed")
        await on.settle()
        assert on.watch.context == "prod"
        assert on.table.row_count == 12
        assert "context" not in [column.key for column in on.table.shown_columns]
        await on.poll()
        assert on.table.row_count == 12


async def test_the_palette_changes_contexts_by_name() -> None:
    async with two(size=(80, 24)) as (on, _):
        await on.poll()
        await on.press("colon", *"context eu")
        await on.until(lambda: "Context: eu" in on.text(), "the palette has it")
        await on.press("enter")
        await on.until(lambda: on.watch.context == "eu", "eu is watched")
        await on.until(lambda: on.table.row_count == 8, "eu has answered")


async def test_where_there_is_one_context_only_it_is_said_how_to_add_another() -> None:
    async with stage(connections=5) as on:
        await on.poll()
        await on.press("c")
        assert "There is no other context: add [contexts.NAME] to" in " ".join(on.text().split())


async def test_a_query_and_a_pause_are_everybodys() -> None:
    async with two() as (on, eu):
        await on.poll()
        await add_eu(on, eu)
        on.screen._ask(Query(protocol="FIX"))
        await on.answered()
        await on.until(lambda: eu.opened[0].asked[-1] == Query(protocol="FIX"), "eu is asked")
        await on.until(lambda: on.watch.lanes[1].coming.query.protocol == "FIX", "eu answers")
        await on.settle()
        assert set(on.column("protocol")) <= {"FIX"}
        assert "asking…" not in on.text()
        await on.press("p")
        assert [lane.poller.paused for lane in on.watch.lanes] == [True, True]
        assert on.text().count("paused: nothing is asked") == 1
        assert on.watch.is_stale


async def test_the_events_of_all_are_one_log_with_the_context_in_each() -> None:
    async with two() as (on, eu):
        await on.poll()
        await add_eu(on, eu)
        eu.script.switch("api-down", on.clock.now())
        await eu.poll()
        await on.poll()
        await on.press("e")
        assert "link lost" in on.text()
        assert "eu: " in on.text()
