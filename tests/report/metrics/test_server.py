"""The HTTP side over a real socket: what is served, in what format, and where it listens."""

import gzip
import socket

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.report.metrics.scraping import Exporting, Scrape, serving
from tui.report.metrics.server import (
    Address,
    ListenError,
    is_open,
    listen,
    parse_address,
    url_of,
)


async def test_it_serves_the_metrics_in_the_format_that_is_asked_for() -> None:
    on = Exporting()
    on.live()
    async with serving(on.registry) as client:
        plain = await client.get("/metrics", headers={"Accept-Encoding": "identity"})
        assert plain.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert Scrape(plain.text).text == on.scrape().text
        packed = await client.get("/metrics", headers={"Accept-Encoding": "gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.content == plain.content
        assert len(gzip.compress(plain.content)) < len(plain.content)
        opened = await client.get(
            "/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0"}
        )
        assert opened.headers["content-type"].startswith("application/openmetrics-text")
        parsed = text_string_to_metric_families(opened.text)  # type: ignore[no-untyped-call]
        families = {family.name: family for family in parsed}
        assert families["conntop_heartbeat_age_seconds"].type == "gaugehistogram"
        assert families["conntop_events"].type == "counter"


async def test_there_is_a_page_and_a_word_of_health_and_nothing_else() -> None:
    async with serving(Exporting().registry) as client:
        home = await client.get("/")
        assert 'href="metrics"' in home.text
        assert (await client.get("/-/healthy")).status_code == 200
        assert (await client.get("/metrics/../../etc/passwd")).status_code == 404
        assert (await client.get("/favicon.ico")).status_code == 404
        refused = await client.post("/metrics")
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
        head = await client.head("/metrics")
        assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(
    "header", [b"text/plain;version=x", b"\xff\xfe", b",;=,;version=", b"a" * 9_000]
)
async def test_a_scraper_cannot_trouble_it_by_what_it_accepts(header: bytes) -> None:
    async with serving(Exporting().registry) as client:
        answer = await client.get("/metrics", headers={b"Accept": header})
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:9105", Address("127.0.0.1", 9105)),
        ("localhost:0", Address("localhost", 0)),
        ("[::1]:9105", Address("::1", 9105)),
        ("0.0.0.0:65535", Address("0.0.0.0", 65_535)),
    ],
)
def test_an_address(text: str, address: Address) -> None:
    assert parse_address(text) == address
    assert str(address) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", ":", "9105", ":9105", "127.0.0.1", "127.0.0.1:", "[]:1", "::1:9105"),
        *("a:b", "a:-1", "a:65536", "a:²", "a:" + "9" * 5_000),
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ListenError, match=r"HOST:PORT|brackets"):
        parse_address(text)


@pytest.mark.parametrize(
    ("host", "opened", "shown"),
    [
        ("127.0.0.1", False, "127.0.0.1"),
        ("::1", False, "[::1]"),
        ("0.0.0.0", True, "127.0.0.1"),
        ("::", True, "[::1]"),
    ],
)
def test_where_it_listens_is_known(host: str, opened: bool, shown: str) -> None:
    with listen(Address(host, 0)) as bound:
        assert is_open(bound) is opened
        assert url_of(bound) == f"http://{shown}:{bound.getsockname()[1]}/metrics"


def test_what_cannot_be_had_is_told_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ListenError, match=f"cannot listen on 127.0.0.1:{port}: .*in use"):
            listen(Address("127.0.0.1", port))
    with pytest.raises(ListenError, match=r"cannot listen on no\.such\.invalid:1: .+"):
        listen(Address("no.such.invalid", 1))
    with pytest.raises(ListenError, match="there is no such host"):
        listen(Address("a" * 300, 1))
