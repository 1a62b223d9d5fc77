"""The groups: by any dimension, the worst first, and from there to the connections of one."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from tests.pty.stream import hostile_characters
from tests.stage import Stage, stage
from tests.strategies import HOSTILE, connection
from tui.core.connection import State
from tui.core.dimensions import BY_KEY, DIMENSIONS
from tui.core.fleet import Fleet, Tracked
from tui.core.grammar import parse_filter
from tui.core.groups import BUCKETS, Group, Grouping
from tui.core.query import Query
from tui.view.all_keys import sections
from tui.view.find_bar import FindBar
from tui.view.group_list import GroupList, Sheet, lay, layout_for, name_of
from tui.view.group_screen import _SENTENCES, GroupScreen
from tui.view.main_screen import MainScreen
from tui.view.menu import Menu
from tui.view.messages import FleetChanged


def screen_of(on: Stage) -> GroupScreen:
    """The groups, whatever lies over them."""
    return next(one for one in on.app.screen_stack if isinstance(one, GroupScreen))


def pointed(on: Stage) -> Group:
    """The group under the cursor."""
    one = screen_of(on).groups.pointed
    assert one is not None
    return one


def lines(on: Stage) -> list[str]:
    """The lines of the list on screen, without that of the heads."""
    region = screen_of(on).groups.region
    return [line.rstrip() for line in on.text().splitlines()[region.y + 1 : region.bottom]]


def title(on: Stage) -> str:
    """The line over the list."""
    return on.text().splitlines()[screen_of(on).query_one("#group-title").region.y]


async def crash(on: Stage) -> None:
    """A server dies, and its clients come back elsewhere."""
    await on.polls(4, 12.5)
    on.scenario("server-crash")
    await on.polls(4, 20)


async def see(on: Stage, change: Callable[[Fleet], Fleet]) -> None:
    """Let another fleet arrive."""
    on.screen.post_message(FleetChanged(on.watch.lanes[0], change(on.watch.fleet)))
    await on.settle()


def with_gone(fleet: Fleet, **hosts: int) -> Fleet:
    """The fleet when so many on each host, and no others, are known and gone."""
    at = fleet.at
    assert at is not None
    gone = [
        Tracked(connection(f"{host}{n}", at, host=host), at, at, State.GONE, gone_at=at)
        for host, count in hosts.items()
        for n in range(count)
    ]
    return replace(fleet, tracked={one.connection_id: one for one in gone})


async def test_after_a_crash_the_host_stands_first_with_its_states_beat_and_drops() -> None:
    async with stage(connections=60) as on:
        await crash(on)
        await on.press("t")
        worst = pointed(on)
        assert worst.live == 0
        assert worst.dropped == worst.size > 3
        line = lines(on)[0].split()
        assert line[:4] == ["▸", worst.value, str(worst.size), "●"]
        assert f"◐ {worst.late}" in " ".join(line)
        assert f" {worst.dropped} " in " ".join(line)
        assert {"█", "·"} <= set(lines(on)[0])
        others = lines(on)[1:]
        assert sum("↻ 0" not in " ".join(one.split()) for one in others if one) > 0
        assert sum(len(one.split()) > 3 for one in others) == screen_of(on).groups.sheet.groups - 1
        assert f"{worst.trouble} of {worst.size} in trouble (100%)" in on.text()
        assert "mass drop" in on.text()


async def test_a_group_is_opened_as_a_filter_on_top_of_the_one_that_was_there() -> None:
    async with stage(connections=60, condition=parse_filter("!service:fix")) as on:
        await on.polls(2)
        await on.press("t", "j", "j")
        one = pointed(on)
        assert "/ !service:fix" in title(on)
        await on.press("enter")
        assert isinstance(on.app.screen, MainScreen)
        assert on.watch.condition == parse_filter(f"host={one.value} !service:fix")
        assert len(on.rows()) == one.size
        assert on.screen.grouping == "host"
        # Back at the groups the cursor is on it, and all of them are there again.
        await on.press("t")
        assert pointed(on).value == one.value
        assert on.watch.condition == parse_filter("!service:fix")
        assert screen_of(on).groups.sheet.groups > 1
        # Esc leaves the group first, and then clears what was there before.
        await on.press("enter", "escape")
        assert on.watch.condition == parse_filter("!service:fix")
        assert on.screen.grouping == ""
        await on.press("escape")
        assert not on.watch.condition.tests


async def test_another_filter_ends_the_group_and_is_what_is_grouped_next() -> None:
    async with stage(connections=60) as on:
        await on.polls(2)
        await on.press("t", "enter", "slash")
        on.screen.query_one(FindBar).query_one("Input").value = "protocol:websocket"  # type: ignore[attr-defined]
        await on.press("enter", "t")
        assert "/ protocol:websocket" in title(on)
        grouping = screen_of(on).groups.sheet.grouping
        assert 0 < grouping.passing < grouping.total


async def test_the_dimension_is_changed_by_arrow_and_by_menu_and_is_kept() -> None:
    async with stage(connections=60) as on:
        await on.polls(2)
        await on.press("t", "right")
        assert "‹data center›" in title(on)
        await on.press("left", "left")
        assert f"‹{DIMENSIONS[-1].title}›" in title(on)
        assert lines(on)[0].startswith("▸ (none)")
        await on.press("t")
        assert isinstance(on.app.screen, Menu)
        await on.press("g", "j", "j", "j", "enter")
        assert "‹service›" in title(on)
        assert pointed(on).value in {
            one.connection.service for one in on.watch.fleet.tracked.values()
        }
        assert on.screen.grouping == "service"
        await on.press("escape")
        assert on.screen.grouping == ""
        await on.press("t")
        assert "‹service›" in title(on)


@pytest.mark.slow
async def test_every_dimension_groups_all_connections_and_each_group_opens_to_its_own() -> None:
    async with stage(connections=40) as on:
        await on.polls(3, 20)
        assert _SENTENCES.keys() == {one.key for one in DIMENSIONS}
        for dimension in DIMENSIONS:
            on.screen.open_groups(dimension.key)
            await on.settle()
            assert screen_of(on).groups.sheet.grouping.passing == len(on.watch.fleet.tracked)
            await on.press("G")
            one = pointed(on)
            await on.press("enter")
            assert len(on.rows()) == one.size


async def test_who_has_chosen_a_group_keeps_it_and_who_has_not_sees_the_worst() -> None:
    async with stage(connections=5) as on:
        await on.poll()
        await on.press("t")
        await see(on, lambda fleet: with_gone(fleet, a=1, b=2, c=3))
        assert [line.split()[0] for line in lines(on)[1:3]] == ["b", "a"]
        assert pointed(on).value == "c"
        await see(on, lambda fleet: with_gone(fleet, a=1, b=4, c=3))
        assert pointed(on).value == "b"
        await on.press("j")
        assert pointed(on).value == "c"
        await see(on, lambda fleet: with_gone(fleet, a=6, b=4, c=3))
        assert (pointed(on).value, screen_of(on).groups.row) == ("c", 2)
        assert lines(on)[2].startswith("▸ c ")
        # What has left leaves the cursor where it stood.
        await see(on, lambda fleet: with_gone(fleet, a=6, b=4, d=3))
        assert (pointed(on).value, screen_of(on).groups.row) == ("d", 2)
        await on.press("g")
        await see(on, lambda fleet: with_gone(fleet, a=6, b=8))
        assert pointed(on).value == "b"


@pytest.mark.slow
async def test_a_filter_can_be_typed_over_the_groups_and_is_that_of_the_table() -> None:
    async with stage(connections=60) as on:
        await on.polls(2)
        await on.press("t", "slash", *"service=coinapi-ws", "enter")
        assert "/ service=coinapi-ws" in title(on)
        grouping = screen_of(on).groups.sheet.grouping
        assert 0 < grouping.passing < grouping.total
        await on.press("slash", *" /x")
        assert "the regular expression is not closed" in on.text()
        await on.press("escape", "q")
        assert on.watch.condition == parse_filter("service=coinapi-ws")
        assert len(on.rows()) == grouping.passing
        await on.press("slash", *" nobody", "enter", "t")
        assert "None of 60 connections passes the filter of /." in on.text()
        await on.press("enter", "y", "j", "G", "right", "ctrl+d")
        assert isinstance(on.app.screen, GroupScreen)


async def test_while_we_are_blind_the_header_says_so_and_the_groups_stand_still() -> None:
    async with stage(connections=60) as on:
        await on.polls(3)
        await on.press("t")
        before = lines(on)[:20]
        on.scenario("api-down")
        await on.polls(3, 30)
        assert "✕ no answer" in on.text()
        assert lines(on)[:20] == before
        # Nothing is as bright as what is known.
        colours = {
            segment.style.color
            for segment in screen_of(on).groups.render_line(3)
            if segment.style is not None
        }
        assert len(colours) == 1


async def test_of_a_cut_answer_the_groups_are_said_to_be_of_a_part_only() -> None:
    async with stage(connections=60, query=Query(limit=20)) as on:
        await on.poll()
        await on.press("t")
        assert "of a part only" in title(on)
        await on.resize(80, 24)
        assert "of a part only" in title(on)


async def test_before_the_first_answer_there_is_nothing_to_group() -> None:
    async with stage(connections=5) as on:
        await on.press("t")
        assert "Nothing is known yet: there has been no answer." in on.text()
        await on.press("enter", "y", "j", "k", "G", "slash", "escape", "t", "escape")
        assert isinstance(on.app.screen, GroupScreen)
        await on.poll()
        assert lines(on)[0].startswith("▸ ")


@pytest.mark.parametrize(
    "size",
    [
        (80, 24),
        (1, 1),
        *(pytest.param(size, marks=pytest.mark.slow) for size in ((160, 45), (40, 10), (20, 5))),
    ],
)
async def test_the_groups_work_at_any_size(size: tuple[int, int]) -> None:
    async with stage(connections=40, size=size) as on:
        await crash(on)
        await on.press("t", "j", "G", "pageup", "ctrl+d", "right", "t", "escape", "slash", "escape")
        await on.poll()
        assert isinstance(on.app.screen, GroupScreen)
        if size[1] >= 10:
            assert all(state.glyph in on.text() for state in State)
        await on.press("enter")
        assert on.screen.grouping == "dc"


@pytest.mark.parametrize(
    ("key", "group", "shown"),
    [
        ("host", Group("a\x1b[2J"), "a␛[2J"),
        ("host", Group("ws-1", "tokyo"), "tokyo (ws-1)"),
        ("net", Group(""), "(none)"),
        ("age", Group("-1m"), "less than 1m"),
        ("age", Group("10m-1h"), "10m to 1h"),
        ("start", Group("1970-01-01T00:1"), "00:10–00:20Z"),
    ],
)
def test_a_group_is_called_as_people_do(key: str, group: Group, shown: str) -> None:
    grouping = Grouping(BY_KEY[key], (group,))
    assert name_of(group, grouping) == shown
    assert lay(grouping).name >= len(shown)


@pytest.mark.parametrize("room", range(1, 200, 7))
def test_a_line_has_its_states_beat_and_drops_and_fits_where_it_can(room: int) -> None:
    layout = layout_for(Sheet(name=24, states=lay(Sheet().grouping).states), room)
    keys = [one.key for one in layout.columns]
    assert {*(state.value for state in State), "beat", "drops"} <= set(keys)
    cells = layout.name + sum(one.width + layout.gap for one in layout.columns)
    assert cells <= max(room, cells if "pairs" not in keys and "trend" not in keys else 0)
    assert layout.name >= (24 if "all" in keys else 1)
    assert ("trend" in keys) == any(one.width == BUCKETS for one in layout.columns)


@pytest.mark.slow
async def test_hostile_values_are_shown_and_opened_and_do_nothing() -> None:
    async with stage(connections=5, size=(160, 60)) as on:
        await on.poll()
        at = on.watch.fleet.at
        assert at is not None

        def strangers(fleet: Fleet) -> Fleet:
            ones = [connection(f"c{n}", at, host=text) for n, text in enumerate(HOSTILE)]
            ones += [connection("empty", at, host=""), connection("quote", at, host='a "b\\')]
            known = {
                one.connection_id: Tracked(one, at, at, State.LIVE, fresh=False) for one in ones
            }
            return replace(fleet, tracked=known)

        await see(on, strangers)
        await on.press("t")
        for _ in range(len(HOSTILE) + 2):
            assert not hostile_characters(on.text())
            value = pointed(on).value
            await on.press("enter")
            assert [one.connection.host for one in on.screen.arranged.rows] == [value]
            await on.press("t", "j")


async def test_a_click_chooses_a_group_and_another_one_opens_it() -> None:
    async with stage(connections=40) as on:
        await on.polls(2)
        await on.press("t")
        y = screen_of(on).groups.region.y
        await on.pilot.click(offset=(5, y))
        await on.pilot.click(offset=(5, y + 3))
        await on.settle()
        assert screen_of(on).groups.row == 2
        value = pointed(on).value
        await on.pilot.click(offset=(5, y + 3))
        await on.settle()
        assert on.watch.condition == parse_filter(f"host={value}")


async def test_its_keys_are_in_help_and_palette_and_the_value_can_be_copied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copied: list[str] = []
    monkeypatch.setattr(
        "tui.view.group_screen.copy", lambda _app, text, what: copied.append(f"{what}: {text}")
    )
    async with stage(connections=40) as on:
        await on.polls(2)
        await on.press("t", "y")
        assert copied == [f"host: {pointed(on).value}"]
        found = sections(on.app)
        assert [name for name, _ in found[:2]] == ["In the groups", "In their list"]
        told = {binding.id for _, bindings in found for binding in bindings}
        for owner in (GroupScreen, GroupList):
            assert {binding.id for binding in vars(owner)["BINDINGS"]} <= told
        await on.press("p")
        assert on.watch.poller.paused
        assert "‖ paused" in on.text()
        await on.press("colon", *"by the next dimension")
        await on.until(lambda: "by the next dimension" in on.text(), "the palette finds it")
