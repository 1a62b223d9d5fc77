"""What an error says in its body or headers is told in one sentence that nothing acts upon."""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping

import pytest

from tests.cli.conftest import home, run
from tests.cli.program import KEY, Run
from tests.faults.inputs import TEXTS, Input, beside_good_ones, record_text
from tests.faults.wire import Wire
from tests.pty.stream import longest_pile, unseen
from tests.source.scripted_server import OK_DATE, ScriptedServer, answer, raw
from tests.source.test_console_api import asking
from tests.stage import stage
from tui.core.query import Query
from tui.core.safe import safe
from tui.source.base import SourceError

__all__ = ["home", "run"]

LONGEST = 260
"""Characters of a sentence about an error: it has to fit on the screen."""
GOOD = beside_good_ones(record_text()).encode()
HEADERS = {
    "Retry-After": "429 Too Many Requests",
    "Location": "302 Found",
    "Date": "200 OK",
    "Age": "200 OK",
    "Content-Type": "200 OK",
    "Content-Encoding": "200 OK",
    "Server": "503 Service Unavailable",
    "reason": "200",
}
"""The headers that a server controls and somebody may read, each with the status that goes with
it; and the phrase behind the status."""


def bodies(text: str) -> Iterator[bytes]:
    """The shapes that an error has, with a text wherever one can be."""
    for name in ("error", "detail", "title", "message"):
        yield json.dumps({name: text}).encode()
    yield json.dumps({"title": "One or more errors", "errors": {"limit": [text, text]}}).encode()
    yield json.dumps({"errors": {text: [text]}}).encode()


def head(one: Input, names: Mapping[str, str], status: str) -> bytes:
    """The head of an answer with a text in these headers, as the bytes that a stranger sends."""
    text = one.text.encode("utf-8", "surrogateescape")
    phrase = b" " + text if "reason" in names else b""
    lines = [f"HTTP/1.1 {status}".encode() + phrase, f"Content-Length: {len(GOOD)}".encode()]
    lines += [name.encode() + b": " + text for name in names if name != "reason"]
    lines += [] if "Date" in names else [f"Date: {OK_DATE}".encode()]
    return b"\r\n".join((*lines, b"", GOOD))


def check(sentence: str) -> None:
    """That it is one sentence, and harmless."""
    assert len(sentence) <= LONGEST
    assert unseen(sentence) == set()
    assert "\n" not in sentence
    assert longest_pile(sentence) <= 2
    assert KEY not in sentence


def recognisable(one: Input) -> str:
    """What of a text must be seen of it however short it is cut."""
    return safe(one.text.strip())[:20]


@pytest.mark.surface("error body")
@pytest.mark.parametrize("one", TEXTS)
async def test_an_errors_body_is_told_in_one_safe_sentence(one: Input) -> None:
    steps = [answer(body, "400 Bad Request") for body in bodies(one.text)]
    async with asking(*steps, answer(GOOD)) as (api, _):
        for _ in steps:
            with pytest.raises(SourceError) as refused:
                await api.fetch(Query())
            check(refused.value.sentence)
            # A body is read up to a length; what is longer is no JSON any more.
            assert recognisable(one) in refused.value.sentence or len(one.text) > 8_000
        assert len((await api.fetch(Query())).records) == 3


@pytest.mark.surface("header")
@pytest.mark.parametrize("one", TEXTS)
async def test_a_header_is_read_or_told_in_one_safe_sentence(one: Input) -> None:
    for name, status in HEADERS.items():
        step = raw(head(one, {name: ""}, status))
        async with asking(step) as (api, server):
            try:
                snapshot = await api.fetch(Query())
            except SourceError as error:
                check(error.sentence)
            else:
                assert len(snapshot.records) == 3
                assert status.startswith("200")
            server.steps[:] = [answer(GOOD)]
            assert len((await api.fetch(Query())).records) == 3


@pytest.mark.surface("error body", "header")
@pytest.mark.inputs(*TEXTS)
async def test_what_an_error_says_is_harmless_on_screen() -> None:
    """Errors by their bodies, then errors with every header of a stranger's; the rows stay."""
    wire = Wire()
    async with stage(wire=wire, connections=5) as on:
        await on.poll()
        for one in TEXTS:
            for step in (
                answer(json.dumps({"error": one.text}).encode(), "503 Service Unavailable"),
                raw(head(one, HEADERS, "429")),
            ):
                wire.fault = step
                await on.poll(0.0)
                text = on.text()
                assert unseen(text) == set(), one.name
                assert re.search("⚠ (link down|rate-limited): ", text), one.name
                assert "rows are as of 14:30:30Z" in text
                assert len(on.rows()) == 5
            wire.fault = None
            await on.poll(0.0)
            assert "link down" not in on.text()


@pytest.mark.surface("error body", "header")
@pytest.mark.parametrize("one", TEXTS)
async def test_what_an_error_says_is_harmless_on_stderr(
    one: Input, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONNTOP_API_KEY", KEY)
    monkeypatch.setattr("tui.report.ask.retry_delay", lambda *_: 0.0)
    said = json.dumps({"detail": one.text}).encode()
    async with ScriptedServer([answer(said, "400 Bad Request")]) as server:
        ran = await asyncio.to_thread(run, "list", "--url", server.base)
        check(ran.sentence)
        server.steps[:] = [raw(head(one, HEADERS, "302"))]
        redirected = await asyncio.to_thread(run, "list", "--url", server.base)
        for line in redirected.err.splitlines():
            check(line)
    assert (ran.code, ran.out) == (redirected.code, redirected.out) == (1, "")
