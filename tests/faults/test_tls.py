"""Whoever cannot prove to be the endpoint gets no key, and the header says what is wrong."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.canary import leaks
from tests.faults.certificates import certificate, trusted
from tests.faults.names import NAME, Names
from tests.faults.surviving import SHORT, eventually, survives, watching
from tests.faults.wire import Wire
from tests.source.test_console_api import one_key
from tests.stage import stage
from tui.core.query import Query
from tui.source.base import SourceError
from tui.source.console_api import ConsoleApi
from tui.source.endpoint import parse_endpoint

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.fault(15)

BAD = {
    "self-signed": (certificate(NAME, self_signed=True), "self-signed certificate"),
    "expired": (certificate(NAME, days=(-2, -1)), "certificate has expired"),
    "wrong name": (certificate("other.example"), f"not valid for '{NAME}'"),
    "not yet valid": (certificate(NAME, days=(1, 2)), "certificate is not yet valid"),
}


@pytest.fixture(autouse=True)
def _our_authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``NAME`` is this machine, and our authority is the one that is trusted."""
    # Under a name: of what is asked under this machine's own the environment says nothing.
    Names(monkeypatch, "127.0.0.1")
    path = tmp_path / "authority.pem"
    path.write_bytes(trusted())
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


@asynccontextmanager
async def showing(wire: Wire, bad: ssl.SSLContext) -> AsyncIterator[None]:
    """For a while the wire shows a bad certificate, and is told nothing."""
    async with wire.showing(bad):
        heads = len(wire.heads)
        yield
        assert len(wire.heads) == heads


@pytest.mark.parametrize("which", BAD)
async def test_a_good_certificate_turns_bad(which: str) -> None:
    bad, says = BAD[which]
    wire = Wire(name=NAME, tls=certificate(NAME))
    async with watching(wire) as on:
        await survives(on, showing(wire, bad), says)
        assert wire.heads


@pytest.mark.parametrize("which", BAD)
async def test_a_certificate_is_bad_from_the_start(which: str) -> None:
    bad, says = BAD[which]
    wire = Wire(name=NAME, tls=bad)
    async with stage(wire=wire) as on:
        await on.polls(2)
        text = " ".join(on.text().split())
        assert f"cannot reach {wire.url.removeprefix('https://')}: its certificate is not" in text
        assert says in text
        assert wire.heads == []


@pytest.mark.parametrize(
    ("greeting", "says"),
    [(b"220 mail.example ESMTP\r\n", "TLS fails"), (b"", "no answer to connecting")],
    ids=["speaks first", "is mute"],
)
async def test_whoever_speaks_no_tls_is_told_nothing(greeting: bytes, says: str) -> None:
    heard = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        heard.extend(await reader.read())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"https://{NAME}:{server.sockets[0].getsockname()[1]}"
    async with server:
        api = ConsoleApi(parse_endpoint(url), one_key, limits=SHORT)
        with pytest.raises(SourceError, match=says):
            await api.fetch(Query())
        await api.aclose()
        await eventually(lambda: bool(heard))
    assert not leaks(bytes(heard))
