"""The first records are told while the rest of the answer is still coming in, once, as a part."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.source.scripted_server import OK_DATE, ScriptedServer, Step, answer, head
from tests.source.test_console_api import one_key
from tests.source.test_wire import served
from tests.strategies import wire_records
from tui.core.query import Query
from tui.core.snapshot import Cut, Snapshot
from tui.source.base import SourceError
from tui.source.console_api import ConsoleApi
from tui.source.foretaste import ENOUGH, Foretaste
from tui.source.wire import read_body, read_start

MANY = json.dumps([served(connectionId=f"conn_{number}") for number in range(600)]).encode()


@asynccontextmanager
async def tasting(*steps: Step) -> AsyncIterator[tuple[ConsoleApi, asyncio.Queue[Snapshot]]]:
    """A client in front of a scripted server, and what it tells before it answers."""
    told: asyncio.Queue[Snapshot] = asyncio.Queue()
    async with asyncio.timeout(20), ScriptedServer(list(steps)) as server:
        api = ConsoleApi(server.endpoint, one_key, foretaste=Foretaste(told.put_nowait))
        try:
            yield api, told
        finally:
            await api.aclose()


async def test_the_first_records_are_told_while_the_rest_is_awaited() -> None:
    rest = asyncio.Event()

    async def slowly(writer: asyncio.StreamWriter) -> bool:
        writer.write(head(f"Date: {OK_DATE}", f"Content-Length: {len(MANY)}"))
        writer.write(MANY[: 2 * ENOUGH])
        await rest.wait()
        writer.write(MANY[2 * ENOUGH :])
        return True

    query = Query(service="coinapi-ws")
    async with tasting(slowly) as (api, told):
        asking = asyncio.create_task(api.fetch(query))
        first = await told.get()
        assert not asking.done()
        assert (first.query, first.cut) == (query, Cut.UNDERWAY)
        assert not first.complete
        rest.set()
        whole = await asking
    assert first.at == whole.at
    assert len(whole.records) == 600
    assert whole.cut is None
    assert 50 < len(first.records) < 600
    assert first.records == whole.records[: len(first.records)]
    assert told.empty()


async def test_they_are_told_once() -> None:
    async with tasting(answer(MANY)) as (api, told):
        await api.fetch(Query())
        await api.fetch(Query())
        assert told.qsize() == 1


async def test_after_a_whole_answer_nothing_is_first_any_more() -> None:
    async with tasting(answer(), answer(MANY)) as (api, told):
        await api.fetch(Query())
        await api.fetch(Query())
        assert told.empty()


async def test_what_is_told_leaves_no_trace_in_the_answer() -> None:
    async with tasting(answer(MANY)) as (api, told), tasting(answer(MANY)) as (other, _):
        other._foretaste.told = True
        one, same = await api.fetch(Query()), await other.fetch(Query())
        assert not told.empty()
        assert (one.records, one.cut, one.served) == (same.records, same.cut, same.served)
        assert (one.clock.known, one.unreadable) == (same.clock.known, same.unreadable)


async def test_a_long_page_of_a_portal_is_not_told() -> None:
    page = b"<html>" + b"<p>Welcome, sign in</p>" * 9_000
    async with tasting(answer(page)) as (api, told):
        with pytest.raises(SourceError):
            await api.fetch(Query())
        assert told.empty()


@given(st.lists(wire_records(), max_size=12), st.integers(0, 4_000), st.integers(0, 6_000))
def test_what_is_read_of_a_start_is_the_start_of_what_is_read(
    records: list[dict[str, object]], size: int, come: int
) -> None:
    body = json.dumps(records).encode()
    start, whole = read_start(body[:come], size), read_body(body).records
    by_id = {one.connection_id: one for one in start}
    assert list(by_id) == [one.connection_id for one in whole][: len(by_id)]
    if len({record["connectionId"] for record in records}) == len(records):
        assert start == whole[: len(start)]


@given(st.binary(max_size=300), st.integers(0, 50))
def test_anything_can_be_the_start_of_a_body(body: bytes, size: int) -> None:
    read_start(body, size)
