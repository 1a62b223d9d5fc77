"""LateSource: nothing is made before the first question, and once only."""

import asyncio
import threading

import pytest

from tui.core.query import Query
from tui.core.snapshot import Snapshot
from tui.source.base import NoSourceError, Source
from tui.source.late import LateSource


class Endpoint:
    """Answers with nothing, and notes what happens to it."""

    def __init__(self) -> None:
        self.asked: list[Query] = []
        self.closed = False

    async def fetch(self, query: Query) -> Snapshot:
        self.asked.append(query)
        return Snapshot(query, (), 0)

    async def aclose(self) -> None:
        self.closed = True


async def test_the_first_question_makes_it_off_the_loop() -> None:
    endpoint, made_in = Endpoint(), list[threading.Thread]()

    def make() -> Source:
        made_in.append(threading.current_thread())
        return endpoint

    late = LateSource(make)
    assert made_in == []
    for query in (Query(), Query(service="x")):
        assert (await late.fetch(query)).query == query
    assert endpoint.asked == [Query(), Query(service="x")]
    assert len(made_in) == 1
    assert made_in != [threading.main_thread()]
    await late.aclose()
    assert endpoint.closed


async def test_what_was_never_asked_is_not_made_to_be_closed() -> None:
    def make() -> Source:
        raise AssertionError

    await LateSource(make).aclose()


async def test_what_cannot_be_made_is_told() -> None:
    def make() -> Source:
        raise NoSourceError("there is nobody")

    late = LateSource(make)
    with pytest.raises(NoSourceError, match="there is nobody"):
        await late.fetch(Query())
    await late.aclose()


async def test_what_is_still_being_made_when_nobody_asks_any_more_is_closed_all_the_same() -> None:
    endpoint, begun, go = Endpoint(), threading.Event(), threading.Event()

    def make() -> Source:
        begun.set()
        go.wait(10)
        return endpoint

    late = LateSource(make)
    asking = asyncio.create_task(late.fetch(Query()))
    await asyncio.to_thread(begun.wait, 10)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    go.set()
    await late.aclose()
    assert endpoint.asked == []
    assert endpoint.closed
