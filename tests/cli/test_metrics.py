"""``conntop metrics`` as Prometheus meets it: a process of its own, scraped over a real socket."""

import asyncio
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.canary import leaks
from tests.cli.conftest import Served
from tests.cli.program import KEY, Run, start
from tests.report.metrics.scraping import Scrape
from tests.source.scripted_server import ScriptedServer, answer, silence

PATIENCE = 20.0


@contextmanager
def exporter(url: str, *args: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The program on a free port, and where its metrics are."""
    env = {"CONNTOP_URL": url, "CONNTOP_API_KEY": KEY}
    with start("metrics", "--listen", "127.0.0.1:0", "--every", "1", *args, env=env) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().rstrip("\n")
        finally:
            process.kill()


def end(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str, str]:
    """Its exit code and what else it printed, once it was told to end."""
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    assert not leaks(out + err)
    return process.returncode, out, err


def test_a_fleet_is_scraped_and_sigterm_ends_it(fleet_stand_in: Served) -> None:
    with exporter(fleet_stand_in.url) as (process, url), httpx.Client(trust_env=False) as client:
        deadline = time.monotonic() + PATIENCE
        while not (told := Scrape(client.get(url).text)).of("conntop_connections"):
            assert time.monotonic() < deadline, "no answer has been folded"
        assert sum(told.of("conntop_connections")) == sum(
            told.of("conntop_connections", state="live")
        ) + sum(told.of("conntop_connections", state="late"))
        assert sum(told.of("conntop_connections")) == 1_500
        assert told.one("conntop_up") == told.one("conntop_answer_complete") == 1
        assert not leaks(told.text)
        code, out, err = end(process, signal.SIGTERM)
    assert (code, out) == (0, "")
    asked = fleet_stand_in.url.removeprefix("http://")
    assert err == f"conntop: metrics at {url}, asking {asked} every 1 s\n"


async def test_no_scrape_asks_the_endpoint_nor_waits_for_it() -> None:
    held = asyncio.Event()

    async def hold(writer: asyncio.StreamWriter) -> bool:
        held.set()
        return await silence()(writer)

    async with ScriptedServer([answer(b"[]"), hold]) as server:
        with exporter(server.base) as (process, url):
            async with asyncio.timeout(PATIENCE):
                await held.wait()
            # The second question is under way and will not be answered.
            async with httpx.AsyncClient(trust_env=False) as client:
                began = time.monotonic()
                told = await asyncio.gather(*(client.get(url) for _ in range(30)))
                assert time.monotonic() - began < 5
            assert {each.status_code for each in told} == {200}
            assert Scrape(told[-1].text).one("conntop_polls_total", outcome="answered") == 1
            assert len(server.requests) == 2
            code, out, err = await asyncio.to_thread(end, process, signal.SIGINT)
    assert (code, out) == (130, "")
    assert "Traceback" not in err


def test_the_link_is_told_of_on_stderr_when_it_breaks() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    with exporter(url) as (process, place), httpx.Client(trust_env=False) as client:
        deadline = time.monotonic() + PATIENCE
        while Scrape(client.get(place).text).of("conntop_up") != [0]:
            assert time.monotonic() < deadline, "no poll has failed"
        code, _, err = end(process, signal.SIGTERM)
    assert code == 0
    assert err.count("conntop: link down: ") == 1


@pytest.mark.parametrize("address", ["9105", "::1:9105", "localhost:http"])
def test_an_address_that_is_none_is_refused(example: Served, run: Run, address: str) -> None:
    ran = run("metrics", "--listen", address)
    assert (ran.code, ran.out) == (2, "")
    assert "--listen" in ran.sentence


def test_a_port_that_is_taken(example: Served, run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        ran = run("metrics", "--listen", place)
    assert (ran.code, ran.out) == (1, "")
    assert (
        ran.sentence
        == f"cannot listen on {place}: address already in use; choose another with --listen"
    )


def test_without_a_key_it_says_where_one_goes(run: Run) -> None:
    ran = run("metrics")
    assert (ran.code, ran.out) == (2, "")
    assert "CONNTOP_API_KEY" in ran.sentence


def test_there_is_no_filter_that_would_leave_the_verdicts_as_they_are(run: Run) -> None:
    ran = run("metrics", "--filter", "state:live")
    assert ran.code == 2
    assert "there is no option --filter" in ran.sentence
