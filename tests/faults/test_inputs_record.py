"""A text in a field of a record comes back to the letter, whatever it is, and harms no other."""

import json

import pytest

from tests.faults.inputs import GOOD, TEXT_FIELDS, TEXTS, Input, record_of, record_text
from tests.source.scripted_server import answer
from tests.source.test_console_api import asking
from tui.core.query import Query
from tui.core.records import json_record

GOOD_ONES = [{**json.loads(record_text()), "connectionId": name} for name in GOOD]


@pytest.mark.surface("record fields")
@pytest.mark.parametrize("one", TEXTS)
async def test_a_text_comes_back_exactly_from_every_field(one: Input) -> None:
    """From each of them alone, and from all of them at once, in records with and without extras."""
    alone = [
        {**json.loads(record_text()), "connectionId": f"in {field}"} | {field: one.text}
        for field in TEXT_FIELDS
    ]
    everywhere = record_of(one, 0)
    documented = {name: everywhere[name] for name in json.loads(record_text())}
    served = [GOOD_ONES[0], *alone, everywhere, {**documented, "connectionId": "all"}, GOOD_ONES[1]]
    async with asking(answer(json.dumps(served).encode())) as (api, _):
        snapshot = await api.fetch(Query())
    assert snapshot.unreadable == {}
    assert [json.loads(json_record(each)) for each in snapshot.records] == served
    assert [each.record() for each in snapshot.records] == served


@pytest.mark.surface("record fields")
@pytest.mark.parametrize("one", TEXTS)
async def test_a_text_beside_a_bad_record_comes_back_exactly_too(one: Input) -> None:
    served = [record_of(one, 0), {**GOOD_ONES[0], "host": 5}, GOOD_ONES[1]]
    async with asking(answer(json.dumps(served).encode())) as (api, _):
        snapshot = await api.fetch(Query())
    assert snapshot.unreadable == {"host": 1}
    assert [each.record() for each in snapshot.records] == [served[0], served[2]]


@pytest.mark.surface("record fields")
@pytest.mark.parametrize("one", TEXTS)
async def test_a_text_in_place_of_a_time_costs_its_record_alone(one: Input) -> None:
    served = [GOOD_ONES[0], {**GOOD_ONES[1], "lastHeartbeat": one.text}]
    async with asking(answer(json.dumps(served).encode())) as (api, _):
        snapshot = await api.fetch(Query())
    assert snapshot.unreadable == {"lastHeartbeat": 1}
    assert [each.record() for each in snapshot.records] == served[:1]
