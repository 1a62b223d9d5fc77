"""The event log: newest first, by kind, by the current filter, and from there to the connection."""

from collections.abc import Iterable

import pytest
from msgspec.structs import replace
from textual.command import CommandPalette
from textual.strip import Strip

from tests.pty.stream import hostile_characters
from tests.stage import Stage, stage
from tests.strategies import HOSTILE, connection
from tui.core.connection import State
from tui.core.events import EVENTS_KEPT, Event, EventKind, Group
from tui.core.fleet import Fleet, Tracked
from tui.core.grammar import parse_filter
from tui.core.instant import TICKS, clock_text
from tui.core.query import Query
from tui.view.all_keys import sections
from tui.view.event_list import EventList
from tui.view.event_log import EventLog
from tui.view.event_look import LOOKS, whose
from tui.view.find_bar import FindBar
from tui.view.help import Help
from tui.view.messages import FleetChanged


def log_of(on: Stage) -> EventLog:
    """The log, whatever lies over it."""
    return next(one for one in on.app.screen_stack if isinstance(one, EventLog))


def events_of(on: Stage) -> EventList:
    """Its list."""
    return log_of(on).query_one(EventList)


def listed(on: Stage) -> list[Event]:
    """All events that can be scrolled to, from the top."""
    shown = events_of(on)._shown
    return [shown.event(row) for row in range(len(shown))]


def lines(on: Stage) -> list[str]:
    """The lines of the list on screen."""
    region = events_of(on).region
    return [line.rstrip() for line in on.text().splitlines()[region.y : region.bottom]]


def title(on: Stage) -> str:
    """The line over the list."""
    return on.text().splitlines()[log_of(on).query_one("#log-title").region.y]


def in_full(on: Stage) -> str:
    """The event under the cursor, as it stands at the bottom."""
    region = log_of(on).query_one("#log-event").region
    return " ".join(" ".join(on.text().splitlines()[region.y : region.bottom]).split())


GONE = 140
"""Seconds after which what has crashed has left the answer."""


async def crash(on: Stage, seconds: float = 60) -> None:
    """A server dies; its clients come back elsewhere, and what was there leaves the answer."""
    await on.polls(4, 12.5)
    on.scenario("server-crash")
    await on.polls(round(seconds / 20), 20)


async def see(on: Stage, happened: Iterable[Event]) -> None:
    """Let a fleet arrive in which this has happened on top."""
    fleet = on.watch.fleet
    on.screen.post_message(
        FleetChanged(on.watch.lanes[0], replace(fleet, log=(*fleet.log, *happened)))
    )
    await on.settle()


def tracked(identity: str, at: int, **changes: object) -> Tracked:
    """A connection that dropped."""
    one = connection(identity, at, **changes)
    return Tracked(one, at, at, State.GONE, gone_at=at)


# What it shows


async def test_after_a_crash_it_tells_what_dropped_and_what_came_back_newest_first() -> None:
    async with stage(connections=60) as on:
        await crash(on, GONE)
        await on.press("e")
        shown = listed(on)
        assert shown == list(reversed(on.watch.fleet.log))
        assert [one.at for one in shown] == sorted((one.at for one in shown), reverse=True)
        kinds = {one.kind for one in shown}
        assert {EventKind.LATE, EventKind.DROPPED, EventKind.MOVED, EventKind.OPENED} <= kinds
        for line, event in zip(lines(on), shown, strict=False):
            sign, _ = LOOKS[event.kind]
            words = f"{clock_text(event.at)} {sign} {event.kind.value}"
            assert line.removeprefix("▸").lstrip().startswith(words)
            assert whose(event) in line


async def test_the_whole_evidence_of_the_event_under_the_cursor_stands_at_the_bottom() -> None:
    async with stage(connections=60, size=(80, 24)) as on:
        await crash(on)
        await on.press("e", "j", "j")
        event = listed(on)[2]
        assert event.evidence not in lines(on)[2]
        assert lines(on)[2].startswith("▸")
        assert "…" in lines(on)[2]
        assert event.evidence in in_full(on)
        assert whose(event) in in_full(on)
        assert "2024-01-15" in in_full(on)


async def test_where_nothing_has_happened_it_says_since_when() -> None:
    async with stage(connections=5) as on:
        await on.press("e")
        assert "Nothing is known yet: there has been no answer." in on.text()
        await on.poll()
        assert "Nothing has happened since 14:30:30Z." in on.text()
        await on.press("enter", "y", "j", "G", "ctrl+d", "pageup")
        assert isinstance(on.app.screen, EventLog)


