"""A proxy that the environment names: the key goes through it unseen, and its faults are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.canary import leaks
from tests.faults.certificates import certificate, trusted
from tests.faults.names import NAME, Names
from tests.faults.proxy import Proxy
from tests.faults.surviving import survives, watching
from tests.faults.wire import Wire
from tests.source.scripted_server import Step, answer, raw, reset_after, silence
from tests.stage import KEY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.fault(26)

VARIABLES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


@pytest.fixture
async def proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Proxy]:
    """A proxy that works, before an endpoint with a certificate of our authority."""
    Names(monkeypatch, "127.0.0.1")
    path = tmp_path / "authority.pem"
    path.write_bytes(trusted())
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    for name in (*VARIABLES, "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with Proxy() as one:
        monkeypatch.setenv("HTTPS_PROXY", one.url)
        yield one


def wire() -> Wire:
    """The wire to the endpoint that the proxy leads to."""
    return Wire(name=NAME, tls=certificate(NAME))


async def test_all_goes_through_the_proxy_and_it_sees_no_key(proxy: Proxy) -> None:
    there = wire()
    async with watching(there) as on:
        await on.polls(2)
        assert there.requests >= 5
        assert set(proxy.tunnels) == {f"CONNECT {NAME}:{there.port} HTTP/1.1"}
        assert len(proxy.tunnels) == there.connections
        assert f"Authorization: {KEY}" in there.heads[0]
        assert len(proxy.seen) > 5_000
        assert not leaks(bytes(proxy.seen))
        assert b"authorization" not in proxy.seen.lower()


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (answer(b"no", "403 Forbidden"), "the proxy refuses: 403 Forbidden"),
        (answer(b"", "407 Who are you"), "the proxy refuses: 407 Who are you"),
        (answer(b"", "502 Bad Gateway"), "the proxy refuses: 502 Bad Gateway"),
        (silence(), "through the proxy gave no whole answer within 0.4 s"),
        (raw(b""), "through the proxy: it closed the connection in the middle"),
        (reset_after(b""), "through the proxy: it closed the connection in the middle"),
        (raw(b"SSH-2.0-OpenSSH_9.6\r\n"), "through the proxy: "),
    ],
    ids=["403", "407", "502", "hangs", "hangs up", "resets", "is none"],
)
async def test_a_proxy_that_fails(proxy: Proxy, step: Step, says: str) -> None:
    there = wire()
    async with watching(there) as on:
        requests = there.requests
        await survives(on, proxy.failing(step), says, polls=2)
        assert there.requests > requests
        assert not leaks(bytes(proxy.seen))


async def test_a_proxy_that_is_down(proxy: Proxy) -> None:
    async with watching(wire()) as on:
        await survives(on, proxy.unplugged(), "through the proxy: connection refused")


async def test_an_endpoint_that_is_down_behind_a_proxy_that_works(proxy: Proxy) -> None:
    there = wire()
    async with watching(there) as on:
        await survives(on, there.unplugged(), "through the proxy: ")


@pytest.mark.parametrize("exceptions", [NAME, "*", f"other.example, {NAME}", ".example,example"])
async def test_no_proxy_is_honoured(
    proxy: Proxy, exceptions: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", exceptions)
    there = wire()
    async with watching(there) as on:
        assert proxy.tunnels == []
        await survives(on, there.unplugged(), f"cannot reach {NAME}:{there.port}: connection re")
        assert proxy.tunnels == []


@pytest.mark.parametrize("variable", VARIABLES)
async def test_each_variable_counts(
    proxy: Proxy, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HTTPS_PROXY")
    monkeypatch.setenv(variable, proxy.url)
    async with watching(wire()):
        assert proxy.tunnels
