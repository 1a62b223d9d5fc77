"""A network that breaks under the monitor, seen from its screen."""

import pytest

from tests.faults.wire import Wire
from tests.source.scripted_server import raw
from tests.stage import stage


@pytest.mark.fault(5)
async def test_try() -> None:
    wire = Wire()
    async with stage(wire=wire, connections=10) as on:
        await on.polls(3)
        assert wire.connections == 1
        wire.fault = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n[")
        await on.poll()
        print(on.text())
        assert "cannot reach" in on.text()
        wire.fault = None
        await on.poll()
        assert "cannot reach" not in on.text()
