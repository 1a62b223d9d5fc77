"""A name that is unknown for a while, and one that only leads to IPv6."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.faults.names import Names
from tests.faults.surviving import SHORT, is_live, survives, watching
from tests.faults.wire import Wire
from tests.source.test_console_api import one_key
from tui.core.query import Query
from tui.core.safe import safe
from tui.core.snapshot import Trouble
from tui.source.base import SourceError
from tui.source.console_api import ConsoleApi, Limits
from tui.source.endpoint import EndpointError, parse_endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "localhost"
"""The one name that plain HTTP may be asked under."""
WITH_V6 = Limits(connect=2, read=2, total=3)
"""To go on from an address that is mute to the next one takes a quarter of a second."""


@pytest.mark.fault(4)
async def test_a_name_that_the_resolver_does_not_find(monkeypatch: pytest.MonkeyPatch) -> None:
    names, wire = Names(monkeypatch, "127.0.0.1", name=NAME), Wire(name=NAME)

    @contextmanager
    def lost() -> Iterator[None]:
        with names.failing():
            # Nobody looks a name up as long as there is a connection.
            wire.hang_up()
            yield

    async with watching(wire) as on:
        await survives(on, lost(), "its name is not known: check the URL and the network")


@pytest.mark.fault(4)
@pytest.mark.parametrize(
    "name",
    ["a." * 126 + "example", "x" * 64 + ".example", "a..example", "256.1.1.1", "xn--.example"],
    ids=["long", "long label", "empty label", "no octet", "no punycode"],
)
async def test_a_name_that_cannot_be_one_is_told_like_one_that_is_unknown(name: str) -> None:
    # The first three really go to the resolver; it refuses them without a network.
    api = ConsoleApi(parse_endpoint(f"https://{name}"), one_key, limits=SHORT)
    with pytest.raises(SourceError) as failed:
        await api.fetch(Query())
    await api.aclose()
    assert failed.value.trouble is Trouble.UNREACHABLE
    assert failed.value.sentence.startswith("cannot reach ")
    assert failed.value.sentence == safe(failed.value.sentence)


def test_a_port_that_nobody_listens_on_is_not_quietly_another_one() -> None:
    with pytest.raises(EndpointError, match="port 0"):
        parse_endpoint("https://console.example:0")


@pytest.fixture
def _ipv6() -> None:
    """Without it there is nothing to be seen, and that is no pass."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            pass
    except OSError as error:
        pytest.fail(f"this machine has no IPv6 loopback, and these tests need one: {error}")


@pytest.mark.board
@pytest.mark.usefixtures("_ipv6")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_port_of_which_the_plug_is_pulled_stays_ours_on_both_addresses(host: str) -> None:
    """Else the server of another test can get it, and answers where nobody should."""
    wire = Wire(host=host)
    await wire.open()
    async with wire.unplugged():
        for address, family in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((address, wire.port))
            with socket.socket(family) as other, pytest.raises(OSError, match="already in use"):
                other.bind((address, wire.port))
    with socket.create_connection((host, wire.port)):
        pass
    await wire.end()


@pytest.mark.fault(27)
@pytest.mark.usefixtures("_ipv6")
async def test_an_endpoint_under_an_ipv6_address() -> None:
    wire = Wire(host="::1")
    async with watching(wire) as on:
        assert wire.url == f"http://[::1]:{wire.port}"
        await survives(on, wire.unplugged(), f"cannot reach [::1]:{wire.port}: connection refused")


@pytest.mark.fault(27)
@pytest.mark.usefixtures("_ipv6")
@pytest.mark.parametrize("addresses", [("127.0.0.1", "::1"), ("::1", "127.0.0.1"), ("::1",)])
async def test_a_name_of_which_only_the_ipv6_address_answers(
    addresses: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    Names(monkeypatch, *addresses, name=NAME)
    wire = Wire(host="::1", name=NAME)
    async with watching(wire, limits=WITH_V6) as on:
        await survives(on, wire.unplugged(), "connection refused")


@pytest.mark.fault(27)
@pytest.mark.usefixtures("_ipv6")
@pytest.mark.parametrize(("mute", "answers"), [("127.0.0.1", "::1"), ("::1", "127.0.0.1")])
async def test_a_name_of_which_one_address_is_mute(
    mute: str, answers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Names(monkeypatch, mute, answers, name=NAME)
    wire = Wire(host=answers, name=NAME)
    async with watching(wire, limits=WITH_V6) as on:
        family = socket.AF_INET6 if ":" in mute else socket.AF_INET
        where = (mute, wire.port)
        queue = socket.create_server(where, family=family, backlog=0)
        with queue, socket.create_connection(where):
            wire.hang_up()
            await on.poll()
            is_live(on)