async def test_a_lost_link_is_shown_as_ours_and_never_as_an_outage_of_the_fleet() -> None:
    async with stage(connections=30) as on:
        await on.polls(5)
        await on.press("e")
        on.scenario("api-down")
        await on.polls(4)
        assert "✕ no answer" in on.text()
        on.scenario("calm")
        await on.poll()
        ours = [one for one in listed(on) if one.kind.group is Group.OURS]
        assert [one.kind for one in ours] == [EventKind.LINK_BACK, EventKind.LINK_LOST]
        back, lost = (line for line in lines(on) if "the monitor" in line)
        assert "◇ link back" in back
        assert "after 4 failed polls" in back
        assert "◆ link lost" in lost
        assert "the endpoint fails (503)" in lost
        assert not any(one.kind.group is Group.DROPS for one in listed(on))
        await on.press("g", *["j"] * listed(on).index(ours[0]), "enter")
        assert "about the monitor itself" in on.text()
        assert isinstance(on.app.screen, EventLog)


def test_no_two_groups_share_a_sign_and_none_hangs_on_colour_alone() -> None:
    ours = {LOOKS[kind][0] for kind in EventKind if kind.group is Group.OURS}
    others = {LOOKS[kind][0] for kind in EventKind if kind.group is not Group.OURS}
    assert not ours & others
    assert {LOOKS[kind][1] for kind in EventKind if kind.group is Group.OURS} == {"ours"}


# Which events


async def test_the_kinds_are_chosen_with_a_key_and_counted_in_the_title() -> None:
    async with stage(connections=60) as on:
        await crash(on)
        log = on.watch.fleet.log
        of = {group: [one for one in log if one.kind.group is group] for group in Group}
        await on.press("e")
        assert f"Events {len(log)} " in title(on)
        assert f"‹all {len(log)}›" in title(on)
        for group in Group:
            await on.press("f")
            assert listed(on) == of[group][::-1]
            assert f"‹{group.value} {len(of[group])}›" in title(on)
        assert "No event of this kind: the monitor itself." in on.text()
        await on.press("right")
        assert len(listed(on)) == len(log)
        await on.press("left", "left", "left", "left")
        assert {one.kind.group for one in listed(on)} == {Group.DROPS}


@pytest.mark.slow
async def test_only_events_of_connections_that_pass_the_current_filter_are_shown() -> None:
    async with stage(connections=60) as on:
        await crash(on)
        log = on.watch.fleet.log
        await on.press("slash", *"up>1h", "enter", "e")
        assert "/ up>1h" in title(on)
        condition = parse_filter("up>1h")
        passing = [one for one in log if one.one is None or condition.passes(one.one, one.at)]
        assert listed(on) == passing[::-1]
        assert 0 < len(passing) < len(log)
        assert f"Events {len(passing)} of {len(log)} " in title(on)
        await on.press("slash")
        assert listed(on) == list(reversed(log))
        assert "not filtered by / up>1h" in title(on)
        await on.press("slash", "escape")
        assert on.watch.condition.text == "up>1h"


async def test_what_concerns_no_single_connection_passes_every_filter() -> None:
    async with stage(connections=30) as on:
        await on.polls(2)
        on.scenario("api-down")
        await on.poll()
        await on.press("slash", *"zzzz", "enter", "e")
        assert {one.one for one in listed(on)} == {None}


async def test_a_filter_that_no_event_passes_says_so() -> None:
    async with stage(connections=20, condition=parse_filter("zzzz")) as on:
        await on.poll()
        at = on.watch.fleet.at or 0
        await see(on, [Event(at, EventKind.DROPPED, "…", tracked("conn_1", at))])
        await on.press("e")
        assert "None of 1 events passes the filter of /. / shows them all." in on.text()
        await on.press("slash")
        assert len(listed(on)) == 1


async def test_without_a_filter_slash_says_where_to_set_one() -> None:
    async with stage(connections=20) as on:
        await on.poll()
        await on.press("e", "slash")
        assert "There is no filter: / sets one on the screen before." in on.text()


# To the connection


async def test_enter_closes_the_log_and_goes_to_the_connection() -> None:
    async with stage(connections=60) as on:
        await crash(on, GONE)
        await on.press("e", "f", *["j"] * 3)
        event = listed(on)[3]
        assert event.kind is EventKind.DROPPED
        await on.press("enter")
        assert on.app.screen is on.screen
        assert on.table.pointed == event.connection_id
        assert on.table.has_focus
        await on.polls(3)
        assert on.table.pointed == event.connection_id


