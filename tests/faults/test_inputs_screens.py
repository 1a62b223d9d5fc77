"""On no screen does a text of a stranger's act, hide, or push aside what stands beside it."""

import json
import re
from collections.abc import Iterable

import pytest

from tests.core.test_handover import check_dead
from tests.faults.inputs import TEXTS, record_of
from tests.faults.wire import Wire
from tests.pty.stream import longest_pile, unseen
from tests.source.scripted_server import Step, answer
from tests.stage import Stage, stage
from tui.core.cells import cells_of
from tui.core.grammar import parse_filter
from tui.core.markdown import dead
from tui.core.safe import safe
from tui.view.all_keys import binding_ids
from tui.view.app import ConntopApp
from tui.view.group_list import NAMELESS, GroupList

RECORDS = [record_of(one, place) for place, one in enumerate(TEXTS)]
GROUPS = [RECORDS[first : first + 9] for first in range(0, len(RECORDS), 9)]
"""Few enough that none looks like an answer that was cut."""
pytestmark = [pytest.mark.surface("screens"), pytest.mark.inputs(*TEXTS)]


def serving(records: Iterable[dict[str, object]], **headers: str) -> Step:
    """An answer with these records."""
    return answer(json.dumps(list(records)).encode(), headers=headers)


def check(on: Stage) -> str:
    """That nothing on screen is hidden or piled up; gives the screen."""
    text = on.text()
    assert unseen(text) == set()
    assert longest_pile(text) <= 2
    return text


def end_of(line: str) -> int:
    """Where the time ends for which a connection is up, right of five texts."""
    found = re.search(r" (1h[0-9]+m|[0-9]+m)(?= )", line)
    assert found is not None, line
    return cells_of(line[: found.end()])


async def test_in_the_table_every_text_is_recognised_and_moves_nothing() -> None:
    """In the usual columns, and in all of them."""
    wire = Wire()
    wire.fault = serving(RECORDS)
    async with stage(wire=wire, size=(330, 60)) as on:
        await on.poll()
        for _ in ("usual", "all"):
            lines = [line for line in check(on).splitlines() if "● live " in line]
            assert len(lines) == len(TEXTS)
            assert len({end_of(line) for line in lines}) == 1
            for line in lines:
                place = int(re.findall("s ([0-9]{2})", line)[0])
                assert f" {place:02}{safe(TEXTS[place].text)[:8]}" in line
            await on.press("w")


@pytest.mark.parametrize("records", GROUPS, ids=range(len(GROUPS)))
async def test_in_the_log_every_text_is_recognised(records: list[dict[str, object]]) -> None:
    """Each connection moves to another host, which is told with what is known of both."""
    moved = [
        {
            **one,
            "connectionId": f"to{one['connectionId']}",
            "host": f"2{one['host']}",
            "connectionStartTime": "2024-01-15T14:30:28.0000000Z",
            "lastHeartbeat": "2024-01-15T14:30:30.0000000Z",
        }
        for one in records
    ]
    wire = Wire()
    wire.fault = serving(records)
    async with stage(wire=wire, size=(250, 60)) as on:
        await on.poll()
        wire.fault = serving(moved, Date="Mon, 15 Jan 2024 14:30:31 GMT")
        await on.poll()
        await on.press("e")
        lines = [line for line in check(on).splitlines() if "→ moved" in line]
        for one in moved:
            shown = f" {safe(str(one['connectionId']))[:12]}"
            assert any(shown in line for line in lines), shown
        for _ in on.watch.fleet.log:
            await on.press("j")
            check(on)


@pytest.mark.parametrize("key", ["host", "region", "key", "client"])
async def test_in_the_groups_every_text_is_recognised_and_opens_its_own(key: str) -> None:
    """Some texts are the same to a filter, and then to a grouping."""
    wire = Wire()
    wire.fault = serving(RECORDS)
    async with stage(wire=wire, size=(160, 70)) as on:
        await on.poll()
        on.screen.open_groups(key)
        await on.settle()
        listing = on.app.screen.query_one(GroupList)
        for group in listing.sheet.grouping.groups:
            (line,) = [one for one in check(on).splitlines() if one.startswith("▸")]
            assert line[2:].startswith(safe(group.value)[:8] or NAMELESS)
            # Left of the numbers nothing is wider or narrower than it looks.
            assert cells_of(line[: line.index("●")]) == listing.region.x + 2 + _before(listing)
            condition = parse_filter(listing.sheet.grouping.condition(group))
            at = listing.sheet.grouping.at
            known = on.watch.fleet.tracked.values()
            assert sum(condition.passes(one, at) for one in known) == group.size
            await on.press("j")


def _before(listing: GroupList) -> int:
    """Cells of the name, and of the column of all, with the gaps behind them."""
    layout = listing.division
    assert layout.columns[0].key == "all"
    return layout.name + layout.columns[0].width + 2 * layout.gap


async def test_in_the_note_every_text_is_recognised_and_none_is_alive() -> None:
    wire = Wire()
    async with stage(wire=wire, size=(330, 60)) as on:
        for records in GROUPS:
            wire.fault = serving(records)
            await on.poll()
            on.table.marks = frozenset(str(one["connectionId"]) for one in records)
            await on.press("H")
            shown = check(on)
            for one in records:
                assert dead(str(one["connectionId"]))[:12] in shown
            note = on.watch.writing(on.table.marks).note(mask_clients=False)
            check_dead(note)
            await on.press("escape")


async def test_the_keys_of_the_settings_are_harmless_in_help_and_palette() -> None:
    names = sorted(binding_ids(ConntopApp) - {"help", "palette", "back"})
    texts = [one.text for one in TEXTS if len(one.text) < 1_000]
    async with stage(keymap=dict(zip(names, texts, strict=False)), size=(160, 200)) as on:
        await on.poll()
        check(on)
        await on.press("?")
        assert "a␛[2Jb" in check(on)
        await on.press("escape", ":")
        check(on)
