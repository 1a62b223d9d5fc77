"""Of whatever the endpoint answers, what can be read is; what cannot is counted and named."""

import json
import math

import pytest

from tests.faults.inputs import (
    ANSWER,
    BODIES,
    FIELDS,
    GOOD,
    NO_CONTENT,
    Input,
    beside_good_ones,
    record_text,
)
from tests.faults.wire import Wire
from tests.pty.stream import unseen
from tests.source.scripted_server import Step, answer
from tests.source.test_console_api import asking
from tests.stage import stage
from tui.core.query import Query
from tui.core.records import json_record
from tui.core.safe import safe
from tui.core.snapshot import Trouble
from tui.source.base import SourceError

REFUSED = [one for one in BODIES if one.costs == ANSWER]
READ = [one for one in BODIES if one.costs != ANSWER]
BY_NAME = {one.name: one for one in BODIES}


def step_of(one: Input) -> Step:
    """The answer that has this body."""
    return answer(one.body, "204 No Content" if one.name == NO_CONTENT else "200 OK")


def as_served(record: str) -> dict[str, object]:
    """A record as any reader of JSON has it; what is left out, or is no number, is null."""
    document: dict[str, object] = json.loads(record, parse_constant=lambda _: None)
    return dict.fromkeys(FIELDS) | {
        name: None if value in (math.inf, -math.inf) else value for name, value in document.items()
    }


@pytest.mark.surface("body")
@pytest.mark.parametrize("one", READ)
async def test_what_can_be_read_is_kept_exactly_and_the_rest_is_counted_by_field(
    one: Input,
) -> None:
    async with asking(step_of(one)) as (api, _):
        snapshot = await api.fetch(Query())
    records = {each.connection_id: each for each in snapshot.records}
    assert records.keys() >= set(GOOD)
    assert snapshot.unreadable == ({one.costs: 1} if one.costs else {})
    hostile = [json.loads(json_record(each)) for name, each in records.items() if name not in GOOD]
    # Of two records with one id the last one counts.
    last = one.text.rpartition("}, {")[2].removeprefix("{")
    assert hostile == ([as_served("{" + last)] if one.costs is None else [])


@pytest.mark.surface("body")
@pytest.mark.parametrize("one", REFUSED)
async def test_what_is_no_array_of_records_is_refused_in_a_sentence(one: Input) -> None:
    async with asking(step_of(one), answer(BY_NAME["utf-8-sig"].body)) as (api, _):
        with pytest.raises(SourceError) as refused:
            await api.fetch(Query())
        assert len((await api.fetch(Query())).records) == 3
    assert refused.value.trouble is Trouble.ANSWER
    assert refused.value.sentence == safe(refused.value.sentence, 200)


@pytest.mark.parametrize("name", ["-0.0 as duration", "-0.0 unused"])
async def test_a_zero_below_zero_stays_one(name: str) -> None:
    async with asking(step_of(BY_NAME[name])) as (api, _):
        records = (await api.fetch(Query())).records
    assert ": -0.0" in json_record(records[1])


@pytest.mark.surface("screen")
@pytest.mark.inputs(*BODIES)
async def test_every_answer_is_lived_through_on_screen() -> None:
    """With all columns, and the detail open on the record that is hostile."""
    wire = Wire()
    async with stage(wire=wire, size=(190, 40)) as on:
        wire.fault = answer(BY_NAME["utf-8-sig"].body)
        await on.poll()
        await on.press("w", "G", "enter")
        for one in BODIES:
            wire.fault = step_of(one)
            # Time stands still: or the endpoint would be found frozen, rightly.
            await on.poll(0.0)
            text = on.text()
            assert set(GOOD) <= set(on.column("id")), one.name
            assert all(f" {name} " in text for name in GOOD), one.name
            assert unseen(text) == set(), one.name
            assert ("⚠ link down: " in text) == (one.costs == ANSWER), one.name
            lost = one.costs is not None and one.costs != ANSWER
            told = f"1 record unreadable: {safe(one.costs or '', 40)} "
            assert (told in text) == lost, one.name


async def test_bad_records_are_counted_together_and_named_by_field() -> None:
    bad = [record_text({"lastHeartbeat": text}) for text in ('"never"', "5", '""')]
    wire = Wire()
    async with stage(wire=wire) as on:
        wire.fault = answer(beside_good_ones(", ".join(bad)).encode())
        await on.poll()
        assert "3 records unreadable: lastHeartbeat " in on.text()
        assert len(on.rows()) == 2
        wire.fault = answer(BY_NAME["utf-8-sig"].body)
        await on.poll()
        assert "unreadable" not in on.text()
        assert len(on.rows()) == 3