@pytest.mark.slow
async def test_a_connection_in_the_first_row_keeps_the_cursor_when_news_come_above() -> None:
    async with stage(connections=60) as on:
        await on.polls(10)
        first = on.watch.fleet.tracked[on.column("id")[0]]
        await see(on, [Event(on.watch.fleet.at or 0, EventKind.OPENED, "…", first)])
        await on.press("e", "enter")
        on.scenario("server-crash")
        await on.polls(8)
        assert on.column("state")[0] == "◐ late"
        assert on.table.pointed == first.connection_id


@pytest.mark.slow
async def test_who_comes_back_from_a_connection_goes_on_where_the_log_was_left() -> None:
    async with stage(connections=60) as on:
        await crash(on, GONE)
        await on.press("e", "f", "j", "j")
        event = listed(on)[2]
        await on.press("enter")
        await on.poll()
        await on.press("e")
        assert events_of(on).pointed is event
        assert "‹drops " in title(on)
        await on.press("escape", "e")
        assert events_of(on).row == 0
        assert "‹all " in title(on)


@pytest.mark.slow
async def test_enter_on_one_that_is_forgotten_says_so() -> None:
    async with stage(connections=60) as on:
        await crash(on)
        await on.polls(20, 20)
        await on.press("e", "f", "G", "k")
        event = listed(on)[-2]
        assert event.connection_id not in on.watch.fleet.tracked
        before = on.table.pointed
        await on.press("enter")
        assert on.app.screen is on.screen
        assert f"{event.connection_id} is forgotten" in on.text()
        assert on.table.pointed == before


async def test_enter_on_one_that_the_query_leaves_out_says_so() -> None:
    async with stage(connections=60, query=Query(limit=500)) as on:
        await on.poll()
        at = on.watch.fleet.at or 0
        await see(on, [Event(at, EventKind.DROPPED, "…", tracked("conn_1", at))])
        await on.press("e", "enter")
        assert "conn_1 is not known any more" in " ".join(on.text().split())


@pytest.mark.slow
async def test_enter_on_one_that_the_filter_hides_says_so_and_escape_goes_there() -> None:
    async with stage(connections=60) as on:
        await crash(on, GONE)
        await on.press("slash", *"!state:gone", "enter", "e", "slash", "f")
        event = listed(on)[0]
        await on.press("enter")
        words = " ".join(on.text().split())
        assert f"{event.connection_id} is hidden by the filter of /" in words
        assert on.table.pointed != event.connection_id
        await on.poll()
        await on.press("escape")
        assert on.table.pointed == event.connection_id


@pytest.mark.slow
async def test_who_moves_on_is_not_pulled_back_when_the_filter_is_cleared() -> None:
    async with stage(connections=60) as on:
        await crash(on)
        await on.press("slash", *"!state:gone", "enter", "e", "slash", "f", "enter", "j")
        held = on.table.pointed
        await on.press("escape")
        assert on.table.pointed == held


async def test_enter_on_what_concerns_many_says_so() -> None:
    async with stage(connections=60) as on:
        await on.poll()
        await see(on, [Event(on.watch.fleet.at or 0, EventKind.MASS_DROP, "30 late")])
        await on.press("e")
        assert "⚠ mass drop    the fleet" in lines(on)[0]
        await on.press("enter")
        assert "about many connections" in on.text()
        assert isinstance(on.app.screen, EventLog)


# The place


@pytest.mark.slow
async def test_the_cursor_and_what_is_on_screen_stay_while_new_events_come_on_top() -> None:
    async with stage(connections=120, size=(120, 30)) as on:
        await crash(on, 8 * 5)
        await on.press("e", *["j"] * 20, *["k"] * 3)
        events, count = events_of(on), len(listed(on))
        held, seen = events.pointed, events.visible_events
        # The header may need fewer lines meanwhile.
        await on.polls(20)
        assert len(listed(on)) > count
        assert events.pointed is held
        assert events.visible_events[: len(seen)] == seen
        assert sum(line.startswith("▸") for line in lines(on)) == 1


@pytest.mark.slow
async def test_at_the_top_the_cursor_stays_at_the_newest() -> None:
    async with stage(connections=60) as on:
        await crash(on, 8 * 5)
        await on.press("e")
        first = events_of(on).pointed
        await on.polls(20)
        assert events_of(on).row == 0
        assert events_of(on).pointed is on.watch.fleet.log[-1]
        assert events_of(on).pointed is not first
        await on.press("j")
        held = events_of(on).pointed
        await see(on, [Event(on.watch.fleet.at or 0, EventKind.CUT, "…")])
        assert events_of(on).pointed is held


