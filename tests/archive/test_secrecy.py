"""Nothing of a recording holds the API key, also where the endpoint says it."""

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from tests.canary import CANARY, leaks, leaky_files
from tests.faults.inputs import record_text
from tests.source.scripted_server import ScriptedServer, answer
from tui.archive.recorder import Recorder
from tui.archive.writer import Writer
from tui.core.fleet import Fleet
from tui.core.query import Query
from tui.source.console_api import ConsoleApi
from tui.source.endpoint import Endpoint, parse_endpoint
from tui.source.following import steps
from tui.source.poller import Poller
from tui.source.secret import Secret
from tui.standin.app import create_app
from tui.standin.embedded import serving
from tui.standin.simulator import Fleet as SimulatedFleet


@asynccontextmanager
async def recorded(endpoint: Endpoint, path: Path, polls: int) -> AsyncIterator[Fleet]:
    """What so many polls bring is recorded, as ``conntop record`` does it, and not closed yet."""
    api = ConsoleApi(endpoint, lambda: Secret(CANARY))
    writer = Writer(str(path))
    recorder = Recorder(writer, "prod", endpoint.host)
    poller = Poller(api, Query(), 1.0)
    fleet = Fleet()
    async for _, known in steps(poller, Fleet(), keep=recorder.add):
        fleet = known
        assert recorder.trouble is None
        if recorder.written == polls:
            break
        poller.refresh()
    await api.aclose()
    yield fleet
    recorder.close()
    writer.close()


def contents(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir()}


async def test_what_a_real_endpoint_serves_is_there_and_the_key_is_not(tmp_path: Path) -> None:
    path = tmp_path / "fleet.conntop"
    with serving(create_app(SimulatedFleet(seed=1, connections=40), api_key=CANARY)) as url:
        async with recorded(parse_endpoint(url), path, 3) as fleet:
            beside = contents(tmp_path)
    assert set(beside) == {path.name + end for end in ("", "-wal", "-shm", ".lock")}
    for each in (*beside.values(), path.read_bytes()):
        assert not leaks(each)
    # What was recorded is found by the same way of looking, so that the key would be, too.
    assert fleet.last is not None
    assert len(fleet.last.records) >= 40
    for one in fleet.last.records:
        assert one.connection_id.encode() in beside[path.name + "-wal"]
        assert one.connection_id.encode() in path.read_bytes()


async def test_an_endpoint_that_says_the_key_in_a_refusal_is_not_recorded_as_it_is(
    tmp_path: Path,
) -> None:
    path = tmp_path / "fleet.conntop"
    said = json.dumps({"error": f"who is {CANARY}? try another one"}).encode()
    refusals = [answer(said, status) for status in ("500 Oh", "429 Slow down", "401 No")]
    answers = [answer(f"[{record_text()}]".encode()), *refusals]
    async with ScriptedServer(answers) as server, recorded(server.endpoint, path, 4):
        pass
    with closing(sqlite3.connect(path)) as link:
        told = [sentence for (sentence,) in link.execute("SELECT sentence FROM polls ORDER BY at")]
    assert told[0] is None
    assert all("try another one" in sentence for sentence in told[1:])
    assert leaky_files(tmp_path) == []
