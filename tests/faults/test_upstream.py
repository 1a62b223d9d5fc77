"""What the libraries do by themselves, and why conntop has the guards that it has.

Not one of these is a promise of conntop. When one fails after an upgrade, a library has changed:
look whether the guard named beside it still stands at the right place.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import signal
import sys

import httpx
import pydantic
import pytest
from rich.text import Text
from textual.app import App, ComposeResult
from textual.content import Content
from textual.markup import MarkupError
from textual.widget import Widget
from textual.widgets import Static

from tests.canary import CANARY
from tests.pty.terminal import Terminal
from tests.source.scripted_server import ScriptedServer, answer, drip, head, raw, silence

pytestmark = pytest.mark.board

DROPPED = "\a\b\v\f\r"
"""All that Textual takes out of a text."""
LET_THROUGH = {
    "CSI": "\x1b[2J",
    "OSC 52": "\x1b]52;c;cHduZWQ=\x1b\\",
    "OSC 8": "\x1b]8;;http://evil.invalid\x1b\\",
    "C1": "\x9b2J",
    "bidi": "\u202e",
    "NUL": "\0",
    "DEL": "\x7f",
}


class Bare(App[None]):
    """One widget and nothing of ours."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self._widget = widget

    def compose(self) -> ComposeResult:
        yield self._widget


async def drawn(widget: Widget) -> str:
    app = Bare(widget)
    async with app.run_test(size=(60, 3)) as pilot:
        await pilot.pause()
        lines = app.screen._compositor.render_strips()
    return "".join(segment.text for line in lines for segment in line)


# Textual's texts, against which there is ``safe``


@pytest.mark.parametrize("text", LET_THROUGH.values(), ids=LET_THROUGH)
async def test_textual_hands_hostile_text_on(text: str) -> None:
    for widget in (Static(text, markup=False), Static(Content(text)), Static(Text(text))):
        assert text in await drawn(widget)


async def test_textual_takes_five_characters_out() -> None:
    assert "ab" in await drawn(Static(f"a{DROPPED}b", markup=False))


def test_a_bracket_crashes_what_reads_markup() -> None:
    with pytest.raises(MarkupError):
        _ = Static("[/").visual


# Textual's ends, against which there are ``ending`` and a crash screen of our own

_APP = """
import os, sys
from textual.app import App
from textual.widgets import Static

class Bare(App):
    def compose(self):
        yield Static("ready")

    def key_c(self):
        key = os.environ["KEY"]
        raise RuntimeError("broken")

Bare().run()
"""


def test_a_crash_of_textual_prints_local_variables_and_ends_with_0() -> None:
    command = [sys.executable, "-c", _APP]
    # Not the canary itself, which no terminal of these tests may show.
    with Terminal(command, environment={"KEY": "a-plain-key"}) as terminal:
        terminal.until("ready")
        terminal.send("c")
        assert terminal.exit_code() == 0
        assert "a-plain-key" in terminal.afterwards


def test_a_signal_kills_textual_and_leaves_the_terminal_as_it_is() -> None:
    with Terminal([sys.executable, "-c", _APP], environment={"KEY": ""}) as terminal:
        terminal.until("ready")
        terminal.signal(signal.SIGTERM)
        assert terminal.exit_code() == -signal.SIGTERM
        assert {"1049", "line"} <= terminal.left()


# httpx, against which ``ConsoleApi`` has its limits


async def test_httpx_reads_a_small_packet_into_a_flood() -> None:
    packed = gzip.compress(bytes(2**24))
    assert len(packed) < 2**15
    step = answer(packed, headers={"Content-Encoding": "gzip"})
    async with ScriptedServer([step]) as server, httpx.AsyncClient() as client:
        assert len((await client.get(server.base)).content) == 2**24


async def test_httpx_has_no_deadline_for_a_whole_answer() -> None:
    step = drip(head("Content-Length: 100000"), every=0.02)
    async with ScriptedServer([step]) as server, httpx.AsyncClient(timeout=0.1) as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await client.get(server.base)


@pytest.mark.parametrize(
    "step",
    [
        raw(head("Connection: close") + b'[{"connectionId": "a"'),
        answer(gzip.compress(b"x" * 999)[:-9], headers={"Content-Encoding": "gzip"}),
    ],
    ids=["close-delimited", "gzip"],
)
async def test_a_body_that_was_cut_comes_back_as_200(step: object) -> None:
    async with ScriptedServer([step]) as server, httpx.AsyncClient() as client:  # type: ignore[list-item]
        assert (await client.get(server.base)).status_code == 200


async def test_httpx_carries_the_headers_of_our_own_to_another_origin() -> None:
    async with ScriptedServer([answer()]) as target:
        moved = answer(b"", "302 Found", {"Location": target.base})
        async with (
            ScriptedServer([moved]) as server,
            httpx.AsyncClient(headers={"X-Key": "plain"}) as client,
        ):
            assert (await client.get(server.base)).status_code == 302
            await client.get(server.base, follow_redirects=True)
        assert target.requests[0].headers["x-key"] == "plain"


async def test_a_question_cancelled_at_the_wrong_moment_blocks_its_place_for_good() -> None:
    assert True in [await blocks_when_cancelled_after(steps) for steps in range(30)]


async def blocks_when_cancelled_after(steps: int) -> bool:
    """Whether a pool of one is of no use after a question that got so far."""
    limits, timeout = httpx.Limits(max_connections=1), httpx.Timeout(2, pool=0.2)
    async with (
        ScriptedServer([silence()]) as server,
        httpx.AsyncClient(limits=limits, timeout=timeout) as client,
    ):
        task = asyncio.ensure_future(client.get(server.base))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        server.steps[:] = [answer()]
        try:
            await client.get(server.base)
        except httpx.PoolTimeout:
            return True
        return False


async def test_an_illegal_key_is_in_the_message() -> None:
    async with ScriptedServer([silence()]) as server, httpx.AsyncClient() as client:
        with pytest.raises(httpx.LocalProtocolError, match="a-plain-key"):
            await client.get(server.base, headers={"Authorization": "a-plain-key\n"})


async def test_httpx_logs_what_was_asked(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "httpx"):
        async with ScriptedServer([answer()]) as server, httpx.AsyncClient() as client:
            await client.get(server.base, params={"connectionId": "somebody"})
    assert "connectionId=somebody" in caplog.text


# pydantic, against which records are read one by one and settings hide their input


class Settings(pydantic.BaseModel):
    """A key beside another field."""

    key: str
    every: float

    @pydantic.model_validator(mode="before")
    @classmethod
    def refuse(cls, values: object) -> object:
        raise ValueError("no")


def test_an_error_of_pydantic_shows_the_sibling_field() -> None:
    with pytest.raises(pydantic.ValidationError) as failed:
        Settings.model_validate({"key": "a-plain-key", "every": 1})
    assert "a-plain-key" in str(failed.value)
    assert "a-plain-key" in repr(failed.value.errors())
    assert CANARY not in str(failed.value)


def test_a_lone_surrogate_costs_pydantic_the_whole_document() -> None:
    adapter = pydantic.TypeAdapter(list[dict[str, str]])
    with pytest.raises(pydantic.ValidationError, match="Invalid JSON"):
        adapter.validate_json(rb'[{"a": "good"}, {"a": "\ud800"}]')