@pytest.mark.slow
async def test_another_kind_puts_the_cursor_on_the_nearest_event_before() -> None:
    async with stage(connections=60) as on:
        await crash(on)
        await on.press("e", "G", *["k"] * 10)
        held = events_of(on).pointed
        assert held is not None
        await on.press("f", "f")
        log, pointed = on.watch.fleet.log, events_of(on).pointed
        place = next(i for i, one in enumerate(log) if one is held)
        before = [one for one in log[: place + 1] if one.kind.group is Group.LATE]
        assert before
        assert pointed is before[-1]
        await on.press("left", "left")
        assert events_of(on).pointed is held


async def test_when_its_event_is_forgotten_the_cursor_goes_to_the_oldest() -> None:
    async with stage(connections=20) as on:
        await on.poll()
        at = on.watch.fleet.at or 0
        await see(on, [Event(at, EventKind.CUT, f"number {number}") for number in range(50)])
        await on.press("e", "G")
        fleet = on.watch.fleet
        on.screen.post_message(FleetChanged(on.watch.lanes[0], replace(fleet, log=fleet.log[20:])))
        await on.settle()
        assert "number 20" in in_full(on)
        assert events_of(on).row == 29


async def test_the_keys_that_move_in_the_table_move_here() -> None:
    async with stage(connections=20, size=(120, 30)) as on:
        await on.poll()
        at = on.watch.fleet.at or 0
        await see(on, [Event(at, EventKind.CUT, f"number {number}") for number in range(99)])
        await on.press("e")
        events = events_of(on)
        page = events.size.height
        for keys, row in (
            (["j", "down"], 2),
            (["k", "up", "up"], 0),
            (["pagedown"], page),
            (["ctrl+d"], page + page // 2),
            (["ctrl+u", "pageup"], 0),
            (["G"], 98),
            (["j"], 98),
            (["home"], 0),
            (["end"], 98),
            (["g"], 0),
        ):
            await on.press(*keys)
            assert events.row == row
            assert events.visible_events.index(listed(on)[row]) >= 0


@pytest.mark.slow
async def test_a_click_puts_the_cursor_there_and_a_second_one_goes_to_the_connection() -> None:
    async with stage(connections=60) as on:
        await crash(on)
        await on.press("e")
        assert await on.pilot.click(EventList, offset=(30, 4))
        await on.settle()
        event = events_of(on).pointed
        assert event is listed(on)[4]
        assert await on.pilot.click(EventList, offset=(30, 4))
        await on.settle()
        assert on.app.screen is on.screen
        assert event is not None
        assert on.table.pointed == event.connection_id


# The screen around it


async def test_the_header_goes_on_and_its_keys_work() -> None:
    async with stage(connections=20) as on:
        await on.polls(2)
        await on.press("e")
        assert "as of 14:30:35Z" in on.text().splitlines()[0]
        await on.poll()
        assert "as of 14:30:40Z" in on.text().splitlines()[0]
        await on.press("p")
        assert "‖ paused" in on.text()
        on.gate.release()
        await on.press("R")
        await on.until(lambda: "as of 14:30:40Z" in on.text(), "R asks")
        assert len(on.gate.asked) == 4


async def test_q_typed_right_behind_e_closes_the_log_and_not_the_program() -> None:
    async with stage(connections=20) as on:
        await on.poll()
        await on.pilot.press("e", "q")
        await on.settle()
        assert on.app.is_running
        assert on.app.screen is on.screen
        for key in ("escape", "q", "e"):
            await on.press("e")
            assert isinstance(on.app.screen, EventLog)
            await on.press(key)
            assert on.app.screen is on.screen


async def test_e_is_text_in_a_field() -> None:
    async with stage(connections=20) as on:
        await on.poll()
        await on.press("slash", "e")
        assert on.app.screen is on.screen
        assert on.screen.query_one(FindBar).text == "e"


@pytest.mark.slow
async def test_its_keys_are_in_help_and_palette_and_can_be_remapped() -> None:
    async with stage(connections=60, keymap={"events": "v", "log-down": "z"}) as on:
        await crash(on)
        await on.press("v", "z", "z")
        assert events_of(on).row == 2
        await on.press("question_mark")
        assert isinstance(on.app.screen, Help)
        assert "close the log and go to the connection" in on.text()
        told = {one.id for _, bindings in sections(on.app) for one in bindings}
        assert {"log-jump", "log-kind", "log-filter", "log-close", "log-down"} <= told
        await on.press("escape", "colon")
        assert isinstance(on.app.screen, CommandPalette)
        await on.press(*"oldest event")
        await on.until(lambda: "the oldest event that is remembered" in on.text())
        await on.press("down", "enter")
        await on.until(lambda: events_of(on).row == len(listed(on)) - 1, "the palette runs it")


async def test_y_copies_the_event_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    async with stage(connections=60) as on:
        await crash(on)
        monkeypatch.setattr(
            "tui.view.event_log.copy", lambda _app, text, what: copied.append(f"{what}: {text}")
        )
        await on.press("e", "j", "y")
        assert copied == [f"event: {listed(on)[1].line}"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "size", [(160, 45), (110, 30), (80, 24), (60, 15), (40, 10), (20, 5), (5, 3), (1, 1)]
)
async def test_it_works_at_any_size(size: tuple[int, int]) -> None:
    async with stage(connections=60, size=size) as on:
        await crash(on, 8 * 5)
        await on.press("e", "j", "G", "k", "ctrl+u", "f", "left", "g", "j")
        await on.poll()
        event = events_of(on).pointed
        assert event is not None
        if size >= (20, 5):
            assert any(line.startswith("▸ ") for line in lines(on))
        await on.press("enter")
        assert on.table.pointed == event.connection_id


async def test_at_80_by_24_most_lines_are_events_and_all_kinds_are_in_sight() -> None:
    async with stage(connections=60, size=(80, 24)) as on:
        await crash(on)
        await on.press("e")
        assert len(lines(on)) >= 12
        for word in ("‹all ", "drops ", "late ", "opened ", "monitor 0"):
            assert word in title(on)
        assert "Go to it" in on.text().splitlines()[-1]


@pytest.mark.slow
async def test_resizing_keeps_the_place_and_the_screen_behind_fits() -> None:
    async with stage(connections=60, size=(160, 45)) as on:
        await crash(on)
        await on.press("e", *["j"] * 25)
        held = events_of(on).pointed
        for size in ((80, 24), (40, 10), (200, 60), (80, 24)):
            await on.pilot.resize_terminal(*size)
            await on.settle()
            assert events_of(on).pointed is held
            assert held in events_of(on).visible_events
        await on.press("escape")
        assert "Data center  any" not in on.text()
        assert on.table.size.width <= 80


# Strangers' texts, and many events


async def test_no_text_of_a_stranger_reaches_the_screen_as_it_is() -> None:
    async with stage(connections=5, size=(100, 60)) as on:
        await on.poll()
        at = on.watch.fleet.at or 0
        ones = [tracked(text, at, host=text, client=text) for text in HOSTILE]
        fleet = replace(on.watch.fleet, tracked={one.connection_id: one for one in ones})
        happened = [Event(at, EventKind.DROPPED, "gone", one) for one in ones]
        on.screen.post_message(FleetChanged(on.watch.lanes[0], replace(fleet, log=tuple(happened))))
        await on.settle()
        await on.press("e")
        for _ in HOSTILE:
            assert hostile_characters(on.text()) == set()
            assert "\x1b" not in on.text()
            await on.press("j")
        assert "[/bold][red]markup[/" in on.text()
        await on.press("escape", "slash", *"zzzz", "enter", "e", "slash")
        for _ in range(2):
            await on.press("enter")
            assert "is hidden by the filter of /" in " ".join(on.text().split())
            assert hostile_characters(on.text()) == set()
            await on.press("e", "slash", "j")


async def test_of_five_thousand_events_only_lines_that_changed_are_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with stage(connections=5, size=(120, 40)) as on:
        await on.poll()
        at = on.watch.fleet.at or 0
        many = [
            Event(at + n * TICKS, EventKind.LATE, "late", tracked(f"conn_{n}", at))
            for n in range(EVENTS_KEPT)
        ]
        await see(on, many)
        await on.press("e")
        events, made = events_of(on), list[int]()
        assert len(listed(on)) == EVENTS_KEPT
        assert "5,000" in title(on)
        await on.press("j")
        render = events.render_line

        def counted(y: int) -> Strip:
            made.append(y)
            return render(y)

        monkeypatch.setattr(events, "render_line", counted)
        await on.press("j")
        assert len(made) == 2
        made.clear()
        # Whoever reads sees nothing move: no line is drawn again.
        await see(on, [Event(at + EVENTS_KEPT * TICKS, EventKind.CUT, "cut")])
        assert "5,001" in title(on)
        assert made == []


@pytest.mark.slow
async def test_the_fleet_goes_on_while_the_log_is_open() -> None:
    async with stage(connections=60) as on:
        await on.polls(10)
        await on.press("e")
        on.scenario("server-crash")
        await on.polls(8)
        assert listed(on) == list(reversed(on.watch.fleet.log))
        await on.press("q")
        assert isinstance(on.watch.fleet, Fleet)
        assert on.column("state")[0] == "◐ late"
