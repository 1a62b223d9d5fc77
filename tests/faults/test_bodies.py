"""An answer that ends too early without a word of it: wherever it is cut, no row vanishes."""

from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING

import brotli  # type: ignore[import-untyped]
import pytest

from tests.faults.surviving import present, recovers, states, truly_present, watching
from tests.faults.wire import Wire
from tests.source.scripted_server import head
from tests.source.test_wire import served
from tui.core.connection import State
from tui.core.events import EventKind
from tui.source.slices import SLICE
from tui.source.wire import NotAnAnswerError, read_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.stage import Stage

pytestmark = pytest.mark.fault(7)

DATE = re.compile(rb"date: [^\r]*", re.IGNORECASE)
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: gzip.compress(body, 9),
    "br": lambda body: brotli.compress(body, quality=9),
    "": lambda body: body,
}


class Cut:
    """Answers that end where the connection does, after ``at`` bytes of a packed body."""

    def __init__(self, encoding: str) -> None:
        self.at = 0
        self.encoding = encoding
        self.body = b""
        """The whole body of the last answer, packed."""

    def __call__(self, first: bytes, body: bytes) -> tuple[bytes, bool]:
        plain = gzip.decompress(body) if b"gzip" in first else body
        self.body = PACKERS[self.encoding](plain)
        date = DATE.search(first)
        assert date is not None
        lines = ["Connection: close", date[0].decode()]
        if self.encoding:
            lines.append(f"Content-Encoding: {self.encoding}")
        return head(*lines) + self.body[: self.at], False


async def cut_body(on: Stage, cut: Cut) -> bytes:
    """A whole answer, to see where there is something to be cut."""
    cut.at = 10**9
    await on.poll()
    assert on.watch.fleet.outage is None
    return cut.body


async def loses_nothing(on: Stage, cut: Cut, places: list[int]) -> None:
    """An answer that is cut is none, wherever it is cut; the next whole one is taken."""
    before, told = states(on), len(on.watch.fleet.log)
    assert len(before) == 30
    for cut.at in places:
        await on.poll()
        assert on.watch.fleet.outage is not None, cut.at
        assert states(on) == before, cut.at
    assert "a portal, a wrong URL, or cut short" in on.text()
    cut.at = 10**9
    await recovers(on)
    kinds = [event.kind for event in on.watch.fleet.log[told:]]
    assert kinds == [EventKind.LINK_LOST, EventKind.LINK_BACK]


@pytest.mark.parametrize("extra", [{}, {"a": [{"b": "},{"}, {"c": "}]"}]}], ids=["", "odd"])
def test_no_part_of_a_long_body_is_a_body(extra: dict[str, object]) -> None:
    records = [served(connectionId=f"conn_{number}", **extra) for number in range(200)]
    body = json.dumps(records).encode()
    assert len(body) > 3 * SLICE
    ends = [found.end() for found in re.finditer(rb"\}|\]|,", body)]
    for end in [*ends[::29], len(body) - 1]:
        with pytest.raises(NotAnAnswerError):
            read_body(body[:end])


async def test_a_plain_body_cut_at_and_between_all_records() -> None:
    wire, cut = Wire(), Cut("")
    async with watching(wire) as on:
        with wire.spoiled(cut):
            body = await cut_body(on, cut)
            ends = [found.end() for found in re.finditer(rb"\}", body)]
            assert len(ends) == 30
            places = [place for end in ends for place in (end - 240, end)]
            await loses_nothing(on, cut, [0, 1, 2, ends[0] + 1, *places])


@pytest.mark.parametrize("encoding", ["gzip", "br"])
async def test_a_packed_body_cut_anywhere(encoding: str) -> None:
    wire, cut = Wire(), Cut(encoding)
    async with watching(wire) as on:
        with wire.spoiled(cut):
            size = len(await cut_body(on, cut))
            # What is behind the last record, a checksum say, may be lacking: nothing is lost then.
            await loses_nothing(on, cut, [0, 1, 9, 10, 11, *range(20, size - 40, size // 25)])


@pytest.mark.parametrize("encoding", ["gzip", "br"])
async def test_the_last_bytes_of_a_packed_body_cost_no_row_either_way(encoding: str) -> None:
    wire, cut = Wire(), Cut(encoding)
    async with watching(wire) as on:
        with wire.spoiled(cut):
            size = len(await cut_body(on, cut))
            for cut.at in range(size - 20, size):
                await on.poll()
                assert on.watch.fleet.outage is not None or present(on) == truly_present(on)
                assert on.watch.fleet.counts()[State.GONE] == 0
